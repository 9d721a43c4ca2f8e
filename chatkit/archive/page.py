"""A history as one HTML page that needs nothing else: no script, no picture, nothing from anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape
from importlib.resources import files

from chatkit.archive.history import Place
from chatkit.archive.said import Said
from chatkit.archive.styled import as_html
from chatkit.client.hues import hue_of
from chatkit.gui_widgets.palette import DARK, LIGHT, Palette
from chatkit.proto.formatting import printable

GROUP_SECONDS = 300  # within which messages of one person stand under one name

_HEAD = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
<body>
<header><h1>{title}</h1><p>Exported on {now:%-d %B %Y at %H:%M} by chatkit. Times are local: {now:%Z}.</p></header>
"""
_NAVIGATION = '<nav aria-label="Rooms">{links}</nav>\n'
_PLACE = '<section id="{id}">\n<h2>{name}</h2>\n'
_DAY = '<h3><time datetime="{when:%Y-%m-%d}">{when:%A, %-d %B %Y}</time></h3>\n'
_MESSAGE = (
    '<article class="{classes}" id="m{said.msgid}"><a class="t" href="#m{said.msgid}">'
    '<time datetime="{iso}" title="{iso}">{said.when:%H:%M}</time></a>'
    '<p><span class="n h{hue}">{nick}</span> <span class="x">{text}</span></p></article>\n'
)
_QUIET = "<p class=quiet>Nothing was said.</p>\n"
_FOOT = "<footer>{count}</footer>\n</body>\n</html>\n"


def write_page(places: list[tuple[Place, Iterable[Said]]], now: datetime) -> Iterator[str]:
    """The page, piece by piece. ``now`` is local time."""
    title = printable(places[0][0].name) if len(places) == 1 else "Chat history"
    yield _HEAD.format(title=escape(title), style=_style(), now=now)
    if len(places) > 1:
        links = (f'<a href="#p{number}">{_name(place)}</a>' for number, (place, _) in enumerate(places))
        yield _NAVIGATION.format(links="".join(links))
    count = 0
    for number, (place, messages) in enumerate(places):
        yield _PLACE.format(id=f"p{number}", name=_name(place))
        for piece in _talk(messages):
            count += piece is not _QUIET and piece.startswith("<article")
            yield piece
        yield "</section>\n"
    yield _FOOT.format(count=f"{count:,} message{'' if count == 1 else 's'}")


def _name(place: Place) -> str:
    return escape(printable(place.name))


def _talk(messages: Iterable[Said]) -> Iterator[str]:
    before: Said | None = None
    for said in messages:
        if before is None or before.when.date() != said.when.date():
            yield _DAY.format(when=said.when)
            before = None
        yield _message(said, follows=before is not None and _belongs(before, said))
        before = said
    if before is None:
        yield _QUIET


def _belongs(before: Said, said: Said) -> bool:
    """Whether ``said`` goes on what the same person just said."""
    if (before.kind, said.kind) != ("message", "message") or before.record.source != said.record.source:
        return False
    return said.record.seq - before.record.seq < GROUP_SECONDS * 1_000_000


def _message(said: Said, *, follows: bool) -> str:
    classes = f"{said.kind} more" if follows else said.kind
    iso = said.when.isoformat(timespec="seconds")
    nick, text = escape(said.nick), as_html(said.text)
    return _MESSAGE.format(classes=classes, said=said, iso=iso, hue=hue_of(said.nick), nick=nick, text=text)


def _style() -> str:
    css = files("chatkit.archive").joinpath("page.css").read_text("utf-8")
    dark = f"@media (prefers-color-scheme: dark) {{\n{_colours(DARK)}}}\n"
    return re.sub(r"/\*.*?\*/\s*", "", _colours(LIGHT) + dark + css, flags=re.DOTALL)


def _colours(palette: Palette) -> str:
    named = {name: getattr(palette, name) for name in ("base", "side", "line", "text", "dim", "accent", "mentioned")}
    variables = "".join(f" --{name}: {colour};" for name, colour in named.items())
    hues = "".join(f".h{number} {{ color: {colour} }}\n" for number, colour in enumerate(palette.hues))
    return f":root {{{variables} }}\n{hues}"
