"""A daemon as a process of its own, over a marketing tool in its memory. Run by test_daemon.py as a script.

Arguments: the configuration; what goes wrong in the tool: `crash` (once, by a mistake of ours) or nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

from syncd.connectors.memory import SERVERS, Call, Moment
from syncd.model.errors import ConfigError
from syncd.service.clock import SystemClock
from syncd.service.daemon import run_daemon


def main() -> int:
    clock = SystemClock()
    tool, desk = SERVERS.ensure("tool", clock), SERVERS.ensure("desk", clock)
    tool.add_project("MKT")
    desk.add_project("WEB")
    if "crash" in sys.argv[2:]:

        def crash(call: Call, _moment: Moment) -> None:
            if call.operation == "fetch changes":
                tool.faults.clear()
                raise ZeroDivisionError("nobody foresaw this")

        tool.faults.on_call = crash
    try:
        return run_daemon(Path(sys.argv[1]))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
