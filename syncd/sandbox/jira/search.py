"""Runs parsed JQL over the search index, with the errors Jira gives for what does not exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from syncd.sandbox.jira import adf
from syncd.sandbox.jira.errors import JiraError
from syncd.sandbox.jira.jql import All, Clause, Either, Node, Not, Operand, Query
from syncd.sandbox.jira.model import FieldDef, Issue, Kind, User

if TYPE_CHECKING:
    from syncd.sandbox.jira.state import JiraState

Test = Callable[[Issue], bool]
_RELATIVE = re.compile(r"([+-]?)(\d+)([wdhm])")
_TEXT_TIME = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?: (\d{1,2}):(\d{2}))?")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_NO_VALUE = "The value '{}' does not exist for the field '{}'."
_DATE_KINDS = frozenset({Kind.DATE, Kind.DATETIME})
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
}


class Search:
    """Evaluates queries as one account.

    Args:
        state: The instance, locked by the caller.
        user: Whose rights and time zone count.
        exact: Issues to be seen as they are, however far the index lags.
    """

    def __init__(self, state: JiraState, user: User, exact: Iterable[int] = ()) -> None:
        self._state = state
        self._user = user
        self._exact = tuple(exact)
        self._fields = _clause_names(state.fields.values())

    def run(self, query: Query) -> list[Issue]:
        """All visible hits in order; ties are broken by id, newest first without an order.

        Raises:
            JiraError: 400 for unknown fields and values.
        """
        test = self.test(query.where)
        hits = [row for row in self._reconciled(query.where) if test(row) and self._sees(row)]
        for key, descending in reversed(self._sort_keys(query)):
            hits.sort(key=key, reverse=descending)
        return hits

    def place(self, query: Query, row: Issue) -> list[Any]:
        """Where a row stands in the order, as plain values that a page token can carry."""
        return [key(row) for key, _ in self._sort_keys(query)]

    def after(self, query: Query, hits: list[Issue], place: list[Any]) -> int:
        """How many of the hits stand at or before this place, even if its row has moved away."""
        keys = self._sort_keys(query)
        for number, row in enumerate(hits):
            for (key, descending), limit in zip(keys, place, strict=True):
                value, bound = key(row), tuple(limit) if isinstance(limit, list) else limit
                if value != bound:
                    if (value > bound) is not descending:
                        return number
                    break
        return len(hits)

    def _sort_keys(self, query: Query) -> list[tuple[Callable[[Issue], Any], bool]]:
        keys = [(self._sort_key(name), descending) for name, descending in query.order]
        return [*keys, (lambda row: row.id, not query.order)]

    def test(self, where: Node | None) -> Test:
        """The condition as a function of an issue."""
        if where is None:
            return lambda _row: True
        if isinstance(where, Not):
            inner = self.test(where.part)
            return lambda row: not inner(row)
        if isinstance(where, All | Either):
            tests = [self.test(part) for part in sorted(where.parts, key=_is_slow)]
            return reduce(_both if isinstance(where, All) else _one_of, tests)
        return self._clause(where)

    def _sees(self, row: Issue) -> bool:
        """Rights are those of now, even where the row is old; deleted issues vanish at once."""
        truth = self._state.issues.get(row.id)
        return truth is not None and self._state.sees(self._user, truth)

    def _reconciled(self, where: Node | None) -> Iterable[Issue]:
        rows = self._candidates(where)
        if not self._exact:
            return rows
        found = {row.id: row for row in rows}
        for ident in self._exact:
            found.pop(ident, None)
            if ident in self._state.issues:
                found[ident] = self._state.issues[ident]
        return found.values()

    def _candidates(self, where: Node | None) -> Iterable[Issue]:
        """Rows worth testing: for `key in (...)` and `id in (...)` only those named."""
        for part in where.parts if isinstance(where, All) else (where,):
            if isinstance(part, Clause) and part.op in ("=", "in") and part.field.casefold() in _KEY_NAMES:
                found = (self._state.find(one.text) for one in part.operands)
                rows = (self._state.index.row(issue.id) for issue in found if issue is not None)
                return {row.id: row for row in rows if row is not None}.values()
        return self._state.index.rows()

    def _clause(self, clause: Clause) -> Test:
        name = clause.field.casefold()
        if name in _KEY_NAMES:
            return self._key_test(clause)
        if name in ("text", "comment"):
            return self._text_test(clause)
        if name == "statuscategory":
            return self._category_test(clause)
        field = self._field(clause.field)
        if clause.op in ("is", "is not"):
            wanted = clause.op == "is"
            return lambda row: (self._value(row, field) in (None, ())) is wanted
        if clause.op in ("~", "!~"):
            return self._words_test(field, clause)
        if field.kind in _DATE_KINDS:
            return self._date_test(field, clause)
        if field.kind is Kind.NUMBER:
            return self._number_test(field, clause)
        return self._choice_test(field, clause)

    def _field(self, name: str) -> FieldDef:
        found = self._fields.get(name.casefold(), [])
        if not found:
            raise JiraError(400, f"Field '{name}' does not exist or you do not have permission to view it.")
        return found[0]

    def _value(self, row: Issue, field: FieldDef) -> Any:
        if field.id == "created":
            return row.created_ms
        return row.updated_ms if field.id == "updated" else row.fields.get(field.id)

    def _key_test(self, clause: Clause) -> Test:
        if clause.op not in ("=", "!=", "in", "not in"):
            return self._number_of_key_test(clause)
        wanted = {self._named_issue(clause.field, one).id for one in clause.operands}
        positive = clause.op in ("=", "in")
        return lambda row: (row.id in wanted) is positive

    def _number_of_key_test(self, clause: Clause) -> Test:
        if clause.op not in _COMPARE:
            raise _bad_operator(clause)
        limit = self._named_issue(clause.field, clause.operands[0])
        compare = _COMPARE[clause.op]
        return lambda row: row.project == limit.project and compare(row.number, limit.number)

    def _named_issue(self, name: str, operand: Operand) -> Issue:
        found = self._state.find(operand.text)
        if found is None or not self._state.sees(self._user, found):
            raise JiraError(400, f"An issue with key '{operand.text}' does not exist for field '{name}'.")
        return found

    def _text_test(self, clause: Clause) -> Test:
        if clause.op not in ("~", "!~"):
            raise _bad_operator(clause)
        words = clause.operands[0].text.casefold().replace('"', "").split()
        only_comments = clause.field.casefold() == "comment"
        positive = clause.op == "~"

        def holds(row: Issue) -> bool:
            texts = [_plain(comment.body) for comment in row.comments]
            if not only_comments:
                texts += [row.fields["summary"], _plain(row.fields.get("description"))]
            return _has_words("\n".join(texts), words) is positive

        return holds

    def _category_test(self, clause: Clause) -> Test:
        known = {"to do": "new", "new": "new", "in progress": "indeterminate", "done": "done"}
        wanted = {known.get(one.text.casefold(), one.text.casefold()) for one in clause.operands}
        positive = clause.op in ("=", "in")
        return lambda row: (self._state.statuses[row.fields["status"]].category in wanted) is positive

    def _words_test(self, field: FieldDef, clause: Clause) -> Test:
        if field.kind not in (Kind.STRING, Kind.TEXT):
            raise _bad_operator(clause)
        words = clause.operands[0].text.casefold().replace('"', "").split()
        positive = clause.op == "~"
        return lambda row: _has_words(_plain(row.fields.get(field.id)), words) is positive

    def _date_test(self, field: FieldDef, clause: Clause) -> Test:
        if clause.op not in _COMPARE:
            raise _bad_operator(clause)
        limit_ms, compare = self._instant(clause), _COMPARE[clause.op]
        if field.kind is Kind.DATETIME:
            return lambda row: (v := self._value(row, field)) is not None and compare(v, limit_ms)
        limit = datetime.fromtimestamp(limit_ms / 1000, ZoneInfo(self._user.time_zone)).date().isoformat()
        return lambda row: (v := row.fields.get(field.id)) is not None and compare(v, limit)

    def _instant(self, clause: Clause) -> int:
        """A time operand in milliseconds. Text times have minutes and lie in the account's zone."""
        operand = clause.operands[0]
        text, now_ms = operand.text.strip(), self._state.clock.now_ms()
        zone = ZoneInfo(self._user.time_zone)
        if operand.call:
            return _function_instant(operand.text, now_ms, zone)
        if relative := _RELATIVE.fullmatch(text):
            sign = 1 if relative[1] == "+" else -1
            span = timedelta(**{_UNITS[relative[3]]: sign * int(relative[2])})
            return now_ms + round(span.total_seconds() * 1000)
        if re.fullmatch(r"\d{9,}", text):
            return int(text)
        if stated := _TEXT_TIME.fullmatch(text):
            parts = [int(part or 0) for part in stated.groups()]
            return _wall_clock_ms(clause, parts, zone)
        raise _bad_date(clause)

    def _number_test(self, field: FieldDef, clause: Clause) -> Test:
        if clause.op not in _COMPARE:
            raise _bad_operator(clause)
        try:
            limit, compare = float(clause.operands[0].text), _COMPARE[clause.op]
        except ValueError:
            raise JiraError(400, _NO_VALUE.format(clause.operands[0].text, clause.field)) from None
        return lambda row: (v := row.fields.get(field.id)) is not None and compare(v, limit)

    def _choice_test(self, field: FieldDef, clause: Clause) -> Test:
        if clause.op not in ("=", "!=", "in", "not in") or field.kind in (Kind.STRING, Kind.TEXT):
            raise _bad_operator(clause)
        wanted: set[Any] = set()
        for operand in clause.operands:
            wanted |= self._choices(field, clause.field, operand)
        positive, ident = clause.op in ("=", "in"), field.id

        def holds(row: Issue) -> bool:
            value = row.fields.get(ident)
            if value is None:
                return False
            hit = not wanted.isdisjoint(value) if isinstance(value, tuple) else value in wanted
            return hit is positive

        return holds

    def _choices(self, field: FieldDef, name: str, operand: Operand) -> set[Any]:
        """Stored values an operand stands for.

        Raises:
            JiraError: 400 when there is none; labels alone may be unknown.
        """
        if operand.call and operand.text == "currentuser":
            return {self._user.account_id}
        if field.kind is Kind.LABELS:
            return {operand.text}
        found = _CHOICES.get(field.kind, _option_choices)(self._state, field, operand.text)
        if field.kind is Kind.PROJECT:
            found = {key for key in found if any(p.key == key for p in self._state.visible_projects(self._user))}
        if not found:
            raise JiraError(400, _NO_VALUE.format(operand.text, name))
        return found

    def _sort_key(self, name: str) -> Callable[[Issue], Any]:
        if name.casefold() == "id":
            return lambda row: row.id
        if name.casefold() in _KEY_NAMES:
            return lambda row: (row.project, row.number)
        field = self._field(name)
        if field.kind is Kind.PRIORITY:
            return lambda row: self._urgency(row)
        return lambda row: _comparable(self._value(row, field))

    def _urgency(self, row: Issue) -> int:
        """The most urgent priority stands first in the list of them, and last in an ascending order."""
        ids = list(self._state.priorities)
        value = row.fields.get("priority")
        return -ids.index(value) if value in ids else -len(ids)


