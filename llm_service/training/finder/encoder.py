"""all-MiniLM-L6-v2 in torch, its weights fixed, with low-rank changes to them that are learned.

Low-rank adaptation: https://arxiv.org/abs/2106.09685 (W + U A, A random, U zero at first).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

_LAYERS, _WIDTH, _HEADS, _NORM_EPSILON = 6, 384, 12, 1e-12
_ADAPTED = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
Checkpoint = Mapping[str, NDArray[np.float32]]


class AdaptedLinear(nn.Module):
    """A fixed linear layer plus a learned change of low rank."""

    def __init__(self, weight: Tensor, bias: Tensor, rank: int) -> None:
        """Start as the fixed layer."""
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self.down = nn.Parameter(torch.randn(rank, weight.shape[1]) / math.sqrt(weight.shape[1]))
        self.up = nn.Parameter(torch.zeros(weight.shape[0], rank))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer to ``x`` of shape (..., inputs)."""
        changed = functional.linear(functional.linear(x, self.down), self.up)
        return functional.linear(x, self.weight, self.bias) + changed


class Encoder(nn.Module):
    """Turns tokens into the mean of the last layer, of shape (batch, 384) and length 1."""

    def __init__(self, checkpoint: Checkpoint, rank: int) -> None:
        """Take over the published weights by their published names."""
        super().__init__()
        self._fixed = {name: torch.tensor(value) for name, value in checkpoint.items()}
        self.adapted = nn.ModuleDict(
            {
                _key(layer, name): AdaptedLinear(
                    self._fixed[f"encoder.layer.{layer}.{name}.weight"],
                    self._fixed[f"encoder.layer.{layer}.{name}.bias"],
                    rank,
                )
                for layer in range(_LAYERS)
                for name in _ADAPTED
            }
        )

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Encode ``tokens`` of shape (batch, length); ``mask`` is 1 where there is one."""
        length = tokens.shape[1]
        fixed = self._fixed
        x = (
            fixed["embeddings.word_embeddings.weight"][tokens]
            + fixed["embeddings.position_embeddings.weight"][:length]
            + fixed["embeddings.token_type_embeddings.weight"][0]
        )
        x = self._norm(x, "embeddings.LayerNorm")
        for layer in range(_LAYERS):
            x = self._block(x, mask[:, None, None, :].bool(), layer)
        weights = mask[..., None]
        return functional.normalize((x * weights).sum(1) / weights.sum(1), dim=-1)

    def changes(self) -> dict[str, NDArray[np.float16]]:
        """Return what was learned, by the published names: ``NAME.down`` and ``NAME.up``."""
        found: dict[str, NDArray[np.float16]] = {}
        for layer in range(_LAYERS):
            for name in _ADAPTED:
                module = self.adapted[_key(layer, name)]
                published = f"encoder.layer.{layer}.{name}"
                found[f"{published}.down"] = module.down.detach().numpy().astype(np.float16)
                found[f"{published}.up"] = module.up.detach().numpy().astype(np.float16)
        return found

    def _block(self, x: Tensor, mask: Tensor, layer: int) -> Tensor:
        batch, length, _ = x.shape

        def heads(name: str) -> Tensor:
            made = self.adapted[_key(layer, f"attention.self.{name}")](x)
            return made.view(batch, length, _HEADS, _WIDTH // _HEADS).transpose(1, 2)

        mixed = functional.scaled_dot_product_attention(
            heads("query"), heads("key"), heads("value"), attn_mask=mask
        )
        mixed = mixed.transpose(1, 2).reshape(batch, length, _WIDTH)
        attended = self.adapted[_key(layer, "attention.output.dense")](mixed)
        x = self._norm(x + attended, f"encoder.layer.{layer}.attention.output.LayerNorm")
        wide = functional.gelu(self.adapted[_key(layer, "intermediate.dense")](x))
        fed = self.adapted[_key(layer, "output.dense")](wide)
        return self._norm(x + fed, f"encoder.layer.{layer}.output.LayerNorm")

    def _norm(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self._fixed[f"{name}.weight"], self._fixed[f"{name}.bias"]
        return functional.layer_norm(x, (_WIDTH,), weight, bias, _NORM_EPSILON)


def _key(layer: int, name: str) -> str:
    return f"{layer}_{name.replace('.', '_')}"
