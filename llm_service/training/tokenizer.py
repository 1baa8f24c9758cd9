"""The byte-level BPE tokenizer, split the way llama.cpp's ``qwen2`` pre-tokenizer splits."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from llm_service.training.chat import SPECIAL_TOKENS, render
from llm_service.training.examples import examples

VOCABULARY_SIZE = 2048
_TRAINING_EXAMPLES = 40_000
# LLAMA_VOCAB_PRE_TYPE_QWEN2 in llama.cpp's llama-vocab.cpp: digits stand alone, so that numbers
# are copied digit by digit.
PRE_TOKENIZER = "qwen2"
_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def train_tokenizer(seed: int) -> Tokenizer:
    """Fit a tokenizer to the training examples."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(seed), trainer)
    return tokenizer


def _texts(seed: int) -> Iterable[str]:
    for example in islice(examples(seed), _TRAINING_EXAMPLES):
        yield from (turn.content for turn in example.turns)
        yield render(example)[1].rsplit("<|", 1)[0]
