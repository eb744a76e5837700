"""From files to a checked configuration: every problem at once, each at its place."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from syncd.config.addresses import clear_addresses
from syncd.config.cross import cross_problems, literal_secrets, other_weekends, reference_problems
from syncd.config.effects import effectless_keys, half_set_incidents
from syncd.config.messages import problems_of, without_faults
from syncd.config.people_file import read_people
from syncd.config.references import Sources, Unresolved, resolve
from syncd.config.schema import Config
from syncd.config.schema.base import Context
from syncd.config.schema.connections import typed_keys
from syncd.config.schema.words import WordRuleConfig
from syncd.config.words_file import read_named_words
from syncd.config.yaml import Document, KeyPath, Place, parse
from syncd.model.errors import ConfigError, Problem

DEFAULT_PATHS: Final = (Path("config/syncd.yaml"), Path("/etc/syncd/syncd.yaml"))
INSTALLED: Final = (Path("/etc/syncd/syncd.yaml"), Path("/etc/syncd/config/syncd.yaml"))
"""Where the configuration of a service stands; the second as `deploy/README.md` installs it."""
VARIABLE: Final = "SYNCD_CONFIG"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that is right in itself, and where each of its keys stands.

    `warnings`: things to know that stop nothing. `words`: what the word files named in the checks hold, by their path.
    """

    config: Config
    warnings: tuple[Problem, ...]
    words: Mapping[str, tuple[WordRuleConfig, ...]]
    document: Document = field(repr=False)
    path: Path
    _sources: Sources = field(repr=False)
    _plain: Document = field(repr=False)

    def place(self, *path: str | int) -> Place:
        """Where a value stands: `place("syncs", 0, "mapping", "fields", 2)`."""
        return self.document.place(path)

    def connection_again(self, name: str) -> BaseModel:
        """A connection's settings with its references read anew, after a refused login.

        Raises:
            ConfigError: a reference gives nothing any more, or something that the connector refuses.
        """
        path: KeyPath = ("connections", name)
        data, missing = resolve(self._plain.value(path), self._sources, self.path.parent)
        if missing:
            raise ConfigError(tuple(self.document.place(path + inner).problem(text) for inner, text in missing))
        schema = type(self.config.connections[name])
        try:
            return schema.model_validate(typed_keys(data, schema, self.path.parent))
        except ValidationError as error:
            words = problems_of(error.errors(), Document(data), Context())
            place = self.document.place(path)
            raise ConfigError(tuple(place.problem(problem.message) for problem in words)) from None


def load_config(path: Path, *, environ: Mapping[str, str], connection_schemas: Mapping[str, type[BaseModel]]) -> Loaded:
    """Read the main file, the files it names and the environment.

    Args:
        path: the main file; its name stands in messages as it is given here.
        environ: for `${env:…}` and CREDENTIALS_DIRECTORY.
        connection_schemas: connector name → model of the keys of its connections.

    Raises:
        ConfigError: with every problem of all files, ordered by place.
    """
    return _Loader(path, Sources(environ), connection_schemas).load()


@dataclass(slots=True)
class _Loader:
    path: Path
    sources: Sources
    schemas: Mapping[str, type[BaseModel]]
    problems: list[Problem] = field(default_factory=list)

    def load(self) -> Loaded:
        plain = _read(self.path)
        document = self._resolved(plain, self.path.parent)
        self._graft_mappings(document)
        config = self._validated(document)
        words: Mapping[str, tuple[WordRuleConfig, ...]] = {}
        if config is not None:
            config = self._with_people(config, document)
            words, problems = read_named_words(config, document)
            self.problems += problems
            self.problems += cross_problems(config, document)
        if self.problems or config is None:
            raise ConfigError(tuple(sorted(set(self.problems))))
        warnings = {*literal_secrets(config, plain), *clear_addresses(config, document)}
        warnings |= {*effectless_keys(document), *other_weekends(config, document)}
        warnings |= set(half_set_incidents(config, document))
        return Loaded(config, tuple(sorted(warnings)), words, document, self.path, self.sources, plain)

    def _resolved(self, plain: Document, folder: Path) -> Document:
        data, missing = resolve(plain.data, self.sources, folder)
        self.problems += [plain.place(path).problem(text) for path, text in missing]
        return Document(data, dict(plain.values), dict(plain.keys))

    def _graft_mappings(self, document: Document) -> None:
        """Put the mapping files that syncs name where their names stand, so that all is one tree."""
        syncs = document.value(("syncs",))
        for index, sync in enumerate(syncs if isinstance(syncs, list) else []):
            name = sync.get("mapping") if isinstance(sync, dict) else None
            if isinstance(name, str) and not isinstance(name, Unresolved):
                path: KeyPath = ("syncs", index, "mapping")
                sync["mapping"] = self._mapping(Path(name).expanduser(), path, document)

    def _mapping(self, name: Path, path: KeyPath, document: Document) -> Any:
        file = Path(os.path.normpath(self.path.parent / name))
        if not file.is_file():
            self.problems.append(document.place(path).problem(f"there is no file {file}"))
            return Unresolved()
        try:
            inner = self._resolved(_read(file), file.parent)
        except ConfigError as error:
            self.problems += error.problems
            return Unresolved()
        document.graft(path, inner)
        return inner.data

    def _validated(self, document: Document) -> Config | None:
        context = Context(self.path.parent.absolute(), self.schemas)
        try:
            return Config.model_validate(document.data, context=context)
        except ValidationError as error:
            self.problems += problems_of(error.errors(), document, context)
            self._look_at_the_rest(document, error.errors())
            return None

    def _look_at_the_rest(self, document: Document, errors: Sequence[ErrorDetails]) -> None:
        """Wrong references between what is right in itself, so that they are not told one run later."""
        context = Context(self.path.parent.absolute(), self.schemas)
        try:
            rest = Config.model_validate(without_faults(document.data, errors), context=context)
        except ValidationError:  # too little is left to be looked at
            return
        self.problems += reference_problems(rest, document)

    def _with_people(self, config: Config, document: Document) -> Config:
        """The table of people with the rows of its file."""
        if config.people.file is None:
            return config
        try:
            rows = read_people(Path(config.people.file), config.connections.keys(), config.calendars.keys())
        except ConfigError as error:
            self.problems += error.problems
            return config
        people = config.people.model_copy(update={"map": (*config.people.map, *rows)})
        return config.model_copy(update={"people": people})


def _read(path: Path) -> Document:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError((Problem(str(path), 0, 0, f"{path} cannot be read: {error.strerror}"),)) from None
    return parse(text, str(path))


def find_config(given: str | None, environ: Mapping[str, str]) -> Path:
    """The main file: as given, else as SYNCD_CONFIG says, else the first default that exists. Raises ConfigError."""
    named = given or environ.get(VARIABLE)
    if named:
        return Path(named)
    for path in DEFAULT_PATHS:
        if path.is_file():
            return path
    looked = ", ".join(str(path) for path in DEFAULT_PATHS)
    raise ConfigError(
        (Problem("", 0, 0, f"no configuration: looked for {looked}; name one by --config or {VARIABLE}"),)
    )


def find_passed_over(found: Path) -> Path | None:
    """The configuration of this machine's service, where another one was found by default."""
    return next((path for path in INSTALLED if path.is_file() and not path.samefile(found)), None)
