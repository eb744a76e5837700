"""Puts another mention in the place of one, wherever it stands in a text."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from syncd.model.richtext.doc import Doc
from syncd.model.richtext.nodes import Mention


def replace_mention(doc: Doc, old: Mention, new: Mention) -> Doc:
    """The text with `new` for every `old`."""
    return Doc(_replaced(doc.blocks, old, new))


def _replaced(node: Any, old: Mention, new: Mention) -> Any:
    if isinstance(node, Mention):
        return new if node == old else node
    if isinstance(node, tuple):
        return tuple(_replaced(each, old, new) for each in node)
    if is_dataclass(node) and not isinstance(node, type):
        parts = {part.name: getattr(node, part.name) for part in fields(node)}
        return replace(node, **{name: _replaced(part, old, new) for name, part in parts.items() if type(part) is tuple})
    return node
