"""Types of the model ↔ columns and packed JSON. Pure: touches no database.

JSON is packed with zlib where that makes it smaller by much: descriptions are most of what the store holds, and each
is kept up to four times (a snapshot and a baseline on both sides).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from syncd.model.attachments import AttachmentId
from syncd.model.days import day_in
from syncd.model.files import FileMirror
from syncd.model.findings import Ended, Ending, Finding, RaisedFinding, Severity
from syncd.model.items import Category, CommentId, ConnectionName, Item, ItemId, ItemRef, Marker, Side, Signs
from syncd.model.links import (
    Action,
    Hold,
    Intent,
    IntentId,
    Link,
    LinkId,
    LinkKind,
    LinkState,
    Pair,
    RuleKey,
    SyncName,
)
from syncd.model.mirrors import Look, Mirror, MirrorState
from syncd.model.records import Event, Trouble
from syncd.model.values import DUE, FieldId, Person, Value, decode, encode

Columns = dict[str, Any]
AnyRow = Any
"""A row of the database, its columns as attributes: their types are those of `tables`, which mypy cannot see."""

_PACK_FROM_BYTES: Final = 200
_PACK_LEVEL: Final = 6
_NO_SIGNS: Final = Signs()
_ZLIB: Final = b"\x78"  # the first byte of a zlib stream; no JSON starts with "x"


def pack(data: Any) -> bytes:
    """JSON data as bytes, equal for equal data. Lone surrogates survive."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) < _PACK_FROM_BYTES:
        return raw
    return min(zlib.compress(raw, _PACK_LEVEL), raw, key=len)


def unpack(blob: bytes) -> Any:
    """The data that `pack` was given."""
    raw = zlib.decompress(blob) if blob.startswith(_ZLIB) else blob
    return json.loads(raw.decode("utf-8", "surrogatepass"))


def _ref(connection: str, item_id: str) -> ItemRef:
    return ItemRef(ConnectionName(connection), ItemId(item_id))


def _side(name: str | None) -> Side | None:
    return None if name is None else Side(name)


# --- items --------------------------------------------------------------------------------------------------------


def item_columns(item: Item, project: str | None) -> Columns:
    """An item as a row of `item`."""
    content: dict[str, Any] = {
        "fields": {field: encode(value) for field, value in item.fields.items()},
        "author": encode(item.author),
    }
    if item.signs != _NO_SIGNS:
        relations = None if item.signs.relations is None else sorted(item.signs.relations)
        content["signs"] = {"flag": item.signs.flag, "relations": relations}
    return {
        "connection": item.ref.connection,
        "item_id": item.ref.id,
        "project": project,
        "key": item.key,
        "url": item.url,
        "version": item.version,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
        "category": item.category.value,
        "marker": item.marker,
        "is_exact": item.is_exact,
        "is_restricted": item.is_restricted,
        "in_scope": item.in_scope,
        "content": pack(content),
        "due": _due_day(item),
    }


def _due_day(item: Item) -> date | None:
    """The day it is due, in UTC where it is an instant: no zone is known here."""
    due = item.fields.get(DUE)
    return day_in(due, UTC) if isinstance(due, date) else None


def read_item(row: AnyRow) -> Item:
    """The item of a row that holds all columns of `item`."""
    content = unpack(row.content)
    author = decode(content["author"])
    if author is not None and not isinstance(author, Person):
        raise ValueError(f"the author of item {row.item_id} is not a person")
    return Item(
        ref=_ref(row.connection, row.item_id),
        key=row.key,
        url=row.url,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        fields={FieldId(field): decode(value) for field, value in content["fields"].items()},
        category=Category(row.category),
        author=author,
        marker=None if row.marker is None else Marker(row.marker),
        is_exact=row.is_exact,
        is_restricted=row.is_restricted,
        in_scope=row.in_scope,
        signs=_read_signs(content.get("signs")),
    )


def _read_signs(data: Any) -> Signs:
    if data is None:
        return _NO_SIGNS
    relations = data["relations"]
    return Signs(data["flag"], None if relations is None else frozenset(relations))


def is_same(one: Item, other: Item) -> bool:
    """Whether two snapshots show the same, however they were read. A person's new display name is no difference."""
    return replace(one, is_exact=other.is_exact) == other


# --- links, baselines, holds --------------------------------------------------------------------------------------


def read_link(row: AnyRow) -> Link:
    """The link of a row that holds all columns of `link`."""
    return Link(
        id=LinkId(row.id),
        sync=SyncName(row.sync),
        kind=LinkKind(row.kind),
        state=LinkState(row.state),
        marketing=_ref(row.marketing_connection, row.marketing_id),
        it=_ref(row.it_connection, row.it_id),
        origin=_side(row.origin),
        created_at=row.created_at,
        found_in=row.found_in,
    )


def _pair_data(pair: Pair) -> list[Any]:
    marketing, it = encode(pair.marketing), encode(pair.it)
    return [marketing] if marketing == it and type(marketing) is type(it) else [marketing, it]


