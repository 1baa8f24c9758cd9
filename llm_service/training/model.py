"""A small Llama: the network that llama.cpp runs as architecture ``llama``."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Sizes of the network. Widths are multiples of 32, as Q8_0 wants them."""

    vocabulary: int = 2048
    width: int = 256
    layers: int = 6
    heads: int = 8
    feed_forward: int = 704
    context: int = 2048
    rope_base: float = 10_000.0
    norm_epsilon: float = 1e-5


class Attention(nn.Module):
    """Causal self-attention with rotary positions (pairs of neighbours, as in llama)."""

    def __init__(self, shape: ModelShape) -> None:
        """Make the four projections."""
        super().__init__()
        self.heads = shape.heads
        self.q = nn.Linear(shape.width, shape.width, bias=False)
        self.k = nn.Linear(shape.width, shape.width, bias=False)
        self.v = nn.Linear(shape.width, shape.width, bias=False)
        self.out = nn.Linear(shape.width, shape.width, bias=False)

    def forward(self, x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
        """Attend over ``x`` of shape (batch, length, width)."""
        batch, length, width = x.shape
        split = (batch, length, self.heads, width // self.heads)
        q = _rotate(self.q(x).view(split), cosines, sines).transpose(1, 2)
        k = _rotate(self.k(x).view(split), cosines, sines).transpose(1, 2)
        v = self.v(x).view(split).transpose(1, 2)
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(mixed.transpose(1, 2).reshape(batch, length, width))


class Block(nn.Module):
    """Attention and a gated feed-forward network, each behind a norm and a residual."""

    def __init__(self, shape: ModelShape) -> None:
        """Make the parts."""
        super().__init__()
        self.attention_norm = nn.RMSNorm(shape.width, eps=shape.norm_epsilon)
        self.attention = Attention(shape)
        self.feed_norm = nn.RMSNorm(shape.width, eps=shape.norm_epsilon)
        self.gate = nn.Linear(shape.width, shape.feed_forward, bias=False)
        self.up = nn.Linear(shape.width, shape.feed_forward, bias=False)
        self.down = nn.Linear(shape.feed_forward, shape.width, bias=False)

    def forward(self, x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
        """Transform ``x`` of shape (batch, length, width)."""
        x = x + self.attention(self.attention_norm(x), cosines, sines)
        y = self.feed_norm(x)
        return x + self.down(functional.silu(self.gate(y)) * self.up(y))


class SmallLlama(nn.Module):
    """The network; its output layer shares the weights of its embedding."""

    def __init__(self, shape: ModelShape) -> None:
        """Make the network with small random weights."""
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width, eps=shape.norm_epsilon)
        cosines, sines = _rope_tables(shape)
        self.register_buffer("cosines", cosines, persistent=False)
        self.register_buffer("sines", sines, persistent=False)
        self.apply(_initialise)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return logits of shape (batch, length, vocabulary) for tokens of (batch, length)."""
        length = tokens.shape[1]
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x, self.cosines[:length], self.sines[:length])
        return functional.linear(self.norm(x), self.embedding.weight)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)


def _rope_tables(shape: ModelShape) -> tuple[Tensor, Tensor]:
    size = shape.width // shape.heads
    frequencies = shape.rope_base ** (-torch.arange(0, size, 2).float() / size)
    angles = torch.outer(torch.arange(shape.context).float(), frequencies)
    return angles.cos()[:, None, :], angles.sin()[:, None, :]


def _rotate(x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = torch.stack((even * cosines - odd * sines, even * sines + odd * cosines), dim=-1)
    return turned.flatten(-2).to(x.dtype)
