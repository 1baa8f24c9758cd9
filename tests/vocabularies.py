"""GGUF files with a vocabulary and a chat template alone, of the kinds that models come with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import gguf
import llama_cpp

from shared.chat_template import ChatTemplate
from shared.llama_log import silence_llama
from shared.prompt_tokens import PromptTokens
from shared.vocabulary import Vocabulary
from tests.unit.router.byte_llama import _letter

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content']"
    " | trim + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA_3 = (
    "{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] +"
    " '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}"
    "{% endif %}"
)
MISTRAL = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'system' %}"
    "{{ raise_exception('no system role') }}{% else %}{{ message['content'] + eos_token }}"
    "{% endif %}{% endfor %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}"
    "{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}"
    "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
DEEPSEEK = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'assistant' %}"
    "{% set said = message['content'] %}{% if '</think>' in said %}"
    "{% set said = said.split('</think>')[-1] %}{% endif %}"
    "{{ '<｜Assistant｜>' + said + eos_token }}{% else %}"
    "{{ '<｜User｜>' + message['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<｜Assistant｜><think>\n' }}{% endif %}"
)
TWICE = (
    "{% for message in messages %}{% if message['content'] | length > 3 %}"
    "<|im_start|>{{ message['content'] }}|{{ message.content | upper }}<|im_end|>"
    "{% elif message['content'].startswith('a') %}a!{% endif %}{% endfor %}"
)


@dataclass(frozen=True)
class Kind:
    """A family of models: its template, its tokenizer and its special tokens."""

    name: str
    template: str
    spm: bool
    control: tuple[str, ...]
    user_defined: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """User-defined tokens that are words, whoever writes them."""

    @property
    def steering(self) -> tuple[str, ...]:
        """The texts that the template alone may write."""
        return self.control + self.user_defined


KINDS = (
    Kind(
        "chatml",
        CHATML,
        False,
        ("<|im_end|>", "<|im_start|>", "<|endoftext|>"),
        ("<|fim_pad|>",),
        ("<tool>",),
    ),
    Kind(
        "llama-3",
        LLAMA_3,
        False,
        ("<|eot_id|>", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>"),
    ),
    Kind("mistral", MISTRAL, True, ("</s>", "<s>", "[INST]", "[/INST]")),
    Kind(
        "gemma",
        GEMMA,
        True,
        ("<end_of_turn>", "<bos>"),
        ("<start_of_turn>",),
        ("\n\n", "▁▁", "<h1>"),
    ),
    Kind(
        "deepseek",
        DEEPSEEK,
        False,
        ("<｜end▁of▁sentence｜>", "<｜begin▁of▁sentence｜>"),
        ("<｜User｜>", "<｜Assistant｜>", "</think>", "<think>"),
    ),
    Kind("twice", TWICE, False, ("<|im_end|>", "<|im_start|>")),
)


@dataclass(frozen=True)
class Loaded:
    """A vocabulary in llama.cpp, and the ids of what may steer."""

    kind: Kind
    template: ChatTemplate
    vocabulary: Vocabulary
    prompts: PromptTokens
    ids: dict[str, int]


@contextmanager
def loaded(kind: Kind, folder: Path) -> Iterator[Loaded]:
    """Write the kind's GGUF and let llama.cpp read its vocabulary."""
    path = folder / f"{kind.name}.gguf"
    tokens = _write(path, kind)
    silence_llama()
    llama_cpp.llama_backend_init()
    parameters = llama_cpp.llama_model_default_params()
    parameters.vocab_only = True
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
    assert model
    template = ChatTemplate(kind.template, eos_token=kind.control[0], bos_token=kind.control[1])
    vocabulary = Vocabulary(llama_cpp.llama_model_get_vocab(model), kind.template)
    ids = {text: tokens.index(text) for text in kind.steering}
    try:
        yield Loaded(kind, template, vocabulary, PromptTokens(template, vocabulary), ids)
    finally:
        llama_cpp.llama_model_free(model)


def _write(path: Path, kind: Kind) -> Sequence[str]:
    tokens, types, scores = _spm(kind) if kind.spm else _bpe(kind)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(4096)
    writer.add_embedding_length(8)
    writer.add_block_count(1)
    writer.add_feed_forward_length(8)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama" if kind.spm else "gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    if kind.spm:
        writer.add_token_scores(scores)
        writer.add_add_space_prefix(kind.name != "gemma")
        writer.add_unk_token_id(0)
    else:
        writer.add_tokenizer_pre("llama-bpe" if kind.name == "llama-3" else "qwen2")
        writer.add_token_merges(["a n", "i n", "t h", "th e", "i m"])
    writer.add_eos_token_id(tokens.index(kind.control[0]))
    writer.add_bos_token_id(tokens.index(kind.control[1]))
    writer.add_add_bos_token(False)
    writer.add_chat_template(kind.template)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tokens


def _bpe(kind: Kind) -> tuple[list[str], list[int], list[float]]:
    words = [*(_letter(byte) for byte in range(256)), "an", "in", "th", "the", "im"]
    return _with_special(kind, words, [int(gguf.TokenType.NORMAL)] * len(words), [])


def _spm(kind: Kind) -> tuple[list[str], list[int], list[float]]:
    """Pieces with scores; some of them add up to control tokens, as in real vocabularies."""
    normal, byte = int(gguf.TokenType.NORMAL), int(gguf.TokenType.BYTE)
    tokens = ["<unk>", *(f"<0x{each:02X}>" for each in range(256))]
    types = [int(gguf.TokenType.UNKNOWN), *([byte] * 256)]
    pieces = ["▁", *(chr(code) for code in range(33, 127)), "▁t", "▁the", "he", "in", "an"]
    pieces += ["s>", "</", "[I", "NS", "NST", "NST]", "▁▁" if "▁▁" not in kind.words else "er"]
    scores = [0.0] * 257 + [-float(rank) for rank in range(len(pieces))]
    return _with_special(kind, tokens + pieces, types + [normal] * len(pieces), scores)


def _with_special(
    kind: Kind, tokens: list[str], types: list[int], scores: list[float]
) -> tuple[list[str], list[int], list[float]]:
    defined = (*kind.user_defined, *kind.words)
    types += [int(gguf.TokenType.CONTROL)] * len(kind.control)
    types += [int(gguf.TokenType.USER_DEFINED)] * len(defined)
    tokens += [*kind.control, *defined]
    return tokens, types, scores + [0.0] * (len(tokens) - len(scores))
