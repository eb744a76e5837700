"""The lens for a rich text under whose line (`below: "---"`) each side keeps notes of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syncd.mapping.lens import NoCounterpart, Surroundings, Translated, Translation
from syncd.mapping.lenses import Ends, on_side, pair_of
from syncd.model.items import Side
from syncd.model.richtext import Block, Doc, Inline, LineBreak, Paragraph, Rule, plain_inlines
from syncd.model.values import Value


@dataclass(frozen=True, slots=True)
class NotesLens:
    """Only what stands above the line is carried over; the line and what follows it stay. Loss as for any rich text."""

    ends: Ends
    line: str

    def translate(self, to: Side, value: Value, current: Value, around: Surroundings) -> Translation:
        """The other side's text above the notes of `to`."""
        above, _ = self._parts(value)
        if self.agree(*pair_of(to, value, current), around):
            return Translated(current, self.ends.normalise(to, above, around).is_shortened)
        _, notes = self._parts(current)
        normal = self.ends.normalise(to, Doc(above.blocks + notes), around)
        if normal.is_shortened and notes:
            reason = f"The text and the notes under the line {self.line} are too long together {on_side(to)}."
            return NoCounterpart(above.plain_text()[:80], reason, "shorten the text or the notes")
        return Translated(normal.value, normal.is_shortened)

    def agree(self, marketing: Value, it: Value, around: Surroundings) -> bool:
        """Whether the texts above the line say the same."""
        left, right = self._parts(marketing)[0], self._parts(it)[0]
        return (
            left == right
            or self._said(Side.IT, left, around) == right
            or self._said(Side.MARKETING, right, around) == left
        )

    def _said(self, to: Side, above: Doc, around: Surroundings) -> Doc:
        return self._parts(self.ends.normalise(to, above, around).value)[0]

    def _parts(self, value: Value) -> tuple[Doc, tuple[Block, ...]]:
        """What stands above the line, and the line with all that follows."""
        blocks = value.blocks if isinstance(value, Doc) else ()
        above: list[Block] = []
        for index, block in enumerate(blocks):
            if isinstance(block, Rule) and _draws(self.line):
                return Doc(tuple(above)), blocks[index:]
            if isinstance(block, Paragraph) and (cut := self._cut(block)) is not None:
                before = tuple(block.content[:cut])
                notes = (Paragraph(tuple(block.content[cut:])), *blocks[index + 1 :])
                return Doc((*above, Paragraph(before)) if before else tuple(above)), notes
            above.append(block)
        return Doc(tuple(above)), ()

    def _cut(self, paragraph: Paragraph) -> int | None:
        """Where in a paragraph the line begins; systems without paragraphs have it between two line breaks."""
        for start, line in _lines(paragraph.content):
            if plain_inlines(line).strip() == self.line:
                return start
        return None


def _lines(content: Sequence[Inline]) -> Iterator[tuple[int, Sequence[Inline]]]:
    start = 0
    for index, run in enumerate(content):
        if isinstance(run, LineBreak):
            yield start, content[start:index]
            start = index + 1
    yield start, content[start:]


def _draws(line: str) -> bool:
    """Whether systems draw such a text as a line across the page."""
    return len(line) >= 3 and len(set(line)) == 1 and line[0] in "-_*"
