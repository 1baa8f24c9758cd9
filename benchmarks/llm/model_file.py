"""A language model with random weights: as fast as a trained one of its shape."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter
from numpy.typing import NDArray

from llm_service.config import BUNDLED_MODEL

_SEED = 20_261_121
_SPREAD = 0.02
_CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}assistant:"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a Llama."""

    width: int = 1024
    layers: int = 12
    heads: int = 16
    key_value_heads: int = 4
    feed_forward: int = 2816
    context: int = 8192
    words: int = 32_000


# What llama.cpp's quantizer makes of the types' names; 4 bits are what most people run.
_TYPES = {
    "Q4_0": (GGMLQuantizationType.Q4_0, gguf.LlamaFileType.MOSTLY_Q4_0),
    "Q8_0": (GGMLQuantizationType.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0),
}


def write_random_model(target: Path, weights: str, shape: Shape | None = None) -> None:
    """Write a GGUF of ``weights`` (Q4_0 or Q8_0): the bundled model's words, and many more.

    The output row of every token that ends a text is zero, so that generations run their length.
    """
    shape = shape or Shape()
    bundled = GGUFReader(BUNDLED_MODEL)
    words = list(_value(bundled, "tokenizer.ggml.tokens"))
    words += [f"<word {number}>" for number in range(len(words), shape.words)]
    writer = GGUFWriter(target, "llama")
    _add_shape(writer, shape, len(words))
    writer.add_file_type(_TYPES[weights][1])
    _add_tokenizer(writer, bundled, words)
    _add_tensors(writer, shape, words, _ending(bundled), _TYPES[weights][0])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_shape(writer: GGUFWriter, shape: Shape, words: int) -> None:
    writer.add_name("Random weights for measuring")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.key_value_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_vocab_size(words)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _add_tokenizer(writer: GGUFWriter, bundled: GGUFReader, words: list[str]) -> None:
    writer.add_tokenizer_model(_value(bundled, "tokenizer.ggml.model"))
    writer.add_tokenizer_pre(_value(bundled, "tokenizer.ggml.pre"))
    writer.add_token_list(words)
    types = list(_value(bundled, "tokenizer.ggml.token_type"))
    writer.add_token_types(types + [gguf.TokenType.NORMAL] * (len(words) - len(types)))
    writer.add_token_merges(_value(bundled, "tokenizer.ggml.merges"))
    writer.add_eos_token_id(_value(bundled, "tokenizer.ggml.eos_token_id"))
    writer.add_bos_token_id(_value(bundled, "tokenizer.ggml.bos_token_id"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(_CHAT_TEMPLATE)


def _add_tensors(
    writer: GGUFWriter,
    shape: Shape,
    words: list[str],
    ending: set[int],
    kind: GGMLQuantizationType,
) -> None:
    random = np.random.default_rng(_SEED)
    keys = shape.width // shape.heads * shape.key_value_heads

    def add(name: str, rows: int, columns: int) -> None:
        values = (random.standard_normal((rows, columns)) * _SPREAD).astype(np.float32)
        if name == "output.weight":
            values[sorted(ending)] = 0
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)

    add("token_embd.weight", len(words), shape.width)
    writer.add_tensor("output_norm.weight", _ones(shape.width))
    for block in range(shape.layers):
        writer.add_tensor(f"blk.{block}.attn_norm.weight", _ones(shape.width))
        writer.add_tensor(f"blk.{block}.ffn_norm.weight", _ones(shape.width))
        add(f"blk.{block}.attn_q.weight", shape.width, shape.width)
        add(f"blk.{block}.attn_k.weight", keys, shape.width)
        add(f"blk.{block}.attn_v.weight", keys, shape.width)
        add(f"blk.{block}.attn_output.weight", shape.width, shape.width)
        add(f"blk.{block}.ffn_gate.weight", shape.feed_forward, shape.width)
        add(f"blk.{block}.ffn_up.weight", shape.feed_forward, shape.width)
        add(f"blk.{block}.ffn_down.weight", shape.width, shape.feed_forward)
    add("output.weight", len(words), shape.width)


def _ending(bundled: GGUFReader) -> set[int]:
    control = [
        index
        for index, kind in enumerate(_value(bundled, "tokenizer.ggml.token_type"))
        if kind == gguf.TokenType.CONTROL
    ]
    return {*control, _value(bundled, "tokenizer.ggml.eos_token_id")}


def _ones(size: int) -> NDArray[np.float32]:
    return np.ones(size, dtype=np.float32)


def _value(file: GGUFReader, key: str) -> Any:
    found = file.fields.get(key)
    if found is None:
        raise LookupError(f"the bundled model has no {key}")
    return found.contents()
