from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.sqlite.pysqlite import dialect

from syncd.model.items import Signs
from syncd.model.links import Pair
from syncd.model.storage import Store
from syncd.model.values import Person, UserId
from syncd.store.codec import pack, pack_pair, unpack, unpack_pair
from syncd.store.types import UtcDateTime
from tests.store.examples import issue, item, poll

text = st.text(st.characters(exclude_categories=()), max_size=300)  # lone surrogates and NUL among them
json_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(text, inner, max_size=5),
    max_leaves=20,
)
values = (
    st.none() | text | st.floats(allow_nan=False) | st.dates() | st.frozensets(text, max_size=4)
    | st.builds(Person, st.builds(UserId, text), text)
)  # fmt: skip


@given(json_data)
def test_packed_data_comes_back_as_it_was(data: Any) -> None:
    assert unpack(pack(data)) == data


def test_equal_data_is_packed_equally_whatever_the_order_of_keys() -> None:
    assert pack({"a": 1, "b": "x" * 500}) == pack({"b": "x" * 500, "a": 1})


@given(values, values)
def test_a_pair_comes_back_as_it_was(marketing: Any, it: Any) -> None:
    assert unpack_pair(pack_pair(Pair(marketing, it))) == Pair(marketing, it)
    assert unpack_pair(pack_pair(Pair(it, it))) == Pair(it, it)


def test_equal_texts_of_a_pair_are_stored_once() -> None:
    one = bytes(range(33, 127)).decode() * 2
    assert len(pack_pair(Pair(one, one))) < len(pack_pair(Pair(one, one[::-1])))


@pytest.mark.parametrize("signs", [Signs(), Signs(flag=""), Signs("Impediment", frozenset({"is reviewed by"}))])
def test_signs_come_back_as_they_were(store: Store, signs: Signs) -> None:
    shown = item(issue(1), signs=signs)
    poll(store, shown)
    assert store.feeds.read_items([shown.ref])[shown.ref].signs == signs


def test_an_instant_is_stored_in_utc_and_a_naive_one_is_refused() -> None:
    column, sqlite = UtcDateTime(), dialect()
    berlin = datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=1)))
    bound = column.process_bind_param(berlin, sqlite)
    assert bound == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert bound is not None
    assert column.process_result_value(bound.replace(tzinfo=None), sqlite) == berlin
    with pytest.raises(ValueError, match="without a zone"):
        column.process_bind_param(datetime(2026, 3, 2), sqlite)
    assert column.process_bind_param(None, sqlite) is None
    assert column.process_result_value(None, sqlite) is None
