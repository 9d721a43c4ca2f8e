"""A row of talk as pieces of text with tags: what a Tk text widget takes. No Tk in here.

Tags without a colon are in the table of ``text_tags``; those with one say more behind it, and are made when they are
first met: ``font:bi`` (bold, italic), ``fore:#ff0000``, ``pair:#ff0000:#ffffff``. ``at:3`` marks what belongs to the
span, or the reaction, of that number of the row's line: whoever knows the row knows what the mouse is on.
"""

from __future__ import annotations

from collections.abc import Iterator

from chatkit.client import words
from chatkit.client.hues import hue_of
from chatkit.client.local_time import clock
from chatkit.client.model import QUIET, Kind, Line, Reaction
from chatkit.client.timeline import Row
from chatkit.proto.styles import PLAIN, Style

Piece = tuple[str, tuple[str, ...]]  # text, and the tags on it
Run = tuple[str, Style, int]  # text, its style, and the number of its span; -1 is none

# Tags that answer the mouse.
RETRY, LINK, PERSON, SPOILER, REACTION, QUOTE, FOLD = (
    "retry",
    "link",
    "person",
    "spoiler",
    "reaction",
    "answered",
    "fold",
)

MAX_NAME = 16  # characters of a name before the text
MAX_QUOTE = 100  # of what is answered
MAX_STYLED = 40  # pieces of one message: Tk takes a time that grows with their square
SPACE = "\N{NO-BREAK SPACE}"
INDENT = "\N{FOUR-PER-EM SPACE}"  # before each line of code; it is not copied

# What stands before a sentence about what happened.
_SIGNS: dict[Kind, str] = {
    "join": "→", "part": "←", "quit": "←", "kick": "←", "nick": "·", "topic": "·", "mode": "·", "invite": "·",
    "away": "·", "redacted": "·", "error": "!",
}  # fmt: skip
_CLOSED, _OPEN = "▸", "▾"

_BODY_TAGS: dict[Kind, str] = {"notice": "notice", "info": "info", "error": "error"}
_LETTERS = (("bold", "b"), ("italic", "i"), ("mono", "m"), ("block", "m"))


def pieces(row: Row, *, hours24: bool = True, large: bool = True) -> list[Piece]:
    """The row, with the line break that ends each of its lines. ``large``: whether a lone emoji is drawn so."""
    if row.kind in ("day", "unread"):
        return [("\n", ("gap",)), ("\n", ("rule", f"rule-{row.kind}")), (f"{row.text}\n", ("divider", row.kind))]
    line = row.lines[0]
    time = clock(line.time_ms, hours24=hours24)
    if row.kind == "fold":
        return _on(
            ("row", "event"),
            [(f"{time}\t", ("time",)), (f"{_OPEN if row.open else _CLOSED} \t{row.text}\n", ("quiet", FOLD))],
        )
    if not line.is_talk:
        return _on(("row", "event"), [(f"{time}\t", ("time",)), *_happened(line)])
    said = [*_quoted(line), *_name(row, time), *_said(line, large=large and row.lone), *_reactions(line)]
    return _on(_ground(row, line), said)


def height_of(found: list[Piece]) -> int:
    """How many lines of the text widget the pieces make."""
    return sum(text.count("\n") for text, _ in found)


def copied(row: Row, *, hours24: bool = True) -> str:
    """The row as it is copied."""
    if row.kind != "line":
        return row.text
    line = row.lines[0]
    return f"[{clock(line.time_ms, hours24=hours24)}] {sentence(line)}"


def sentence(line: Line) -> str:
    """A line as it reads: ``Bob: Hi``, ``* Bob waves``, ``Dave joined``."""
    if line.redacted or not line.is_talk:
        return line.redacted or line.text
    return f"* {line.nick} {line.text}" if line.kind == "action" else f"{line.nick}: {line.text}"


def _on(ground: tuple[str, ...], found: list[Piece]) -> list[Piece]:
    return [(text, (*ground, *tags)) for text, tags in found if text]


def _ground(row: Row, line: Line) -> tuple[str, ...]:
    """The tags of the whole row."""
    head = ("row", "head") if row.head else ("row",)
    return (*head, "mentioned") if line.highlight and not line.mine else head


def _name(row: Row, time: str) -> list[Piece]:
    """What stands before the text: who says it and when, unless the row above says so. Code begins below it."""
    line = row.lines[0]
    end: list[Piece] = [("\n", ())] if _begins_with_code(line) else []
    if not row.head:
        return [] if end else [("\t\t", ())]
    hue = (f"hue{hue_of(line.nick)}", PERSON)
    clock_tags = ("time",) if line.reply is None else ("time", "below")  # below what it answers
    if line.kind == "action":
        return [(f"{time}\t", clock_tags), ("* \t", hue[:1]), (f"{line.nick} ", hue), *end]
    mark = [(f"bot{SPACE}", ("small",))] if line.bot else []
    return [(f"{time}\t", clock_tags), *mark, (f"{_cut(line.nick, MAX_NAME)}:", hue), (" \t", ()), *end]


