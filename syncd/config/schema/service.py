"""The process and its surroundings: store, service, alerts, calendars."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from syncd.config.references import Secret
from syncd.config.scalars import Duration, Listed, Matching, Name, Text, Weekday
from syncd.config.schema.base import FilePath, Model


class Keep(Model):
    """How long things are remembered."""

    events: Duration = timedelta(days=400)
    """History: what was decided and written, with the values that lost."""
    done_links: Duration = timedelta(days=90)
    """How long an item that is gone, and in no pair, is remembered. Pairs are followed without end in this version."""


class Service(Model):
    """The daemon (`syncd run`)."""

    listen: Annotated[str, Matching(".+:[0-9]{1,5}", "an address and port such as 127.0.0.1:8085")] = "127.0.0.1:8085"
    """Address and port of the health check."""
    control: FilePath = "/run/syncd/control.sock"
    """Socket over which the operator's commands talk to the running daemon."""
    workers: Annotated[int, Field(ge=1, le=64)] = 8
    """Links that are worked on at the same time."""
    ping: Secret = Secret("")
    """URL that is called after each good cycle, for a dead man's switch. Empty: none."""


class Alerts(Model):
    """Messages to operators. Tickets never carry operator faults."""

    to: Annotated[tuple[Secret, ...], Listed()] = ()
    """Apprise URLs."""
    token_expiry: Duration = timedelta(days=21)
    """How long before a connection's `expires` the warning comes."""


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError):  # OSError: a folder of the zone database
        raise ValueError("expected a time zone such as Europe/Berlin") from None
    return name


Zone = Annotated[str, AfterValidator(_is_zone)]

_RANGE = re.compile(r"([0-9-]{10})(?:\.\.([0-9-]{10}))?")


def _read_days(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = _RANGE.fullmatch(value.strip())
    try:
        first = date.fromisoformat(match[1]) if match else None
        last = date.fromisoformat(match[2] or match[1]) if match else None
    except ValueError:
        first = last = None
    if first is None or last is None or last < first:
        raise ValueError("expected a date or a range such as 2026-12-24..2027-01-01")
    return value.strip()


Days = Annotated[str, BeforeValidator(_read_days)]
"""A date, or two joined by `..`, both included."""


class Freeze(Model):
    """A time in which nothing should go live."""

    dates: Annotated[tuple[Days, ...], Listed()] = ()
    """Dates or ranges."""
    every: Text | None = None
    """In words: "last 3 days of quarter"."""
    why: Text = ""
    """The reason, as people read it."""


class Calendar(Model):
    """The working days of a department, and its time zone."""

    timezone: Zone = "UTC"
    """The only zone in which an instant of this side becomes a date."""
    weekend: Annotated[tuple[Weekday, ...], Listed()] = (5, 6)
    """Days off in every week."""
    country: Text | None = None
    """Its public holidays are days off."""
    region: Text | None = None
    """Of the country: state or province."""
    closed: Annotated[tuple[Days, ...], Listed()] = ()
    """Further days off: dates or ranges."""
    support: Text | None = None
    """When somebody is there to help: "Mon-Thu 08:00-18:00, Fri 08:00-15:00"."""
    freeze: Annotated[tuple[Freeze, ...], Listed()] = ()
    """Times in which nothing should go live."""

    @field_validator("weekend")
    @classmethod
    def _leaves_a_day(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(days)) == 7:
            raise ValueError("expected at least one working day a week")
        return days


class Commands(Model):
    """Commands that people write on tickets."""

    prefix: Name = "/syncd"
    """What a command begins with."""
    allow: Annotated[tuple[Name, ...], Listed()] = ("members",)
    """Who may: `members`, or people and groups by name. Guests and customers never."""
