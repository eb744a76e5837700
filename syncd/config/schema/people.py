"""Who is who on the two sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from syncd.config.choices import MatchPeople, UnknownPeople
from syncd.config.scalars import Listed, Name
from syncd.config.schema.base import FilePath, Model

CALENDAR: Final = "calendar"
"""The key beside the accounts of a human; no connection may be called so."""


class People(Model):
    """Who is who: by e-mail address, by table, and what becomes of people whom the other side does not know."""

    match: MatchPeople = MatchPeople.EMAIL
    """`email`: equal addresses are one human. `none`: only the table counts."""
    map: Annotated[tuple[dict[str, Name], ...], Listed()] = ()
    """One entry a human: connection name → e-mail address or user name there; `calendar` → one of `calendars`, by which
    this human works instead of the department's."""
    file: FilePath | None = None
    """The same as a CSV table; its first line holds connection names, and `calendar` where there is such a column."""
    unknown: UnknownPeople = UnknownPeople.KEEP
    """`keep`: the field is left alone. `empty`: it is emptied. `fallback`: the person named below."""
    fallback: dict[str, Name] = Field(default_factory=dict)
    """Connection name → account that stands in for unknown people, and for people whose account is closed."""
    not_people: Annotated[tuple[Name, ...], Listed()] = ()
    """Accounts whose edits and comments never count as activity or as an answer; `*` stands for any letters."""

    @model_validator(mode="after")
    def _has_fallback(self) -> Self:
        if self.unknown is UnknownPeople.FALLBACK and not self.fallback:
            raise ValueError("`unknown: fallback` needs `fallback: {CONNECTION: ACCOUNT}`")
        return self

    def accounts(self) -> tuple[Mapping[str, str], ...]:
        """Connection name → account, a human each."""
        return tuple(_accounts(row) for row in self.map)

    def own_calendars(self) -> tuple[tuple[Mapping[str, str], str], ...]:
        """The accounts of each human who has a calendar of their own, and its name."""
        return tuple((_accounts(row), row[CALENDAR]) for row in self.map if CALENDAR in row)


def _accounts(row: Mapping[str, str]) -> dict[str, str]:
    return {name: who for name, who in row.items() if name != CALENDAR}
