"""The process that reads one document: its bytes come on stdin, its text goes to stdout.

``python -m chroma_service.conversion MEDIA_TYPE SECONDS BYTES`` exits with 0, or with one of the
statuses below and a line on stderr. What it reads may be hostile, so it gives up all processor time
but SECONDS, all memory but BYTES, and every file, before it reads; whoever starts it bounds the
time by the clock.
"""

from __future__ import annotations

import io
import re
import resource
import sys
from collections.abc import Callable, Mapping

from shared.document_types import DOCX, HTML, PDF

UNREADABLE, LIBRARY_MISSING = 3, 4
_SPACES = re.compile(r"[ \t\xa0]+\n")
_BREAKS = re.compile(r"\n{3,}")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def main() -> int:
    """Convert what comes on stdin; return the exit status."""
    media_type, seconds, memory = sys.argv[1:]
    read = _READERS[media_type]
    _bound(int(seconds), int(memory))
    content = sys.stdin.buffer.read()
    try:
        text = read(content)
    except ModuleNotFoundError as error:
        sys.stderr.write(f"the package {error.name} is not installed\n")
        return LIBRARY_MISSING
    # The libraries raise whatever a damaged document leads them to, RecursionError too.
    except Exception as error:
        sys.stderr.write(f"{type(error).__name__}: {error}".splitlines()[0][:300] + "\n")
        raise SystemExit(UNREADABLE) from error
    sys.stdout.buffer.write(_tidied(text).encode())
    return 0


def _bound(seconds: int, memory: int) -> None:
    for limit, value in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _pdf(content: bytes) -> str:
    """Return the text of a PDF, each page below a heading with its number."""
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise ValueError("it is locked with a password")
    pages = ((number, page.extract_text()) for number, page in enumerate(reader.pages, start=1))
    return "\n\n".join(f"# Page {number}\n\n{text}" for number, text in pages if text.strip())


def _docx(content: bytes) -> str:
    """Return the text of a Word document as Markdown, its headings and tables as such."""
    import mammoth

    def no_image(image: object) -> Mapping[str, str]:
        return {}

    converter = mammoth.images.img_element(no_image)
    return _html(
        mammoth.convert_to_html(io.BytesIO(content), convert_image=converter).value.encode()
    )


def _html(content: bytes) -> str:
    """Return what a reader sees of an HTML page, as Markdown."""
    from bs4 import BeautifulSoup
    from markdownify import ATX, MarkdownConverter

    page = BeautifulSoup(content, "html.parser")
    title = page.title.get_text(" ", strip=True) if page.title else ""
    for unseen in page(["script", "style", "noscript", "template", "svg", "head"]):
        unseen.decompose()
    converter = MarkdownConverter(
        heading_style=ATX, strip=["a", "img"], escape_misc=False, escape_underscores=False
    )
    text = str(converter.convert_soup(page))
    return text if not title or page.h1 or not text.strip() else f"# {title}\n\n{text}"


def _tidied(text: str) -> str:
    """Return the text with ``\\n`` as its only break, and without what UTF-8 cannot hold."""
    text = "\n".join(_SURROGATES.sub("\ufffd", text).replace("\0", "").splitlines()) + "\n"
    return _BREAKS.sub("\n\n", _SPACES.sub("\n", text)).lstrip("\n")


_READERS: Mapping[str, Callable[[bytes], str]] = {PDF: _pdf, DOCX: _docx, HTML: _html}


if __name__ == "__main__":
    sys.exit(main())