def _read_pair(data: list[Any]) -> Pair:
    return Pair(decode(data[0]), decode(data[-1]))


def pack_pair(pair: Pair) -> bytes:
    """A pair of values; two equal ones take the room of one."""
    return pack(_pair_data(pair))


def unpack_pair(blob: bytes) -> Pair:
    """The pair that `pack_pair` was given."""
    return _read_pair(unpack(blob))


def hold_columns(link: LinkId, hold: Hold) -> Columns:
    """A hold as a row of `hold`."""
    return {
        "link": link,
        "rule": hold.rule,
        "code": hold.code,
        "side": hold.side,
        "config_version": hold.config_version,
        "reason": hold.reason,
        "advice": hold.advice,
        "value": hold.value,
        "marketing_version": hold.versions[0],
        "it_version": hold.versions[1],
        "seen": pack_pair(hold.seen),
    }


def read_hold(row: AnyRow) -> Hold:
    """The hold of a row of `hold`."""
    return Hold(
        rule=RuleKey(row.rule),
        code=row.code,
        reason=row.reason,
        seen=unpack_pair(row.seen),
        config_version=row.config_version,
        advice=row.advice,
        side=_side(row.side),
        value=row.value,
        versions=(row.marketing_version, row.it_version),
    )


def trouble_columns(sync: SyncName, ref: ItemRef, trouble: Trouble) -> Columns:
    """A trouble as a row of `trouble`."""
    return {
        "sync": sync,
        "connection": ref.connection,
        "item_id": ref.id,
        "failures": trouble.failures,
        "since": trouble.since,
        "retry_at": trouble.retry_at,
        "reason": trouble.reason,
        "unread_on": trouble.unread_on,
    }


def read_trouble(row: AnyRow) -> Trouble:
    """The trouble of a row that holds the columns of `trouble`."""
    return Trouble(row.failures, row.since, row.retry_at, row.reason, _side(row.unread_on))


# --- journal and history ------------------------------------------------------------------------------------------


def intent_columns(intent: Intent) -> Columns:
    """An intent that is to be opened, as a row of `intent`. Its id is left to the store."""
    content = {
        "sent": {rule: encode(value) for rule, value in intent.sent.items()},
        "rests_on": {rule: _pair_data(pair) for rule, pair in intent.rests_on.items()},
        "detail": dict(intent.detail),
        "known_at": None if intent.known_at is None else intent.known_at.isoformat(),
    }
    return {
        "sync": intent.sync,
        "action": intent.action.value,
        "side": intent.side.value,
        "marker": intent.marker,
        "opened_at": intent.opened_at,
        "link": intent.link,
        "ref_connection": None if intent.ref is None else intent.ref.connection,
        "ref_id": None if intent.ref is None else intent.ref.id,
        "origin_connection": None if intent.origin is None else intent.origin.connection,
        "origin_id": None if intent.origin is None else intent.origin.id,
        "content": pack(content),
    }


def read_intent(row: AnyRow) -> Intent:
    """The intent of a row of `intent`."""
    content = unpack(row.content)
    known_at = content.get("known_at")  # intents of older versions lack it
    return Intent(
        id=IntentId(row.id),
        sync=SyncName(row.sync),
        action=Action(row.action),
        side=Side(row.side),
        marker=Marker(row.marker),
        opened_at=row.opened_at,
        link=None if row.link is None else LinkId(row.link),
        ref=None if row.ref_id is None else _ref(row.ref_connection, row.ref_id),
        origin=None if row.origin_id is None else _ref(row.origin_connection, row.origin_id),
        sent={RuleKey(rule): decode(value) for rule, value in content["sent"].items()},
        rests_on={RuleKey(rule): _read_pair(data) for rule, data in content["rests_on"].items()},
        detail=content["detail"],
        known_at=None if known_at is None else datetime.fromisoformat(known_at),
    )


def read_sent_rules(blob: bytes) -> tuple[RuleKey, ...]:
    """The rules that an intent sent, from its packed content."""
    return tuple(RuleKey(rule) for rule in unpack(blob)["sent"])


def event_columns(event: Event, link: LinkId | None) -> Columns:
    """An event as a row of `event`; `link` stands in where the event names none."""
    return {
        "at": event.at,
        "sync": event.sync,
        "kind": event.kind,
        "cause": event.cause,
        "config_version": event.config_version,
        "link": link if event.link is None else event.link,
        "connection": None if event.ref is None else event.ref.connection,
        "item_id": None if event.ref is None else event.ref.id,
        "side": event.side,
        "rule": event.rule,
        "old": None if event.old is None else pack(encode(event.old)),
        "new": None if event.new is None else pack(encode(event.new)),
    }


def _read_value(blob: bytes | None) -> Value:
    return None if blob is None else decode(unpack(blob))


