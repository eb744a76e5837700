"""Whatever order reads arrive in, a snapshot never goes backwards."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.model.items import Item
from syncd.store.open import SqlStore
from tests.store.examples import ISSUES, IT, WEB, at, issue, item, poll

reads = st.builds(
    lambda title, minute, is_exact: item(issue(1), title, minute=minute, is_exact=is_exact),
    st.sampled_from(["A", "B", "C"]),
    st.integers(0, 3),
    st.booleans(),
)
pages = st.lists(st.lists(reads, min_size=1, max_size=3), min_size=1, max_size=6)


def expected(known: Item | None, read: Item) -> Item:
    """The rule of the port, in words of its own."""
    if known is None or read.updated_at > known.updated_at:
        return read
    if read.updated_at < known.updated_at:
        return known
    if replace(read, is_exact=known.is_exact) == known:
        return replace(known, is_exact=known.is_exact or read.is_exact)
    return known if known.is_exact and not read.is_exact else read


@settings(deadline=None, max_examples=60)
@given(pages)
def test_a_snapshot_never_goes_backwards(empty_store: SqlStore, pages: list[list[Item]]) -> None:
    store = empty_store.scratch()
    try:
        known: Item | None = None
        for page in pages:
            before = known
            for read in page:
                known = expected(known, read)
            news = poll(store, *page)
            stored = store.feeds.read_items([issue(1)])[issue(1)]
            assert stored == known
            assert before is None or stored.updated_at >= before.updated_at
            if before is not None and news:
                assert any(replace(read, is_exact=before.is_exact) != before for read in page)
            assert news or before is None or replace(stored, is_exact=before.is_exact) == before
    finally:
        store.close()


@settings(deadline=None, max_examples=30)
@given(st.lists(reads, min_size=1, max_size=5))
def test_reading_the_same_again_is_never_news(empty_store: SqlStore, reads: list[Item]) -> None:
    store = empty_store.scratch()
    try:
        store.feeds.record_items(ISSUES, {WEB: IT}, reads, at(0))
        kept = store.feeds.read_items([issue(1)])[issue(1)]
        assert store.feeds.record_items(ISSUES, {WEB: IT}, [kept], at(0)) == 0
    finally:
        store.close()
