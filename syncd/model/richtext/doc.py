"""A whole rich text: what fields and comments hold."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from syncd.model.richtext.codec import decode_blocks, encode_block
from syncd.model.richtext.nodes import Block, Paragraph, Text
from syncd.model.richtext.plain import plain_block
from syncd.model.richtext.tidy import Tidy, tidy_blocks


@dataclass(frozen=True, slots=True, eq=False)
class Doc:
    """A rich text. Build it from anything; compare it with `==`; write it after `tidied()`."""

    blocks: tuple[Block, ...] = ()
    _is_tidy: bool = field(default=False, init=False, repr=False)
    """Whether this came out of `tidied`: a text is asked for its tidy form dozens of times on its way."""

    @classmethod
    def from_text(cls, text: str) -> Doc:
        """Plain text as a document: a blank line parts paragraphs, a newline is a line break."""
        return cls((Paragraph((Text(text),)),)).tidied()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Doc):
            return NotImplemented
        return self.blocks == other.blocks or self.normalised().blocks == other.normalised().blocks

    def __hash__(self) -> int:
        return hash(self.normalised().blocks)

    @property
    def is_empty(self) -> bool:
        """Whether a person would see nothing."""
        return not self.tidied().blocks

    def tidied(self) -> Doc:
        """The same text without structural noise: what writers start from. Blanks within a line are kept."""
        if self._is_tidy:
            return self
        doc = Doc(tuple(tidy_blocks(self.blocks, Tidy(is_strict=False))))
        object.__setattr__(doc, "_is_tidy", True)
        return doc

    def normalised(self) -> Doc:
        """The form that is compared: `tidied`, blanks collapsed, links that only repeat their text undone."""
        return Doc(tuple(tidy_blocks(self.blocks, Tidy(is_strict=True))))

    def plain_text(self) -> str:
        """The text as a person would type it without formatting; "" when empty, no newline at the end."""
        return "\n\n".join(map(plain_block, self.tidied().blocks))

    def digest(self) -> str:
        """A hex SHA-256 that is equal for equal documents."""
        data = [encode_block(block, is_key=True) for block in self.normalised().blocks]
        return hashlib.sha256(json.dumps(data, separators=(",", ":")).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """The tree as compact JSON data; `from_json` is the inverse, node for node."""
        return {"v": 1, "b": [encode_block(block) for block in self.blocks]}

    @classmethod
    def from_json(cls, data: Any) -> Doc:
        """The document that `to_json` wrote. Raises ValueError for data that it cannot have written."""
        match data:
            case {"v": 1, "b": list(blocks)}:
                return cls(decode_blocks(blocks))
        raise ValueError(f"not an encoded rich text: {data!r:.80}")
