"""The process and its surroundings: store, service, alerts, commands."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from syncd.config.references import Secret
from syncd.config.scalars import Duration, Listed, Matching, Name
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


class Commands(Model):
    """Commands that people write on tickets."""

    prefix: Name = "/syncd"
    """What a command begins with."""
    allow: Annotated[tuple[Name, ...], Listed()] = ("members",)
    """Who may: `members`; or some of them by name, address or id, or as `group:NAME` (of Jira) or team (of Asana); or
    `none`. Guests, customers and automations never."""

    @property
    def is_on(self) -> bool:
        """Whether anybody may command anything."""
        return self.allow not in ((), ("none",))
