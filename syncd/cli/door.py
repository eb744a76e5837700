"""The only door out: every error becomes a sentence on stderr and an exit code; no traceback reaches a user."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, Final

import click

from syncd.cli.session import Session
from syncd.model.errors import AuthError, ConfigError, ConnectorError, RateLimited, SyncdError

OK: Final = 0
FAILED: Final = 1
"""Something failed, or waits for a person."""
WRONG: Final = 2
"""The configuration or the command line has to be changed."""
LEFT: Final = 141
"""Whoever read the output has left, as `head` does: what a shell tells of any tool that this happens to."""
INSTALL_DEMO: Final = "say: pip install -c constraints.txt '.[demo]'"


class Refused(SyncdError):
    """A command cannot do what it was asked for; the text says why and what to do instead."""


def guarded(run: Callable[[], Any], extra: dict[str, Any]) -> Any:
    """Run click's `main` and end the process with the code that its command came to.

    `extra`: the arguments for click; taken out of it is `standalone_mode` (False: the code is returned instead).
    """
    is_alone = extra.pop("standalone_mode", True)
    extra["standalone_mode"] = False
    session = extra.setdefault("obj", Session())
    code = _code_of(run, session)
    if is_alone:
        sys.exit(code)
    return code


def _code_of(run: Callable[[], Any], session: Session) -> int:
    try:
        outcome = run()
    except click.ClickException as error:
        error.show()
        return WRONG
    except ConfigError as error:
        say_problems(error, err=True)
        return WRONG
    except ConnectorError as error:
        click.echo(f"syncd: {session.redacted(connector_text(error))}", err=True)
        return FAILED
    except SyncdError as error:
        click.echo(f"syncd: {session.redacted(str(error))}", err=True)
        return FAILED
    except SystemExit:  # click ends so, and only so, when it cannot write any more
        return LEFT
    except (click.Abort, KeyboardInterrupt):
        click.echo("syncd: stopped", err=True)
        return FAILED
    except Exception as error:  # noqa: BLE001  # the last height at which anything can be caught
        return _unforeseen(error, session)
    return outcome if isinstance(outcome, int) else OK


def say_problems(error: ConfigError, *, err: bool) -> None:
    """Every problem in a line of its own, as editors and compilers do."""
    for problem in error.problems:
        click.echo(str(problem), err=err)


def connector_text(error: ConnectorError) -> str:
    """What a system or the way to it did not let us do, for an operator."""
    name = f"{error.connection}: " if error.connection and error.connection not in str(error) else ""
    text = f"{name}{error}"
    if isinstance(error, AuthError):
        return f"{text}: `syncd check --live` says which setting to change"
    if isinstance(error, RateLimited):
        return f"{text}; not before {round(error.retry_after_s)} s have passed"
    return text


def _unforeseen(error: Exception, session: Session) -> int:
    import traceback

    details = session.redacted("".join(traceback.format_exception(error)))
    said = session.redacted(f"{type(error).__name__}: {error}".splitlines()[0][:200])
    if session.is_debug:
        click.echo(details, err=True)
    where = _keep(details)
    report = f" Please report it together with {where} (look through it first: it may name items)." if where else ""
    click.echo(f"syncd: a mistake in syncd, not in your configuration ({said}).{report}", err=True)
    return FAILED


def _keep(details: str) -> str | None:
    """Write what a developer needs to a file that only this user can read; None where there is no room for one."""
    import tempfile

    try:
        handle, path = tempfile.mkstemp(prefix="syncd-error-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(details)
    except OSError:
        return None
    return path