def read_event(row: AnyRow) -> Event:
    """The event of a row of `event`."""
    return Event(
        at=row.at,
        sync=SyncName(row.sync),
        kind=row.kind,
        cause=row.cause,
        config_version=row.config_version,
        link=None if row.link is None else LinkId(row.link),
        ref=None if row.item_id is None else _ref(row.connection, row.item_id),
        side=_side(row.side),
        rule=None if row.rule is None else RuleKey(row.rule),
        old=_read_value(row.old),
        new=_read_value(row.new),
        id=row.id,
    )


# --- copied comments and files -------------------------------------------------------------------------------------


def mirror_columns(mirror: Mirror) -> Columns:
    """A copied comment as a row of `mirror`."""
    return {
        "link": mirror.link,
        "side": mirror.side.value,
        "original": mirror.original,
        "copy": mirror.id,
        "original_digest": mirror.original_digest,
        "shown_digest": mirror.shown_digest,
        "state": mirror.state.value,
        "reason": mirror.reason,
    }


def read_mirror(row: AnyRow) -> Mirror:
    """The copied comment of a row of `mirror`."""
    return Mirror(
        link=LinkId(row.link),
        side=Side(row.side),
        original=CommentId(row.original),
        id=None if row.copy is None else CommentId(row.copy),
        original_digest=row.original_digest,
        shown_digest=row.shown_digest,
        state=MirrorState(row.state),
        reason=row.reason,
    )


def file_columns(mirror: FileMirror) -> Columns:
    """A copied file as a row of `file_mirror`."""
    return {
        "link": mirror.link,
        "side": mirror.side.value,
        "original": mirror.original,
        "name": mirror.name,
        "copy": mirror.id,
        "line": mirror.line,
        "marketing_place": mirror.places[Side.MARKETING] if mirror.places is not None else None,
        "it_place": mirror.places[Side.IT] if mirror.places is not None else None,
        "is_ours": mirror.is_ours,
        "digest": mirror.digest,
        "state": mirror.state.value,
        "reason": mirror.reason,
    }


def read_file(row: AnyRow) -> FileMirror:
    """The copied file of a row of `file_mirror`."""
    return FileMirror(
        link=LinkId(row.link),
        side=Side(row.side),
        original=AttachmentId(row.original),
        name=row.name,
        id=None if row.copy is None else AttachmentId(row.copy),
        line=None if row.line is None else CommentId(row.line),
        is_ours=row.is_ours,
        digest=row.digest,
        state=MirrorState(row.state),
        reason=row.reason,
        places=None if row.it_place is None else {Side.MARKETING: row.marketing_place, Side.IT: row.it_place},
    )


def look_columns(look: Look) -> Columns:
    """A look as a row of `comment_look`; with a `retry_at` it stays on the queue."""
    return {
        "link": look.link,
        "is_queued": look.retry_at is not None,
        "marketing_version": look.versions.get(Side.MARKETING),
        "it_version": look.versions.get(Side.IT),
        "config_version": look.config_version,
        "retry_at": look.retry_at,
        "failures": look.failures,
        "problem": look.problem,
    }


def read_look(row: AnyRow) -> Look:
    """The look of a row of `comment_look`."""
    versions = {Side.MARKETING: row.marketing_version, Side.IT: row.it_version}
    return Look(
        link=LinkId(row.link),
        versions={side: version for side, version in versions.items() if version is not None},
        config_version=row.config_version,
        retry_at=row.retry_at,
        failures=row.failures,
        problem=row.problem,
    )


# --- findings -----------------------------------------------------------------------------------------------------


def finding_columns(finding: Finding) -> Columns:
    """What of a row of `finding` comes from the check."""
    content = {
        "title": _by_side(finding.title),
        "facts": list(finding.facts),
        "advice": _by_side(finding.advice),
        "told": sorted(finding.told),
        "seen": dict(finding.seen),
    }
    return {
        "code": finding.code,
        "subject": finding.subject,
        "severity": finding.severity.value,
        "content": pack(content),
    }


def _by_side(texts: Mapping[Side, str]) -> dict[str, str]:
    return {side.value: text for side, text in texts.items()}


def read_finding(row: AnyRow) -> RaisedFinding:
    """The finding of a row of `finding`."""
    content = unpack(row.content)
    finding = Finding(
        code=row.code,
        severity=Severity(row.severity),
        title={Side(side): text for side, text in content["title"].items()},
        facts=tuple(content["facts"]),
        advice={Side(side): text for side, text in content["advice"].items()},
        told=frozenset(Side(side) for side in content["told"]),
        subject=row.subject,
        seen=content["seen"],
    )
    return RaisedFinding(
        finding=finding,
        sync=SyncName(row.sync),
        item=_ref(row.connection, row.item_id),
        link=None if row.link is None else LinkId(row.link),
        number=row.number,
        since=row.since,
        ended_at=row.ended_at,
        risen_at=row.risen_at,
        ended=None if row.ending is None else Ended(Ending(row.ending), row.lead_days),
    )
