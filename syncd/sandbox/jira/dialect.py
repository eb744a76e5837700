"""How one request's answers are worded: flavour, REST version and base address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Any

from syncd.sandbox.clock import utc
from syncd.sandbox.jira import adf
from syncd.sandbox.jira.errors import FieldError
from syncd.sandbox.jira.model import User

TEXT_LIMIT = 32_767


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between Cloud v3, Cloud v2 and Data Center on the wire.

    Attributes:
        cloud: Cloud rather than Data Center.
        version: 2 (rich text is a string) or 3 (rich text is a document).
        base: Address of the instance incl. context path, without a trailing slash.
        zone: Time zone of the calling account; instants are written in it.
    """

    cloud: bool
    version: int
    base: str
    zone: tzinfo

    def self_link(self, path: str) -> str:
        """The address of a resource, as `self` has it."""
        return f"{self.base}/rest/api/{self.version}/{path}"

    def instant(self, ms: int) -> str:
        """An instant as Jira writes it: `2026-03-02T09:30:00.123+0100`."""
        moment = utc(ms).astimezone(self.zone)
        offset = moment.utcoffset() or timedelta()
        minutes = round(offset.total_seconds() / 60)
        sign = "-" if minutes < 0 else "+"
        hours, rest = divmod(abs(minutes), 60)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}{sign}{hours:02d}{rest:02d}"

    def render_rich(self, stored: Any) -> Any:
        """Rich text on the wire: stored as a document on Cloud, as wiki text on Data Center."""
        return adf.to_text(stored) if self.cloud and self.version == 2 and stored is not None else stored

    def parse_rich(self, wire: Any) -> Any:
        """Rich text from the wire to what is stored.

        Raises:
            FieldError: Wrong type for this version, an invalid document, or too long.
        """
        if self.cloud and self.version == 3:
            stored = _document(wire)
        elif isinstance(wire, str):
            stored = adf.from_text(wire) if self.cloud else wire
        else:
            raise FieldError("Operation value must be a string")
        if rich_length(stored) > TEXT_LIMIT:
            code = "CONTENT_LIMIT_EXCEEDED: " if self.cloud else ""
            raise FieldError(f"{code}The entered text is too long. It exceeds the limit of {TEXT_LIMIT:,} characters.")
        return None if is_blank(stored) else stored

    def user(self, user: User) -> dict[str, Any]:
        """An account as embedded in issues, comments and changes."""
        zone = {"displayName": user.display_name, "active": user.active, "timeZone": user.time_zone}
        avatars = {"avatarUrls": {"48x48": f"{self.base}/secure/useravatar?size=large"}}
        if self.cloud:
            mail = {"emailAddress": user.email} if user.email_visible else {}
            link = self.self_link(f"user?accountId={user.account_id}")
            return {
                "self": link,
                "accountId": user.account_id,
                **mail,
                **avatars,
                **zone,
                "accountType": user.account_type,
            }
        link = self.self_link(f"user?username={user.name}")
        return {"self": link, "name": user.name, "key": user.key, "emailAddress": user.email, **avatars, **zone}


def _document(wire: Any) -> Any:
    if not isinstance(wire, dict):
        raise FieldError("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
    wrong = adf.problem(wire)
    if wrong is not None:
        raise FieldError(f"INVALID_INPUT: {wrong}")
    return wire


def length(text: str) -> int:
    """Length as Jira counts it: in UTF-16 units, as Java does, so that most emoji count twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def rich_length(stored: Any) -> int:
    """Length of the words of a rich text."""
    return length(stored if isinstance(stored, str) else adf.to_text(stored))


def is_blank(stored: Any) -> bool:
    """True for rich text that Jira stores as no value."""
    return not stored if isinstance(stored, str) else adf.is_empty(stored)
