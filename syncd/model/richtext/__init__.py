"""Rich text in canonical form: one small tree that every connector reads into and writes from.

Chosen after the Atlassian Document Format, because that is the richest of the formats served, and kept to what
people see: a format's wrappers, ids and layout have no node here. Connectors build a `Doc`, `reconcile` compares
two of them, the store keeps `to_json`. Nothing here knows a system.

Two `Doc`s are equal when a person would call the texts the same: equality, hash and `digest` look at the
*normalised* form, in which the noise that systems add (CRLF, doubled blanks, empty paragraphs, split text runs,
a bare URL turned into a link) is gone. The tree itself keeps a person's blanks, so that they can be written.
"""

from syncd.model.richtext.doc import Doc
from syncd.model.richtext.links import clean_text, link, repeats, safe_href
from syncd.model.richtext.nodes import (
    MAX_DEPTH,
    PANEL_KINDS,
    Block,
    BulletList,
    Cell,
    CodeBlock,
    Heading,
    Image,
    Inline,
    LineBreak,
    ListItem,
    Mark,
    Mention,
    OrderedList,
    Panel,
    Paragraph,
    Quote,
    Rule,
    Table,
    TaskItem,
    TaskList,
    Text,
    children,
)
from syncd.model.richtext.plain import plain_block, plain_inlines
from syncd.model.richtext.rename import replace_mention
from syncd.model.richtext.tidy import all_inlines, join_paragraphs

__all__ = [
    "MAX_DEPTH",
    "PANEL_KINDS",
    "Block",
    "BulletList",
    "Cell",
    "CodeBlock",
    "Doc",
    "Heading",
    "Image",
    "Inline",
    "LineBreak",
    "ListItem",
    "Mark",
    "Mention",
    "OrderedList",
    "Panel",
    "Paragraph",
    "Quote",
    "Rule",
    "Table",
    "TaskItem",
    "TaskList",
    "Text",
    "all_inlines",
    "children",
    "clean_text",
    "join_paragraphs",
    "link",
    "plain_block",
    "plain_inlines",
    "repeats",
    "replace_mention",
    "safe_href",
]
