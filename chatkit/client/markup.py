"""Marks like ``*bold*``, code, links and mentions: typed text made into lines of the wire, and lines into styled text.

Marks count at the borders of words only, so that ``snake_case``, ``2*3*4`` and ``*args`` stay what they are. A line
that has mIRC's codes in it says by them alone what is bold; a code that changes nothing keeps marks literal.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import astuple

from chatkit.client import emoji
from chatkit.proto import styles
from chatkit.proto.casemapping import Fold, casefold
from chatkit.proto.formatting import CODES
from chatkit.proto.styles import MAX_SPANS, PLAIN, Span, Style

BOLD, ITALIC, STRIKE, MONO = Style(bold=True), Style(italic=True), Style(strike=True), Style(mono=True)
SPOILER, BLOCK, QUOTE = Style(spoiler=True), Style(mono=True, block=True), Style(quote=True)
SIGNS = {"*": BOLD, "_": ITALIC, "~": STRIKE, "||": SPOILER}
FENCE = "```"
LITERAL = "\x0f"  # behind a line with marks that are none
MAX_LINK = 2000  # characters
MIN_NICK = 3  # letters; a shorter one is a mention only with @ before it, as others are words of most languages

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_FENCE = re.compile(r"\s*```\s*[\w+#.-]*\s*")
_CODE = re.compile(r"(?<!`)(`|```)(?!`)[^`\n]+\1(?!`)")
_LINK = re.compile(r"(?<![\w/])(?:https?|ircs?)://[\w\[][^\s<>\"`^|{}\\]*", re.IGNORECASE)
_LINK_END = ".,;:!?'*_~"
_ROOM = re.compile(r"(?<![^\s(\[\"'])#+(?=[\w.-]*[^\W\d_])[\w.-]*\w")
_WORD = re.compile(r"(?<![\w/.:@#-])@?[\w\[\]\\`^{}|-]+")

# What may stand before and behind a mark, and first and last between two of them.
_BEFORE = r"(?<![^\s(\[{\"'“‘«—–>*_~|])"
_FIRST = r"[^\s!$%&)+,./:;<=>?\\\]^`}-]"
_LAST = r"(?<=[^\s(\[{,;/\\=<>+&$^#-])"
_BEHIND = r"(?![^\s.,;:!?)\]}\"'”’»…—–\-*_~|])"

Cut = tuple[int, int]  # from where to where text is taken away


@functools.cache  # and so made when it is needed first: that takes longer than to use it
def _pattern(sign: str) -> re.Pattern[str]:
    """Two signs and what is between them. Groups: a backslash before either of them, which takes its meaning away."""
    once = re.escape(sign)
    between = f"(?:(?!{once})[^\n])"
    return re.compile(
        rf"{_BEFORE}(?<!{once})(\\?){once}(?!{once})(?={_FIRST})(?={between}*?[^\W_]){between}+?{_LAST}(\\?){once}"
        rf"(?!{once}){_BEHIND}"
    )


def show(
    raw: str, *, markdown: bool, nicks: Collection[str] = (), me: str = "", fold: Fold = casefold
) -> tuple[str, tuple[Span, ...]]:
    """What was said, as a screen shows it: safe text, and its styles. ``raw`` may have line breaks.

    ``nicks`` are folded names of people who are in the room (``room.members`` will do); ``me`` is the user's own nick;
    ``fold`` is how the network folds names. Without ``markdown`` only mIRC's codes, links and mentions are styled.
    """
    texts: list[str] = []
    spans: list[Span] = []
    at = 0
    for line, is_code in _fenced(raw.split("\n"), fences=markdown):
        text, found = _as_block(line) if is_code else _shown(line, markdown=markdown, nicks=nicks, me=me, fold=fold)
        texts.append(text)
        spans += [Span(span.start + at, span.end + at, span.style) for span in found]
        at += len(text) + 1
    return "\n".join(texts), tuple(spans)


def to_wire(text: str, *, formatting: bool) -> list[str]:
    """Typed text as lines with mIRC's codes; as it was typed where there is no ``formatting``.

    Lines between others may be empty, the first and the last are not: no line at all is what nothing makes.
    """
    lines = _LINE_BREAK.split(text.replace("\0", ""))
    if formatting:
        lines = [_wire_code(line) if is_code else _wire_line(line) for line, is_code in _fenced(lines, fences=True)]
    lines = [line.rstrip(" \t") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return list(itertools.dropwhile(lambda line: not line, lines))


def to_typed(raw: str) -> str:
    """What a user would have typed for ``raw``: to edit it."""
    lines: list[str] = []
    for is_code, group in itertools.groupby(raw.split("\n"), key=_is_wire_code):
        if is_code:
            lines += [FENCE, *(styles.read(line)[0].rstrip() for line in group), FENCE]
        else:
            lines += map(_typed_line, group)
    return "\n".join(lines)


def links(text: str) -> tuple[tuple[int, int, str], ...]:
    """Where addresses stand in ``text``, and which they are: http, https, irc and ircs, and no others."""
    if "://" not in text:
        return ()
    found = [(match.start(), _without_end(match[0])) for match in _LINK.finditer(text)]
    return tuple((start, start + len(link), link) for start, link in found if len(link) <= MAX_LINK)


def _without_end(link: str) -> str:
    """``link`` without the punctuation of the sentence that it stands in; a bracket stays that was opened in it."""
    while True:
        bare = link.rstrip(_LINK_END)
        for opening, closing in ("()", "[]"):
            if bare.endswith(closing) and bare.count(closing) > bare.count(opening):
                bare = bare[:-1]
        if bare == link:
            return link
        link = bare


def _fenced(lines: list[str], *, fences: bool) -> Iterator[tuple[str, bool]]:
    """Lines, and whether each is code between fences. The fences vanish, unless there is nothing else."""
    if not fences or len(lines) < 2 or not any(map(_FENCE.fullmatch, lines)) or all(map(_FENCE.fullmatch, lines)):
        yield from ((line, False) for line in lines)
        return
    is_code = False
    for line in lines:
        if _FENCE.fullmatch(line):
            is_code = not is_code
        else:
            yield line, is_code


def _as_block(line: str) -> tuple[str, tuple[Span, ...]]:
    text, _ = styles.read(line.expandtabs(4))
    return text, (Span(0, len(text), BLOCK),) if text else ()


def _is_wire_code(line: str) -> bool:
    """Whether all of a line of the wire is code: a line of a block, as opposed to a word in backticks."""
    if not line.startswith("\x11"):
        return False
    text, spans = styles.read(line)
    return [(span.start, span.end, span.style) for span in spans] == [(0, len(text), MONO)] and not _CODE.fullmatch(
        text
    )


def _shown(line: str, *, markdown: bool, nicks: Collection[str], me: str, fold: Fold) -> tuple[str, tuple[Span, ...]]:
    if markdown and _is_wire_code(line):
        return _as_block(line.replace("\x11", ""))
    text, found = styles.read(line)
    layers, cuts, masked = list(found), list[Cut](), text
    if markdown and "`" in text:
        masked = _read_code(text, layers, cuts)
    if addresses := links(masked):
        layers += [Span(start, end, Style(link=link)) for start, end, link in addresses]
        masked = _masked(masked, ((start, end) for start, end, _ in addresses))
    layers += _mentions(masked, nicks, fold(me), fold)
    if markdown and text.startswith("> ") and text[2:].strip():
        layers.append(Span(0, len(text), QUOTE))
        cuts.append((0, 2))
    if markdown and (line.isprintable() or CODES.search(line) is None):
        _read_signs(masked, layers, cuts)
    return _applied(text, layers, cuts)


def _read_code(text: str, layers: list[Span], cuts: list[Cut]) -> str:
    """What stands in backticks. Returns ``text`` with that masked."""
    codes = list(_CODE.finditer(text))
    for code in codes:
        layers.append(Span(*code.span(), MONO))
        cuts += _ends(code, len(code[1]))
    return _masked(text, (code.span() for code in codes))


def _read_signs(masked: str, layers: list[Span], cuts: list[Cut]) -> None:
    for sign, style in SIGNS.items():
        for match in _pattern(sign).finditer(masked) if sign in masked else ():
            if not (match[1] or match[2]):
                layers.append(Span(*match.span(), style))
                cuts += _ends(match, len(sign))


def _ends(match: re.Match[str], width: int) -> list[Cut]:
    return [(match.start(), match.start() + width), (match.end() - width, match.end())]


def _mentions(masked: str, nicks: Collection[str], me: str, fold: Fold) -> Iterator[Span]:
    if "#" in masked:
        yield from (Span(*room.span(), Style(room=room[0])) for room in _ROOM.finditer(masked))
    if not nicks and not me:
        return
    for word in _WORD.finditer(masked):
        key = fold(word[0]).removeprefix("@")
        if (key in nicks or key == me) and (len(key) < len(word[0]) or len(key) >= MIN_NICK):
            yield Span(*word.span(), Style(nick=masked[word.end() - len(key) : word.end()]))


def _masked(text: str, ranges: Iterable[Cut]) -> str:
    """``text`` with a letter for all in ``ranges``, which are in order: nothing is found there, words end as before."""
    parts, at = list[str](), 0
    for start, end in ranges:
        parts += [text[at:start], "x" * (end - start)]
        at = end
    return "".join([*parts, text[at:]])


def _applied(text: str, layers: list[Span], cuts: list[Cut]) -> tuple[str, tuple[Span, ...]]:
    """``text`` without ``cuts``, and one span for each piece of it, styled by all layers over it."""
    if not layers and not cuts:
        return text, ()
    gone = {start for start, _ in cuts}
    points = {0, len(text), *(place for cut in cuts for place in cut)}
    points |= {place for span in layers for place in (span.start, span.end)}
    begin: dict[int, list[Span]] = {}
    for span in layers:
        begin.setdefault(span.start, []).append(span)
    parts: list[str] = []
    spans: list[Span] = []
    over: list[Span] = []
    at = 0
    for start, end in itertools.pairwise(sorted(points)):
        over = [span for span in over if span.end > start] + begin.get(start, [])
        if start in gone:
            continue
        parts.append(text[start:end])
        spans.append(Span(at, at + end - start, _laid_over(over)))
        at += end - start
    return "".join(parts), styles.joined(spans)[:MAX_SPANS]


def _laid_over(spans: Iterable[Span]) -> Style:
    style = PLAIN
    for span in spans:
        style = Style(*(new or old for old, new in zip(astuple(style), astuple(span.style), strict=True)))
    return style


def _wire_code(line: str) -> str:
    return f"\x11{styles.read(line.expandtabs(4))[0] or ' '}\x11"


def _wire_line(line: str) -> str:
    if CODES.search(line):  # whoever types codes means them
        return line
    line = _with_emoji(line)
    codes = [Span(*code.span(), MONO) for code in _CODE.finditer(line)]
    masked = _masked(line, ((code.start, code.end) for code in codes))
    masked = _masked(masked, ((start, end) for start, end, _ in links(masked)))
    layers, cuts, literal = codes, list[Cut](), False
    for sign, style in SIGNS.items():
        for match in _pattern(sign).finditer(masked) if sign in masked else ():
            if match[1] or match[2]:
                literal = True
                cuts += [match.span(group) for group in (1, 2) if match[group]]
            else:
                layers.append(Span(*match.span(), style))
                cuts += _ends(match, len(sign))
    text, spans = _applied(line, layers, cuts)
    return text + LITERAL if literal and not spans else styles.write(text, spans)


def _with_emoji(line: str) -> str:
    if ":" not in line:
        return line
    ends = [0, *itertools.chain.from_iterable(code.span() for code in _CODE.finditer(line)), len(line)]
    pieces = [line[start:end] for start, end in itertools.pairwise(ends)]
    return "".join(piece if number % 2 else emoji.replaced(piece) for number, piece in enumerate(pieces))


def _typed_line(line: str) -> str:
    if CODES.search(line) is None:
        return line
    text, spans = styles.read(line)
    openings: list[tuple[int, str]] = []
    closings: list[tuple[int, str]] = []
    for sign, style in [*SIGNS.items(), ("`", MONO)]:
        for start, end in _ranges(text, spans, _flag_of(style)):
            if style is not MONO or not _CODE.fullmatch(text[start:end]):
                openings.insert(0, (start, sign))  # what opens first closes last
                closings.append((end, sign))
    if not openings:
        openings = [(match.start(), "\\") for sign in SIGNS for match in _pattern(sign).finditer(text)]
    for place, sign in sorted([*openings, *closings], key=lambda insert: insert[0], reverse=True):
        text = text[:place] + sign + text[place:]
    return text


def _flag_of(style: Style) -> str:
    return next(field for field, value in zip(Style.__struct_fields__, astuple(style), strict=True) if value)


def _ranges(text: str, spans: Iterable[Span], flag: str) -> Iterator[Cut]:
    """Where ``flag`` is set, without blanks at the ends, where marks would be none."""
    for span in styles.joined(Span(span.start, span.end, Style(bold=getattr(span.style, flag))) for span in spans):
        piece = text[span.start : span.end]
        start, end = span.end - len(piece.lstrip()), span.start + len(piece.rstrip())
        if start < end:
            yield start, end
