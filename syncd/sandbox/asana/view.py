"""How `opt_fields` choose among the fields of a resource.

Without `opt_fields` a single resource is shown whole and a listed one compactly. With them an
answer holds the gid and exactly what was asked for; an object named without a path into it comes
as gid and type only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syncd.sandbox.asana.model import Login, Ref

if TYPE_CHECKING:
    from syncd.sandbox.asana.state import AsanaState

Tree = dict[str, Any]
Getter = Callable[["View", Any], Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of resource.

    Attributes:
        compact: Fields shown when it is listed or embedded.
        whole: Fields shown when it is read alone; the rest must be asked for.
        getters: All fields.
        inline: True for parts of a resource, which come whole where a reference would be bare.
        has: Whether this very entity, for this login, has the field at all.
    """

    compact: tuple[str, ...]
    whole: tuple[str, ...]
    getters: Mapping[str, Getter]
    inline: bool = False
    has: Callable[[View, Any, str], bool] = lambda _view, _entity, _name: True


@dataclass(frozen=True, slots=True)
class View:
    """Shows resources to one login."""

    state: AsanaState
    login: Login
    base: str
    shapes: Mapping[str, Shape]

    def show(self, ref: Ref, tree: Tree | None = None, *, whole: bool = False) -> dict[str, Any]:
        """One resource as JSON; `tree` is the parsed `opt_fields`."""
        shape = self.shapes[ref.kind]
        if tree:
            names: Iterable[str] = ("gid", *(name for name in tree if name != "gid"))
        else:
            names = shape.whole if whole else shape.compact
        return {
            name: self._embed(shape.getters[name](self, ref.entity), (tree or {}).get(name), asked=bool(tree))
            for name in names
            if name in shape.getters and shape.has(self, ref.entity, name)
        }

    def _embed(self, value: Any, tree: Tree | None, *, asked: bool) -> Any:
        if isinstance(value, Ref):
            shape = self.shapes[value.kind]
            if tree:
                return self.show(value, tree)
            if asked and not shape.inline:
                return {"gid": value.entity.gid, "resource_type": value.kind}
            return self.show(value, whole=shape.inline)
        if isinstance(value, list):
            return [self._embed(one, tree, asked=asked) for one in value]
        if isinstance(value, dict):
            chosen = value if not tree else {name: value.get(name) for name in tree if name in value}
            return {name: self._embed(one, (tree or {}).get(name), asked=asked) for name, one in chosen.items()}
        return value

    def user(self, gid: str | None) -> Ref | None:
        """A reference to a user."""
        return None if gid is None else Ref("user", self.state.users[gid])


def parse_opt_fields(texts: Iterable[str]) -> Tree:
    """`a,b.c,b.d` as `{a: {}, b: {c: {}, d: {}}}`."""
    tree: Tree = {}
    for path in (part.strip() for text in texts for part in text.split(",")):
        here = tree
        for name in path.removeprefix("this.").split(".") if path else ():
            here = here.setdefault(name, {})
    return tree
