"""YAML text to plain data, with the place of every key and value.

Read as YAML 1.2, and every scalar is typed by the schema: an unquoted scalar arrives as `Plain`, its text untouched, so
that `on`, `12:30`, `1.10` and `0123` mean what their field makes of them. Only `~`, `null` and nothing are None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from syncd.model.errors import ConfigError, Problem

MAX_NODES: Final = 100_000
"""Aliases are expanded; a file that grows beyond this is an attack or a mistake."""
MAX_DEPTH: Final = 50
_TOO_DEEP: Final = f"nested deeper than {MAX_DEPTH} levels, or a block that contains itself"

KeyPath = tuple[str | int, ...]
"""From the root of a document: keys and list indexes."""


class Plain(str):
    """The text of an unquoted scalar; `core_value` says what YAML 1.2 takes it for where no schema does."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node starts; counted from 1.

    `lead`: characters before the text of a scalar that stands in one line as it is read (its quote); None for others.
    """

    file: str
    line: int
    column: int
    lead: int | None = None

    def problem(self, message: str) -> Problem:
        """Something wrong here."""
        return Problem(self.file, self.line, self.column, message)


@dataclass(slots=True)
class Document:
    """Data with places. `keys`: where a key itself stands, which for a list element is the element."""

    data: Any
    values: dict[KeyPath, Place] = field(default_factory=dict)
    keys: dict[KeyPath, Place] = field(default_factory=dict)

    def value(self, path: KeyPath) -> Any:
        """The value at `path`; None where there is none."""
        data = self.data
        for part in path:
            if not has(data, part):
                return None
            data = data[part]
        return data

    def place(self, path: KeyPath) -> Place:
        """Where the value at `path` stands, or its nearest ancestor that is in the file."""
        return self.values[self.find(path)]

    def key_place(self, path: KeyPath) -> Place:
        """Where the key at `path` stands, or its nearest ancestor that is in the file."""
        found = self.find(path)
        return self.keys.get(found, self.values[found])

    def find(self, path: KeyPath) -> KeyPath:
        """The part of `path` that is in the file. An index is passed over where one element stands without brackets."""
        found: KeyPath = ()
        for part in path:
            if (*found, part) in self.values:
                found = (*found, part)
            elif not isinstance(part, int):
                break
        return found

    def graft(self, path: KeyPath, other: Document) -> None:
        """Record the places of `other` as standing at `path`; its data is put there by the caller."""
        key = self.keys.get(path)
        self.values.update({path + inner: place for inner, place in other.values.items()})
        self.keys.update({path + inner: place for inner, place in other.keys.items()})
        if key is not None:
            self.keys[path] = key


def has(data: Any, part: str | int) -> bool:
    """Whether a block has this key or a list this index."""
    if isinstance(data, dict):
        return part in data
    return isinstance(data, list) and isinstance(part, int) and part < len(data)


def parse(text: bytes, file: str) -> Document:
    """Read one YAML document; `file` is its name in messages.

    Raises:
        ConfigError: not YAML, a key given twice, too big: every problem that can be told apart.
    """
    try:
        _refuse_depth(text, file)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        raise ConfigError((_syntax_problem(error, text, file),)) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError((Problem(file, 1, 1, f"not a YAML text in UTF-8: {_first_line(error)}"),)) from None
    if root is None:
        raise ConfigError((Problem(file, 1, 1, "the file is empty"),))
    builder = _Builder(file)
    document = Document(builder.build(root, (), 0), builder.values, builder.keys)
    if builder.problems:
        raise ConfigError(tuple(builder.problems))
    return document


def _refuse_depth(text: bytes, file: str) -> None:
    """Look at the events first: composing recurses in C, and a file of 100,000 brackets ended the process (tried)."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            line, column = (event.start_mark.line, event.start_mark.column) if event.start_mark else (0, 0)
            raise ConfigError((Problem(file, line + 1, column + 1, _TOO_DEEP),))


def core_value(data: Any) -> Any:
    """Data for which there is no schema, with unquoted scalars as the core schema of YAML 1.2 reads them."""
    if isinstance(data, dict):
        return {key: core_value(value) for key, value in data.items()}
    if isinstance(data, list):
        return [core_value(value) for value in data]
    return _core_scalar(data) if isinstance(data, Plain) else data


