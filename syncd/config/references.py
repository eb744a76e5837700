"""`${env:NAME}`, `${file:PATH}` and `${credential:NAME}` in strings: where secrets and places really come from.

A reference that gives nothing is an error, never an empty string, unless it says so: `${env:NAME:-}` may be empty,
`${env:NAME:-text}` falls back to the text. `$${` stands for a plain `${`. A credential is a file that systemd puts into
the directory named by CREDENTIALS_DIRECTORY. One newline at the end of a file is not part of the value.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

KINDS: Final = ("env", "file", "credential")
_REFERENCE: Final = re.compile(r"\$\$\{|\$\{(?P<body>[^}]*)\}|\$\{")


class Secret(SecretStr):
    """A text that is never shown: `repr` and `str` are `***`."""

    def _display(self) -> str:
        return "***"

    def reveal(self) -> str:
        """The text itself."""
        return self.get_secret_value()


class Resolved(str):
    """A text in which references were replaced; `repr` hides it, for it may hold a secret."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class Unresolved(str):
    """Stands in a tree for a text whose reference gave nothing; the problem is on record."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """Where references read from. `environ` is looked at anew each time."""

    environ: Mapping[str, str] = field(repr=False)

    def read(self, kind: str, name: str, folder: Path) -> str:
        """What a reference gives; `folder`: that of the file it stands in. Raises LookupError saying what is wrong."""
        if kind == "env":
            return self._env(name)
        if kind == "file":
            return _file(folder / Path(name).expanduser())
        directory = self.environ.get("CREDENTIALS_DIRECTORY")
        if not directory:
            raise LookupError(
                "CREDENTIALS_DIRECTORY is not set (systemd sets it for LoadCredential=; "
                "deploy/syncd runs commands as the service runs)"
            )
        if "/" in name or name in ("", ".", ".."):
            raise LookupError("the name of a credential is a file name without a path")
        return _file(Path(directory) / name)

    def _env(self, name: str) -> str:
        if name not in self.environ:
            raise LookupError(f"the environment variable {name} is not set")
        if not self.environ[name]:
            raise LookupError(f"the environment variable {name} is empty")
        return self.environ[name]


def _file(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise LookupError(f"the file {path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise LookupError(f"the file {path} is not UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise LookupError(f"the file {path} is empty")
    return text


def resolve(data: Any, sources: Sources, folder: Path) -> tuple[Any, list[tuple[tuple[str | int, ...], str]]]:
    """A tree with its references replaced, and what was wrong: (path in the tree, message)."""
    problems: list[tuple[tuple[str | int, ...], str]] = []
    return _resolve(data, sources, folder, (), problems), problems


def has_reference(text: str) -> bool:
    """Whether any part of the text comes from elsewhere."""
    return any(match["body"] is not None for match in _REFERENCE.finditer(text))


def _resolve(
    data: Any,
    sources: Sources,
    folder: Path,
    path: tuple[str | int, ...],
    problems: list[tuple[tuple[str | int, ...], str]],
) -> Any:
    if isinstance(data, dict):
        return {key: _resolve(value, sources, folder, (*path, key), problems) for key, value in data.items()}
    if isinstance(data, list):
        return [_resolve(value, sources, folder, (*path, index), problems) for index, value in enumerate(data)]
    if not isinstance(data, str) or "${" not in data:
        return data
    try:
        text = resolve_text(data, sources, folder)
    except LookupError as error:
        problems.append((path, str(error.args[0])))
        return Unresolved()
    return Resolved(text) if has_reference(data) else text


def resolve_text(text: str, sources: Sources, folder: Path) -> str:
    """One text with its references replaced. Raises LookupError naming the reference and what is wrong with it."""
    return _REFERENCE.sub(lambda match: _replacement(match, sources, folder), text)


def _replacement(match: re.Match[str], sources: Sources, folder: Path) -> str:
    if match[0] == "$${":
        return "${"
    if match["body"] is None:
        raise LookupError("'${' is not closed by '}'; for a plain '${' write '$${'")
    kind, colon, rest = match["body"].partition(":")
    if kind not in KINDS or not colon:
        near = difflib.get_close_matches(kind, KINDS, n=1)
        hint = f"did you mean '${{{near[0]}:…}}'?" if near else "for a plain '${' write '$${'"
        raise LookupError(
            f"'${{{kind}…}}' is no reference: expected ${{env:NAME}}, ${{file:PATH}} or ${{credential:NAME}}; {hint}"
        )
    name, may_be_empty, default = rest.partition(":-")
    try:
        return sources.read(kind, name, folder)
    except LookupError as error:
        if may_be_empty:
            return default
        raise LookupError(f"${{{kind}:{name}}}: {error.args[0]}") from None
