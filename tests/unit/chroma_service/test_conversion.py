"""Documents that are no text: read where they can be, refused in a line where not."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from chroma_service.conversion import process
from chroma_service.conversion.process import ConversionLimits, Converter, DocumentsUnsupported
from core.errors import InvalidInput, LimitExceeded
from shared.document_types import DOCX, HTML, PDF
from tests.documents import docx, paragraph, pdf

HELD = {
    "pdf": (PDF, pdf("Ports", "The agent listens\non 7400"), ["# Page 2\n\nThe agent listens\non"]),
    "docx": (DOCX, docx(paragraph("Ports") + paragraph("on 7400")), ["Ports\n\non 7400"]),
    "style": (
        DOCX,
        docx(paragraph("Ports", "Heading1") + paragraph("on 7400")),
        ["# Ports\n\non 7400"],
    ),
    "heading": (
        HTML,
        b"<title>T</title><h1>Ports</h1><p>a_b &amp; <b>c</b> <a href='x'>d</a></p>",
        ["# Ports\n\na_b & **c** d"],
    ),
    "title": (HTML, b"<html><head><title>Ports</title></head><p>on 7400</p>", ["# Ports\n\non"]),
    "unseen": (HTML, b"<style>p{}</style><script>evil()</script><p>seen</p>", ["seen\n"]),
    "table": (HTML, b"<table><tr><th>a</th></tr><tr><td>1</td></tr></table>", ["| a |", "| 1 |"]),
    "charset": (HTML, '<meta charset="latin1"><p>Größe</p>'.encode("latin-1"), ["Größe"]),
}


@pytest.mark.parametrize("name", HELD)
async def test_what_a_reader_sees_comes_out_as_markdown(name: str) -> None:
    kind, content, expected = HELD[name]
    text = await Converter().text("a", kind, content)
    assert all(each in text for each in expected), text
    assert "evil" not in text
    assert not text.startswith("\n")


@pytest.mark.parametrize("kind", [PDF, DOCX])
@pytest.mark.parametrize(
    "content",
    [b"", b"MZ", b"%PDF-1.7\n", b"PK\3\4", pdf("a")[:200], docx(paragraph("a"))[:300], b"\0" * 999],
)
async def test_what_is_damaged_is_refused_in_a_line(kind: str, content: bytes) -> None:
    with pytest.raises(InvalidInput, match="a cannot be read") as refused:
        await Converter().text("a", kind, content)
    assert "\n" not in str(refused.value)


def _laughs() -> bytes:
    lines = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(10)
    )
    return docx(paragraph("&l9;"), f"<!DOCTYPE w [{lines}]>")


HOSTILE = {
    "deep": (HTML, b"<div>" * 50_000),
    "entities": (DOCX, _laughs()),
    "zip bomb": (DOCX, docx(paragraph("x" * 300_000_000))),
    "long": (HTML, b"<p>hello world</p>" * 400_000),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_document_harms_nobody_else(name: str) -> None:
    converter = Converter(ConversionLimits(seconds=4, memory_bytes=512 * 1024 * 1024))
    kind, content = HOSTILE[name]
    with pytest.raises((InvalidInput, LimitExceeded)):
        await converter.text("a", kind, content)
    assert "fine" in await Converter().text("b", HTML, b"<p>fine</p>")


async def test_more_text_than_a_document_may_have_is_refused() -> None:
    converter = Converter(ConversionLimits(text_bytes=1000))
    assert await converter.text("a", HTML, b"<p>" + b"x " * 400)
    with pytest.raises(LimitExceeded, match="1000 bytes"):
        await converter.text("a", HTML, b"<p>" + b"x " * 4000)


async def test_one_who_leaves_ends_the_process() -> None:
    converter = Converter()
    reading = asyncio.create_task(converter.text("a", *HOSTILE["long"]))
    await asyncio.sleep(1)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert "fine" in await converter.text("b", HTML, b"<p>fine</p>")


@pytest.mark.parametrize(
    ("kind", "package"), [(PDF, "pypdf"), (DOCX, "mammoth"), (HTML, "markdownify")]
)
async def test_a_library_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, package: str
) -> None:
    lacking = tmp_path / "python"
    lines = [
        f"#!{sys.executable}",
        "import runpy, sys",
        f"sys.modules[{package!r}] = None",
        "sys.argv[:3] = ['x']",
        "sys.path.insert(0, '')",
        "runpy.run_module('chroma_service.conversion', run_name='__main__')",
    ]
    lacking.write_text("\n".join(lines))
    lacking.chmod(0o700)
    monkeypatch.setattr(process.sys, "executable", str(lacking))
    with pytest.raises(DocumentsUnsupported, match=rf"{package}.*agent-mesh\[documents\]"):
        await Converter().text("a", kind, {PDF: pdf("a"), DOCX: docx(""), HTML: b"<p>a"}[kind])
