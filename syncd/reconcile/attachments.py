"""Which files cross, which copies go with their originals. Pure: the table below is the code.

Called by the engine for a twin whose items changed, with the files of the sides that were read. What was not read, or
may not be read, is unknown: nothing follows from it. Absence is believed on the second look only. A file never changes:
one that people replace is gone, and another one is there.

A file that has a copy, or a line in its place (the first row that fits counts):

| | original | copy | outcome |
|---|---|---|---|
| 1 | its item got a security level | put there by syncd | taken away at once |
| 2 | not all may see it any more | put there by syncd | taken away at once |
| 3 | gone, also on a second look | put there by syncd | taken away |
| 4 | as in 1 to 3 | put there by people, or gone, or replaced by people | nothing is written |
| 5 | unknown: not read, or not permitted | any | nothing |
| 6 | there | gone, also on a second look | declined: never made again |
| 7 | there | there, or a line | nothing |

A file without a copy:

| | file | outcome |
|---|---|---|
| 8 | ours, of the name and size of one on the other side that has no copy this store knows | its copy from now on |
| 9 | put there by syncd | nothing: what syncd wrote never comes back |
| 10 | declined by a person | nothing |
| 11 | not all may see it, or one of the two items is behind a security level | stays where it is |
| 12 | of a type that is not wanted, or the direction is not wanted | stays |
| 13 | older than the pairing of two items that both existed | stays |
| 14 | refused by the other system, under the same configuration | waits, with a finding |
| 15 | a link to a file elsewhere, or too large | a line that leads to it |
| 16 | people put one of the same name and size on the other side | read: paired if it is the very same, else 17 |
| 17 | any other; also one that was taken away and may be shared again | copied; of several the oldest first |
| 18 | any other, but so many within an hour that an automation seems to answer the copies | waits, with a finding |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from syncd.mapping.attachments import FileRules
from syncd.model.attachments import Attachment, AttachmentId
from syncd.model.file_names import clean_name, likeness
from syncd.model.files import AttachFile, DetachFile, FileMirror, FileNote, FileOperation, FilePlan, TellOfFile
from syncd.model.items import Item, Side
from syncd.model.links import LinkId
from syncd.model.mirrors import MirrorState

MOST_AN_HOUR: Final = 50
"""Copies of files that are themselves younger than an hour, from one item: more than people choose at once."""
HOUR: Final = timedelta(hours=1)
RESTRICTED: Final = "not everybody may see the original any more"
LEVEL: Final = "its ticket is behind a security level now"
VANISHED: Final = "the original was deleted"
TOO_LARGE: Final = "too large to copy"
ELSEWHERE: Final = "a link"

_SETTLED: Final = frozenset({MirrorState.ACTIVE, MirrorState.DECLINED})


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a link's two items, as far as they are known.

    `items`: the snapshots; one that a plan is made for before its counterpart exists stands alone. `files`: by side,
    oldest first; a side that was not read is missing, one whose files we may not read is None. `twice`: sides that were
    read a second time. `known`: the copies so far. `most`: bytes that the system of a side takes, where it says
    so. `since`: files from before do not cross, None = all do. `is_new`: nothing was looked at under this configuration
    yet.
    """

    link: LinkId
    items: Mapping[Side, Item]
    files: Mapping[Side, tuple[Attachment, ...] | None]
    known: tuple[FileMirror, ...] = ()
    twice: frozenset[Side] = frozenset()
    most: Mapping[Side, int] = field(default_factory=dict)
    since: datetime | None = None
    is_new: bool = True

    @property
    def is_restricted(self) -> bool:
        """Whether one of the two items is behind a security level."""
        return any(item.is_restricted for item in self.items.values())

    def find(self, side: Side, id_: AttachmentId | None) -> Attachment | None:
        """A file that was read."""
        return next((each for each in self.files.get(side) or () if each.id == id_), None)


def plan_files(folder: Folder, rules: FileRules, now: datetime) -> FilePlan:
    """What would bring the files of two items in step; see the table."""
    planner = _Planner(folder, rules, now)
    planner.recognise()
    for mirror in planner.known.values():
        planner.follow(mirror)
    for side in Side:
        planner.copy_new(side)
    return planner.plan()


