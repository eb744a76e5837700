"""What the systems can do, as Markdown, made from what their connectors declare.

Used by `docs/generate.py` for `docs/connectors.md` and `docs/operations.md`. A test compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from syncd.model.ports import Capabilities

CAPABILITIES: Final[Mapping[str, tuple[str, Callable[[Capabilities], str]]]] = {
    "exact_batch": ("items per exact read", lambda can: str(can.exact_batch)),
    "answers_create": ("the answer of a create holds the whole item", lambda can: _yes(can.answers_create)),
    "answers_update": ("the answer of an edit holds the whole item", lambda can: _yes(can.answers_update)),
    "has_field_history": (
        "tells who edited a field and when (`conflict: newest`)",
        lambda can: _yes(can.has_field_history),
    ),
    "history_batch": ("items per read of histories", lambda can: _histories(can)),
    "merges_sets": ("labels can be added and removed one by one", lambda can: _yes(can.merges_sets)),
    "has_filter": ("`filter` is understood", lambda can: _yes(can.has_filter)),
    "edits_comments": ("own comments can be edited in place", lambda can: _yes(can.edits_comments)),
    "has_workflow": ("a status is reached by transitions only", lambda can: _yes(can.has_workflow)),
    "marks_creates": ("a marker travels in the create call", lambda can: _yes(can.marks_creates)),
    "lists_markers": ("polls show the marker of an item", lambda can: _yes(can.lists_markers)),
    "index_lag_s": ("a search may not know a fresh write for", lambda can: _seconds(can.index_lag_s)),
    "version_grain_s": ("two writes can bear one version within", lambda can: _seconds(can.version_grain_s)),
    "max_comment_chars": ("characters of a comment", lambda can: f"{can.max_comment_chars:,}"),
    "shows_flag": ("shows that an item is flagged", lambda can: _yes(can.shows_flag)),
    "shows_relations": ("shows how items are related (`review-missing`)", lambda can: _yes(can.shows_relations)),
    "calls_people": ("a mention in a comment calls a person", lambda can: _yes(can.calls_people)),
}
"""Name of a capability → what it means, and how it is told. `blind` has a list of its own."""


def render_capabilities(systems: Mapping[str, Capabilities]) -> str:
    """A table with a column for each system. `systems`: its name for people → what it can do."""
    rows = [f"| | {' | '.join(systems)} |", f"|---|{'---|' * len(systems)}"]
    for text, show in CAPABILITIES.values():
        rows.append(f"| {text} | {' | '.join(show(can) for can in systems.values())} |")
    return "\n".join(rows)


def render_blind(systems: Mapping[str, Capabilities]) -> str:
    """What polls do not see; systems that are blind alike are told together."""
    together: dict[tuple[str, ...], list[str]] = {}
    for name, can in systems.items():
        together.setdefault(can.blind, []).append(name)
    return "\n".join(f"- {' and '.join(names)}: {'; '.join(blind)}." for blind, names in together.items())


def _histories(can: Capabilities) -> str:
    return str(can.history_batch or can.exact_batch) if can.has_field_history else "–"


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def _seconds(seconds: float) -> str:
    return f"{seconds:g} s" if seconds else "–"
