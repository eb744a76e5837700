"""What waits of copied comments and files, in the words in which the checks know what waits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from syncd.model.links import Hold, LinkId, Pair, RuleKey
from syncd.model.storage import Store

ADVICE: Final = "If it matters now, tell {other} yourself. Everything else stays in step meanwhile."


def holds_of(store: Store, link: LinkId, config_version: str) -> Iterator[Hold]:
    """What waits of a link's comments and files, as the checks know what waits."""
    nothing = Pair(None, None)
    for mirror in store.mirrors.read(link):
        if mirror.reason:
            rule = RuleKey(f"comment {mirror.original}")
            yield Hold(rule, "rejected", mirror.reason, nothing, config_version, ADVICE, mirror.side.other)
    for file in store.mirrors.read_files(link):
        if file.reason:
            rule = RuleKey(f"file {file.original}")
            yield Hold(rule, "rejected", file.reason, nothing, config_version, ADVICE, file.side.other)
    look = store.mirrors.read_look(link)
    if look is not None and look.problem:
        yield Hold(RuleKey("comments"), "comments", look.problem, nothing, config_version, ADVICE)
