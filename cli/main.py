"""The commands of ``mesh``, put together."""

from __future__ import annotations

import typer

from cli.commands import (
    doctor,
    documents,
    history,
    keeping,
    models,
    retention,
    routing,
    stack,
    tasks,
    tools,
    top,
)

app = typer.Typer(
    name="mesh",
    help="Run tasks on local models; every accepted task survives any crash.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(stack.up)
app.command("down")(stack.down)
app.command("status")(stack.status)
app.command("top")(top.top)
app.command("submit")(tasks.submit)
app.command("tasks")(tasks.list_tasks)
app.command("show")(tasks.show)
app.command("events")(tasks.events)
app.command("cancel")(tasks.cancel)
app.command("respond")(tasks.respond)
app.command("retry")(tasks.retry)
app.command("history")(history.history)
app.command("diff")(history.diff)
app.command("fork")(history.fork)
app.command("route")(routing.route)
app.add_typer(documents.app, name="docs")
app.add_typer(tools.app, name="tools")
app.add_typer(models.app, name="models")
app.command("backup")(keeping.backup)
app.command("restore")(keeping.restore)
app.command("prune")(retention.prune)
app.command("doctor")(doctor.doctor)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
