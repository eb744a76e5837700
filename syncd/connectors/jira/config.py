"""The keys of a connection to Jira."""

from __future__ import annotations

import re
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from syncd.connectors.settings import ConnectionSettings

GATEWAY = "https://api.atlassian.com/ex/jira/"
_CLOUD_HOSTS = (".atlassian.net", ".jira.com", "api.atlassian.com")
_PAGE: Final = re.compile(
    r"/(?:browse|projects|issues|secure|rest|login\.jsp|jira/(?:software|core|servicedesk))(?:/|$)"
)
"""Where the path of a page or of the API begins; what stands before it is the context path."""


class JiraSettings(ConnectionSettings):
    """A Jira Cloud site, a Data Center or a Server; which one it is, the server says.

    One way to log in: `email` and `token` (Cloud), `token` alone (personal access token of Data Center, service
    account of Cloud), or `username` and `password` (old servers).
    """

    type: Literal["jira"] = "jira"
    url: str = Field(
        description="Address people open in the browser, with its context path: https://jira.acme.corp/jira"
    )
    email: str | None = Field(default=None, description="Of the account that the API token belongs to. Cloud only.")
    token: SecretStr | None = Field(default=None, description="API token (Cloud) or personal access token.")
    username: str | None = Field(default=None, description="With `password`, for servers without access tokens.")
    password: SecretStr | None = Field(default=None, description="With `username`.")
    cloud_id: str | None = Field(
        default=None,
        description="Id of a Cloud site, for scoped tokens: they work at Atlassian's gateway only. "
        "See https://SITE.atlassian.net/_edge/tenant_info",
    )
    notify: bool = Field(
        default=True,
        description="false: no mail to watchers about edits. Needs an administrator of the project, else ignored.",
    )

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("expected an address that begins with https:// or http://")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("an address without login, query and fragment; credentials have keys of their own")
        page = _PAGE.search(parts.path)
        if page is None and parts.hostname.endswith(".atlassian.net"):
            page = re.match("/+(?=.)", parts.path)
        if page:
            base = f"{parts.scheme}://{parts.netloc}{parts.path[: page.start()]}"
            raise ValueError(f"the address of a page: leave the end away, {base}")
        return value.rstrip("/")

    @field_validator("email")
    @classmethod
    def _is_email(cls, value: str | None) -> str | None:
        if value is not None and "@" not in value:
            raise ValueError("expected an e-mail address; a user name goes with a password: `username`")
        return value

    @model_validator(mode="after")
    def _has_one_login(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("`username` and `password` go together")
        if (self.token is None) == (self.password is None):
            raise ValueError("one login: either `token` (on Cloud with `email`), or `username` and `password`")
        if self.email is not None and self.token is None:
            raise ValueError("`email` goes with `token`")
        if urlsplit(self.url).hostname.endswith(".atlassian.net") and not (self.email or self.cloud_id):  # type: ignore[union-attr]
            raise ValueError("`email` is missing: a Cloud site wants it together with the API token")
        return self

    @property
    def base_url(self) -> str:
        """Where the API is: the address, or Atlassian's gateway for a scoped token."""
        return f"{GATEWAY}{self.cloud_id}" if self.cloud_id else self.url

    @property
    def is_surely_cloud(self) -> bool:
        """Whether the address alone says that this is Cloud."""
        host = urlsplit(self.base_url).hostname or ""
        return host.endswith(_CLOUD_HOSTS)

    @property
    def login_advice(self) -> str:
        """What to look at when the login is refused."""
        if self.password is not None:
            return "are `username` and `password` right? After several wrong ones, log in once in a browser (CAPTCHA)"
        if self.is_surely_cloud and self.email:
            scoped = "" if self.cloud_id else "; a token with scopes needs `cloud_id`"
            return f"does `token` belong to `email`, and has it not ended{scoped}?"
        if self.is_surely_cloud:
            return "has `token` ended, and does it have the scopes read:jira-work, write:jira-work, read:jira-user?"
        if self.email:
            return (
                "is `token` that of `email`'s account, and not revoked or ended? On Data Center and Server a personal "
                "access token goes without `email`"
            )
        return "is `token` a personal access token of this very server (Profile > Personal Access Tokens), not ended?"

    @property
    def basic_auth(self) -> tuple[str, str] | None:
        """Name and secret for HTTP basic authentication, None for a bearer token."""
        if self.username is not None and self.password is not None:
            return self.username, self.password.get_secret_value()
        if self.email is not None and self.token is not None:
            return self.email, self.token.get_secret_value()
        return None

    @property
    def bearer(self) -> str | None:
        """The bearer token, where there is no basic authentication."""
        return None if self.basic_auth or self.token is None else self.token.get_secret_value()
