"""mesh docs add, list, remove, search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli.connection import channel, new_call, run
from cli.output import USAGE, AsJson, console, errors, fail, print_json
from cli.view.task_view import iso
from cli.visible_text import one_line
from core.ports import Passage
from shared.clients import KnowledgeClient
from shared.pb.mesh.knowledge.v1 import knowledge_service_pb2 as pb

app = typer.Typer(help="Documents that questions are answered from.", no_args_is_help=True)
_ENDINGS = (".md", ".markdown", ".txt", ".rst")


@app.command("add")
def add(
    paths: Annotated[list[Path], typer.Argument(help="Text and Markdown files, or folders.")],
    as_json: AsJson = False,
) -> None:
    """Ingest files; the same file again replaces what it held before."""
    files = list(_files(paths))
    if not files:
        fail(f"no file that ends in {', '.join(_ENDINGS)} was found", USAGE)
    run(_add(files, as_json=as_json))


@app.command("list")
def list_sources(as_json: AsJson = False) -> None:
    """List what is ingested."""
    sources = run(_list())
    if as_json:
        for source in sources:
            print_json(_json(source))
        return
    if not sources:
        errors.print("nothing is ingested; `mesh docs add PATH` does that")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("SOURCE", overflow="fold")
    table.add_column("PASSAGES", justify="right")
    table.add_column("INGESTED", no_wrap=True)
    for source in sources:
        table.add_row(one_line(source.source), str(source.passages), iso(source.ingested_at))
    console.print_table(table)


@app.command("remove")
def remove(source: Annotated[str, typer.Argument(help="A source, as listed.")]) -> None:
    """Remove a source and its passages."""
    console.print(f"removed {run(_remove(source))} passages of {source}", markup=False)


@app.command("search")
def search(
    text: Annotated[str, typer.Argument(help="What to look for.")],
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many passages at most.")] = 4,
    as_json: AsJson = False,
) -> None:
    """Find the passages nearest to a text."""
    for passage in run(_search(text, limit)):
        if as_json:
            print_json(
                {
                    "source": passage.source,
                    "start_line": passage.start_line,
                    "end_line": passage.end_line,
                    "score": passage.score,
                    "text": passage.text,
                }
            )
            continue
        place = f"{passage.source}:{passage.start_line}-{passage.end_line}"
        console.print(f"{passage.score:.3f}  {place}", style="bold")
        console.print(passage.text)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(
                each for each in path.rglob("*") if each.suffix in _ENDINGS and each.is_file()
            )
        elif path.is_file():
            yield path
        else:
            fail(f"{path} is no file and no folder", USAGE)


def _json(source: pb.Source) -> dict[str, object]:
    return {
        "source": source.source,
        "passages": source.passages,
        "sha256": source.sha256,
        "ingested_at": iso(source.ingested_at),
    }


async def _add(files: Sequence[Path], *, as_json: bool) -> None:
    async with channel("chroma") as opened:
        client = KnowledgeClient(opened)
        for path in files:
            answer = await client.ingest(str(path), path.read_bytes())
            if as_json:
                print_json({**_json(answer.source), "replaced": answer.replaced})
            else:
                verb = "replaced" if answer.replaced else "ingested"
                console.print(f"{verb} {path}: {answer.source.passages} passages", markup=False)


async def _list() -> list[pb.Source]:
    async with channel("chroma") as opened:
        return await KnowledgeClient(opened).list_sources()


async def _remove(source: str) -> int:
    async with channel("chroma") as opened:
        return await KnowledgeClient(opened).delete_source(source)


async def _search(text: str, limit: int) -> list[Passage]:
    async with channel("chroma") as opened:
        return await KnowledgeClient(opened).query(text, limit, new_call())
