"""Reading YAML with places."""

from __future__ import annotations

import json
import re
from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from syncd.config.yaml import Document, core_value, parse
from syncd.model.errors import ConfigError


def read(text: str | bytes) -> Document:
    return parse(text.encode() if isinstance(text, str) else text, "f.yaml")


def complaints(text: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def test_words_and_numbers_keep_their_spelling() -> None:
    data = read("{a: on, b: no, c: 12:30, d: 1.10, e: 0123, f: 2026-03-04, g: 'x', h: 1_000}").data
    assert list(data.values()) == ["on", "no", "12:30", "1.10", "0123", "2026-03-04", "x", "1_000"]


@pytest.mark.parametrize("text", ["~", "null", "Null", "NULL", ""])
def test_only_these_are_nothing(text: str) -> None:
    assert read(f"a: {text}").data == {"a": None}


def test_without_a_schema_the_core_schema_of_yaml_1_2_decides() -> None:
    data = core_value(read("[12, -1, 1.5, 1e3, true, False, on, yes, 12:30, 2026-03-04, '12', x]").data)
    assert data == [12, -1, 1.5, 1000.0, True, False, "on", "yes", "12:30", "2026-03-04", "12", "x"]


def test_every_key_and_value_has_its_place() -> None:
    document = read("a:\n  b: [x, {c: 'ü'}]\n")
    assert document.key_place(("a", "b")).column == 3
    assert (document.place(("a", "b", 1, "c")).line, document.place(("a", "b", 1, "c")).column) == (2, 14)


def test_a_path_that_is_not_in_the_file_stands_where_its_block_stands() -> None:
    document = read("x: 1\na:\n  b: 2\n")
    assert document.place(("a", "z", 3)).line == 3


def test_merged_blocks_keep_the_places_of_what_they_merge() -> None:
    document = read("base: &b\n  x: 1\n  y: 2\nc:\n  <<: *b\n  y: 3\n")
    assert document.data["c"] == {"x": "1", "y": "3"}
    assert document.place(("c", "x")).line == 2
    assert document.place(("c", "y")).line == 6


def test_of_several_merged_blocks_the_first_wins() -> None:
    assert read("{a: &a {x: 1}, b: &b {x: 2, y: 3}, c: {<<: [*a, *b]}}").data["c"] == {"x": "1", "y": "3"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", ["f.yaml:3:1: 'a' is given twice, first in line 1"]),
        ("a: {x: 1, x: 2}\nb: 1\nb: 1", ["f.yaml:1:11: 'x' is given twice, first in line 1",
                                         "f.yaml:3:1: 'b' is given twice, first in line 2"]),
        ("", ["f.yaml:1:1: the file is empty"]),
        ("# nothing\n", ["f.yaml:1:1: the file is empty"]),
        ("a: !secret x", ["f.yaml:1:4: tags such as !secret are not used here"]),
        ("? [a, b]\n: 1", ["f.yaml:1:3: a key must be a word or a text"]),
        ("a: {<<: 3}", ["f.yaml:1:9: '<<' takes a block of keys or a list of such blocks"]),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_place(text: str, expected: list[str]) -> None:
    assert sorted(complaints(text)) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a:\n\tb: 1\n", "f.yaml:2:1: not valid YAML"),
        ("a: [1, 2", "f.yaml:2:1: not valid YAML"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: not valid YAML"),
        (b"a: \xff\xfe", "f.yaml:1:1: not a YAML text in UTF-8"),
        ("a: \x00", "f.yaml:1:1: not a YAML text in UTF-8"),
    ],
)
def test_what_is_no_yaml_is_one_problem(text: str | bytes, place: str) -> None:
    (complaint,) = complaints(text)
    assert complaint.startswith(place)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert read(b"\xef\xbb\xbfa: 1").data == {"a": "1"}


def test_a_billion_laughs_are_cut_short() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    (complaint,) = complaints("\n".join(lines))
    assert "more than 100,000 values" in complaint


@pytest.mark.parametrize(
    "text", ["a: &x [*x]", "a: &x {b: *x}", "a: &x {<<: *x}", "[" * 60 + "]" * 60, "[" * 100_000, "{a: " * 5_000]
)
def test_what_contains_itself_or_goes_too_deep_ends_in_a_message(text: str) -> None:
    assert any("nested deeper" in complaint for complaint in complaints(text))


LETTERS = st.characters(codec="utf-8", max_codepoint=0xFFFF, categories=("L", "N", "P", "Zs"))
KEYS = st.text("abcxyz-", min_size=1)
NUMBER_IN_1_2_ONLY = re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?|0o[0-7]+")  # "08", "0E0": PyYAML leaves them plain
TEXTS = st.text(LETTERS).filter(lambda text: not NUMBER_IN_1_2_ONLY.fullmatch(text))
PLAIN = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXTS
DATA = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)


@given(st.dictionaries(KEYS, DATA, min_size=1, max_size=5))
def test_what_was_dumped_is_loaded_again(data: dict[str, object]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    # PyYAML writes YAML 1.1: words that only 1.1 takes for something else are quoted by it, and quotes mean text.
    assert core_value(read(text).data) == data


@given(st.dictionaries(st.text(LETTERS, min_size=1), DATA))
def test_json_is_yaml(data: dict[str, object]) -> None:
    text = json.dumps(data)
    assert core_value(read(text).data) == json.loads(text)


@given(st.binary(max_size=200))
def test_any_bytes_end_in_data_or_in_a_config_error(text: bytes) -> None:
    with suppress(ConfigError):
        read(text)
