"""Reads a paragraph of Redmine's Textile: formatting, links, people and pictures within it.

Redmine's renderer is a row of replacements over the whole paragraph: pictures, code, one kind of mark after the
other, then links. The reader keeps that order, since what a character means depends on what was replaced before; a
number between NUL characters stands for what was. Each step is one pass, linear in the text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_plus

from syncd.connectors.richtext.markup import unescape
from syncd.model.richtext import Block, Image, Inline, LineBreak, Mark, Mention, Text, link, safe_href

MARKS: Final[dict[str, Mark | None]] = {
    "**": Mark.STRONG, "*": Mark.STRONG, "??": Mark.EM, "-": Mark.STRIKE, "__": Mark.EM, "_": Mark.EM, "%": None,
    "+": Mark.UNDERLINE, "^": Mark.SUP, "~": Mark.SUB,
}  # fmt: skip
"""Formatting by its sign, in the order in which Redmine looks for it; `%` is a span with a style of its own."""
PUNCTUATION: Final = "$+<=>^`|~"
"""What counts as punctuation behind a mark beside the Unicode categories."""
_ATTRIBUTES: Final = re.compile(r"(?:\([^()\"]+\)|\{[^{}\"]+\}|\[[a-z_-]+\])+(?=.)", re.DOTALL)
_COLOR: Final = re.compile(r"(?<![\w-])color:\s*(#[0-9a-f]{6}|[a-z]+)", re.IGNORECASE)
_COLORS: Final = {"black": "#000000", "red": "#ff0000", "green": "#008000", "blue": "#0000ff", "grey": "#808080"} | {
    "gray": "#808080", "orange": "#ffa500", "purple": "#800080", "yellow": "#ffff00", "white": "#ffffff",
}  # fmt: skip
_PICTURE: Final = re.compile(
    r"(?<![^\s>\x00])!(?:[<=>])?(?:\([^()\"\s]+\)|\{[^{}\"]+\})?(?:\. )?([^\s(!\x00]+?)\s?(?:\(([^()\n]*)\))?!"
)
_FILE: Final = re.compile(r"[^/\\]+\.\w{2,5}")
_CODE_END: Final = re.compile(r"@(?![A-Za-z0-9_])")
_CODE_START: Final = re.compile(r"(?<![A-Za-z0-9_])@(?:\|\w+\|)?")
_LINK: Final = re.compile(r'"([^"\n]+)":((?:/|[a-zA-Z]+://|www\.|mailto:)[^\W]\S+)')
_LINK_ATTRIBUTES: Final = re.compile(r"(?:\([^()\"]+\)|\{[^{}\"]+\}|\[[a-z_-]+\])+(?=.)")
_LINK_TITLE: Final = re.compile(r"\s?\([^()]+\)$")
_SPECIAL: Final = re.compile(
    r"\x00(?P<atom>\d+)\x00"
    r"|(?P<break>\n)"
    r'|(?P<link>"(?=[^"\n]+":))'
    r"|!?\[\[(?P<page>[^\n|\[\]]+)(?:\|(?P<title>[^\n|\[\]]+))?\]\]"
    r"|(?<![A-Za-z0-9_])@(?P<login>[A-Za-z0-9_][A-Za-z0-9_.@-]*)"
    r"|(?<![A-Za-z0-9_])user:(?P<user>[A-Za-z0-9_][A-Za-z0-9_.@-]*)"
    r"|(?<![A-Za-z0-9_])attachment:(?:\"(?P<quoted>[^\"\n]+)\"|(?P<file>[A-Za-z0-9_][A-Za-z0-9_.@-]*))"
)


@dataclass(frozen=True, slots=True)
class Atom:
    """Blocks that stand in the middle of a line: code, or what a macro holds."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class _Style:
    """Where formatting begins or ends."""

    is_start: bool
    mark: Mark | None
    color: str


Piece = Atom | Inline | None
"""What a placeholder stands for; None is nothing that anybody sees, yet parts the letters around it."""


class InlineReader:
    """Reads paragraphs of one text; knows what the placeholders in them stand for."""

    def __init__(self, pieces: list[Piece]) -> None:
        """`pieces` may grow while the text is read."""
        self._pieces: list[Piece | _Style] = list(pieces)

    def read(self, source: str) -> list[Inline | Atom]:
        """The inlines of one paragraph, and the blocks that stand between them."""
        source = self._marked(self._with_code(_PICTURE.sub(self._picture, source)))
        return list(_Walker(self._pieces).walk(source))

    def _keep(self, piece: Piece | _Style) -> str:
        self._pieces.append(piece)
        return f"\x00{len(self._pieces) - 1}\x00"

    def _picture(self, match: re.Match[str]) -> str:
        """A picture has to look like a file or URL: words between exclamation marks are kept as words."""
        source, title = unescape(match[1]), unescape(match[2] or "")
        if url := safe_href(source):
            return self._keep(Image(title or url.rstrip("/").rpartition("/")[2], url))
        name = unquote_plus(source)
        return self._keep(Image(title or name, "", name)) if _FILE.fullmatch(name) else match[0]

    def _with_code(self, source: str) -> str:
        """The source with `@code@` as placeholders."""
        ends = [match.start() for match in _CODE_END.finditer(source)]
        kept: list[str] = []
        done = 0
        while ends and (start := _CODE_START.search(source, done)):
            first = bisect_left(ends, start.end() + 1)
            if start.start() == len(source) - 1 or first == len(ends):
                break
            end = ends[first]
            code = Text(unescape(source[start.end() : end]), frozenset({Mark.CODE}))
            kept += [source[done : start.start()], self._keep(code)]
            done = end + 1
        return "".join(kept) + source[done:]

    # --- marks ---

    def _marked(self, source: str) -> str:
        for sign, mark in MARKS.items():
            if sign in source:
                source = self._with_mark(source, sign, mark)
        return source

    def _with_mark(self, source: str, sign: str, mark: Mark | None) -> str:
        kept: list[str] = []
        done, opened = 0, -1
        for match in re.finditer(re.escape(sign), source):
            at, end = match.span()
            if opened >= 0 and _closes(source, opened, at, end):
                kept += [source[done : opened - len(sign)], self._styled(source[opened:at], mark)]
                done, opened = end, -1
            elif opened < 0 and at >= done and _opens(source, at, end):
                opened = end
        return "".join(kept) + source[done:]

    def _styled(self, content: str, mark: Mark | None) -> str:
        attributes = _ATTRIBUTES.match(content)
        color = _COLOR.search(attributes[0]) if attributes else None
        name = color[1].lower() if color else ""
        style = _COLORS.get(name, name)
        content = content[attributes.end() :] if attributes else content
        return self._keep(_Style(True, mark, style)) + content + self._keep(_Style(False, mark, style))


