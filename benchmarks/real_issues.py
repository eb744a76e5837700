"""The real-input run: real issues through the whole product, between a sandbox Jira and a sandbox Asana.

Loads the issues into Jira, has the product make their counterparts in Asana, lets people edit both sides, syncs, and
looks at what an idle pass costs. Everything is counted at the servers, and every pair is compared in the end.

    python -m benchmarks.real_issues [--issues DIR] [--limit N] [--flavour cloud|dc] [--comments both|on|off] [--json]
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from benchmarks.compare import compare, load_form
from benchmarks.cost import unavoidable
from benchmarks.edits import Edit, Expected, expect, expected_of, plan_edits, wire
from benchmarks.figures import Phase, Result, as_json, find_failures, show
from benchmarks.issues import PROJECTS, Issue, default_folder, read_issues
from benchmarks.product import (
    BenchClock,
    Ran,
    Spent,
    approve_all,
    cpu_s,
    installed,
    peak_mb,
    run_once,
    run_until_quiet,
    write_config,
)
from benchmarks.stage import Remote
from syncd.model.items import ItemId
from syncd.service.installation import Installation

T = TypeVar("T")
EDITS, BOTH = 50, 10
QUIET_S: Final = 600.0
"""Longer than the overlap of a poll: what a pass finds after it is idle."""
EDIT_EVERY_S: Final = 5 * 3600.0
"""Longer than status comments wait for their next edit."""


class Bench:
    """One run: the servers, the clock, and the phases measured so far."""

    def __init__(self, remote: Remote) -> None:
        self.remote = remote
        self.clock = BenchClock()
        self.phases: list[Phase] = []

    def advance(self, seconds: float) -> None:
        """Let time pass on both ends."""
        self.remote.call("advance", seconds)
        self.clock.advance(seconds)

    def measure(self, name: str, work: Callable[[], T]) -> T:
        """Run a phase and keep its figures. `work` gives a Ran, or anything else."""
        self.remote.call("take_counts")
        wall, ours, theirs = time.monotonic(), cpu_s(), self.remote.call("cpu_s")
        result = work()
        spent = Spent(time.monotonic() - wall, cpu_s() - ours, self.remote.call("cpu_s") - theirs)
        refusals = self.remote.call("refusals")
        ran = result if isinstance(result, Ran) else Ran()
        self.phases.append(Phase(name, ran, self.remote.call("take_counts"), spent, refusals))
        return result


@dataclass(frozen=True, slots=True)
class Setting:
    """How one run is set up."""

    flavour: str
    comments: bool
    workers: int

    @property
    def is_cloud(self) -> bool:
        """Whether Jira is a Cloud site."""
        return self.flavour == "cloud"


@dataclass(frozen=True, slots=True)
class Pair:
    """One loaded issue: its id and key in Jira, and what must become of it."""

    id: ItemId
    key: str
    issue: Issue
    expected: Expected


def run(issues: list[Issue], setting: Setting) -> Result:
    """The whole run on a fresh pair of servers and a fresh store."""
    projects = list(PROJECTS.values())
    with Remote(setting.flavour, projects) as remote, tempfile.TemporaryDirectory(prefix="syncd-") as folder:
        bench = Bench(remote)
        keys = remote.call("load", [load_form(issue, is_cloud=setting.is_cloud) for issue in issues])
        loaded = remote.call("issues")
        ids = {shown["key"]: ItemId(id_) for id_, shown in loaded.items()}
        pairs = [Pair(ids[key], key, issue, expected_of(issue)) for key, issue in zip(keys, issues, strict=True)]
        places = remote.call("places")
        path = write_config(
            Path(folder), places, is_cloud=setting.is_cloud, comments=setting.comments, workers=setting.workers
        )
        with installed(path, bench.clock) as installation:
            opened_mb = peak_mb()
            edits = _carry_out(bench, installation, pairs)
            memory_mb = (opened_mb, peak_mb())
            return _result(bench, installation, setting, pairs, edits, loaded, memory_mb)


def _carry_out(bench: Bench, installation: Installation, pairs: list[Pair]) -> list[Edit]:
    """All phases; returns what people edited in between."""
    bench.measure("plan and approve", lambda: approve_all(installation))
    bench.measure("first run", lambda: run_until_quiet(installation))
    bench.advance(QUIET_S)
    bench.measure("idle pass before the edits", lambda: run_once(installation))
    edits = _edit(bench, installation, pairs)
    bench.measure("cycle after the edits", lambda: run_once(installation))
    bench.measure("until quiet", lambda: run_until_quiet(installation))
    bench.advance(QUIET_S)
    bench.measure("idle pass", lambda: run_once(installation))
    bench.advance(EDIT_EVERY_S)
    bench.measure("5 h later: comments follow", lambda: run_until_quiet(installation))
    bench.advance(QUIET_S)
    bench.measure("idle pass after that", lambda: run_once(installation))
    return edits


def _edit(bench: Bench, installation: Installation, pairs: list[Pair]) -> list[Edit]:
    """People edit both sides; the expectations follow."""
    expected = [pair.expected for pair in pairs]
    edits = plan_edits(expected, EDITS, BOTH) if len(pairs) >= 2 * EDITS else []
    twins = {link.it.id: link.marketing.id for link in installation.store.links.read_all()}
    for edit in edits:
        pair = pairs[edit.pair]
        if edit.after_s:
            bench.advance(edit.after_s)
        call, ident = ("edit_issue", pair.key) if edit.place == "jira" else ("edit_task", twins[pair.id])
        bench.remote.call(call, ident, wire(edit))
    expect(expected, edits)
    return edits


def _result(  # noqa: PLR0913 - everything that the phases left
    bench: Bench,
    installation: Installation,
    setting: Setting,
    pairs: list[Pair],
    edits: list[Edit],
    loaded: dict[str, dict[str, Any]],
    memory_mb: tuple[float, float],
) -> Result:
    issues, tasks = bench.remote.call("issues"), bench.remote.call("tasks")
    expected = {str(pair.id): pair.expected for pair in pairs}
    store = Path(installation.loaded.config.store.reveal().removeprefix("sqlite:///"))
    shown = {"jira": issues, "asana": tasks}
    result = Result(
        issues=len(pairs),
        flavour=setting.flavour,
        comments=setting.comments,
        edits=len(edits),
        edited_pairs=len({edit.pair for edit in edits}),
        phases=bench.phases,
        verdict=compare(loaded, issues, tasks, expected, installation.store),
        tasks=len(tasks),
        issues_after=len(issues),
        comments_a_side={side: sum(one["comments"] for one in all_.values()) for side, all_ in shown.items()},
        doubled_comments=sum(one["comments"] > 1 for all_ in shown.values() for one in all_.values()),
        unavoidable=unavoidable(edits, [pair.issue.project for pair in pairs], setting.flavour),
        opened_product_mb=memory_mb[0],
        peak_product_mb=memory_mb[1],
        peak_sandbox_mb=bench.remote.call("peak_mb"),
        store_mb=store.stat().st_size / 2**20,
    )
    result.failed = list(find_failures(result))
    return result


def _alone(issues: list[Issue], setting: Setting) -> Result:
    """The run in a process of its own, so that the peak memory is this run's."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(run, issues, setting).result()


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark. 1 when something is not as it must be."""
    parser = argparse.ArgumentParser(prog="benchmarks.real_issues", description=__doc__.partition("\n")[0])
    parser.add_argument("--issues", type=Path, default=default_folder(), help="folder of the three files")
    parser.add_argument("--limit", type=int, help="only so many issues, taken evenly from the whole")
    parser.add_argument("--flavour", choices=("cloud", "dc"), default="cloud")
    parser.add_argument("--comments", choices=("both", "on", "off"), default="both", help="status comments")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    logging.getLogger("waitress").setLevel(logging.ERROR)
    if not given.issues.is_dir():
        parser.error(f"no folder {given.issues}; name one with --issues, or its parent in SYNCD_SHARED")
    issues = read_issues(given.issues, given.limit)
    settings = {"both": (False, True), "on": (True,), "off": (False,)}[given.comments]
    results = []
    for comments in settings:
        result = _alone(issues, Setting(given.flavour, comments, given.workers))
        results.append(result)
        if not given.json:
            sys.stdout.write("\n".join(show(result)) + "\n\n")
            sys.stdout.flush()
    if given.json:
        sys.stdout.write(json.dumps([as_json(result) for result in results], indent=1, default=str) + "\n")
    return 1 if any(result.failed for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
