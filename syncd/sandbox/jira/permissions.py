"""Who may do what, in the words of Jira's permission keys."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.sandbox.jira.model import User

NAMES: Mapping[str, str] = {
    "BROWSE_PROJECTS": "Browse Projects",
    "CREATE_ISSUES": "Create Issues",
    "EDIT_ISSUES": "Edit Issues",
    "TRANSITION_ISSUES": "Transition Issues",
    "ASSIGN_ISSUES": "Assign Issues",
    "ASSIGNABLE_USER": "Assignable User",
    "SCHEDULE_ISSUES": "Schedule Issues",
    "SET_ISSUE_SECURITY": "Set Issue Security",
    "MODIFY_REPORTER": "Modify Reporter",
    "DELETE_ISSUES": "Delete Issues",
    "ADD_COMMENTS": "Add Comments",
    "EDIT_OWN_COMMENTS": "Edit Own Comments",
    "EDIT_ALL_COMMENTS": "Edit All Comments",
    "DELETE_OWN_COMMENTS": "Delete Own Comments",
    "DELETE_ALL_COMMENTS": "Delete All Comments",
    "CREATE_ATTACHMENTS": "Create Attachments",
    "DELETE_OWN_ATTACHMENTS": "Delete Own Attachments",
    "DELETE_ALL_ATTACHMENTS": "Delete All Attachments",
    "LINK_ISSUES": "Link Issues",
    "ADMINISTER_PROJECTS": "Administer Projects",
    "ADMINISTER": "Administer Jira",
    "USER_PICKER": "Browse users and groups",
}
GLOBAL = frozenset({"ADMINISTER", "USER_PICKER"})
_NOT_BY_DEFAULT = frozenset(
    {"ADMINISTER", "ADMINISTER_PROJECTS", "EDIT_ALL_COMMENTS", "DELETE_ALL_COMMENTS", "DELETE_ALL_ATTACHMENTS"}
)


class Permissions:
    """Everybody may do everyday things; single rights can be granted or taken away.

    Args:
        users: The live accounts; the first one is the administrator and may do everything.
    """

    def __init__(self, users: Mapping[str, User]) -> None:
        self._admin = next(iter(users), "")
        self._granted: set[tuple[str, str]] = set()
        self._denied: set[tuple[str, str, str]] = set()

    def has(self, user: User, permission: str, project: str = "") -> bool:
        """True when the account holds this permission (in this project, if one is named)."""
        if {(user.account_id, permission, project), (user.account_id, permission, "")} & self._denied:
            return False
        if permission not in _NOT_BY_DEFAULT or user.account_id == self._admin:
            return True
        return (user.account_id, permission) in self._granted

    def grant(self, user: User, permission: str) -> None:
        """Give a permission everywhere, and end its denials."""
        self._denied = {d for d in self._denied if d[:2] != (user.account_id, permission)}
        self._granted.add((user.account_id, permission))

    def deny(self, user: User, permission: str, project: str = "") -> None:
        """Take a permission away, in one project or everywhere."""
        self._denied.add((user.account_id, permission, project))
