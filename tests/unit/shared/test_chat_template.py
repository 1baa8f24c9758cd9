"""Templates of other models: those without a system role, and those that are broken."""

from __future__ import annotations

import pytest

from core.errors import InvalidInput, StartupError
from core.ports import ChatMessage
from shared.chat_template import ChatTemplate

PLAIN = (
    "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
NO_SYSTEM = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}"
    "{% endif %}[{{ m.role }}]{{ m.content }}{% endfor %}"
)
MESSAGES = [ChatMessage("system", "Be brief."), ChatMessage("user", "Hi")]


def template(source: str) -> ChatTemplate:
    return ChatTemplate(source, eos_token="</s>", bos_token="<s>")


def test_messages_are_framed_and_the_answer_is_asked_for() -> None:
    text = template(PLAIN).render(MESSAGES)
    assert text == "<s><system>Be brief.</s><user>Hi</s><assistant>"


def test_a_template_without_a_system_role_gets_it_with_the_first_user() -> None:
    assert template(NO_SYSTEM).render(MESSAGES) == "[user]Be brief.\n\nHi"


def test_messages_that_a_template_refuses_for_good_are_bad_input() -> None:
    refusing = template("{{ raise_exception('never') }}")
    with pytest.raises(InvalidInput, match="never"):
        refusing.render(MESSAGES)


def test_a_broken_template_is_a_startup_error() -> None:
    with pytest.raises(StartupError, match="template"):
        template("{% if %}")
