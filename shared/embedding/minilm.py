"""all-MiniLM-L6-v2 as a GGUF file that llama.cpp loads (arch ``bert``, Q8_0)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

NAME = "all-MiniLM-L6-v2"
_LAYERS = 6
_WIDTH = 384
_HEADS = 12
_FEED_FORWARD = 1536
_POSITIONS = 512
_NORM_EPSILON = 1e-12
_CONTROL_TOKENS = frozenset({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"})

_OUTER = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm": "token_embd_norm",
}
_INNER = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
_NEVER_QUANTIZED = frozenset({"position_embd.weight", "token_types.weight"})

Tensors = Mapping[str, NDArray[np.float32]]


def write_gguf(path: Path, name: str, tensors: Tensors, vocabulary: list[str]) -> None:
    """Write ``tensors`` (by their published names) and the WordPiece vocabulary, as ``name``."""
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_name(name)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_context_length(_POSITIONS)
    writer.add_embedding_length(_WIDTH)
    writer.add_feed_forward_length(_FEED_FORWARD)
    writer.add_block_count(_LAYERS)
    writer.add_head_count(_HEADS)
    writer.add_layer_norm_eps(_NORM_EPSILON)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    _add_vocabulary(writer, vocabulary)
    for published, name in _tensor_names().items():
        _add_tensor(writer, name, tensors[published])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_vocabulary(writer: gguf.GGUFWriter, vocabulary: list[str]) -> None:
    control, normal = int(gguf.TokenType.CONTROL), int(gguf.TokenType.NORMAL)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_type_count(2)
    writer.add_token_list([_spaced(token) for token in vocabulary])
    writer.add_token_types([control if t in _CONTROL_TOKENS else normal for t in vocabulary])
    writer.add_bos_token_id(vocabulary.index("[CLS]"))
    writer.add_eos_token_id(vocabulary.index("[SEP]"))
    writer.add_sep_token_id(vocabulary.index("[SEP]"))
    writer.add_unk_token_id(vocabulary.index("[UNK]"))
    writer.add_pad_token_id(vocabulary.index("[PAD]"))
    writer.add_mask_token_id(vocabulary.index("[MASK]"))


def _spaced(token: str) -> str:
    """Turn WordPiece's ``##`` marks into llama.cpp's: a word's start carries ``▁`` instead."""
    if token.startswith("[") and token.endswith("]"):
        return token
    return token[2:] if token.startswith("##") else f"▁{token}"


def _tensor_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for published, name in _OUTER.items():
        names.update(_with_suffixes(published, name))
    for layer in range(_LAYERS):
        for published, name in _INNER.items():
            names.update(
                _with_suffixes(f"encoder.layer.{layer}.{published}", f"blk.{layer}.{name}")
            )
    return names


def _with_suffixes(published: str, name: str) -> dict[str, str]:
    if published.endswith(".weight"):
        return {published: name}
    return {f"{published}.{kind}": f"{name}.{kind}" for kind in ("weight", "bias")}


def _add_tensor(writer: gguf.GGUFWriter, name: str, tensor: NDArray[np.float32]) -> None:
    if tensor.ndim == 2 and name not in _NEVER_QUANTIZED:
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, gguf.quants.quantize(tensor, kind), raw_dtype=kind)
    else:
        writer.add_tensor(name, tensor.astype(np.float32))
