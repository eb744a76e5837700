"""Which setting an operator has to change when a server refuses what the configuration says, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from syncd.config.load import Loaded
from syncd.config.schema.connections import secret_keys
from syncd.config.yaml import KeyPath, Place
from syncd.model.errors import Ambiguous, AuthError, NotConfigured, Problem
from syncd.service.layout import SideSpec

_SIDE_KEYS: Final = ("project", "type", "status", "done", "due", "filter")
_FIELD: Final = "fields: "

Refused = AuthError | NotConfigured | Ambiguous
"""What an operator can mend; everything else mends itself or is a mistake of a server."""


def problem_of(error: Refused, spec: SideSpec, loaded: Loaded) -> Problem:
    """The error as a problem of the setting that caused it, in the side that was being opened."""
    place = loaded.document.place(_path_of(error, spec, loaded))
    return place.problem(f"{spec.connection}: {error}{_hint(error)}")


def place_of_warning(warning: str, spec: SideSpec, loaded: Loaded) -> Place:
    """Where a side's warning points: the source of its due date that it names, else its project."""
    return loaded.document.place(_due_path(warning, spec, loaded) or (*_side(spec), "project"))


def _side(spec: SideSpec) -> KeyPath:
    return ("syncs", spec.index, spec.side.value)


def _due_path(said: str, spec: SideSpec, loaded: Loaded) -> KeyPath | None:
    """The entry of a side's `due` that a text names in quotes, with or without its `field:`."""
    due: KeyPath = (*_side(spec), "due")
    if due not in loaded.document.values:
        return None
    for path, name in _texts(loaded.document.value(due), due):
        if repr(name) in said or repr(name.removeprefix("field:")) in said:
            return path
    return None


def _hint(error: Refused) -> str:
    if isinstance(error, NotConfigured) and error.nearest is not None and repr(error.nearest) not in str(error):
        return f"; did you mean {error.nearest!r}?"
    return ""


def _path_of(error: Refused, spec: SideSpec, loaded: Loaded) -> KeyPath:
    side = _side(spec)
    match error:
        case AuthError():
            return _login_path(spec, loaded)
        case NotConfigured(setting=setting) if setting.startswith(_FIELD):
            return _name_path(setting.removeprefix(_FIELD), spec, loaded) or side
        case NotConfigured(setting="due"):
            return _due_path(str(error), spec, loaded) or (*side, "due")
        case NotConfigured(setting=setting):
            key = next((key for key in _SIDE_KEYS if key in setting.split()), None)
            return (*side, key) if key else ("connections", spec.connection, setting)
        case Ambiguous():
            names = (name for name in _names(spec, loaded) if repr(name) in str(error))
            paths = (_name_path(name, spec, loaded) for name in names)
            return next((path for path in paths if path is not None), side)


def _login_path(spec: SideSpec, loaded: Loaded) -> KeyPath:
    """The connection's first secret that stands in the file."""
    connection: KeyPath = ("connections", spec.connection)
    keys = sorted(secret_keys(type(loaded.config.connections[spec.connection])))
    return next(((*connection, key) for key in keys if (*connection, key) in loaded.document.values), connection)


def _names(spec: SideSpec, loaded: Loaded) -> Iterator[str]:
    """Every text in the configuration of one sync that may be the name of something on a server."""
    for _, text in _texts(loaded.document.value(("syncs", spec.index)), ()):
        yield text.removeprefix("field:").removeprefix("section:")


def _name_path(name: str, spec: SideSpec, loaded: Loaded) -> KeyPath | None:
    """Where a sync speaks of this field: in the keys of the side or in its mapping; exactly, or in an expression."""
    root: KeyPath = ("syncs", spec.index)
    texts = [
        (root + part + path, text)
        for part in ((spec.side.value,), ("mapping",), ("checks",))
        for path, text in _texts(loaded.document.value(root + part), ())
    ]
    exact = (path for path, text in texts if text.removeprefix("field:").removeprefix("section:") == name)
    within = (path for path, text in texts if name in text)
    return next(exact, None) or next(within, None)


def _texts(data: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(data, str):
        yield path, str(data)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _texts(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _texts(value, (*path, index))
