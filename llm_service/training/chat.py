"""The tokens that frame a conversation, and the same frame as a chat template for the GGUF."""

from __future__ import annotations

from llm_service.training.examples import Example

PAD, END, USER, ASSISTANT = "<|pad|>", "<|end|>", "<|user|>", "<|assistant|>"
ROLES = {name: f"<|{name}|>" for name in ("coder", "reviewer", "operator", "responder", "direct")}
SPECIAL_TOKENS = (PAD, END, USER, ASSISTANT, *ROLES.values())

# The first line of the system message names the role; the rest is meant for larger models.
CHAT_TEMPLATE = (
    "{%- set ns = namespace(role='<|direct|>') -%}"
    "{%- for message in messages -%}{%- if message['role'] == 'system' -%}"
    "{%- set first = message['content'].split('\n')[0] -%}"
    + "".join(
        f"{{%- if first == '# role: {name}' -%}}{{%- set ns.role = '{token}' -%}}{{%- endif -%}}"
        for name, token in ROLES.items()
    )
    + "{%- endif -%}{%- endfor -%}{{- ns.role -}}"
    "{%- for message in messages -%}{%- if message['role'] == 'user' -%}"
    "{{- '<|user|>' + message['content'] + '<|end|>' -}}"
    "{%- elif message['role'] == 'assistant' -%}"
    "{{- '<|assistant|>' + message['content'] + '<|end|>' -}}"
    "{%- endif -%}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)


def render(example: Example) -> tuple[str, str]:
    """Return an example as the text that is given, and the text that is to be learned."""
    *given, answer = example.turns
    prompt = ROLES[example.role] + "".join(
        f"{USER if turn.role == 'user' else ASSISTANT}{turn.content}{END}" for turn in given
    )
    return prompt + ASSISTANT, answer.content + END
