"""Write a trained model as a quantized GGUF: ``python -m llm_service.training.export DIR FILE``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFWriter
from torch import Tensor

from llm_service.training.chat import CHAT_TEMPLATE, END, PAD, SPECIAL_TOKENS
from llm_service.training.model import ModelShape
from llm_service.training.tokenizer import PRE_TOKENIZER
from shared.bundled_model import ANSWER_STYLE

_TENSORS = {
    "embedding.weight": "token_embd.weight",
    "norm.weight": "output_norm.weight",
}
_BLOCK_TENSORS = {
    "attention_norm.weight": "attn_norm.weight",
    "attention.q.weight": "attn_q.weight",
    "attention.k.weight": "attn_k.weight",
    "attention.v.weight": "attn_v.weight",
    "attention.out.weight": "attn_output.weight",
    "feed_norm.weight": "ffn_norm.weight",
    "gate.weight": "ffn_gate.weight",
    "up.weight": "ffn_up.weight",
    "down.weight": "ffn_down.weight",
}


def main() -> None:
    """Read model.pt, shape.json and tokenizer.json from a folder and write the GGUF."""
    parser = argparse.ArgumentParser(description="Write a trained model as a GGUF.")
    parser.add_argument("trained", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    export(options.trained, options.target)
    sys.stdout.write(f"{options.target}: {options.target.stat().st_size:,} bytes\n")


def export(trained: Path, target: Path) -> None:
    """Write ``target`` from what the training left in ``trained``."""
    shape = ModelShape(**json.loads((trained / "shape.json").read_text(encoding="utf-8")))
    target.parent.mkdir(parents=True, exist_ok=True)
    writer = GGUFWriter(target, "llama")
    _add_shape(writer, shape)
    _add_tokenizer(writer, json.loads((trained / "tokenizer.json").read_text(encoding="utf-8")))
    weights = torch.load(trained / "model.pt", map_location="cpu", weights_only=True)
    for name, tensor in weights.items():
        _add_tensor(writer, gguf_name(name), tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def gguf_name(name: str) -> str:
    """Return llama.cpp's name of a tensor."""
    if name in _TENSORS:
        return _TENSORS[name]
    _, block, part = name.split(".", 2)
    return f"blk.{block}.{_BLOCK_TENSORS[part]}"


def _add_shape(writer: GGUFWriter, shape: ModelShape) -> None:
    writer.add_name("Agent Mesh bundled model")
    writer.add_description("A small model for short Python functions, tool calls and quotes.")
    writer.add_license("apache-2.0")
    writer.add_string("mesh.answer_style", ANSWER_STYLE)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.norm_epsilon)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _add_tokenizer(writer: GGUFWriter, tokenizer: dict) -> None:
    model = tokenizer["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]]
    control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(PRE_TOKENIZER)
    writer.add_token_list(tokens)
    writer.add_token_types([control if t in SPECIAL_TOKENS else normal for t in tokens])
    writer.add_token_merges(merges)
    writer.add_eos_token_id(tokens.index(END))
    writer.add_bos_token_id(tokens.index(PAD))  # never added; llama.cpp wants one named
    writer.add_pad_token_id(tokens.index(PAD))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _add_tensor(writer: GGUFWriter, name: str, tensor: Tensor) -> None:
    values = tensor.float().numpy().astype(np.float32)
    if values.ndim == 1:  # norms stay in full precision, as llama.cpp expects
        writer.add_tensor(name, values)
        return
    kind = GGMLQuantizationType.Q8_0
    writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)


if __name__ == "__main__":
    main()
