"""Texts that an expression compares with a field of known names, such as a status: a misspelt one is never equal.

Works on the words of the expression, so what it does not recognise it says nothing about. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from syncd.config.messages import nearest
from syncd.mapping.ends import option_names, place_of
from syncd.mapping.expr import STRING, VARIABLES, unescape
from syncd.model.items import Project, Side
from syncd.model.values import STATUS, TYPE, FieldId

_FIELD: Final = rf"(?:custom\s*\[\s*(?P<custom>{STRING})\s*\]|(?:custom\s*\.\s*(?P<dotted>[A-Za-z_]\w*))|(?P<name>\w+))"
_LIST: Final = rf"\[\s*{STRING}(?:\s*,\s*{STRING})*\s*,?\s*\]"
_COMPARED: Final = (
    re.compile(rf"(?<![\w.\]]){_FIELD}\s*(?:==|!=)\s*(?P<texts>{STRING})"),
    re.compile(rf"(?P<texts>{STRING})\s*(?:==|!=)\s*{_FIELD}(?![\w.\[(])"),
    re.compile(rf"(?<![\w.\]]){_FIELD}\s+in\s+(?P<texts>{_LIST})"),
    re.compile(rf"(?P<texts>{STRING})\s+in\s+{_FIELD}(?![\w.\[(])"),
)


def find_unknown(source: str, side: Side, project: Project) -> Iterator[str]:
    """A sentence for each text that is compared with a field of `project` that cannot have it."""
    for name, text in sorted(set(_compared(source))):
        field = project.field_id(name)
        known = option_names(project, field) if field is not None else _always(project, name)
        if known and text not in known:
            yield f"{name!r} of {place_of(side, project)} is never {text!r}; {nearest(text, known)}"


def _always(project: Project, name: str) -> frozenset[str] | None:
    """Statuses and types are known also where the sync does not read them."""
    return option_names(project, FieldId(name)) if name in (STATUS, TYPE) else None


def _compared(source: str) -> Iterator[tuple[str, str]]:
    """(Field as the expression calls it, text that it is compared with)."""
    for pattern in _COMPARED:
        for match in pattern.finditer(source):
            name = match["dotted"] or match["name"] or _plain(match["custom"])
            if match["name"] is None or name in VARIABLES:
                yield from ((name, _plain(text)) for text in re.findall(STRING, match["texts"]))


def _plain(text: str) -> str:
    return unescape(text.lstrip("rR")[1:-1])
