"""Issues, comments and changes as answers show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from syncd.sandbox.jira.dialect import Dialect
from syncd.sandbox.jira.model import (
    Change,
    ChangeItem,
    Comment,
    FieldDef,
    Issue,
    IssueLink,
    Kind,
    LinkType,
    StoredFile,
    User,
)
from syncd.sandbox.jira.state import JiraState
from syncd.sandbox.jira.values import Values, issue_ref

EMBEDDED_COMMENTS = 20
SEARCH_HISTORY = 40
_CUSTOM_TYPES = {
    Kind.STRING: ("string", "textfield", None),
    Kind.TEXT: ("string", "textarea", None),
    Kind.NUMBER: ("number", "float", None),
    Kind.DATE: ("date", "datepicker", None),
    Kind.OPTION: ("option", "select", None),
    Kind.OPTIONS: ("array", "multiselect", "option"),
    Kind.USER: ("user", "userpicker", None),
}
_SYSTEM_TYPES = {
    Kind.TEXT: ("string", None),
    Kind.LABELS: ("array", "string"),
    Kind.COMPONENTS: ("array", "component"),
    Kind.VERSIONS: ("array", "version"),
    Kind.PARENT: ("issuelink", None),
    Kind.SECURITY: ("securitylevel", None),
    Kind.LINKS: ("array", "issuelinks"),
    Kind.FILES: ("array", "attachment"),
}


def field_schema(field: FieldDef) -> dict[str, Any]:
    """The JSON type of a field."""
    if field.custom:
        type_, custom, items = _CUSTOM_TYPES[field.kind]
        about: dict[str, Any] = {"type": type_, "custom": f"com.atlassian.jira.plugin.system.customfieldtypes:{custom}"}
        about["customId"] = int(field.id.removeprefix("customfield_"))
    else:
        type_, items = _SYSTEM_TYPES.get(field.kind, (field.kind.value, None))
        about = {"type": type_, "system": field.id}
    return about | ({"items": items} if items else {})


class FieldChoice:
    """Which fields a request wants: ids, `*all`, `*navigable`, and `-id` to leave one out.

    Args:
        wanted: As sent; empty means the default.
        default: What an empty list stands for, in the same words.
    """

    def __init__(self, wanted: Iterable[str], default: tuple[str, ...]) -> None:
        names = [name.casefold() for name in wanted] or list(default)
        self._without = {name[1:] for name in names if name.startswith("-")}
        named = {name for name in names if not name.startswith("-")} - {"id", "key", "self"}
        self._all = bool(named & {"*all", "*navigable"}) or (bool(self._without) and not named)
        self._named = named - {"*all", "*navigable"}
        self._comments = "*all" in named or "comment" in named or (self._all and "*navigable" not in named)

    def fields(self, state: JiraState) -> Iterable[FieldDef]:
        """The chosen fields that the instance knows; unknown names are ignored, as Jira does."""
        if self._all:
            return (field for field in state.fields.values() if field.id.casefold() not in self._without)
        return (field for field in state.fields.values() if field.id.casefold() in self._named)

    @property
    def wants_comments(self) -> bool:
        """True when the comments are embedded."""
        return self._comments and "comment" not in self._without

    @property
    def is_bare(self) -> bool:
        """True when no field at all was asked for."""
        return not self._all and not self._named


class Renderer:
    """Renders for one request.

    Args:
        state: The instance.
        user: Who reads: comments restricted to others are left out.
        values: The request's values.
    """

    def __init__(self, state: JiraState, user: User, values: Values) -> None:
        self._state = state
        self._user = user
        self._values = values

    @property
    def _dialect(self) -> Dialect:
        return self._values.dialect

    def issue(
        self, issue: Issue, choice: FieldChoice, *, expand: Iterable[str] = (), properties: Iterable[str] = ()
    ) -> dict[str, Any]:
        """One issue; `key` and `self` are always there, unlike in a search for ids."""
        shown: dict[str, Any] = {
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": str(issue.id),
            "self": self._dialect.self_link(f"issue/{issue.id}"),
            "key": issue.key,
        }
        if not choice.is_bare:
            shown["fields"] = self.fields(issue, choice)
        if "changelog" in expand:
            shown["changelog"] = self.changelog(issue)
        if "names" in expand:
            shown["names"] = {field.id: field.name for field in choice.fields(self._state)}
        names = list(properties)
        if names:
            held = issue.properties
            shown["properties"] = {key: held[key] for key in held if "*all" in names or key in names}
        return shown

    def fields(self, issue: Issue, choice: FieldChoice) -> dict[str, Any]:
        """The chosen fields with their values."""
        shown: dict[str, Any] = {}
        for field in choice.fields(self._state):
            if field.id == "created":
                shown["created"] = self._dialect.instant(issue.created_ms)
            elif field.id == "updated":
                shown["updated"] = self._dialect.instant(issue.updated_ms)
            elif field.kind is Kind.LINKS:
                shown[field.id] = self._links(issue)
            elif field.kind is Kind.FILES:
                shown[field.id] = [self.file(self._state.files[one]) for one in issue.fields.get("attachment", ())]
            else:
                shown[field.id] = self._values.render(field, issue.fields.get(field.id))
        if choice.wants_comments:
            shown["comment"] = self._embedded_comments(issue)
        return shown

    def file(self, file: StoredFile) -> dict[str, Any]:
        """A file; where its bytes are is an address of the API on Cloud, of the pages on Data Center."""
        page = f"{self._dialect.base}/secure/attachment/{file.id}/{quote(file.name)}"
        return {
            "self": self._dialect.self_link(f"attachment/{file.id}"),
            "id": file.id,
            "filename": file.name,
            "author": self._dialect.user(self._state.users[file.author]),
            "created": self._dialect.instant(file.created_ms),
            "size": len(file.content),
            "mimeType": file.media_type,
            "content": self._dialect.self_link(f"attachment/content/{file.id}") if self._dialect.cloud else page,
        }

    def _links(self, issue: Issue) -> list[dict[str, Any]]:
        """The links whose other end the account may see: `inwardIssue` blocks it, it blocks `outwardIssue`."""
        links = (self._state.links[ident] for ident in issue.fields.get("issuelinks", ()))
        return [shown for link in links if (shown := self._link_of(issue, link)) is not None]

    def _link_of(self, issue: Issue, link: IssueLink) -> dict[str, Any] | None:
        is_target = link.target == issue.id
        other = self._state.issues.get(link.source if is_target else link.target)
        if other is None or not self._state.sees(self._user, other):
            return None
        end = "inwardIssue" if is_target else "outwardIssue"
        return self._link_facts(link) | {end: issue_ref(self._values, other)}

    def _link_facts(self, link: IssueLink) -> dict[str, Any]:
        self_link = self._dialect.self_link(f"issueLink/{link.id}")
        return {"id": link.id, "self": self_link, "type": self.link_type(self._state.link_types[link.type])}

    def link(self, link: IssueLink) -> dict[str, Any]:
        """A link with both its ends."""
        ends = {"inwardIssue": link.source, "outwardIssue": link.target}
        shown = {name: issue_ref(self._values, self._state.issues[end]) for name, end in ends.items()}
        return self._link_facts(link) | shown

    def link_type(self, type_: LinkType) -> dict[str, Any]:
        """A type of links."""
        names = {"id": type_.id, "name": type_.name, "inward": type_.inward, "outward": type_.outward}
        return {**names, "self": self._dialect.self_link(f"issueLinkType/{type_.id}")}

    def _embedded_comments(self, issue: Issue) -> dict[str, Any]:
        comments = self.visible_comments(issue)
        shown = [self.comment(issue, one) for one in comments[-EMBEDDED_COMMENTS:]]
        return {
            "comments": shown,
            "self": self._dialect.self_link(f"issue/{issue.id}/comment"),
            "maxResults": len(shown),
            "total": len(comments),
            "startAt": 0,
        }

    def visible_comments(self, issue: Issue) -> list[Comment]:
        """Comments this account may read, oldest first."""
        return [comment for comment in issue.comments if self.may_read(comment)]

    def may_read(self, comment: Comment) -> bool:
        """False for a comment restricted to a role or group the account lacks."""
        if comment.visibility is None:
            return True
        kind, name = comment.visibility
        return name in (self._user.roles if kind == "role" else self._user.groups)

    def comment(self, issue: Issue, comment: Comment, *, with_properties: bool = False) -> dict[str, Any]:
        """One comment."""
        user = self._dialect.user
        shown: dict[str, Any] = {
            "self": self._dialect.self_link(f"issue/{issue.id}/comment/{comment.id}"),
            "id": comment.id,
            "author": user(self._state.users[comment.author]),
            "body": self._dialect.render_rich(comment.body),
            "updateAuthor": user(self._state.users[comment.update_author]),
            "created": self._dialect.instant(comment.created_ms),
            "updated": self._dialect.instant(comment.updated_ms),
        }
        if comment.visibility is not None:
            kind, name = comment.visibility
            shown["visibility"] = {"type": kind, "value": name} | ({"identifier": name} if self._dialect.cloud else {})
        if self._dialect.cloud:
            shown["jsdPublic"] = not comment.internal
        if with_properties:
            shown["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
        return shown

    def changelog(self, issue: Issue) -> dict[str, Any]:
        """The history as `expand=changelog` embeds it: on Cloud cut, the newest first."""
        changes = list(issue.changes)
        if self._dialect.cloud:
            changes = changes[::-1][:SEARCH_HISTORY]
        histories = [self.change(change) for change in changes]
        return {"startAt": 0, "maxResults": len(histories), "total": len(issue.changes), "histories": histories}

    def change(self, change: Change) -> dict[str, Any]:
        """One entry of the history."""
        return {
            "id": change.id,
            "author": self._dialect.user(self._state.users[change.author]),
            "created": self._dialect.instant(change.created_ms),
            "items": [self._item(item) for item in change.items],
        }

    def _item(self, item: ChangeItem) -> dict[str, Any]:
        name = item.name if item.custom else _CHANGE_NAMES.get(item.field_id, item.field_id)
        shown = {"field": name, "fieldtype": "custom" if item.custom else "jira"}
        if self._dialect.cloud:
            shown["fieldId"] = item.field_id
        texts = {"from": item.old, "fromString": item.old_text, "to": item.new, "toString": item.new_text}
        return shown | texts


_CHANGE_NAMES = {
    "components": "Component",
    "fixVersions": "Fix Version",
    "issuekey": "Key",
    "issuelinks": "Link",
    "attachment": "Attachment",
    "security": "Security",
    "parent": "IssueParentAssociation",
}
