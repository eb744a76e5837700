"""The crash test at length: the product killed by SIGKILL at many moments of a run, restarted each time on its store.

    python -m benchmarks.crash [--kills N] [--seed N] [--json]

What must hold in the end: no item and no status comment twice, every person's last edit on both sides (or told of in a
finding, with both values), and an idle pass that writes nothing. The same, shorter, is part of the test suite
(tests/crash).
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.crash.ordeal import Outcome, suffer


def show(outcome: Outcome, wall_s: float) -> Iterator[str]:
    """The figures as text."""
    toll = outcome.toll
    yield f"kills {sum(toll.kills.values())} in {toll.runs} runs, {wall_s:.0f} s; {toll.finished} runs came to an end"
    yield from (f"  {count:5}  {moment}" for moment, count in toll.kills.most_common())
    yield "of those at a chosen request"
    before, after = (
        sum(count for hit, count in toll.hit.items() if hit.startswith(word)) for word in ("before", "after")
    )
    yield f"  {before:5}  before its effect\n  {after:5}  after its effect, before its answer"
    yield from (f"         {count:4} {hit}" for hit, count in toll.hit.most_common())
    yield "writes that a kill left without an outcome, over all kills"
    yield from (f"  {count:5}  {action}" for action, count in outcome.in_flight.most_common())
    yield "how they were settled"
    yield from (f"  {count:5}  {cause}" for cause, count in outcome.found.most_common())
    yield f"pairs in the end {outcome.items}; edits by people {outcome.edits}; conflicts told {outcome.conflicts}"
    yield f"items twice {len(outcome.doubled_items)}; status comments twice {len(outcome.doubled_comments)}"
    yield f"edits lost {len(outcome.lost)}; missing {len(outcome.missing)}; idle writes {len(outcome.idle_writes)}"
    yield from (f"  FAILED: {fault}" for fault in outcome.faults)


def main(arguments: list[str] | None = None) -> int:
    """Run it. 1 when something is lost or doubled."""
    parser = argparse.ArgumentParser(prog="benchmarks.crash", description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the moments; the threads' order is chance all the same")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    logging.getLogger("waitress").setLevel(logging.ERROR)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="syncd-crash-") as folder:
        outcome = suffer(Path(folder), given.kills, given.seed)
    if given.json:
        sys.stdout.write(json.dumps(_as_json(outcome), indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(show(outcome, time.monotonic() - began)) + "\n")
    return 1 if outcome.faults else 0


def _as_json(outcome: Outcome) -> dict[str, object]:
    toll = outcome.toll
    return {
        "runs": toll.runs,
        "kills": dict(toll.kills),
        "hit": dict(toll.hit),
        "in_flight": dict(outcome.in_flight),
        "found": dict(outcome.found),
        "pairs": outcome.items,
        "edits": outcome.edits,
        "conflicts": outcome.conflicts,
        "faults": outcome.faults,
    }


if __name__ == "__main__":
    sys.exit(main())
