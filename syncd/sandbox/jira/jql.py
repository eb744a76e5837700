"""JQL as text to a tree: the subset that software which follows a project needs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from syncd.sandbox.jira.errors import JiraError

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<op>>=|<=|!=|!~|=|>|<|~)
      | (?P<mark>[(),])
      | (?P<word>[^\s()=!<>~,"']+)
    )""",
    re.VERBOSE,
)
_ORDERABLE_LIMIT = 7
_RESERVED = frozenset({"and", "or", "not", "in", "is", "order", "by", "was", "changed", "empty", "null"})


@dataclass(frozen=True, slots=True)
class Operand:
    """One value of a clause; `quoted` tells a string from a bare word, `call` a function."""

    text: str
    quoted: bool = False
    call: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """`field operator operands`; operators `in`, `not in`, `is` and `is not` in lower case.

    No operands after `is` mean EMPTY.
    """

    field: str
    op: str
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


Node = Clause | All | Either | Not


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: the condition (None: everything) and (field, descending) sort keys."""

    where: Node | None
    order: tuple[tuple[str, bool], ...] = field(default=())


def parse(text: str) -> Query:
    """Parse a query.

    Raises:
        JiraError: 400, naming the place.
    """
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0

    def query(self) -> Query:
        where = None if self._done() or self._is("order") else self._any()
        order: tuple[tuple[str, bool], ...] = ()
        if self._take("order"):
            self._expect("by")
            order = self._order()
        if not self._done():
            raise self._wrong("AND or OR")
        return Query(where, order)

    def _any(self) -> Node:
        parts = [self._all()]
        while self._take("or", "||"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self) -> Node:
        parts = [self._not()]
        while self._take("and", "&&", "&"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _not(self) -> Node:
        if self._take("not", "!"):
            return Not(self._not())
        if self._take("("):
            inner = self._any()
            self._expect(")")
            return inner
        return self._clause()

    def _clause(self) -> Node:
        name = self._name()
        if self._take("is"):
            op = "is not" if self._take("not") else "is"
            if not self._take("empty", "null"):
                raise self._wrong("EMPTY")
            return Clause(name, op)
        if self._take("in"):
            return Clause(name, "in", self._list())
        if self._is("not"):
            self._at += 1
            self._expect("in")
            return Clause(name, "not in", self._list())
        kind, op = self._next("an operator")
        if kind != "op":
            raise self._wrong("an operator", back=1)
        if op in ("=", "!=") and self._take("empty", "null"):
            return Clause(name, "is" if op == "=" else "is not")
        return Clause(name, op, (self._operand(),))

    def _list(self) -> tuple[Operand, ...]:
        if not self._take("("):
            return (self._operand(),)
        operands = [self._operand()]
        while self._take(","):
            operands.append(self._operand())
        self._expect(")")
        return tuple(operands)

    def _operand(self) -> Operand:
        kind, text = self._next("a value")
        if kind == "string":
            return Operand(_unquoted(text), quoted=True)
        if kind != "word" or text.casefold() in _RESERVED:
            raise self._wrong("a value", back=1)
        if self._take("("):
            while not self._take(")"):
                self._next("')'")
            return Operand(text.casefold(), call=True)
        return Operand(text)

    def _order(self) -> tuple[tuple[str, bool], ...]:
        keys: list[tuple[str, bool]] = []
        while True:
            name = self._name()
            keys.append((name, self._take("desc") or (self._take("asc") and False)))
            if not self._take(","):
                break
        if len(keys) > _ORDERABLE_LIMIT:
            raise JiraError(400, f"The query may be sorted by at most {_ORDERABLE_LIMIT} fields.")
        return tuple(keys)

    def _name(self) -> str:
        kind, text = self._next("a field name")
        if kind == "string":
            return _unquoted(text)
        if kind != "word" or text.casefold() in _RESERVED:
            raise self._wrong("a field name", back=1)
        return text

    def _done(self) -> bool:
        return self._at >= len(self._tokens)

    def _is(self, word: str) -> bool:
        if self._done():
            return False
        kind, text, _ = self._tokens[self._at]
        return kind != "string" and text.casefold() == word

    def _take(self, *words: str) -> bool:
        for word in words:
            if self._is(word):
                self._at += 1
                return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._wrong(f"'{word.upper()}'")

    def _next(self, expected: str) -> tuple[str, str]:
        if self._done():
            raise self._wrong(expected)
        kind, text, _ = self._tokens[self._at]
        self._at += 1
        return kind, text

    def _wrong(self, expected: str, back: int = 0) -> JiraError:
        place = self._at - back
        if place >= len(self._tokens):
            return JiraError(400, f"Error in the JQL Query: Expecting {expected} before the end of the query.")
        _, text, column = self._tokens[place]
        where = f"(line 1, character {column + 1})"
        return JiraError(400, f"Error in the JQL Query: Expecting {expected} but got '{text}'. {where}")


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise JiraError(400, f"Error in the JQL Query: The character at {at + 1} cannot be read.")
        found.append((match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        at = match.end()
    return found


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
