"""The kinds of documents that can be ingested, by media type and by the ending of a name."""

from __future__ import annotations

from pathlib import PurePosixPath

MARKDOWN = "text/markdown"
PLAIN = "text/plain"
HTML = "text/html"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KNOWN = (PLAIN, MARKDOWN, HTML, PDF, DOCX)

MAX_DOCUMENT_BYTES = 8 * 1024 * 1024

_PROSE = ".txt .text .rst .adoc .asciidoc .org .tex .log .srt .vtt .eml .csv .tsv"
_DATA = ".json .jsonl .ndjson .yaml .yml .toml .ini .cfg .conf .properties .xml"
_CODE = (
    ".py .pyi .ipynb .js .mjs .cjs .ts .tsx .jsx .vue .svelte .css .scss .less .c .h .cc .cpp .cxx"
    " .hh .hpp .cs .rs .go .java .kt .kts .scala .swift .m .mm .rb .php .pl .pm .lua .r .jl .dart"
    " .ex .exs .erl .hs .ml .fs .clj .el .lisp .scm .nim .zig .v .vhd .sv .asm .s .sh .bash .zsh"
    " .fish .ps1 .bat .sql .proto .graphql .tf .gradle .cmake .mk .dockerfile .diff .patch"
)
_ENDINGS = {
    **dict.fromkeys((".md", ".markdown", ".mdown", ".mkd", ".mdx"), MARKDOWN),
    **dict.fromkeys((".html", ".htm", ".xhtml"), HTML),
    ".pdf": PDF,
    ".docx": DOCX,
    **dict.fromkeys((*_PROSE.split(), *_DATA.split(), *_CODE.split()), PLAIN),
}
_CODE_ENDINGS = frozenset(_CODE.split())
_BARE = (
    "readme license licence copying notice authors contributors changelog changes news history"
    " install todo makefile dockerfile jenkinsfile rakefile gemfile"
)
_BARE_NAMES = frozenset(_BARE.split())


def media_type_of(name: str) -> str:
    """Return the media type by the ending of a name, in any case; empty when it is unknown.

    Some names that have no ending, such as LICENSE, are known too.
    """
    path = PurePosixPath(name.lower())
    if path.suffix:
        return _ENDINGS.get(path.suffix, "")
    return PLAIN if path.name in _BARE_NAMES else ""


def is_source_code(name: str) -> bool:
    """Say whether a name ends as that of source code does."""
    return PurePosixPath(name.lower()).suffix in _CODE_ENDINGS
