"""The figures of a real-input run: what was measured, what must not be, and both as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from benchmarks.compare import Verdict
from benchmarks.product import Ran, Spent

Counts = dict[str, dict[str, int]]
_READS: Final = (
    "GET ", "POST /rest/api/3/search/jql", "POST /rest/api/2/search", "POST /rest/api/3/issue/bulkfetch",
    "POST /rest/api/3/jql/match", "POST /rest/api/3/changelog/bulkfetch", "POST /rest/api/3/comment/list",
    "POST /api/1.0/batch",
)  # fmt: skip


@dataclass(slots=True)
class Phase:
    """One part of the run: what the product did, what it asked the servers, what that took."""

    name: str
    ran: Ran
    counts: Counts
    spent: Spent
    refusals: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """All of them."""
        return sum(sum(kinds.values()) for kinds in self.counts.values())

    @property
    def writes(self) -> int:
        """Those that change something."""
        kinds = (pair for counted in self.counts.values() for pair in counted.items())
        return sum(count for kind, count in kinds if not kind.startswith(_READS))

    def of(self, *words: str) -> int:
        """Requests whose kind contains one of these."""
        kinds = (pair for counted in self.counts.values() for pair in counted.items())
        return sum(count for kind, count in kinds if any(word in kind for word in words))


@dataclass(slots=True)
class Result:
    """All figures of one run."""

    issues: int
    flavour: str
    comments: bool
    edits: int
    edited_pairs: int
    phases: list[Phase]
    verdict: Verdict
    tasks: int
    issues_after: int
    comments_a_side: dict[str, int]
    doubled_comments: int
    unavoidable: int
    peak_product_mb: float
    opened_product_mb: float
    peak_sandbox_mb: float
    store_mb: float
    failed: list[str] = field(default_factory=list)


def find_failures(result: Result) -> Iterator[str]:
    """What must not be."""
    verdict = result.verdict
    if result.tasks != result.issues or result.issues_after != result.issues or verdict.pairs != result.issues:
        yield f"{result.tasks} tasks and {verdict.pairs} pairs for {result.issues} issues ({result.issues_after} now)"
    if result.doubled_comments:
        yield f"{result.doubled_comments} items with more than one status comment"
    for phase in result.phases:
        if "idle" in phase.name and (phase.writes or phase.ran.written or phase.ran.created):
            yield f"{phase.name}: {phase.writes} writes"
        yield from (f"{phase.name}: {problem}" for problem in phase.ran.problems)
    yield from verdict.wrong
    yield from verdict.unexplained
    if verdict.changed_at_origin:
        yield f"{verdict.changed_at_origin} descriptions that nobody edited changed in Jira"
    yield from (f"{count} texts: {fate}" for fate, count in verdict.texts.items() if "DIFFERENT" in fate)


def show(result: Result) -> Iterator[str]:
    """The figures as text."""
    first = next(phase for phase in result.phases if phase.name == "first run")
    edited = next(phase for phase in result.phases if phase.name == "cycle after the edits")
    made = max(1, first.ran.created)
    told = "on" if result.comments else "off"
    yield f"{result.issues} issues, Jira {result.flavour}, status comments {told}"
    yield f"  counterparts made      {first.ran.created} (tasks {result.tasks}, pairs {result.verdict.pairs})"
    yield f"  duplicates             items {result.tasks - result.issues}, comments {result.doubled_comments}"
    comments = first.of("/comment", "/stories")
    yield (
        f"  requests a counterpart {(first.requests - comments) / made:.3f}, and {comments / made:.3f} for comments "
        f"({result.comments_a_side['jira']} in Jira, {result.comments_a_side['asana']} in Asana)"
    )
    yield f"  CPU a counterpart      {first.spent.product_cpu_s / made * 1000:.1f} ms, {_wait(first, made)}"
    if result.edits:
        comments = edited.of("/comment", "/stories")
        spent = edited.requests - comments
        yield (
            f"  requests of the edits  {spent} for {result.edits} edits, {result.unavoidable} unavoidable: "
            f"{spent / result.unavoidable:.3f} times"
        )
    verdict = result.verdict
    yield f"  pairs as they must be  {'all' if not verdict.wrong + verdict.unexplained else 'NOT ALL'}"
    yield f"  conflicts              {verdict.decided} decided, the loser in history; {verdict.held} held for a person"
    yield f"  descriptions           {dict(sorted(result.verdict.texts.items()))}"
    yield (
        f"  memory                 {result.peak_product_mb:.0f} MB at most ({result.opened_product_mb:.0f} MB when "
        f"opened); sandbox {result.peak_sandbox_mb:.0f} MB; store {result.store_mb:.1f} MB"
    )
    yield ""
    yield f"  {'phase':28}{'cycles':>7}{'created':>8}{'written':>8}{'comm.':>7}{'requests':>9}{'writes':>8}" + (
        f"{'wall s':>8}{'CPU s':>8}{'sandbox':>8}"
    )
    for phase in result.phases:
        ran, spent_ = phase.ran, phase.spent
        yield (
            f"  {phase.name:28}{ran.cycles:>7}{ran.created:>8}{ran.written:>8}{ran.comments:>7}{phase.requests:>9}"
            f"{phase.writes:>8}{spent_.wall_s:>8.1f}{spent_.product_cpu_s:>8.1f}{spent_.sandbox_cpu_s:>8.1f}"
        )
    for phase in result.phases:
        yield from _show_kinds(phase)
    yield from (f"  FAILED: {failure}" for failure in result.failed[:40])


def _wait(phase: Phase, made: int) -> str:
    return f"{phase.spent.wall_s / made * 1000:.1f} ms of wall time, sandbox included"


def _show_kinds(phase: Phase) -> Iterator[str]:
    yield f"\n  {phase.name}: rejected {phase.ran.rejected}, troubled {phase.ran.troubled}, held {phase.ran.held}"
    for server, kinds in phase.counts.items():
        for kind, count in sorted(kinds.items(), key=lambda pair: -pair[1]):
            yield f"    {server:6}{count:>7}  {kind}"
    yield from (f"    refused: {refusal[:600]}" for refusal in phase.refusals)


def as_json(result: Result) -> Mapping[str, Any]:
    """The figures for programs."""
    phases = [asdict(phase) | {"requests": phase.requests, "writes": phase.writes} for phase in result.phases]
    return asdict(result) | {"phases": phases}
