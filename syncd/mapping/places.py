"""Where the parts of a sync's mapping stand in the files, for messages."""

from __future__ import annotations

from dataclasses import dataclass, field

from syncd.config.yaml import Document, KeyPath, Place
from syncd.mapping.expr import Mistake
from syncd.mapping.rules import Location
from syncd.model.errors import Problem


@dataclass(slots=True)
class Places:
    """Problems and warnings of one sync, each at its place. `document`: None for a mapping made by hand."""

    document: Document | None
    prefix: KeyPath
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def wrong(self, path: KeyPath, message: str) -> None:
        """Something that has to be changed."""
        self.problems.append(self._place(path).problem(message))

    def doubt(self, path: KeyPath, message: str) -> None:
        """Something to know."""
        self.warnings.append(self._place(path).problem(message))

    def mistake(self, path: KeyPath, mistake: Mistake) -> None:
        """A mistake in an expression, at its own character where the text is in one line as it was written."""
        place = self._place(path)
        if mistake.line == 1 and place.lead is not None:
            column = place.column + place.lead + mistake.column - 1
            self.problems.append(Problem(place.file, place.line, column, f"expression: {mistake.message}"))
        else:
            where = f"line {mistake.line}, column {mistake.column} of it"
            self.problems.append(place.problem(f"expression: {mistake.message} ({where})"))

    def location(self, path: KeyPath) -> Location:
        """Where something stands."""
        place = self._place(path)
        return Location(place.file, place.line, place.column)

    def first_of(self, *paths: KeyPath) -> KeyPath:
        """The first path that is in the file; a setting can be written in several ways."""
        return next((path for path in paths if self._is_there(path)), paths[-1])

    def _is_there(self, path: KeyPath) -> bool:
        return self.document is not None and self.document.find(self.prefix + path)[-1:] == path[-1:]

    def _place(self, path: KeyPath) -> Place:
        return self.document.place(self.prefix + path) if self.document else Place("", 0, 0)
