"""Errors as Jira words them: general messages beside messages by field."""

from __future__ import annotations


class JiraError(Exception):
    """Ends a request with a status and an error collection."""

    def __init__(self, status: int, *messages: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(status, messages, errors)
        self.status = status
        self.messages = list(messages)
        self.errors = errors or {}

    def body(self) -> dict[str, object]:
        """The error collection."""
        return {"errorMessages": self.messages, "errors": self.errors}


class FieldError(Exception):
    """A value that a field refuses; the message goes under the field's id."""


def no_issue() -> JiraError:
    """Missing and hidden issues answer alike."""
    return JiraError(404, "Issue does not exist or you do not have permission to see it.")
