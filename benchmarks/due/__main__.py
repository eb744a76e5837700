"""What looking again costs when few pairs of many are due: it must grow with what is due, not with what is stored.

python -m benchmarks.due [--links N] [--due N] [--json]
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import sys
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import asdict
from datetime import timedelta
from io import StringIO
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import structlog

from benchmarks.due.measure import Meter
from benchmarks.due.portfolio import PAIRS, SYNC, Portfolio
from syncd.cli.main import main as syncd

MOST_GROWTH: Final = 3.0
"""How much more work a hundred times as many pairs may be: indexes get a level or two deeper."""
BOUNDED: Final = ("idle cycle", "due")
"""The phases that must not grow."""
LITTLE: Final = 10
"""Thousands of steps that no growth is told by: a batch of the scrub falls into one cycle or another."""


def measure_all(sizes: Sequence[int], due: int) -> list[dict[str, Any]]:
    """The figures of each size. Each is measured in a process of its own, so that its memory is its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    results = []
    with tempfile.TemporaryDirectory(prefix="syncd-due-") as folder:
        portfolio = Portfolio(Path(folder))
        portfolio.begin()
        forked = multiprocessing.get_context("fork")  # what lives in memory goes with it
        begun = (portfolio.folder / "due.db").read_bytes()
        for size in sizes:
            (portfolio.folder / "due.db").write_bytes(begun)
            come, go = forked.Pipe(duplex=False)
            process = forked.Process(target=_measure, args=(portfolio, size, due, go))
            process.start()
            results.append(come.recv())
            process.join()
        portfolio.close()
    return results


def _measure(portfolio: Portfolio, links: int, due: int, answer: Connection) -> None:
    meter = Meter()
    portfolio.grow(links)
    portfolio.appoint(0)
    _run(portfolio, meter, due)
    answer.send({"links": links, "due": due, "phases": [asdict(phase) for phase in meter.phases]})


def _run(portfolio: Portfolio, meter: Meter, due: int) -> None:
    clock = portfolio.clock
    with portfolio.open() as installation:
        engine = installation.require()
        for name, minutes, number in (
            ("first cycle", 1, 0),
            ("idle cycle", 1, 0),
            ("due", 1, due),
            ("idle, an hour later", 60, 0),
        ):
            clock.at += timedelta(minutes=minutes)
            if number:
                portfolio.appoint(number)
            with meter.phase(name):
                engine.run(SYNC)
    for name in ("digest", "status"):
        with meter.phase(name), redirect_stdout(StringIO()):
            syncd.main(["--config", str(portfolio.config), name], standalone_mode=False)


def main(arguments: list[str] | None = None) -> int:
    """Run it for a hundredth and a tenth of the pairs too. 1 when looking grows with what is stored."""
    parser = argparse.ArgumentParser(prog="benchmarks.due", description=__doc__.partition("\n")[0])
    parser.add_argument("--links", type=int, default=100_000)
    parser.add_argument("--due", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    sizes = sorted({max(given.links // part, PAIRS) for part in (100, 10, 1)})
    results = measure_all(sizes, given.due)
    grown = _growth(results)
    if given.json:
        print(json.dumps({"sizes": results, "growth": grown}, indent=2))
    else:
        _show(results, grown)
    return 1 if any(ratio > MOST_GROWTH for ratio in grown.values()) else 0


def _growth(results: list[dict[str, Any]]) -> dict[str, float]:
    """How much more SQLite has to do for the most pairs than for the fewest, by phase."""
    first, last = (
        {phase["phase"]: phase["steps"] for phase in result["phases"]} for result in (results[0], results[-1])
    )
    return {name: round(max(last[name], LITTLE) / max(first[name], LITTLE), 2) for name in BOUNDED}


def _show(results: list[dict[str, Any]], grown: dict[str, float]) -> None:
    for result in results:
        print(f"{result['links']:,} pairs, {result['due']} due")
        print(f"  {'phase':22}{'wall s':>9}{'CPU s':>9}{'statements':>12}{'k steps':>10}{'peak MB':>9}")
        for phase in result["phases"]:
            print(
                f"  {phase['phase']:22}{phase['wall_s']:>9.2f}{phase['cpu_s']:>9.2f}{phase['statements']:>12}"
                f"{phase['steps']:>10}{phase['peak_mb']:>9.0f}"
            )
    print("  work of the store, most pairs to fewest: " + ", ".join(f"{name} {grown[name]}" for name in grown))


if __name__ == "__main__":
    sys.exit(main())
