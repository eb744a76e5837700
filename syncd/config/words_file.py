"""Reading files of words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from syncd.config.messages import nearest, problems_of
from syncd.config.schema import Checks, Config
from syncd.config.schema.base import Context
from syncd.config.schema.words import WordFile, WordRuleConfig
from syncd.config.yaml import Document, KeyPath, parse
from syncd.model.errors import ConfigError, Problem

Words = dict[str, tuple[WordRuleConfig, ...]]
"""The rules of files, by path."""

REQUESTS: Final = "request-words.yaml"
_REQUIREMENTS: Final = "requirements-missing"
_NAMING: Final = ("it-not-involved", _REQUIREMENTS)
"""The checks whose settings name files of words, as `rules`."""
_SHIPPED: Final = Path(__file__).parent / "shipped"


def shipped(name: str) -> Path:
    """A file of words that comes with the package, and that `mappings/` of the repository shows too."""
    return _SHIPPED / name


def read_words(path: Path) -> tuple[WordRuleConfig, ...]:
    """The rules of one file. Raises ConfigError with all its problems."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError((Problem(str(path), 0, 0, f"{path} cannot be read: {error.strerror}"),)) from None
    document = parse(text, str(path))
    context = Context(path.parent)
    try:
        return WordFile.model_validate(document.data, context=context).rules
    except ValidationError as error:
        raise ConfigError(tuple(problems_of(error.errors(), document, context))) from None


def read_named_words(config: Config, document: Document) -> tuple[Words, tuple[Problem, ...]]:
    """The rules of every file that a check of any sync names, and what is wrong with them."""
    words: Words = {}
    problems: list[Problem] = []
    places = list(_places(config))
    for path, checks in places:
        for code in _NAMING:
            problems += _read_missing(checks.set_options(code).get("rules", ()), (*path, code), document, words)
    for path, checks in places:
        problems += _unknown_points(path, checks, config.checks, document, words)
    return words, tuple(problems)


def _places(config: Config) -> Iterator[tuple[KeyPath, Checks]]:
    yield ("checks",), config.checks
    for index, sync in enumerate(config.syncs):
        yield ("syncs", index, "checks"), sync.checks


def _read_missing(names: Iterable[str], path: KeyPath, document: Document, words: Words) -> Iterator[Problem]:
    """Read the named files that were not read yet."""
    for index, name in enumerate(names):
        if not Path(name).is_file():
            yield document.place((*path, "rules", index)).problem(f"there is no file {name}")
        elif name not in words:
            words[name] = ()
            try:
                words[name] = read_words(Path(name))
            except ConfigError as error:
                yield from error.problems


def _unknown_points(
    path: KeyPath, checks: Checks, general: Checks, document: Document, words: Mapping[str, tuple[WordRuleConfig, ...]]
) -> Iterator[Problem]:
    """What a request is asked for has to be a theme of the words by which it is seen."""
    if not checks.requirements_missing.model_fields_set & {"ask", "rules"}:
        return
    check = checks.over(general).requirements_missing
    rules = [words.get(name, ()) for name in check.rules] or [read_words(shipped(REQUESTS))]
    known = {rule.theme for each in rules for rule in each}
    for index, name in enumerate(check.ask if known else ()):
        if name not in known:
            message = f"no rule for what a request says has the theme {name!r}; {nearest(name, known)}"
            yield document.place((*path, _REQUIREMENTS, "ask", index)).problem(message)
