"""Writes tiny Llamas whose tokens are bytes: one that talks rubbish, one that is predictable."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import gguf
import numpy as np
from gguf import GGUFWriter
from numpy.typing import NDArray

END, USER, ASSISTANT = "<|end|>", "<|user|>", "<|assistant|>"
_SPECIAL = (END, USER, ASSISTANT)
_WIDTH, _HEADS, _FEED_FORWARD = 288, 2, 32
_TEMPLATE = (
    "{%- for m in messages -%}{{- '<|' + m['role'] + '|>' + m['content'] + '<|end|>' -}}"
    "{%- endfor -%}{{- '<|assistant|>' -}}"
)
Weights = dict[str, NDArray[np.float32]]


def write_random_llama(
    path: Path, *, template: str = _TEMPLATE, context: int = 4096, without: str = ""
) -> Path:
    """Write a model with random weights, and return its path.

    ``without`` names characters that are left out of its vocabulary.
    """
    tokens = _vocabulary(without)
    random = np.random.default_rng(7)
    weights = {
        name: random.standard_normal(shape).astype(np.float32)
        for name, shape in _shapes(len(tokens)).items()
    }
    _write(path, tokens, weights, template, context)
    return path


def write_bigram_llama(path: Path, after: Mapping[str, Mapping[str, float]]) -> Path:
    """Write a model that looks at the last token alone, and return its path.

    ``after`` gives the probability of what follows a character; all else is next to impossible.
    """
    tokens = _vocabulary("")
    weights = {
        name: np.zeros(shape, dtype=np.float32) for name, shape in _shapes(len(tokens)).items()
    }
    # The norm before the output makes a one of width W to the square root of W.
    weights["token_embd.weight"] = np.eye(len(tokens), _WIDTH, dtype=np.float32)
    for character, followers in after.items():
        for follower, probability in followers.items():
            place = (tokens.index(follower), tokens.index(character))
            weights["output.weight"][place] = (30 + np.log(probability)) / np.sqrt(_WIDTH)
    _write(path, tokens, weights, _TEMPLATE, 4096)
    return path


def _vocabulary(without: str) -> list[str]:
    letters = [_letter(byte) for byte in range(256) if chr(byte) not in without]
    return [*letters, "an", *_SPECIAL]


def _write(path: Path, tokens: list[str], weights: Weights, template: str, context: int) -> None:
    writer = GGUFWriter(path, "llama")
    writer.add_name("bytes")
    writer.add_context_length(context)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(_FEED_FORWARD)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    writer.add_vocab_size(len(tokens))
    _add_tokenizer(writer, tokens, template)
    norms = ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm")
    ones = {f"{name}.weight": np.ones(_WIDTH, np.float32) for name in norms}
    for name, tensor in (weights | ones).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tokenizer(writer: GGUFWriter, tokens: list[str], template: str) -> None:
    control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([control if token in _SPECIAL else normal for token in tokens])
    writer.add_token_merges(["a n"])
    writer.add_eos_token_id(tokens.index(END))
    writer.add_bos_token_id(tokens.index(END))
    writer.add_add_bos_token(False)
    if template:
        writer.add_chat_template(template)


def _shapes(vocabulary: int) -> dict[str, tuple[int, int]]:
    square, wide = (_WIDTH, _WIDTH), (_FEED_FORWARD, _WIDTH)
    return {
        "token_embd.weight": (vocabulary, _WIDTH),
        "output.weight": (vocabulary, _WIDTH),
        **{f"blk.0.attn_{part}.weight": square for part in ("q", "k", "v", "output")},
        **{f"blk.0.ffn_{part}.weight": wide for part in ("gate", "up")},
        "blk.0.ffn_down.weight": (_WIDTH, _FEED_FORWARD),
    }


def _letter(byte: int) -> str:
    """Return the letter that stands for a byte in a byte-level vocabulary (GPT-2's)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    if byte in printable:
        return chr(byte)
    return chr(256 + [each for each in range(256) if each not in printable].index(byte))