@dataclass(slots=True)
class _Planner:
    """One plan on its way."""

    folder: Folder
    rules: FileRules
    now: datetime
    known: dict[tuple[Side, AttachmentId], FileMirror] = field(default_factory=dict)
    copies: set[tuple[Side, AttachmentId]] = field(default_factory=set)
    operations: list[FileOperation] = field(default_factory=list)
    new: list[AttachFile | TellOfFile] = field(default_factory=list)
    settled: dict[tuple[Side, AttachmentId], FileMirror] = field(default_factory=dict)
    notes: list[FileNote] = field(default_factory=list)
    needs: set[Side] = field(default_factory=set)
    losses: int = 0
    problem: str = ""

    def plan(self) -> FilePlan:
        """All of it; the oldest files first."""
        return FilePlan(
            (*self.operations, *sorted(self.new, key=lambda each: each.original.created_at)),
            tuple(self.settled.values()),
            tuple(self.notes),
            self.losses,
            frozenset(self.needs & self.folder.items.keys()),
            self.problem,
        )

    # copies that this store does not know

    def recognise(self) -> None:
        """Row 8: an earlier store made these copies, or a write that was given up took effect in the end."""
        for mirror in self.folder.known:
            self._know(mirror)
        for side in Side:
            for copy in self.folder.files.get(side) or ():
                if not copy.is_ours or self._is_known(side, copy):
                    continue
                original = next((o for o in self._alike(side.other, copy) if not self._is_known(side.other, o)), None)
                if original is None or (original.is_ours and original.created_at > copy.created_at):
                    continue
                name, is_ours = clean_name(original.name), not original.is_ours
                self._settle(FileMirror(self.folder.link, side.other, original.id, name, id=copy.id, is_ours=is_ours))

    # copies that are there

    def follow(self, mirror: FileMirror) -> None:
        """Rows 1 to 7, and what waits for nothing any more."""
        original = self.folder.find(mirror.side, mirror.original)
        is_read = self.folder.files.get(mirror.side) is not None
        if mirror.state is MirrorState.REFUSED:
            is_gone = is_read and original is None and self._is_sure(mirror.side)
            if is_gone or (original is not None and not self.rules.is_wanted(original)):
                self._settle(replace(mirror, state=MirrorState.WITHDRAWN, reason=""))
        elif mirror.state is MirrorState.ACTIVE:
            cause = self._why_take_away(mirror, original)
            if cause is not None:
                self._take_away(mirror, cause)
            elif is_read and original is None:
                if self._is_sure(mirror.side):
                    self._take_away(mirror, VANISHED, is_loss=True)
            else:
                self._decline(mirror)

    def _why_take_away(self, mirror: FileMirror, original: Attachment | None) -> str | None:
        item = self.folder.items.get(mirror.side)
        if item is not None and item.is_restricted:
            return LEVEL
        return RESTRICTED if original is not None and original.is_restricted else None

    def _take_away(self, mirror: FileMirror, cause: str, *, is_loss: bool = False) -> None:
        to = mirror.side.other
        if mirror.is_ours and mirror.line is None and to not in self.folder.files:
            self.needs.add(to)
        elif not mirror.is_ours or self._is_copy_gone(mirror):
            self._settle(replace(mirror, state=MirrorState.WITHDRAWN, reason=""))
        else:
            self.operations.append(DetachFile(to, mirror, cause, is_loss))
            self.losses += is_loss

    def _is_copy_gone(self, mirror: FileMirror) -> bool:
        """Whether the copy was looked for and is not there; to take away what is gone does no harm."""
        to = mirror.side.other
        return mirror.line is None and self.folder.files.get(to) is not None and not self.folder.find(to, mirror.id)

    def _decline(self, mirror: FileMirror) -> None:
        """Rows 6 and 7."""
        to = mirror.side.other
        if self._is_copy_gone(mirror) and self._is_sure(to):
            self.losses += 1
            self._settle(replace(mirror, state=MirrorState.DECLINED, reason=""))
            cause = f"{mirror.name}: somebody deleted the copy, it stays away"
            self.notes.append(FileNote("decline", to, cause, mirror.name))

    def _is_sure(self, side: Side) -> bool:
        """Whether absence on a side may be believed; else it is read again first."""
        if side not in self.folder.twice:
            self.needs.add(side)
        return side in self.folder.twice

    # files without a copy

    def copy_new(self, side: Side) -> None:
        """Rows 9 to 18, for the files of one side."""
        to, files = side.other, self.folder.files.get(side)
        if to not in self.rules.to or self.folder.is_restricted or not files:
            return
        wanted = [file for file in files if self._is_to_be_copied(file, side)]
        if wanted and to in self.folder.items and to not in self.folder.files:
            self.needs.add(to)  # an earlier store, or people, may have put them there
            return
        room = MOST_AN_HOUR - sum(self._is_young(each) for each in files if self._is_active(side, each))
        for file in wanted:
            room -= self._is_young(file)
            if room < 0 and self._is_young(file):
                self.problem = (
                    f"More than {MOST_AN_HOUR} files in an hour: an automation on one of the two sides probably "
                    "answers what is copied. The rest follows later."
                )
                return
            self._carry_over(file, to)

    def _carry_over(self, file: Attachment, to: Side) -> None:
        """Rows 15 to 17."""
        most = min(self.rules.max_size, self.folder.most.get(to, self.rules.max_size))
        why = ELSEWHERE if not file.source else TOO_LARGE if file.size is not None and file.size > most else ""
        if not why:
            self.new.append(AttachFile(to, file, clean_name(file.name), most, self._perhaps_the_same(file, to)))
        else:
            self.new.append(TellOfFile(to, file, clean_name(file.name), why))

    def _perhaps_the_same(self, file: Attachment, to: Side) -> tuple[Attachment, ...]:
        """Row 16; also the file that this one was paired with before it was restricted for a while."""
        before = self.known.get((to.other, file.id))
        alike = [each for each in self._alike(to, file) if each.source]
        return tuple(e for e in alike if not self._is_known(to, e) or (before is not None and before.id == e.id))

    def _is_to_be_copied(self, file: Attachment, side: Side) -> bool:
        mirror = self.known.get((side, file.id))
        if (mirror is not None and mirror.state in _SETTLED) or (side, file.id) in self.copies:
            return False
        if not self.rules.is_wanted(file) or self._is_by_syncd(file, side):
            return False
        if mirror is not None:
            return mirror.state is not MirrorState.REFUSED or self.folder.is_new
        return self.folder.since is None or file.created_at >= self.folder.since

    def _is_by_syncd(self, file: Attachment, side: Side) -> bool:
        """Row 9, for what no store knows: ours, and its original is there.

        The account alone tells nothing: it may be a person's own.
        """
        alike = self._alike(side.other, file) if file.is_ours else []
        return any(not other.is_ours or other.created_at < file.created_at for other in alike)

    def _alike(self, side: Side, file: Attachment) -> list[Attachment]:
        """The files of a side of that name and size that all may see, oldest first."""
        mine = likeness(file.name)
        return [
            each
            for each in self.folder.files.get(side) or ()
            if not each.is_restricted
            and likeness(each.name) == mine
            and (each.size == file.size or None in (each.size, file.size))
        ]

    def _is_known(self, side: Side, file: Attachment) -> bool:
        return (side, file.id) in self.known or (side, file.id) in self.copies

    def _is_active(self, side: Side, file: Attachment) -> bool:
        mirror = self.known.get((side, file.id))
        return mirror is not None and mirror.state is MirrorState.ACTIVE

    def _is_young(self, file: Attachment) -> bool:
        return file.created_at > self.now - HOUR

    def _know(self, mirror: FileMirror) -> None:
        self.known[mirror.side, mirror.original] = mirror
        if mirror.id is not None:
            self.copies.add((mirror.side.other, mirror.id))

    def _settle(self, mirror: FileMirror) -> None:
        self._know(mirror)
        self.settled[mirror.side, mirror.original] = mirror
