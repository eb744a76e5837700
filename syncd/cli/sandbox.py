"""`syncd sandbox`: one of the tools alone, for trying things and for other people's clients."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from syncd.cli.door import INSTALL_DEMO, OK, Refused
from syncd.cli.options import SyncdCommand

if TYPE_CHECKING:
    from syncd.sandbox.server import SandboxServer

port_option = click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Default: any that is free."
)
empty_option = click.option("--empty", is_flag=True, help="People and projects, but no items.")


@click.group("sandbox")
def sandbox() -> None:
    """Start a Jira or an Asana to try things on.

    It lives in this process and forgets everything at its end. Nothing outside this machine can reach it.
    """


@sandbox.command("jira", cls=SyncdCommand)
@port_option
@click.option("--flavour", type=click.Choice(["cloud", "dc"]), default="cloud", show_default=True)
@empty_option
def jira(port: int, flavour: str, empty: bool) -> int:
    """Start a Jira, Cloud or Data Center."""
    with _friendly(port):
        from syncd.sandbox.serve import serve_jira

        server = serve_jira(port, flavour, empty=empty)
    login = 'email: "syncd-bot@example.com", ' if flavour == "cloud" else ""
    lines = [f'jira: {{type: jira, url: "{server.url}", {login}token: "syncd-bot-token"}}', "project: WEB"]
    return _serve(server, f"Jira {'Cloud' if flavour == 'cloud' else 'Data Center'}", server.url, lines)


@sandbox.command("asana", cls=SyncdCommand)
@port_option
@empty_option
def asana(port: int, empty: bool) -> int:
    """Start an Asana."""
    with _friendly(port):
        from syncd.sandbox.serve import serve_asana

        server = serve_asana(port, empty=empty)
    project = next(iter(server.asana.projects))
    lines = [f'asana: {{type: asana, url: "{server.url}", token: "syncd-bot-token"}}', f'project: "{project}"']
    return _serve(server, "Asana", server.url, lines)


def _serve(server: SandboxServer, name: str, url: str, lines: Sequence[str]) -> int:
    """Say how to reach it, and keep it up until somebody presses Ctrl-C."""
    try:
        click.echo(f"{name} at {url}  (open it in a browser; Ctrl-C ends it)")
        click.echo("To use it in a configuration:")
        for line in lines:
            click.echo(f"  {line}")
        server.wait()
    except KeyboardInterrupt:
        click.echo(err=True)
    finally:
        server.stop()
    return OK


@contextmanager
def _friendly(port: int) -> Iterator[None]:
    """What keeps a sandbox from starting, in words."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("syncd"):
            raise
        raise Refused(f"the sandbox needs Flask and waitress: in the checkout, {INSTALL_DEMO}") from error
    except OSError as error:
        reason = "it is in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        raise Refused(f"port {port} cannot be had: {reason}; name another one by --port, or none") from error
