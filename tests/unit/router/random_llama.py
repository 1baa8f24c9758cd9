"""Writes a tiny Llama with random weights: what it says is rubbish."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
from gguf import GGUFWriter
from numpy.typing import NDArray

END, USER, ASSISTANT = "<|end|>", "<|user|>", "<|assistant|>"
_SPECIAL = (END, USER, ASSISTANT)
_WIDTH, _HEADS, _FEED_FORWARD = 32, 2, 64
_TEMPLATE = (
    "{%- for m in messages -%}{{- '<|' + m['role'] + '|>' + m['content'] + '<|end|>' -}}"
    "{%- endfor -%}{{- '<|assistant|>' -}}"
)


def write_random_llama(
    path: Path,
    *,
    scale: float = 1.0,
    template: str = _TEMPLATE,
    context: int = 4096,
    without: str = "",
) -> Path:
    """Write the GGUF and return its path.

    Its tokens are the 256 bytes, the frame of a conversation, and ``an``; ``without`` names
    characters that are left out of its vocabulary.
    """
    tokens = [_letter(byte) for byte in range(256) if chr(byte) not in without]
    tokens += ["an", *_SPECIAL]
    writer = GGUFWriter(path, "llama")
    writer.add_name("random")
    writer.add_context_length(context)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(_FEED_FORWARD)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_token_types([control if token in _SPECIAL else normal for token in tokens])
    writer.add_token_merges(["a n"])
    writer.add_eos_token_id(tokens.index(END))
    writer.add_bos_token_id(tokens.index(END))
    writer.add_add_bos_token(False)
    if template:
        writer.add_chat_template(template)
    for name, tensor in _weights(len(tokens), scale).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _weights(vocabulary: int, scale: float) -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(7)
    square, wide = (_WIDTH, _WIDTH), (_FEED_FORWARD, _WIDTH)
    shapes = {
        "token_embd.weight": (vocabulary, _WIDTH),
        "output.weight": (vocabulary, _WIDTH),
        **{f"blk.0.attn_{part}.weight": square for part in ("q", "k", "v", "output")},
        **{f"blk.0.ffn_{part}.weight": wide for part in ("gate", "up")},
        "blk.0.ffn_down.weight": (_WIDTH, _FEED_FORWARD),
    }
    made = {
        name: (scale * random.standard_normal(shape)).astype(np.float32)
        for name, shape in shapes.items()
    }
    norms = ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm")
    return made | {f"{name}.weight": np.ones(_WIDTH, np.float32) for name in norms}


def _letter(byte: int) -> str:
    """Return the letter that stands for a byte in a byte-level vocabulary (GPT-2's)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    if byte in printable:
        return chr(byte)
    return chr(256 + [each for each in range(256) if each not in printable].index(byte))
