"""Documents that are no text: read where they can be, refused in a line where not."""

from __future__ import annotations

import asyncio
import io
import sys
import zipfile
from pathlib import Path

import pytest

from chroma_service.conversion import process
from chroma_service.conversion.process import ConversionLimits, Converter, DocumentsUnsupported
from core.errors import InvalidInput, LimitExceeded
from shared.document_types import DOCX, HTML, PDF

_OPC = "http://schemas.openxmlformats.org"
_WORD = f"{_OPC}/wordprocessingml/2006/main"


def pdf(*pages: str) -> bytes:
    """Return a PDF with these pages of lines."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    kids = []
    for page in pages:
        shown = " ".join(f"({line}) Tj T*" for line in page.split("\n"))
        stream = f"BT /F1 12 Tf 14 TL 72 720 Td {shown} ET".encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    content, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return content + head + table + tail % (len(objects) + 1, len(content))


def docx(body: str, entities: str = "") -> bytes:
    """Return a Word document with this body."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_OPC}/package/2006/content-types"><Override'
            ' PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
            'officedocument.wordprocessingml.document.main+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_OPC}/package/2006/relationships"><Relationship Id="r1"'
            f' Type="{_OPC}/officeDocument/2006/relationships/officeDocument"'
            ' Target="word/document.xml"/></Relationships>',
        )
        archive.writestr(
            "word/document.xml",
            f'{entities}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
        )
    return packed.getvalue()


def paragraph(text: str, style: str = "") -> str:
    look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{look}<w:r><w:t>{text}</w:t></w:r></w:p>"


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
