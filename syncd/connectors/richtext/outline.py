"""Builds nested lists from lines that say how deep they stand, as wiki markup and Textile write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from syncd.model.richtext import MAX_DEPTH, Block, BulletList, ListItem, OrderedList


@dataclass(slots=True)
class _OpenItem:
    blocks: tuple[Block, ...]
    lists: list[_OpenList] = field(default_factory=list)


@dataclass(slots=True)
class _OpenList:
    kind: str
    items: list[_OpenItem] = field(default_factory=list)

    def close(self) -> Block:
        items = tuple(ListItem((*item.blocks, *(inner.close() for inner in item.lists))) for item in self.items)
        return OrderedList(items) if self.kind == "#" else BulletList(items)


class Outline:
    """Lists while they are read: the marker's length is the depth, its last character the kind."""

    def __init__(self) -> None:
        self._root = _OpenItem(())
        self._open: list[_OpenList] = []

    def add(self, marker: str, blocks: tuple[Block, ...]) -> None:
        """Add an item behind its marker: `*`, `#`, `-` or several of them."""
        kinds = ["#" if char == "#" else "*" for char in marker[: MAX_DEPTH - 1] + marker[-1]]
        kinds = kinds if len(marker) > MAX_DEPTH else kinds[:-1]
        del self._open[len(kinds) :]
        if len(self._open) == len(kinds) and self._open[-1].kind != kinds[-1]:
            self._open.pop()
        while len(self._open) < len(kinds):
            self._parent().lists.append(new := _OpenList(kinds[len(self._open)]))
            self._open.append(new)
        self._open[-1].items.append(_OpenItem(blocks))

    def _parent(self) -> _OpenItem:
        if not self._open:
            return self._root
        if not self._open[-1].items:
            self._open[-1].items.append(_OpenItem(()))
        return self._open[-1].items[-1]

    def blocks(self) -> Iterator[Block]:
        """The lists, in order."""
        return (opened.close() for opened in self._root.lists)
