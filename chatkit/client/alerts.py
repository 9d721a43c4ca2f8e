"""Whom to call when something was said: which message deserves a notice of the desktop or a bell. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from chatkit.client import words
from chatkit.client.model import Line, Room

if TYPE_CHECKING:
    from chatkit.client.settings import AlertSettings, ClientSettings

APART = 3.0  # seconds between two alerts of one room, at least
MAX_BODY = 200  # characters
_HIDDEN = "▒"  # for each letter of a spoiler

AlertKind = Literal["mention", "direct", "message"]


class Alert(msgspec.Struct, frozen=True):
    """Something to tell somebody who is not looking. Both texts are one line, safe for any screen."""

    room: Room
    line_id: int  # of the newest of the lines that it is about
    title: str
    body: str
    kind: AlertKind


class Alerts:
    """What was told lately, so that a room that is busy tells once, not line after line."""

    def __init__(self) -> None:
        self._told_at: dict[int, float] = {}  # by room id, on the monotonic clock
        self._untold: dict[int, int] = {}  # by room id: lines that deserved an alert and got none

    def consider(
        self,
        room: Room,
        lines: Sequence[Line],
        *,
        settings: ClientSettings,
        now: float,
        now_ms: int,
        minute_of_day: int,
    ) -> Alert | None:
        """What to tell of ``lines``, which just came live. ``now`` is monotonic; the minute is of the local day.

        What is in sight needs no alert, and ends what was to be told of the room.
        """
        if room.chat.in_sight(room):
            self._untold.pop(room.id, None)
            return None
        news = [line for line in lines if _deserves(room, line)]
        if not news or is_quiet(settings.alerts, now_ms, minute_of_day):
            return None
        untold = self._untold.get(room.id, 0) + len(news)
        if now < self._told_at.get(room.id, float("-inf")) + APART:
            self._untold[room.id] = untold
            return None
        self._untold[room.id], self._told_at[room.id] = 0, now
        return _alert(room, news[-1], untold - 1)


def is_quiet(alerts: AlertSettings, now_ms: int, minute_of_day: int) -> bool:
    """Whether the user wants to be told nothing now: not at all, not before some time, not in these hours."""
    if not (alerts.desktop or alerts.bell) or now_ms < alerts.until:
        return True
    start, end = _minute(alerts.quiet_from), _minute(alerts.quiet_to)
    if start is None or end is None:
        return False
    return start <= minute_of_day < end if start <= end else minute_of_day >= start or minute_of_day < end


def _minute(time: str) -> int | None:
    """``22:30`` as a minute of the day."""
    hours, _, minutes = time.partition(":")
    return int(hours) * 60 + int(minutes) if minutes else None


def _deserves(room: Room, line: Line) -> bool:
    if not line.is_talk or line.mine or line.redacted or room.kind == "server" or room.alerts == "none":
        return False
    return room.is_direct or line.highlight or room.alerts == "all"


def _alert(room: Room, line: Line, more: int) -> Alert:
    kind: AlertKind = "direct" if room.is_direct else "mention" if line.highlight else "message"
    title = line.nick if room.is_direct else words.said_in(line.nick, room.name)
    body = _one_line(line)
    return Alert(room, line.id, title, words.and_more(body, more) if more else body, kind)


def _one_line(line: Line) -> str:
    """What was said, as far as an eye over the user's shoulder may read it."""
    text = line.text
    for span in line.spans:
        if span.style.spoiler:
            text = text[: span.start] + _HIDDEN * (span.end - span.start) + text[span.end :]
    text = " ".join(text.split())
    said = text if len(text) <= MAX_BODY else text[: MAX_BODY - 1] + "…"
    return f"{line.nick} {said}" if line.kind == "action" else said