def _begins_with_code(line: Line) -> bool:
    return bool(line.spans) and line.spans[0].start == 0 and line.spans[0].style.block


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _said(line: Line, *, large: bool) -> list[Piece]:
    """The text with its styles, and what is to be said about it."""
    if line.redacted:
        return [(f"{line.redacted}\n", ("quiet",))]
    kinds = (line.kind == "notice", "notice"), (line.state != "sent", line.state), (large, "large")
    mood = tuple(tag for holds, tag in kinds if holds)
    body = [(text, (*mood, *tags)) for text, tags in _styled(line)]
    edited = [(f"{SPACE}(edited)", ("small",))] if line.edited else []
    return [*body, *edited, *_trouble(line), ("\n", _last_tags(body))]


def _last_tags(body: list[Piece]) -> tuple[str, ...]:
    """The line break of a code block belongs to its ground."""
    return tuple(tag for tag in body[-1][1] if tag in ("code", "more", "quote")) if body else ()


def _styled(line: Line) -> Iterator[Piece]:
    """The text in pieces of one style, line by line."""
    lines = _lines(line)
    for number, runs in enumerate(lines):
        ground = _paragraph(runs, first=number == 0)
        if "code" in ground:
            yield INDENT, ground
        for run in runs:
            yield run[0], (*ground, *_tags(run[1], run[2]))
        if number + 1 < len(lines):
            yield "\n", ground


def _lines(line: Line) -> list[list[Run]]:
    """The runs of each line of the text."""
    lines: list[list[Run]] = [[]]
    for text, style, index in _runs(line):
        first, *others = text.split("\n")
        lines[-1].append((first, style, index))
        lines += [[(other, style, index)] for other in others]
    return lines


def _paragraph(runs: list[Run], *, first: bool) -> tuple[str, ...]:
    """What a line's margins and its ground go by. Its first line stands behind the name."""
    styles = [style for text, style, _ in runs if text] or [style for _, style, _ in runs]
    if any(style.block for style in styles):
        return ("more", "code")
    if any(style.quote for style in styles):
        return ("quote",) if first else ("more", "quote")
    return () if first else ("more",)


def _runs(line: Line) -> Iterator[Run]:
    """The text by styles."""
    at = 0
    for index, span in enumerate(line.spans[:MAX_STYLED]):
        if span.start > at:
            yield line.text[at : span.start], PLAIN, -1
        yield line.text[span.start : span.end], span.style, index
        at = span.end
    if at < len(line.text):
        yield line.text[at:], PLAIN, -1


def _tags(style: Style, index: int) -> tuple[str, ...]:
    if style is PLAIN:
        return ()
    letters = "".join(dict.fromkeys(letter for name, letter in _LETTERS if getattr(style, name)))
    fore, back = (style.back, style.fore) if style.reverse else (style.fore, style.back)
    touched = style.link or style.room or style.nick or style.spoiler
    found = (
        f"font:{letters}" if letters else "",
        _colours(fore, back),
        "reverse" if style.reverse and not (fore or back) else "",
        "underline" if style.underline else "",
        "strike" if style.strike else "",
        "mono" if style.mono and not style.block else "",
        f"hue{hue_of(style.nick)}" if style.nick else "",
        PERSON if style.nick else "",
        LINK if style.link or style.room else "",
        SPOILER if style.spoiler else "",
        f"at:{index}" if touched else "",
    )
    return tuple(tag for tag in found if tag)


def _colours(fore: str, back: str) -> str:
    if fore and back:
        return f"pair:{fore}:{back}"
    return f"fore:{fore}" if fore else f"back:{back}" if back else ""


def _happened(line: Line) -> list[Piece]:
    tag = "quiet" if line.kind in QUIET else _BODY_TAGS.get(line.kind, "info")
    body = [(text, (tag, *tags)) for text, tags in _styled(line)]
    return [(f"{_SIGNS.get(line.kind, '')} \t", (tag,)), *body, ("\n", ())]


def _quoted(line: Line) -> list[Piece]:
    """What it answers, above it."""
    if line.reply is None:
        return []
    quote = line.reply
    said = f"{quote.nick}: {quote.text}" if quote.nick else words.EARLIER
    return [(f"↪ {_cut(said, MAX_QUOTE)}", ("more", QUOTE)), ("\n", ("more",))]


def _reactions(line: Line) -> list[Piece]:
    """Who thinks what of it, below it."""
    if not line.reactions:
        return []
    found: list[Piece] = []
    for index, reaction in enumerate(line.reactions):
        mine = ("own-reaction",) if reaction.mine else ()
        found += [
            (_pill(reaction), ("more", "reactions", REACTION, f"at:{index}", *mine)),
            (" ", ("more", "reactions")),
        ]
    return [*found, ("\n", ("more", "reactions"))]


def _pill(reaction: Reaction) -> str:
    return f"{SPACE}{reaction.text}{SPACE}{len(reaction.nicks)}{SPACE}"


def _trouble(line: Line) -> list[Piece]:
    if line.state != "failed":
        return []
    why = f"not sent: {line.reason}" if line.reason else "not sent"
    return [("  ", ()), (f"{why} – click to retry", (RETRY,))]
