"""Questions about many items at once, asked again item by item when one of them makes all of them fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from syncd.engine.trouble import WHOLE_CONNECTION
from syncd.model.errors import ConnectorError
from syncd.model.items import ItemId

T = TypeVar("T")

MOST_FAILED: Final = 3
"""So many that fail alone, one after the other, and the rest has to wait: it may be the system, not the items."""


def ask_singly(
    ask: Callable[[Sequence[ItemId]], T], ids: Sequence[ItemId]
) -> Iterator[tuple[Sequence[ItemId], T | ConnectorError]]:
    """The answer about all of these; when that is an error, an answer or error about each.

    Those that are not named in any answer were not asked about (`MOST_FAILED`). Raises only what concerns a whole
    connection.
    """
    if not ids:
        return
    answer = _answer(ask, ids)
    if not isinstance(answer, ConnectorError) or len(ids) == 1:
        yield ids, answer
        return
    failed = 0
    for each in ids:
        answer = _answer(ask, [each])
        yield [each], answer
        failed = failed + 1 if isinstance(answer, ConnectorError) else 0
        if failed == MOST_FAILED:
            return


def _answer(ask: Callable[[Sequence[ItemId]], T], ids: Sequence[ItemId]) -> T | ConnectorError:
    try:
        return ask(ids)
    except WHOLE_CONNECTION:
        raise
    except ConnectorError as error:
        return error
