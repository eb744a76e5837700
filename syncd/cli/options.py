"""The options that every command takes, before its name or after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from syncd.cli.session import LEVELS, Session

F = TypeVar("F", bound=Callable[..., Any])


def _setter(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def keep(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        if value:
            setattr(ctx.ensure_object(Session), name, value)

    return keep


def config_option(*, hidden: bool = False) -> Callable[[F], F]:
    """`--config PATH`."""
    return click.option(
        "--config",
        "-c",
        metavar="PATH",
        hidden=hidden,
        expose_value=False,
        callback=_setter("config"),
        help="The main file. Default: SYNCD_CONFIG, ./config/syncd.yaml, /etc/syncd/syncd.yaml.",
    )


def log_level_option(*, hidden: bool = False) -> Callable[[F], F]:
    """`--log-level LEVEL`."""
    return click.option(
        "--log-level",
        type=click.Choice(LEVELS),
        hidden=hidden,
        expose_value=False,
        callback=_setter("log_level"),
        help="What is logged on stderr. Default: info for `run`, warning for all others.",
    )


def debug_option(*, hidden: bool = False) -> Callable[[F], F]:
    """`--debug`."""
    return click.option(
        "--debug",
        is_flag=True,
        hidden=hidden,
        expose_value=False,
        callback=_setter("is_debug"),
        help="Log everything, and show where an unexpected error came from.",
    )


class SyncdCommand(click.Command):
    """A command that takes the general options too, as people type them: `syncd plan --config PATH`."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for option in (config_option, log_level_option, debug_option):
            option(hidden=True)(self)


def command(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command."""
    return click.command(name, cls=SyncdCommand)


json_option = click.option("--json", "as_json", is_flag=True, help="For programs; see docs/cli-json.md.")


def sync_argument(*, required: bool = False) -> Callable[[F], F]:
    """`SYNC`: the name of a configured sync."""
    return click.argument("sync", required=required, metavar="SYNC" if required else "[SYNC]")
