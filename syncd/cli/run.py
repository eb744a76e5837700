"""`syncd run`."""

from __future__ import annotations

import signal

import click

from syncd.cli.options import command
from syncd.cli.session import Session


@command("run")
@click.pass_obj
def run(session: Session) -> int:
    """Keep all syncs in step until told to end: the daemon.

    Logs to stderr, one line an event: readable on a terminal, JSON elsewhere. Answers /healthz on `service.listen`. The
    first SIGTERM or Ctrl-C lets what is in hand come to its end, within 10 seconds; a second one ends it at once. On
    SIGHUP the configuration is read again; while that is wrong, the one before goes on.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})  # the daemon obeys it; until it is there, it would kill

    from syncd.service.daemon import run_daemon

    return run_daemon(session.path, log_level=session.level("info"), environ=session.environ)
