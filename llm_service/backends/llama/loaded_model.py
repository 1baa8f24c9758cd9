"""A model as llama.cpp holds it: its weights, its words and what the GGUF says of it."""

from __future__ import annotations

import ctypes
from functools import cached_property
from pathlib import Path
from typing import Any

import llama_cpp

_PIECE_BYTES = 64
_VALUE_BYTES = 64 * 1024


class LoadedModel:
    """Weights and vocabulary; reading them is safe from any thread."""

    def __init__(self, path: Path) -> None:
        """Load the GGUF at ``path``. Raises: ValueError when llama.cpp cannot."""
        llama_cpp.llama_backend_init()
        parameters = llama_cpp.llama_model_default_params()
        parameters.check_tensors = True
        self.pointer: Any = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
        if not self.pointer:
            raise ValueError("llama.cpp cannot read it")
        self.vocabulary: Any = llama_cpp.llama_model_get_vocab(self.pointer)
        self._pieces: dict[int, bytes] = {}

    def close(self) -> None:
        """Free the weights."""
        if self.pointer:
            llama_cpp.llama_model_free(self.pointer)
            self.pointer = None

    @cached_property
    def metadata(self) -> dict[str, str]:
        """What the GGUF says, by key; lists are left out by llama.cpp."""
        count = llama_cpp.llama_model_meta_count(self.pointer)
        return {
            self._text(llama_cpp.llama_model_meta_key_by_index, index): self._text(
                llama_cpp.llama_model_meta_val_str_by_index, index
            )
            for index in range(count)
        }

    @property
    def parameters(self) -> int:
        """How many weights it has."""
        return int(llama_cpp.llama_model_n_params(self.pointer))

    @property
    def trained_context(self) -> int:
        """Tokens of context that it was trained with."""
        return int(llama_cpp.llama_model_n_ctx_train(self.pointer))

    @property
    def shares_prefixes(self) -> bool:
        """Whether a part of a sequence's memory can be handed to another one."""
        return not (
            llama_cpp.llama_model_is_recurrent(self.pointer)
            or llama_cpp.llama_model_is_hybrid(self.pointer)
        )

    @property
    def head_width(self) -> int:
        """Numbers of a key of one head."""
        return self._length_of("key")

    @property
    def cache_bytes_per_token(self) -> int:
        """Bytes that one token takes in a cache of two bytes a number."""
        heads = int(llama_cpp.llama_model_n_head_kv(self.pointer))
        numbers = self._length_of("key") + self._length_of("value")
        return int(llama_cpp.llama_model_n_layer(self.pointer)) * heads * numbers * 2

    def token_eos(self) -> int:
        """Return the token that ends a text; negative when there is none."""
        return int(llama_cpp.llama_vocab_eos(self.vocabulary))

    def token_bos(self) -> int:
        """Return the token that begins a text; negative when there is none."""
        return int(llama_cpp.llama_vocab_bos(self.vocabulary))

    def ends(self, token: int) -> bool:
        """Return whether a token ends the generation."""
        return bool(llama_cpp.llama_vocab_is_eog(self.vocabulary, token))

    def detokenize(self, tokens: list[int], special: bool = False) -> bytes:
        """Return the bytes of tokens; special ones are written out when ``special``."""
        return b"".join(self._read_piece(token, special) for token in tokens)

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token; control tokens have none."""
        found = self._pieces.get(token)
        if found is None:
            found = self._pieces[token] = self._read_piece(token, False)
        return found

    def _length_of(self, part: str) -> int:
        width = int(llama_cpp.llama_model_n_embd(self.pointer))
        plain = width // max(1, int(llama_cpp.llama_model_n_head(self.pointer)))
        architecture = self.metadata.get("general.architecture", "")
        return int(self.metadata.get(f"{architecture}.attention.{part}_length", plain))

    def _read_piece(self, token: int, special: bool) -> bytes:
        size = _PIECE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = llama_cpp.llama_token_to_piece(
                self.vocabulary, token, buffer, size, 0, special
            )
            if length >= 0:
                return buffer.raw[:length]
            size = -length

    def _text(self, read: Any, index: int) -> str:
        size = _VALUE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = read(self.pointer, index, buffer, size)
            if length < size:
                return buffer.value.decode(errors="replace")
            size = length + 1
