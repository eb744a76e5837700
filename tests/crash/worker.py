"""The product as a process that can be killed: run as a script, it imports everything once and forks a worker a run.

Each line on stdin asks for one run: a JSON object with `config` (path), `ahead_s` (how far the worker's clock is ahead
of this machine's) and `cycles` (at most). Answered in lines: `started PID`, then `ended STATUS` (negative: the signal).
The dead worker is reaped only after that line, so its id stands for nobody else as long as it may be killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from syncd.connectors import registry
from syncd.model.errors import SyncdError
from syncd.service.assemble import read_config
from syncd.service.installation import Installation
from syncd.service.logs import configure_logs
from syncd.service.redact import Redactor
from syncd.store.open import open_store

LONGEST_S = 90
"""A worker that hangs ends itself."""


class ShiftedClock:
    """This machine's clock, as far ahead as the test let time pass."""

    def __init__(self, ahead_s: float) -> None:
        self._ahead = timedelta(seconds=ahead_s)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


def work(config: str, ahead_s: float, cycles: int) -> None:
    """Cycles of every sync until one finds nothing to do; approved beforehand, as by an operator."""
    redactor = Redactor()
    configure_logs(redactor, level="error")
    loaded = read_config(Path(config), {})
    with Installation(loaded, ShiftedClock(ahead_s), redactor) as installation:
        engine = installation.require()
        for _ in range(cycles):
            is_busy = False
            for sync in installation.syncs:
                state = installation.store.audit.read_state(sync)
                if state is None or state.approved_at is None:
                    engine.approve(sync, 1000)
                report = engine.run(sync)
                if report.error is not None or report.waits is not None:
                    raise SyncdError(f"{sync}: {report.error or report.waits}")
                done = report.done
                is_busy |= bool(report.read or report.comments or done.created or done.written or done.rejected)
            if not is_busy:
                return


def run(order: dict[str, Any]) -> int:
    """In the forked child: its exit status."""
    signal.alarm(LONGEST_S)
    try:
        work(**order)
    except BaseException:  # noqa: BLE001 - shown by whoever started us
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    for connector in ("asana", "jira"):  # imported when first asked for, which would be in every worker anew
        registry.load(connector)
    open_store("sqlite://").close()
    dead = 0
    for line in sys.stdin:
        if dead:
            os.waitpid(dead, 0)
        dead = os.fork()
        if dead == 0:
            os._exit(run(json.loads(line)))
        print(f"started {dead}", flush=True)  # noqa: T201
        found = os.waitid(os.P_PID, dead, os.WEXITED | os.WNOWAIT)
        status = 1 if found is None else found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
        print(f"ended {status}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
