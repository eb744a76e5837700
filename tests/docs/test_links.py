"""Where pages lead to is there, and every page can be found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, anchors, codes, links, text_of


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for target in links(page):
        path, _, anchor = target.partition("#")
        other = (page.parent / path).resolve() if path else page
        assert other.exists(), target
        assert not anchor or anchor in anchors(other), target


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_files_named_in_the_text_are_there(page: Path) -> None:
    """Paths in backticks count from the page, from `docs/`, or from the root of the repository."""
    for code in codes(page):
        if not re.fullmatch(r"[\w.-]+\.md|[\w.-]+(/[\w.-]+)+\.\w+|([\w.-]+/)+", code) or re.search(
            "NAME|secrets", code
        ):
            continue
        places = [folder / code for folder in (page.parent, DOCS, ROOT, ROOT / "syncd", ROOT / "syncd" / "checks")]
        assert any(place.exists() for place in places), code


def test_every_page_is_named_somewhere_else() -> None:
    lonely = [
        named(page)
        for page in DOCS.glob("*.md")
        if not any(page.name in text_of(other) for other in PAGES if other != page)
    ]
    assert lonely == []


def test_every_decision_record_has_a_date_and_a_status() -> None:
    for page in (DOCS / "adr").glob("[0-9]*.md"):
        assert re.search(r"^- Status: (proposed|accepted|superseded by \d{3})", text_of(page), re.M), page.name
        assert re.match(rf"# {page.name[:3].replace('000', 'NNN')}: ", text_of(page)), page.name
