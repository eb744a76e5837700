"""Names of files: whatever people, or somebody worse, call one, it does no harm on the other side."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.file_names import MOST_BYTES, clean_name, likeness

NASTY = st.text(st.sampled_from('ab.\\/"\r\n\u202e\u200b\u2028 :|*?<>éß🎉\ud800') | st.characters(), max_size=300)


@given(NASTY)
def test_a_clean_name_is_one_harmless_line_and_stays_as_it_is(name: str) -> None:
    clean = clean_name(name)
    assert clean
    assert len(clean.encode()) <= MOST_BYTES
    assert not set(clean) & set('/\\"<>:|?*\r\n\t')
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in clean)
    assert clean == clean.strip(" .")
    assert clean_name(clean) == clean


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=400), st.sampled_from(["png", "tar.gz"]))
def test_the_ending_stays(stem: str, ending: str) -> None:
    assert clean_name(f"{stem}.{ending}").endswith(f".{ending}"[-4:] if ending == "png" else ".gz")


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Brief – final (2).pdf", "Brief – final (2).pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\Users\\a.txt", "C__Users_a.txt"),
        ('a"; filename="b.exe', "a'; filename='b.exe"),
        ("a.png\r\nX-Evil: 1", "a.png X-Evil_ 1"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("...", "file"),
        ("", "file"),
        (".htaccess", "htaccess"),
        ("CON.txt", "_CON.txt"),
        ("com1", "_com1"),
        ("console.log", "console.log"),
        ("run.exe. . ", "run.exe"),
    ],
)
def test_names_as_people_and_others_write_them(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_likeness_survives_what_systems_make_of_a_name() -> None:
    assert likeness("Übersicht (1) final.PDF") == likeness("Ubersicht__1__final.pdf")
    assert likeness("a1.pdf") != likeness("a2.pdf")
