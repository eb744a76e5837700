"""The keys of a connection to Asana."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from syncd.connectors.settings import ConnectionSettings

API = "/api/1.0"


class AsanaSettings(ConnectionSettings):
    """An account of Asana: a personal access token, or the token of an OAuth app."""

    type: Literal["asana"] = "asana"
    token: SecretStr = Field(description="Personal access token of the account that syncd works with.")
    url: str = Field(
        default="https://app.asana.com", description="Address of Asana; another one only for a stand-in or a gateway."
    )
    workspace: str | None = Field(
        default=None, description="Id of the workspace; only `init` needs it, a project knows its own."
    )
    oauth_app: bool = Field(
        default=False,
        description="true: the token belongs to an OAuth app, so new tasks are marked in their external data.",
    )
    marker_field: str | None = Field(
        default=None,
        description="Name or id of a text custom field for the marker of new tasks. "
        "Unset, or missing in a project: one line at the end of the notes.",
    )
    create_tags: bool = Field(
        default=True,
        description="Whether a label that no tag of the workspace bears makes a new tag; false: the label is refused.",
    )

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("expected an address that begins with https:// or http://")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("an address without login, query and fragment; the token has a key of its own")
        return value.rstrip("/").removesuffix(API)

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return self.url + API
