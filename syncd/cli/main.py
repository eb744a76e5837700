"""`syncd`: the names of all commands, and the options that each of them takes.

A command's module is imported when the command is asked for; the table below is all that `syncd --help` needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from syncd.cli.door import guarded
from syncd.cli.options import config_option, debug_option, log_level_option
from syncd.cli.session import Session

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "demo": ("syncd.cli.demo.command", "Show in a minute what syncd does, on two stand-in tools."),
    "check": ("syncd.cli.check", "Prove the configuration; with --live against both systems."),
    "plan": ("syncd.cli.plan", "Show what a run would do. Writes nothing anywhere."),
    "sync": ("syncd.cli.sync", "Bring both sides in step, then end."),
    "approve": ("syncd.cli.decide", "Allow a sync to carry out its plan; ends a pause."),
    "pause": ("syncd.cli.decide", "Stop a sync from writing."),
    "resume": ("syncd.cli.decide", "End the pause of a sync."),
    "run": ("syncd.cli.run", "Keep all syncs in step until told to end: the daemon."),
    "status": ("syncd.cli.status", "Say how each sync is doing."),
    "findings": ("syncd.cli.findings", "List what the checks found, or say no more about it."),
    "digest": ("syncd.cli.digest", "Tell each owner what is new, worse, due and settled since yesterday or last week."),
    "links": ("syncd.cli.links", "List, join and part pairs of items."),
    "use": ("syncd.cli.use", "Settle a conflict: say which side counts."),
    "explain": ("syncd.cli.explain", "Say why each field of an item did or did not sync."),
    "history": ("syncd.cli.history", "Tell what was done to an item, newest first."),
    "undo": ("syncd.cli.undo", "Take writes back that nobody has changed since."),
    "schema": ("syncd.cli.schema", "Print the JSON Schema of a YAML file, for editors."),
    "db": ("syncd.cli.db", "Look after the store."),
    "sandbox": ("syncd.cli.sandbox", "Start a Jira or an Asana to try things on."),
}
"""Name → module that holds the command under that name, and what it does in a line."""


class LazyGroup(click.Group):
    """A group whose commands are imported one at a time."""

    def main(  # type: ignore[override]  # click's overloads only tell when it returns
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> Any:
        """Run; whatever goes wrong ends in a sentence and an exit code."""
        return guarded(lambda: super(LazyGroup, self).main(args, prog_name or "syncd", **extra), extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(COMMANDS[cmd_name][0]), cmd_name)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant, or a hint at the nearest."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            import difflib

            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "see `syncd --help`"
            ctx.fail(f"there is no command {name!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names that begin so, without importing anything."""
        names = [CompletionItem(name, help=COMMANDS[name][1]) for name in COMMANDS if name.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # costs as much as click does

    try:
        return version("syncd")
    except PackageNotFoundError:  # a checkout that was never installed
        return "unknown"


def _print_version(ctx: click.Context, _param: click.Parameter, is_wanted: bool) -> None:
    if is_wanted and not ctx.resilient_parsing:
        click.echo(f"syncd {_version()}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@config_option()
@log_level_option()
@debug_option()
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Keep a marketing tool and Jira in step, and say early when their deadlines do not fit.

    First steps: `syncd check`, `syncd check --live`, `syncd plan`, `syncd sync`; then `syncd run`. Nothing is written
    before a plan was shown and approved.

    Exit codes: 0 all went well; 1 something failed or waits for you; 2 the configuration or the command line is wrong.
    """
    ctx.ensure_object(Session)