def _opens(source: str, at: int, end: int) -> bool:
    """Whether a mark begins here: behind a gap, or behind one other mark that stands behind a gap."""
    if not source[end : end + 1].strip(" \t\n") or source.startswith("--", at):
        return False
    if _is_gap(source, at):
        return True
    return any(source.endswith(sign, 0, at) and _is_gap(source, at - len(sign)) for sign in MARKS)


def _is_gap(source: str, at: int) -> bool:
    return at == 0 or source[at - 1] in " \t\n(>\x00"


def _closes(source: str, start: int, at: int, end: int) -> bool:
    if at - start < 1 or source[at - 1] in " \t\n" or source.startswith("--", at):
        return False
    if at - start == 1 and not (source[start].isalnum() or source[start] == "_"):
        return False
    after = source[end : end + 1]
    return after in ("", " ", "\t", "\n", "\x00") or after in PUNCTUATION or unicodedata.category(after)[0] == "P"


class _Walker:
    """Turns a paragraph in which all marks are placeholders into inlines."""

    def __init__(self, pieces: list[Piece | _Style]) -> None:
        self._pieces = pieces
        self._styles: list[_Style] = []

    def walk(self, source: str, href: str = "") -> Iterator[Inline | Atom]:
        done = 0
        while special := _SPECIAL.search(source, done):
            yield self._text(source[done : special.start()], href)
            done = special.end()
            if special["link"] is None:
                yield from self._special(special, href)
            elif (found := _link_at(source, special.start())) and not href:
                text, target, done = found
                yield from self._link(text, target)
            else:
                yield self._text('"', href)
        yield self._text(source[done:], href)

    def _text(self, source: str, href: str) -> Text:
        marks = frozenset(style.mark for style in self._styles if style.mark)
        color = next((style.color for style in reversed(self._styles) if style.color), "")
        return Text(unescape(source), marks, href, color)

    def _special(self, special: re.Match[str], href: str) -> Iterator[Inline | Atom]:
        match special.lastgroup:
            case "atom":
                yield from self._piece(int(special["atom"]), href)
            case "break":
                yield LineBreak()
            case "page" | "title":
                page, title = unescape(special["page"]), unescape(special["title"] or "")
                text = link(title or page, page, self._text("", "").marks) if not href else Text(title or page)
                yield Text(text.text, text.marks, href)
            case "login" | "user":
                login = (special["login"] or special["user"]).rstrip(".@-")
                rest = special[0][special[0].index(login) + len(login) :]
                yield from (Mention(login, login), self._text(rest, href))
            case _:
                yield from self._file(special)

    def _file(self, special: re.Match[str]) -> Iterator[Inline]:
        name = special["quoted"] or special["file"].rstrip(".")
        yield Image(html.unescape(name), "", f"^{html.unescape(name)}")
        if not special["quoted"] and special["file"] != name:
            yield Text(special["file"][len(name) :])

    def _piece(self, number: int, href: str) -> Iterator[Inline | Atom]:
        match self._pieces[number]:
            case _Style(True) as style:
                self._styles.append(style)
            case _Style(_, mark, color):
                self._styles.remove(_Style(True, mark, color))
            case Text(text, marks):
                yield Text(text, marks | self._text("", "").marks, href)
            case None:
                pass
            case piece:
                yield piece

    def _link(self, text: str, target: str) -> Iterator[Inline | Atom]:
        """A link; one whose target is no URL of the web shows it behind its text."""
        if href := safe_href(f"http://{target}" if target.startswith("www.") else target):
            yield from self.walk(text, href)
        else:
            yield from self.walk(text)
            shown = "".join(run.text for run in _Walker(self._pieces).walk(text) if isinstance(run, Text))
            yield Text(link(shown, target).text[len(shown) :])


def _link_at(source: str, start: int) -> tuple[str, str, int] | None:
    """The text and target of the link that begins at a quotation mark, and where it ends."""
    match = _LINK.match(source, start)
    if match is None:
        return None
    target = _target(match[2].partition("\x00")[0])
    if not target or "\n" in match[1]:
        return None
    text = _LINK_TITLE.sub("", match[1]) or match[1]
    attributes = _LINK_ATTRIBUTES.match(text)
    return text[attributes.end() :] if attributes else text, target, match.start(2) + len(target)


def _target(url: str) -> str:
    """A URL without what Redmine leaves out at its end: signs, and a bracket that it did not open."""
    end = len(url)
    surplus = url.count(")") - url.count("(")
    while end:
        char = url[end - 1]
        if char == ")" and surplus > 0:
            surplus -= 1
        elif char.isalnum() or char in "_=/;()-":
            break
        end -= 1
    return url[:end]
