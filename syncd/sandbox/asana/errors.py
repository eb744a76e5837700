"""Errors as Asana words them: a list of messages, each with a pointer to help."""

from __future__ import annotations

from typing import Any

_HELP = "https://developers.asana.com/docs/errors"


class AsanaError(Exception):
    """Ends a request with a status and messages."""

    def __init__(self, status: int, *messages: str, **more: Any) -> None:
        super().__init__(status, messages)
        self.status = status
        self.messages = messages
        self.more = more

    def body(self) -> dict[str, Any]:
        """The error answer."""
        return {"errors": [{"message": message, "help": _HELP} for message in self.messages], **self.more}


def unknown(kind: str, gid: str) -> AsanaError:
    """404 for an object that does not exist (any more)."""
    return AsanaError(404, f"{kind}: Unknown object: {gid}")


def wrong(what: str, why: str) -> AsanaError:
    """400 for a value that is refused."""
    return AsanaError(400, f"{what}: {why}")
