"""The keys of a connection to Redmine."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from syncd.connectors.settings import ConnectionSettings

CustomKind = Literal["text", "number", "date", "select", "multiselect", "person", "boolean"]


class CustomField(BaseModel):
    """A custom field, told by the operator."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: int = Field(description="Number of the field, as in the address of its settings: /custom_fields/3/edit.")
    kind: CustomKind = Field(default="text", description="What it holds.")
    options: dict[str, str] = Field(
        default_factory=dict,
        description="Of a key/value list: the number that Redmine stores for each option → its name.",
    )


class RedmineSettings(ConnectionSettings):
    """An account of a Redmine server, by its API access key."""

    type: Literal["redmine"] = "redmine"
    url: str = Field(description="Address of Redmine as in the browser, with its path if it has one.")
    token: SecretStr = Field(description="API access key of the account that syncd works with (My account).")
    text: Literal["textile", "markdown", "plain"] = Field(
        default="textile",
        description="Text formatting that Redmine's administrator chose (Administration > Settings > General); "
        "the server does not tell.",
    )
    labels_field: str | None = Field(
        default=None,
        description="Name or number of the multi-value list field that holds labels. Unset: items have no labels.",
    )
    marker_field: str | None = Field(
        default=None,
        description="Name or number of a text custom field for the marker of new issues. "
        "Unset, or unknown in a project: one line at the end of the description.",
    )
    custom_fields: dict[str, CustomField] = Field(
        default_factory=dict,
        description="Name → custom field, for accounts that are no administrators: "
        "only those may ask Redmine which custom fields there are.",
    )

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("expected an address that begins with https:// or http://")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("an address without login, query and fragment; the key has a place of its own")
        return value.rstrip("/")
