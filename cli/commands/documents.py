"""mesh docs add, list, remove, search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli.connection import channel, new_call, run
from cli.documents.adding import Added, Adder
from cli.documents.naming import named, readable, shown
from cli.documents.progress import AddProgress
from cli.documents.walking import Findings, find
from cli.output import FAILED, USAGE, AsJson, console, errors, fail, print_json
from cli.view.wire_json import iso
from cli.visible_text import one_line
from shared.clients import KnowledgeClient
from shared.pb.mesh.knowledge.v1 import knowledge_service_pb2 as pb

app = typer.Typer(help="Documents that questions are answered from.", no_args_is_help=True)
Collection = Annotated[
    str, typer.Option("--collection", "-c", help="The collection; without it, the default one.")
]


@app.command("add")
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders with files.")],
    collection: Collection = "",
    as_json: AsJson = False,
) -> None:
    """Ingest files; the same file again replaces what it held before.

    Text, Markdown, source code, CSV, JSON, HTML, PDF and Word documents are taken. In a folder,
    what is hidden, ignored by .gitignore, made by a program or a link is left out. What cannot
    be read is skipped, and the exit status is 1 then.
    """
    found = find(paths)
    if not found.files:
        why = "".join(f"; {readable(each.path)}: {each.reason}" for each in found.unreadable)
        fail(f"nothing to ingest was found{why}{_left_out(found)}", USAGE)
    added = run(_add(found, collection, as_json=as_json))
    for each in found.unreadable:
        _report(Added(each.path, "skipped", reason=each.reason), as_json=as_json)
        added.append(Added(each.path, "skipped", reason=each.reason))
    _sum_up(added, found, as_json=as_json)
    if any(each.status == "skipped" for each in added):
        raise typer.Exit(FAILED)


@app.command("list")
def list_sources(collection: Collection = "", as_json: AsJson = False) -> None:
    """List what is ingested, in every collection unless one is named."""
    sources = run(_list(collection))
    if as_json:
        for source in sources:
            print_json(_json(source))
        return
    if not sources:
        errors.print("nothing is ingested; `mesh docs add PATH` does that")
        return
    table = Table(box=None, pad_edge=False)
    several = {each.collection for each in sources} != {"default"}
    if several:
        table.add_column("COLLECTION")
    table.add_column("SOURCE", overflow="fold")
    table.add_column("PASSAGES", justify="right")
    table.add_column("INGESTED", no_wrap=True)
    for source in sources:
        name, at = one_line(shown(source.source)), iso(source.ingested_at)
        table.add_row(*([source.collection] if several else []), name, str(source.passages), at)
    console.print_table(table)


@app.command("remove")
def remove(
    source: Annotated[str, typer.Argument(help="The path of a file, or a name as listed.")],
    collection: Collection = "",
) -> None:
    """Remove a source and its passages."""
    gone, passages = run(_remove(source, collection))
    console.print(f"removed {passages} passages of {shown(gone.source)}")


@app.command("search")
def search(
    text: Annotated[str, typer.Argument(help="What to look for.")],
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many passages at most.")] = 4,
    collection: Collection = "",
    as_json: AsJson = False,
) -> None:
    """Find the passages nearest to a text."""
    for passage in run(_search(text, limit, collection)):
        if as_json:
            print_json(
                {
                    "source": passage.source,
                    "title": passage.title,
                    "start_line": passage.start_line,
                    "end_line": passage.end_line,
                    "headings": passage.headings,
                    "score": passage.score,
                    "text": passage.text,
                }
            )
            continue
        place = f"{passage.title}:{passage.start_line}-{passage.end_line}"
        headings = f"  {passage.headings}" if passage.headings else ""
        console.print(f"{passage.score:.3f}  {place}{headings}", style="bold", soft_wrap=True)
        console.print(passage.text)


def _report(added: Added, *, as_json: bool) -> None:
    if as_json:
        about = _json(added.source) if added.source else {}
        print_json(
            {
                "path": readable(added.path),
                "status": added.status,
                "replaced": added.status in ("replaced", "unchanged"),
                "reason": added.reason,
                **about,
            }
        )
    elif added.status == "skipped":
        errors.print(f"skipped {readable(added.path)}: {added.reason}", soft_wrap=True)
    elif added.source:
        note = f" ({added.note})" if added.note else ""
        line = f"{added.status} {readable(added.path)}: {added.source.passages} passages{note}"
        console.print(line)


def _sum_up(added: Sequence[Added], found: Findings, *, as_json: bool) -> None:
    """Say at the end what is easily lost above: what was skipped, and what was left out."""
    if as_json:
        for out in found.left_out:
            print_json({"path": readable(out.path), "status": "left_out", "reason": out.reason})
        return
    skipped = [each for each in added if each.status == "skipped"]
    if len(added) == 1 and not found.left_out:
        return
    counts = Counter(each.status for each in added)
    counted = ", ".join(f"{counts[each]} {each}" for each in sorted(counts))
    errors.print(f"{counted or 'nothing'}{_left_out(found)}", soft_wrap=True)
    if len(skipped) < len(added):
        for each in skipped:
            errors.print(f"  {readable(each.path)}: {each.reason}", soft_wrap=True)


def _left_out(found: Findings) -> str:
    if not found.left_out:
        return ""
    counts = Counter(each.reason for each in found.left_out)
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))
    return f"; left out: {reasons}"


def _json(source: pb.Source) -> dict[str, object]:
    return {
        "source": source.source,
        "title": source.title,
        "collection": source.collection,
        "passages": source.passages,
        "sha256": source.sha256,
        "ingested_at": iso(source.ingested_at),
    }


async def _add(found: Findings, collection: str, *, as_json: bool) -> list[Added]:
    async with channel("chroma") as opened:
        with AddProgress(len(found.files)) as progress:
            adder = Adder(KnowledgeClient(opened), collection, progress)
            return await adder.add(found.files, lambda each: _report(each, as_json=as_json))


async def _list(collection: str) -> list[pb.Source]:
    async with channel("chroma") as opened:
        return await KnowledgeClient(opened).list_sources(collection)


async def _remove(spelling: str, collection: str) -> tuple[pb.Source, int]:
    async with channel("chroma") as opened:
        client = KnowledgeClient(opened)
        meant = named(spelling, await client.list_sources(collection))
        if not meant:
            fail(f"no source is {spelling!r}; `mesh docs list` lists them")
        if len(meant) > 1:
            where = ", ".join(each.collection for each in meant)
            fail(f"{spelling!r} is in several collections ({where}): say --collection", USAGE)
        return meant[0], await client.delete_source(meant[0].source, meant[0].collection)


async def _search(text: str, limit: int, collection: str) -> list[pb.Passage]:
    async with channel("chroma") as opened:
        return await KnowledgeClient(opened).search(text, limit, new_call(), collection)
