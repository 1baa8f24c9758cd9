"""The commands of ``mesh``, put together."""

from __future__ import annotations

import signal

import typer

from cli.commands import (
    doctor,
    documents,
    history,
    keeping,
    models,
    questions,
    retention,
    routing,
    stack,
    tasks,
    tools,
    top,
)
from cli.connection import one_line_errors
from cli.output import DONE, errors
from cli.standard_streams import standard_streams

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
app.command("respond")(questions.respond)
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
    """Run the command line; whatever comes, it ends with a line and an exit status."""
    with standard_streams():
        raise SystemExit(_exit_status())


def _exit_status() -> int:
    try:
        with one_line_errors():
            status = app(standalone_mode=False, prog_name="mesh")
    except typer.Exit as ended:
        return ended.exit_code
    except typer.Abort:
        return 128 + signal.SIGINT
    except typer.TyperException as wrong:
        return _say_what_is_wrong(wrong)
    return status if isinstance(status, int) else DONE


def _say_what_is_wrong(wrong: typer.TyperException) -> int:
    """Say in one line how the command was used wrongly; help alone has no message."""
    if message := wrong.format_message():
        context = getattr(wrong, "ctx", None)
        command = context.command_path if context else "mesh"
        said = f"{message} " if message.endswith("?") else f"{message.rstrip('.')}: "
        line = f"mesh: {said}`{command} --help` says how it is used"
        errors.print(line, style="red", soft_wrap=True)
    return wrong.exit_code


if __name__ == "__main__":
    main()
