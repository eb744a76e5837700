"""Pictures within texts: where both sides have a file, a text that shows it on one shows it on the other too.

A text crosses before its files do: at first a picture is a link or a name. Once both sides have the file, the text is
written anew, if nobody has edited it since. From then on every plan and write of the pair knows how each side points at
the file, or an edit elsewhere in the text would lose the picture again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from syncd.engine.context import Around, Party, SyncContext
from syncd.model.attachments import Attachment, AttachmentConnector, PictureConnector
from syncd.model.file_names import clean_name
from syncd.model.files import FileMirror
from syncd.model.items import Item, Project, Side
from syncd.model.links import PICTURE, Hold, LinkId, Pair
from syncd.model.mirrors import MirrorState
from syncd.model.ports import Clock
from syncd.model.records import LinkRecord, Settlement
from syncd.model.richtext import Doc, Image, all_inlines
from syncd.model.storage import LinkStore, Store
from syncd.model.values import Value

COPIED: Final = "a picture that it shows was copied"


class Pictures:
    """How the texts of one sync's pairs point at files that both sides have."""

    def __init__(self, context: SyncContext, store: Store) -> None:
        self._context = context
        self._store = store

    def around(self, record: LinkRecord, links: LinkStore) -> Around:
        """What the lenses may ask about this pair."""
        placed = self._placed(record)
        parties = {side: self._party(side, placed) for side in Side}
        return Around(parties, self._context.people, links)

    def project(self, side: Side, record: LinkRecord) -> Project:
        """The project of a side, as its texts of this pair are written."""
        return self._party(side, self._placed(record)).project

    def _placed(self, record: LinkRecord) -> tuple[FileMirror, ...]:
        """The files that both sides have and know how to point at; none where no text shows any."""
        if self._context.mapping.files is None or not any(shown_in(item) for item in (record.marketing, record.it)):
            return ()
        known = self._store.mirrors.read_files(record.link.id)
        return tuple(each for each in known if each.state is MirrorState.ACTIVE and each.places)

    def _party(self, side: Side, placed: Sequence[FileMirror]) -> Party:
        party = self._context.parties[side]
        refs = {key: each.places[side] for each in placed if each.places and each.places[side] for key in _keys(each)}
        return replace(party, project=replace(party.project, pictures=refs)) if refs else party


class Placing:
    """Finds out how both sides point at files that were copied, and has the texts that show them written anew."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._clock = clock

    def place(self, record: LinkRecord, items: Mapping[Side, Item]) -> None:
        """One pair, after its files were looked at. Raises what connectors raise; nothing is noted then."""
        shown = frozenset[str]().union(*(shown_in(item) for item in items.values()))
        files = [each for each in self._new(record, items) if shown & _keys(each)] if shown else []
        if not files:
            return
        refs = {side: self._refs(side, record, files) for side in Side}
        placed = tuple(
            replace(each, places={side: refs[side].get(each.name, "") for side in Side}) for each in files
        )  # fmt: skip
        held = tuple(self._texts_to_write(record.link.id, placed))
        self._store.links.settle(record.link.id, Settlement(files=placed, held=held), self._clock.now())
        if held:
            self._store.work.mark(self._context.name, Side.MARKETING, [record.link.marketing])

    def _new(self, record: LinkRecord, items: Mapping[Side, Item]) -> Iterator[FileMirror]:
        if len(items) == len(Side):
            known = self._store.mirrors.read_files(record.link.id)
            yield from (each for each in known if each.places is None and each.id and each.state is MirrorState.ACTIVE)

    def _refs(self, side: Side, record: LinkRecord, files: Sequence[FileMirror]) -> Mapping[str, str]:
        """Cleaned name → how the texts of a side point at the file; what has no place there is missing."""
        party, id_ = self._context.parties[side], record.link.ref(side).id
        connector = party.connector
        if not isinstance(connector, PictureConnector) or not isinstance(connector, AttachmentConnector):
            return {}
        wanted = {each.original if each.side is side else each.id for each in files}
        found: Sequence[Attachment] = connector.fetch_attachments(party.project, [id_]).get(id_, ())
        return connector.picture_refs(party.project, [each for each in found if each.id in wanted])

    def _texts_to_write(self, link: LinkId, placed: Sequence[FileMirror]) -> Iterator[Hold]:
        """The texts that show a placed picture on its side, where both sides are still as they were agreed."""
        record = self._store.links.read(link)
        if record is None or record.marketing is None or record.it is None:
            return
        for rule in self._context.mapping.rules:
            pair = Pair(record.marketing.fields.get(rule.marketing), record.it.fields.get(rule.it))
            for side in Side:
                can_show = (each for each in placed if each.side is side and each.places and each.places[side.other])
                keys = frozenset[str]().union(*map(_keys, can_show))
                is_agreed = record.baseline.get(rule.key) == pair and rule.key not in record.holds
                if is_agreed and rule.writes_to(side.other) and keys & _shown(pair.on(side)):
                    yield Hold(rule.key, PICTURE, COPIED, pair, self._context.mapping.config_version, side=side)


def shown_in(item: Item | None) -> frozenset[str]:
    """What the texts of an item call the pictures and files that they show: cleaned names, and ids on its system."""
    return frozenset[str]().union(*map(_shown, item.fields.values())) if item is not None else frozenset()


def _shown(value: Value) -> frozenset[str]:
    if not isinstance(value, Doc):
        return frozenset()
    images = [each for each in all_inlines(value.blocks) if isinstance(each, Image)]
    return frozenset(key for each in images for key in (clean_name(each.name), each.ref) if key)


def _keys(file: FileMirror) -> frozenset[str]:
    """What a text may call a file, on whichever side: not every system tells its name in a text."""
    places = file.places.values() if file.places is not None else ()
    return frozenset(key for key in (file.name, file.original, file.id, *places) if key)