_BARE_REFERENCE: Final = re.compile(rb"[:,\[]\s*\$\{")
_INT: Final = re.compile(r"[-+]?[0-9]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BOOLS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


def _core_scalar(text: Plain) -> str | int | float | bool:
    if text in _BOOLS:
        return _BOOLS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else str(text)


def _syntax_problem(error: yaml.MarkedYAMLError, text: bytes, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    context = f" ({error.context})" if error.context else ""
    return Problem(
        file,
        line + 1,
        column + 1,
        f"not valid YAML: {error.problem or 'unreadable'}{context}{_hint(error, text, line)}",
    )


def _hint(error: yaml.MarkedYAMLError, text: bytes, line: int) -> str:
    """What is most often behind it: in braces, the brace of an unquoted reference ends or opens a block."""
    lines = text.split(b"\n")
    if "flow" not in (error.context or "") or line >= len(lines) or not _BARE_REFERENCE.search(lines[line]):
        return ""
    return '; within { } or [ ] a reference needs quotes: "${…}"'


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]


class _TooBig(Exception):
    """Building stops: there may be millions of further nodes."""


@dataclass(slots=True)
class _Builder:
    file: str
    values: dict[KeyPath, Place] = field(default_factory=dict)
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def build(self, node: yaml.Node, path: KeyPath, depth: int) -> Any:
        try:
            return self._node(node, path, depth)
        except _TooBig as stop:
            self._complain(node, str(stop))
            return None

    def _node(self, node: yaml.Node, path: KeyPath, depth: int) -> Any:
        self._count(depth)
        self.values[path] = self._place(node)
        if not node.tag.startswith("tag:yaml.org,2002:"):
            self._complain(node, f"tags such as {node.tag} are not used here")
            return None
        match node:
            case yaml.MappingNode():
                return self._mapping(node, path, depth)
            case yaml.SequenceNode():
                return [self._node(child, (*path, index), depth + 1) for index, child in enumerate(node.value)]
            case yaml.ScalarNode():
                return _scalar(node)
            case _:
                raise TypeError(f"no YAML node: {node!r:.80}")

    def _count(self, depth: int) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            raise _TooBig(f"more than {MAX_NODES:,} values once its aliases are expanded")
        if depth > MAX_DEPTH:
            raise _TooBig(_TOO_DEEP)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in self._pairs(node, depth):
            inner = (*path, key.value)
            self.keys[inner] = self._place(key)
            data[key.value] = self._node(value, inner, depth + 1)
        return data

    def _pairs(self, node: yaml.MappingNode, depth: int) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        """The keys of a block with those that `<<` brings in; its own keys win, and may be given once only."""
        own: dict[str, tuple[yaml.ScalarNode, yaml.Node]] = {}
        merged: dict[str, tuple[yaml.ScalarNode, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._complain(key, "a key must be a word or a text")
            elif key.value == "<<" and not key.style:
                for name, pair in self._merged(value, depth + 1):
                    merged.setdefault(name, pair)
            elif key.value in own:
                first = own[key.value][0].start_mark.line + 1
                self._complain(key, f"{key.value!r} is given twice, first in line {first}")
            else:
                own[key.value] = (key, value)
        return iter((merged | own).values())

    def _merged(self, node: yaml.Node, depth: int) -> Iterator[tuple[str, tuple[yaml.ScalarNode, yaml.Node]]]:
        blocks = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for block in blocks:
            self._count(depth)
            if isinstance(block, yaml.MappingNode):
                yield from ((key.value, (key, value)) for key, value in self._pairs(block, depth))
            else:
                self._complain(block, "'<<' takes a block of keys or a list of such blocks")

    def _place(self, node: yaml.Node) -> Place:
        start, end = node.start_mark, node.end_mark
        if not isinstance(node, yaml.ScalarNode):
            return Place(self.file, start.line + 1, start.column + 1)
        quote = 1 if node.style in ("'", '"') else 0
        is_exact = start.line == end.line and end.column - start.column == len(node.value) + 2 * quote
        return Place(self.file, start.line + 1, start.column + 1, quote if is_exact else None)

    def _complain(self, node: yaml.Node, message: str) -> None:
        self.problems.append(self._place(node).problem(message))


def _scalar(node: yaml.ScalarNode) -> str | None:
    if node.style in ("'", '"', "|", ">"):
        return str(node.value)
    return None if node.value in _NULLS else Plain(node.value)