def _both(first: Test, second: Test) -> Test:
    return lambda row: first(row) and second(row)


def _one_of(first: Test, second: Test) -> Test:
    return lambda row: first(row) or second(row)


def _is_slow(part: Node) -> bool:
    """Times are compared fastest and leave the fewest rows of a poll, so they go first."""
    return not (isinstance(part, Clause) and part.field.casefold() in ("updated", "created"))


_KEY_NAMES = frozenset({"key", "issuekey", "issue", "id"})


def _clause_names(fields: Iterable[FieldDef]) -> dict[str, list[FieldDef]]:
    found: dict[str, list[FieldDef]] = {}
    for field in fields:
        for name in {*field.clause_names, field.id, field.name}:
            found.setdefault(name.casefold(), []).append(field)
    return found


def _comparable(value: Any) -> tuple[bool, Any]:
    """Empty values last; ids by number."""
    if isinstance(value, str) and value.isdecimal():
        return False, int(value)
    return value is None, value if value is not None else 0


def _plain(stored: Any) -> str:
    return stored if isinstance(stored, str) else adf.to_text(stored)


def _has_words(text: str, words: list[str]) -> bool:
    folded = text.casefold()
    return all(word.rstrip("*") in folded for word in words)


def _function_instant(name: str, now_ms: int, zone: ZoneInfo) -> int:
    now = datetime.fromtimestamp(now_ms / 1000, zone)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    known = {"now": now, "startofday": midnight, "endofday": midnight + timedelta(days=1, milliseconds=-1)}
    if name not in known:
        raise JiraError(400, f"Unable to find JQL function '{name}()'.")
    return round(known[name].astimezone(UTC).timestamp() * 1000)


