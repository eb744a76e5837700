"""The real Redmine as the conformance suite wants it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from syncd.connectors.pace import Pace
from syncd.connectors.redmine import RedmineConnector, RedmineSettings
from syncd.connectors.redmine.client import PAGE
from syncd.connectors.redmine.text import TITLE_CHARS, read_text
from syncd.model.attachments import AttachmentId
from syncd.model.items import CommentId, ConnectionName, ItemId, Scope
from syncd.model.richtext import Doc
from syncd.model.values import TITLE, FieldId, Person, UserId, Value
from syncd.testing import Aim, Harness, SeenAttachment, SeenComment, Stage, Trouble
from tests.servers.redmine.front import Fault, Front
from tests.servers.redmine.quick import Quick

NAME = ConnectionName("redmine")
CUSTOM = ("Channel", "Launch date", "Budget", "Audience", "Approved", "IT owner", "Region")
FIELDS = frozenset(
    {"title", "description", "status", "assignee", "start", "due", "labels", "type", "parent", "blocked_by", *CUSTOM}
)
KINDS = {
    "Channel": "select",
    "Labels": "multiselect",
    "Launch date": "date",
    "Budget": "number",
    "Audience": "text",
    "Approved": "boolean",
    "IT owner": "person",
    "Made by": "text",
    "Region": "select",
}
_REFERENCES = {"type": "trackers", "status": "statuses", "priority": "priorities"}
_KEYS = {"type": "tracker", "status": "status", "priority": "priority"}
_DATES = {"start": "start_date", "due": "due_date"}


class Time:
    """The clock of this machine, put forward as Redmine's is; a sleep passes at once."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self.slept = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._front.redmine.ahead_s)

    def monotonic(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def declared(front: Front, names: tuple[str, ...] = tuple(KINDS)) -> dict[str, Any]:
    """`custom_fields` of a connection whose account is no administrator."""
    facts = front.redmine.facts
    fields = {name: {"id": facts["fields"][name], "kind": KINDS[name]} for name in names}
    options = {
        "Channel": ("Web", "Mail", "Print"),
        "Labels": ("web", "campaign-2026", "campaign", "old", "kept", "other", "there", "theirs", "new"),
    }
    for name in fields.keys() & options.keys():
        fields[name]["options"] = {value: value for value in options[name]}
    if "Region" in fields:
        fields["Region"]["options"] = {str(id_): name for name, id_ in facts["regions"].items()}
    return fields


class RedmineHarness(Harness):
    """People and a connector on one Redmine. `account`: whose key the connection has; `settings`: further keys."""

    def __init__(self, front: Front, *, account: str = "bot", project: str = "web", **settings: Any) -> None:
        self.front = front
        self.redmine = front.redmine
        self.facts = front.redmine.facts
        self.account = account
        self.project = project
        self.time = Time(front)
        self.quick = Quick(front.redmine, "dana")
        self.settings = {"text": "textile", "labels_field": "Labels", "custom_fields": declared(front), **settings}
        self.stage = Stage(
            scope=Scope(NAME, project, "Europe/Berlin", fields=frozenset(CUSTOM), type=None),
            statuses=("New", "In Progress", "Resolved", "Closed"),
            people=(self.person("dana"), self.person("mara")),
            fields=FIELDS,
            polls_see=FIELDS - {"blocked_by"},
            page_size=PAGE,
            refused={"Channel": "No such channel", "labels": frozenset({"no such label"})},
            ambiguous_field=None,
            ambiguous_person="Leo Launch",
            closed_email="gone@example.org",
            type="Story",
            restriction="internal",
            title_chars=TITLE_CHARS,
            max_attachment_bytes=256 * 1024,  # as the seed says
            file_names={"a'b; filename=x.txt": "a_b; filename=x.txt", "100%25 done.txt": "100_25 done.txt"},
        )

    def person(self, who: str) -> Person:
        """Somebody of the seed."""
        known = self.facts["people"][who]
        return Person(UserId(str(known["id"])), known["name"], known["mail"])

    def connect(self) -> RedmineConnector:
        token = self.redmine.key(self.account)
        settings = RedmineSettings(**{"url": self.front.url, "token": token, **self.settings})
        return RedmineConnector(NAME, settings, Pace(self.time.now, self.time.monotonic, self.time.sleep))

    # --- people ---------------------------------------------------------------------------------------------

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """What Dana does."""
        return self.redmine.request("dana", method, path, **more)

    def make(self, fields: Mapping[FieldId, Value]) -> ItemId:
        if fields.keys() == {TITLE}:
            project, tracker = self.facts["projects"][self.project], self.facts["trackers"]["Task"]
            return ItemId(str(self.quick.make(project, tracker, str(fields[TITLE]))))
        issue = {"project_id": self.facts["projects"][self.project], "start_date": "", **self._wire(fields)}
        issue.setdefault("tracker_id", self.facts["trackers"]["Task"])
        status = issue.pop("status_id", None)
        made = self.ask("POST", "/issues.json", json={"issue": issue})["issue"]
        if status is not None:
            self.ask("PUT", f"/issues/{made['id']}.json", json={"issue": {"status_id": status}})
        return ItemId(str(made["id"]))

    def edit(self, item_id: ItemId, fields: Mapping[FieldId, Value]) -> None:
        if fields.keys() == {TITLE}:
            self.quick.rename(int(item_id), str(fields[TITLE]))
            return
        self.ask("PUT", f"/issues/{item_id}.json", json={"issue": self._wire(fields)})

    def _wire(self, fields: Mapping[FieldId, Value]) -> dict[str, Any]:
        issue: dict[str, Any] = {}
        customs: list[dict[str, Any]] = []
        for id_, value in fields.items():
            if id_ == "title":
                issue["subject"] = value
            elif id_ == "description":
                issue["description"] = value.plain_text() if isinstance(value, Doc) else ""
            elif id_ in _DATES:
                issue[_DATES[id_]] = value.isoformat() if isinstance(value, date) else ""
            elif id_ == "assignee":
                issue["assigned_to_id"] = int(value.id) if isinstance(value, Person) else ""
            elif id_ == "parent":
                issue["parent_issue_id"] = value or ""
            elif id_ in _REFERENCES:
                issue[f"{_KEYS[id_]}_id"] = self.facts[_REFERENCES[id_]][value]
            else:
                field = self.facts["fields"]["Labels"] if id_ == "labels" else int(id_)
                customs.append({"id": field, "value": self._by_hand(field, value)})
        return {**issue, "custom_fields": customs} if customs else issue

    def _by_hand(self, field: int, value: Value) -> Any:
        match value:
            case None:
                return ""
            case date():
                return value.isoformat()
            case Person():
                return value.id
            case frozenset():
                return sorted(value)
            case float():
                return str(value)
        if field == self.facts["fields"]["Approved"]:
            return {"Yes": "1", "No": "0"}[str(value)]
        return str(self.facts["regions"].get(value, value))

    def delete(self, item_id: ItemId) -> None:
        self.redmine.request("chief", "DELETE", f"/issues/{item_id}.json")

    def look(self, item_id: ItemId) -> Mapping[FieldId, Value]:
        issue = self.ask("GET", f"/issues/{item_id}.json?include=relations")["issue"]
        relations = (one for one in issue.get("relations", ()) if one["issue_to_id"] == int(item_id))
        held = {one["name"]: one["value"] for one in issue["custom_fields"]}
        shown: dict[str, Value] = {
            "title": issue["subject"],
            "description": read_text(issue["description"], self.settings["text"])[0],
            "status": issue["status"]["name"],
            "type": issue["tracker"]["name"],
            "assignee": self._somebody(issue["assigned_to"]["id"]) if "assigned_to" in issue else None,
            "start": _day(issue["start_date"]),
            "due": _day(issue["due_date"]),
            "labels": frozenset(held["Labels"]),
            "parent": str(issue["parent"]["id"]) if "parent" in issue else None,
            "blocked_by": frozenset(str(one["issue_id"]) for one in relations),
        }
        for name in CUSTOM:
            shown[str(self.facts["fields"][name])] = self._look_custom(name, held[name])
        return {FieldId(id_): value for id_, value in shown.items()}

    def _look_custom(self, name: str, value: str | None) -> Value:
        if not value:
            return None
        match name:
            case "Launch date":
                return _day(value)
            case "Budget":
                return float(value)
            case "Approved":
                return {"1": "Yes", "0": "No"}[value]
            case "IT owner":
                return self._somebody(value)
            case "Region":
                return next(region for region, id_ in self.facts["regions"].items() if str(id_) == value)
        return value

    def _somebody(self, id_: object) -> Person:
        who = next(who for who, known in self.facts["people"].items() if str(known["id"]) == str(id_))
        return self.person(who)

    def count(self) -> int:
        project = self.facts["projects"][self.project]
        return int(self.redmine.sql("SELECT COUNT(*) FROM issues WHERE project_id = ?", project)[0][0])

    def comment(self, item_id: ItemId, text: str, *, restriction: str | None = None) -> CommentId:
        if restriction is None:
            return CommentId(str(self.quick.comment(int(item_id), text)))
        note = {"notes": text, "private_notes": True}
        self.ask("PUT", f"/issues/{item_id}.json", json={"issue": note})
        return CommentId(str(self._journals(item_id)[-1]["id"]))

    def edit_comment(self, item_id: ItemId, comment_id: CommentId, text: str) -> None:
        self.redmine.request("chief", "PUT", f"/journals/{comment_id}.json", json={"journal": {"notes": text}})

    def delete_comment(self, item_id: ItemId, comment_id: CommentId) -> None:
        self.edit_comment(item_id, comment_id, "")

    def comments(self, item_id: ItemId) -> list[SeenComment]:
        return [
            SeenComment(
                CommentId(str(one["id"])),
                read_text(one["notes"], self.settings["text"])[0] or Doc(()),
                str(one["user"]["id"]),
            )
            for one in self._journals(item_id)
            if one["notes"]
        ]

    def _journals(self, item_id: ItemId) -> list[dict[str, Any]]:
        path = f"/issues/{item_id}.json?include=journals"
        return list(self.redmine.request("chief", "GET", path)["issue"]["journals"])

    def attach(self, item_id: ItemId, name: str, content: bytes) -> AttachmentId:
        upload = self.redmine.upload("dana", name, content)
        self.ask("PUT", f"/issues/{item_id}.json", json={"issue": {"uploads": [upload]}})
        return AttachmentId(upload["token"].partition(".")[0])

    def detach(self, item_id: ItemId, attachment_id: AttachmentId) -> None:
        self.redmine.request("chief", "DELETE", f"/attachments/{attachment_id}.json")

    def attachments(self, item_id: ItemId) -> list[SeenAttachment]:
        files = self.ask("GET", f"/issues/{item_id}.json?include=attachments")["issue"]["attachments"]
        return [
            SeenAttachment(AttachmentId(str(one["id"])), one["filename"], self.redmine.download("dana", one["id"]))
            for one in files
        ]

    # --- trouble and time ------------------------------------------------------------------------------------

    def strike(self, trouble: Trouble, aim: Aim = Aim.ALL, *, times: int | None = None) -> None:
        self.front.fault = Fault(trouble, aim, times)

    def garble(self, item_id: ItemId) -> None:
        self.front.garbled = item_id

    def heal(self) -> None:
        self.front.fault = self.front.garbled = None
        self.time.slept += 3600

    def requests(self) -> int:
        return len(self.front.log)

    def advance(self, seconds: float) -> None:
        self.redmine.ahead_s += seconds


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
