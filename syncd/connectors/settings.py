"""What every connection over HTTP can be told, whatever its system. Each connector adds its own keys."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from syncd.connectors.pace import Rate, parse_rate

_HOST: Final = re.compile(r"(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+", re.I)


class ConnectionSettings(BaseModel):
    """Keys shared by all connections. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str = Field(description="Which connector: its name, e.g. jira.")
    expires: date | None = Field(
        default=None, description="The day on which the token ends; a warning comes `alerts.token_expiry` before it."
    )
    ca_bundle: Path | None = Field(
        default=None,
        description="PEM file of the authorities to trust, for servers with a private one. Unset: the usual ones.",
    )
    proxy: str | None = Field(
        default=None, description='URL of the proxy; "" = none. Unset: as the environment says (HTTPS_PROXY).'
    )
    rate: str | None = Field(
        default=None, description="Requests at most, e.g. 300/min. Unset: only what the server asks for is obeyed."
    )
    attachment_hosts: tuple[str, ...] = Field(
        default=(),
        description="Hosts besides the system's own that files may be fetched from, without the login: names such as "
        "files.acme.corp, or *.acme.corp for all below.",
    )

    @field_validator("rate")
    @classmethod
    def _is_rate(cls, value: str | None) -> str | None:
        if value is not None:
            parse_rate(value)
        return value

    @field_validator("attachment_hosts")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [one for one in value if not _HOST.fullmatch(one)]
        if wrong:
            raise ValueError(f"expected names of hosts such as files.acme.corp or *.acme.corp, not {wrong[0]!r}")
        return tuple(one.lower() for one in value)

    @property
    def budget(self) -> Rate | None:
        """`rate`, parsed."""
        return parse_rate(self.rate) if self.rate is not None else None