def _wall_clock_ms(clause: Clause, parts: list[int], zone: ZoneInfo) -> int:
    year, month, day, hour, minute = parts
    try:
        return round(datetime(year, month, day, hour, minute, tzinfo=zone).timestamp() * 1000)
    except ValueError:
        raise _bad_date(clause) from None


def _bad_date(clause: Clause) -> JiraError:
    text = clause.operands[0].text
    return JiraError(
        400,
        f"Date value '{text}' for field '{clause.field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
        "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
    )


def _bad_operator(clause: Clause) -> JiraError:
    return JiraError(400, f"The operator '{clause.op}' is not supported by the '{clause.field}' field.")


def _by_name(pool: Iterable[Any], text: str) -> set[Any]:
    return {one.id for one in pool if text == one.id or text.casefold() == one.name.casefold()}


def _option_choices(_state: JiraState, field: FieldDef, text: str) -> set[Any]:
    return {option.id for option in field.options if text in (option.id, option.value)}


def _user_choices(state: JiraState, _field: FieldDef, text: str) -> set[Any]:
    known = state.users.values()
    return {u.account_id for u in known if text in (u.account_id, u.name, u.email, u.display_name)}


def _project_choices(state: JiraState, _field: FieldDef, text: str) -> set[Any]:
    folded = text.casefold()
    return {p.key for p in state.projects.values() if folded in (p.key.casefold(), p.id, p.name.casefold())}


def _parent_choices(state: JiraState, _field: FieldDef, text: str) -> set[Any]:
    found = state.find(text)
    return set() if found is None else {found.id}


_CHOICES: dict[Kind, Callable[[JiraState, FieldDef, str], set[Any]]] = {
    Kind.PROJECT: _project_choices,
    Kind.USER: _user_choices,
    Kind.PARENT: _parent_choices,
    Kind.STATUS: lambda state, _field, text: _by_name(state.statuses.values(), text),
    Kind.TYPE: lambda state, _field, text: _by_name(state.types.values(), text),
    Kind.PRIORITY: lambda state, _field, text: _by_name(state.priorities.values(), text),
    Kind.RESOLUTION: lambda state, _field, text: _by_name(state.resolutions.values(), text),
    Kind.VERSIONS: lambda state, _field, text: _by_name(state.versions.values(), text),
    Kind.COMPONENTS: lambda state, _field, text: _by_name(
        (c for project in state.projects.values() for c in project.components), text
    ),
    Kind.SECURITY: lambda state, _field, text: _by_name(
        (level for project in state.projects.values() for level in project.levels), text
    ),
}
