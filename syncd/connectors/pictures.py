"""Attached pictures within texts: which file of an item a picture in a text means. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from syncd.connectors.richtext import NO_REFS, Refs
from syncd.model.attachments import Attachment
from syncd.model.file_names import clean_name
from syncd.model.richtext import Image

PICTURE: Final = re.compile(r"\.(?:bmp|gif|jpe?g|jpe|png|webp)$", re.IGNORECASE)
"""Names of files that are shown within a text; Redmine goes by these endings (`InlineAttachments`, 5.0.4)."""


def refs_of(pictures: Mapping[str, str]) -> Refs:
    """What a text can point at: the files of its item, by what other texts call them, see `Project.pictures`.

    A picture that points at one of them already goes on doing so, for not every format keeps its name.
    """
    known = frozenset(pictures.values())

    def ref_of(image: Image) -> str | None:
        if image.ref in known:
            return image.ref
        return pictures.get(image.ref) or pictures.get(clean_name(image.name))

    return Refs(image=ref_of) if pictures else NO_REFS


def newest_by_name(attachments: Iterable[Attachment], ref_of: Callable[[Attachment], str]) -> dict[str, str]:
    """Cleaned name → how a text points at the newest file of that name; a file that `ref_of` has "" for is none."""
    oldest_first = sorted(attachments, key=lambda one: one.created_at)
    return {clean_name(one.name): ref for one in oldest_first if (ref := ref_of(one))}
