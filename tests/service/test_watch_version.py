from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncd.checks.registry import CHECKS
from syncd.service import watch_version
from syncd.service.watching import watching_of
from tests.service.house import CONFIG, Servers

WORDS = "version: 1\nrules: [{theme: forms, reason: A form needs IT., words: [%s]}]\n"
SETTINGS = """
calendars: {de: {country: DE, region: BE}}
checks: {it-not-involved: {rules: [words.yaml]}}
report: {per_hour: 30}
"""

Version = Callable[..., str]


@pytest.fixture
def version_of(tmp_path: Path) -> Iterator[Version]:
    """The version of a configuration, with these words in its file of words."""
    servers = Servers()

    def version_of(settings: str = SETTINGS, *, config: str = CONFIG, words: str = "form") -> str:
        (tmp_path / "words.yaml").write_text(WORDS % words, encoding="utf-8")
        loaded = servers.load(tmp_path, config + settings)
        return watching_of(loaded, loaded.config.syncs[0]).version

    yield version_of
    servers.forget()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("rules: [words.yaml]", "rules: [words.yaml], settle_days: 9", id="a check"),
        pytest.param("region: BE", "region: BY", id="a region"),
        pytest.param("region: BE", "region: BE, closed: [2026-12-24]", id="a closed day"),
        pytest.param("per_hour: 30", "per_hour: 31", id="the report"),
        pytest.param("report:", "people: {map: [{desk: ann, calendar: de}]}\nreport:", id="a person's calendar"),
    ],
)
def test_what_people_may_see_of_the_settings_is_in_the_version(version_of: Version, old: str, new: str) -> None:
    assert version_of(SETTINGS.replace(old, new)) != version_of()


@pytest.mark.parametrize(
    "settings",
    [SETTINGS, "checks: {requirements-missing: {rules: [words.yaml], ask: [forms]}}"],
    ids=["words of IT's work", "words of a request"],
)
def test_words_are_in_the_version_and_the_name_of_their_file_is_not(
    version_of: Version, tmp_path: Path, settings: str
) -> None:
    assert version_of(settings, words="form, page") != version_of(settings)
    (tmp_path / "others.yaml").write_text(WORDS % "form", encoding="utf-8")
    assert version_of(settings.replace("words.yaml", "others.yaml")) == version_of(settings)


def test_a_departments_name_is_in_the_version_and_the_poll_is_not(version_of: Version) -> None:
    assert version_of(config=CONFIG.replace("project: WEB", "project: WEB, name: Web IT")) != version_of()
    assert version_of(config=CONFIG.replace("- name", "- poll: 5s\n    name")) == version_of()


def test_whether_fields_are_written_is_in_the_version(version_of: Version) -> None:
    assert version_of(config=CONFIG.replace("- name", "- mode: report\n    name")) != version_of()


def test_another_default_of_a_check_is_in_the_version(version_of: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    before, known = version_of(), CHECKS["stalled"]
    options = tuple(replace(each, default=7) if each.name == "after_days" else each for each in known.options)
    monkeypatch.setitem(CHECKS, "stalled", replace(known, options=options))  # as a newer package may have it
    assert version_of() != before


def test_another_version_of_the_holidays_library_counts_when_the_days_differ(
    version_of: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, known = version_of(), watch_version.holidays_of
    monkeypatch.setattr(
        watch_version, "holidays_of", lambda *of: {day: name.upper() for day, name in known(*of).items()}
    )
    assert version_of() == before
    monkeypatch.setattr(watch_version, "holidays_of", lambda *of: dict(list(known(*of).items())[:-1]))
    assert version_of() != before
