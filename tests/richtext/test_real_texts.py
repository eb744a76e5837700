"""Texts of real issues through all formats: every eighth, or all with SYNCD_ALL_TEXTS=1.

Needs the shared data beside the repository or where SYNCD_SHARED says; the rest of the suite does not.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from syncd.connectors.richtext import FORMATS, project, read_wiki, render_adf, render_asana
from tests.richtext.test_adf import check as check_adf
from tests.richtext.test_asana_html import PROFILES
from tests.richtext.test_asana_html import check as check_asana

SHARED = Path(os.environ.get("SYNCD_SHARED") or Path(__file__).parents[3] / "shared")
EVERY = 1 if os.environ.get("SYNCD_ALL_TEXTS") else 8
FILES = sorted((SHARED / "issues").glob("*.csv.gz"))


def descriptions(file: Path) -> Iterator[str]:
    csv.field_size_limit(10_000_000)
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["description"] not in ("", "NULL"):
                yield row["description"]


@pytest.mark.skipif(not FILES, reason="no shared issue texts here (SYNCD_SHARED)")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_real_descriptions_are_valid_and_stable_everywhere(file: Path) -> None:
    for source in islice(descriptions(file), 0, None, EVERY):
        doc = read_wiki(source)
        check_adf(render_adf(doc))
        for profile in PROFILES:
            check_asana(render_asana(doc, profile), profile)
        for name in FORMATS:
            shown = project(doc, name)
            assert project(shown, name) == shown, (name, source)
