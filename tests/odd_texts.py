"""Texts that people have and that take many tokens: what a guess by characters gets wrong."""

from __future__ import annotations

import base64
import json
import random

_RANDOM = random.Random(12)
ROWS = "\n".join(
    f"2026-11-{day:02}T{hour:02}:00;{_RANDOM.uniform(0, 9):.3f};{_RANDOM.uniform(-40, 40):.2f};ok"
    for day in range(1, 8)
    for hour in range(22)
)

ODD_TEXTS = {
    "150 rows of measurements": ROWS,
    "a table of numbers": "\n".join(
        " ".join(f"{_RANDOM.randrange(10**6):>7}" for _ in range(12)) for _ in range(48)
    ),
    "Chinese": "智能体网格把每个任务分成若干步骤，每一步都会写入检查点。崩溃之后从最后一步继续。"
    * 60,
    "Russian": "Каждая задача записывается в базу данных и продолжается после сбоя. " * 60,
    "Arabic": "تُحفظ كل مهمة في قاعدة البيانات وتستمر بعد كل عطل يصيب النظام. " * 60,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🤷🏽‍♂️🚀✅" * 200,
    "base64": base64.b64encode(_RANDOM.randbytes(6000)).decode(),
    "minified JSON": json.dumps(
        [{"id": n, "v": _RANDOM.random(), "t": ["a", None, True]} for n in range(150)],
        separators=(",", ":"),
    ),
    "one line of 900 KB": "0123456789abcdef " * (900 * 1024 // 17),
    "control tokens": "<|end|><|coder|><|user|>" * 300,
    "line breaks": "\n" * 4000,
    "plain words": "the agent keeps every task in one file and goes on after a crash. " * 80,
}
