"""The way from one status to another. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.model.errors import Rejected
from syncd.model.ports import StatusRules
from syncd.model.values import STATUS


def find_path(
    now: str,
    target: str,
    workflow: Mapping[str, frozenset[str]] | None,
    screens: Mapping[str, frozenset[str]],
    rules: StatusRules,
) -> list[str]:
    """The shortest allowed path, `now` left out. Without a workflow every status is one step away.

    Raises:
        Rejected: No path is allowed within the rules, or a step wants a field that the rules do not fill.
    """
    path = [target] if workflow is None else _shortest(now, target, workflow, rules)
    if path is None:
        raise _refused(f"no way from {now!r} to {target!r} within {rules.max_steps} steps")
    for step in path:
        missing = screens.get(step, frozenset()) - set((rules.fill or {}).get(step, {}))
        if missing:
            raise _refused(f"the step into {step!r} wants {', '.join(sorted(missing))} (transitions: fill)")
    return path


def _shortest(now: str, target: str, workflow: Mapping[str, frozenset[str]], rules: StatusRules) -> list[str] | None:
    paths = [[now]]
    seen = {now}
    for _ in range(rules.max_steps):
        longer: list[list[str]] = []
        for path in paths:
            for step in sorted(workflow.get(path[-1], frozenset()) - seen):
                if step == target:
                    return [*path[1:], step]
                if step not in rules.never:
                    seen.add(step)
                    longer.append([*path, step])
        paths = longer
    return None


def _refused(reason: str) -> Rejected:
    return Rejected(reason, reasons={STATUS: reason}, http_status=400)
