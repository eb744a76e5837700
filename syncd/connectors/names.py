"""Names of things on a server and the names under which the configuration knows them. Pure; shared by the connectors.

Ids are bound to names at first use (`Project.bindings`). When somebody renames a status or an option later, its items
keep showing the configured name, so a rename is no change of any value; `check` says that it happened. Once the
configuration speaks of the new name, that is the one shown.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from syncd.model.items import Project


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant, whatever its case; None when nothing is close."""
    folded = {known.casefold(): known for known in names}
    found = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.5)
    return folded[found[0]] if found else None


class Names:
    """The names of one kind of thing, as the configuration knows them.

    Args:
        prefix: Of the bindings, without the colon at its end: "status", "option:FIELD ID".
        current: Id → name that the server shows today.
        bindings: `Scope.bindings`.
        configured: `Scope.names`.

    Attributes:
        shown: Id → configured name.
        renamed: Configured name → name of today, where they differ.
    """

    def __init__(
        self,
        prefix: str,
        current: Mapping[str, str],
        bindings: Mapping[str, str],
        configured: Collection[str] = frozenset(),
    ) -> None:
        self.prefix = prefix
        self._configured = configured
        self.renamed: dict[str, str] = {}
        bound: dict[str, list[str]] = {}
        for key, id_ in bindings.items():
            if key.startswith(f"{prefix}:"):
                bound.setdefault(id_, []).append(key.removeprefix(f"{prefix}:"))
        taken = set(current.values())
        self.shown = {id_: self._shown(name, bound.get(id_, []), taken) for id_, name in current.items()}

    @property
    def bindings(self) -> dict[str, str]:
        """For `Project.bindings`."""
        return {f"{self.prefix}:{name}": id_ for id_, name in self.shown.items()}

    def warnings(self, what: str) -> list[str]:
        """A sentence for each rename; `what` begins it: "The section"."""
        return [f'{what} "{old}" is now called "{new}": change the configuration' for old, new in self.renamed.items()]

    def _shown(self, name: str, bound: Sequence[str], taken: set[str]) -> str:
        free = [old for old in sorted(bound) if old not in taken]
        if name in bound or name in self._configured or not free:
            return name
        self.renamed[free[0]] = name
        return free[0]


@dataclass(frozen=True, slots=True, eq=False)
class ProjectKey:
    """A project as a key of a cache of what its names mean: the same object is the same project."""

    project: Project

    def __hash__(self) -> int:
        return id(self.project)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProjectKey) and other.project is self.project
