"""Finding what was said: in what is loaded, on the server, and the way to a line that isn't loaded."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from chatkit.client import events, words
from chatkit.client.model import TALK, Line, Room
from chatkit.client.talk import read_talk, sender
from chatkit.proto import tags
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core

MAX_REACH = 20_000  # lines loaded on the way to one
TIMEOUT = 20.0  # seconds for an answer
BATCH = "soju.im/search"  # in which answers come

_WORD = re.compile(r'(?:from|in):(?!\S)|(?:(from|in):)?(?:"([^"]*)"?|([^\s"]+))', re.IGNORECASE)


class Query(msgspec.Struct, frozen=True):
    """What is looked for. All of it is folded, and all of it must fit."""

    words: tuple[str, ...] = ()  # or phrases; the whole text holds them
    nick: str = ""  # that the sender's begins with
    room: str = ""  # that the room's name begins with

    def narrows(self, other: Query) -> bool:
        """Whether nothing fits this that does not fit ``other``."""
        return (
            all(any(word in longer for longer in self.words) for word in other.words)
            and self.nick.startswith(other.nick)
            and self.room.startswith(other.room)
        )


def parse_query(text: str) -> Query:
    """``from:nick``, ``in:#room``, ``"a phrase"`` and words."""
    found: dict[str, list[str]] = {"": [], "from": [], "in": []}
    for match in _WORD.finditer(text):
        key, value = (match[1] or "").lower(), match[2] or match[3]
        if value:
            found[key].append(value)
    return Query(
        tuple(word.casefold() for word in found[""]),
        casefold("".join(found["from"][-1:])),
        casefold("".join(found["in"][-1:])),
    )


class Hit(msgspec.Struct, frozen=True):
    """A line that was found."""

    room: Room
    nick: str
    text: str
    time_ms: int
    line_id: int | None = None  # None: it isn't loaded
    msgid: str = ""
    ranges: tuple[tuple[int, int], ...] = ()  # what matched in ``text``


class _Texts:
    """The lines of a room as they were at the last look, with what is searched of them."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.lines: list[Line] = []
        self.folded: list[str] = []  # empty where nobody said anything
        self.fitting: list[int] = []  # the indexes of those that fitted the last query, ascending

    def look(self) -> bool:
        """Read what is there now. Returns whether it is what was there at the last look."""
        lines, known = self.room.lines, len(self.lines)
        if len(lines) == known and lines == self.lines:
            return True
        if lines[:known] != self.lines:
            self.lines, self.folded, known = [], [], 0
        new = lines[known:]
        self.lines += new
        self.folded += [line.text.casefold() if line.kind in TALK else "" for line in new]
        return False

    def holding(self, word: str | None) -> list[int]:
        """The indexes of the lines with that word; None: of all that somebody said."""
        if word is None:
            return [at for at, text in enumerate(self.folded) if text]
        return [at for at, text in enumerate(self.folded) if word in text]


class Search:
    """One open search box over the lines of ``rooms``."""

    def __init__(self, rooms: Sequence[Room], limit: int = 200) -> None:
        self._limit = limit
        self._texts = [_Texts(room) for room in rooms]
        self._nicks: dict[str, str] = {}  # folded
        self._last = Query()

    def find(self, query: str) -> tuple[Hit, ...]:
        """The newest first. All words must occur; ``from:nick``, ``in:#room`` and ``"a phrase"`` narrow it."""
        wanted = parse_query(query)
        narrower = self._last != Query() and wanted.narrows(self._last)
        self._last = wanted
        if wanted == Query():
            return ()
        hits: list[Hit] = []
        for texts in self._texts:
            same = texts.look()
            among = texts.fitting if same and narrower else None
            texts.fitting = self._fitting(texts, wanted, among)
            hits += (_hit(texts.room, texts.lines[at], wanted) for at in texts.fitting[: -self._limit - 1 : -1])
        hits.sort(key=lambda hit: -hit.time_ms)
        return tuple(hits[: self._limit])

    def _fitting(self, texts: _Texts, wanted: Query, among: list[int] | None) -> list[int]:
        room = texts.room.chat.fold(wanted.room)
        if not texts.room.key.startswith((room, f"#{room}")):
            return []
        first, *others = wanted.words or (None,)
        found = texts.holding(first) if among is None else _holding(first, texts.folded, among)
        for word in others:
            found = _holding(word, texts.folded, found)
        if wanted.nick:
            found = [at for at in found if self._folded(texts.lines[at].nick).startswith(wanted.nick)]
        return found

    def _folded(self, nick: str) -> str:
        if nick not in self._nicks:
            self._nicks[nick] = casefold(nick)
        return self._nicks[nick]


class _Reach(msgspec.Struct):
    """The way to a line: the message with that id, else the first from that time on."""

    room: Room
    msgid: str
    time_ms: int
    most: int  # lines that the room may have then
    deadline: float


class Finder:
    """Asks one server for what isn't loaded."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._asked: str | None = None  # the query that is under way
        self._next: tuple[Room | None, str] | None = None  # the last one asked for meanwhile
        self._deadline = 0.0  # of that
        self._reaching: dict[int, _Reach] = {}  # by room id

    def ask(self, room: Room | None, query: str) -> bool:
        """Search on the server, in ``room`` or everywhere. Returns whether it can; ``Found`` follows."""
        wanted = parse_query(query)
        if "search" not in self._core.chat.can or not (wanted.words or wanted.nick):
            return False
        if self._asked is not None:
            self._next = (room, query)
        else:
            self._ask(room, query, wanted)
        return True

    def found(self, messages: Sequence[Message]) -> None:
        """The server's answer."""
        if self._asked is None:
            return
        wanted = parse_query(self._asked)
        hits = [hit for msg in messages if (hit := self._read(msg, wanted)) is not None]
        self._answered(tuple(sorted(hits, key=lambda hit: -hit.time_ms)))

    def failed(self, why: str = "") -> None:
        """The server would not search, or nobody knows."""
        if why:
            self._core.tell(why, "error")
        if self._asked is not None:
            self._answered(())

    def reach(self, room: Room, *, msgid: str = "", time_ms: int = 0) -> bool:
        """Load older pages until the line is here. Returns whether it can; ``LineReached`` follows."""
        reach = _Reach(room, msgid, time_ms, len(room.lines) + MAX_REACH, self._core.now + TIMEOUT)
        self._reaching[room.id] = reach
        return self._go_on(reach)

    def page_came(self, room: Room) -> None:
        """More of the room's history is here."""
        if (reach := self._reaching.get(room.id)) is not None:
            reach.deadline = self._core.now + TIMEOUT
            self._go_on(reach)

    def connection_lost(self) -> None:
        """No answer will come any more."""
        self._next = None
        self.failed()
        for reach in list(self._reaching.values()):
            self._arrived(reach, None)

    def forget(self, room: Room) -> None:
        """The room is gone."""
        self._reaching.pop(room.id, None)

    def advance(self, now: float) -> None:
        """Answers that don't come are not waited for any longer."""
        if self._asked is not None and now >= self._deadline:
            self.failed()
        for reach in list(self._reaching.values()):
            if now >= reach.deadline:
                self._arrived(reach, None)

    def deadline(self) -> float | None:
        """When ``advance`` has something to do."""
        due = [reach.deadline for reach in self._reaching.values()]
        return min([*due, self._deadline] if self._asked is not None else due, default=None)

    def _ask(self, room: Room | None, query: str, wanted: Query) -> None:
        """SEARCH <attribute>=<value>{;<attribute>=<value>}

        Spec: https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md#search-command
        """
        place = room.name if room is not None else wanted.room
        attributes = {"in": place, "from": wanted.nick, "text": " ".join(wanted.words)}
        self._asked, self._deadline = query, self._core.now + TIMEOUT
        self._core.send("SEARCH", tags.format_tags({key: value for key, value in attributes.items() if value}))

    def _answered(self, hits: tuple[Hit, ...]) -> None:
        query, self._asked = self._asked, None
        self._core.emit(events.Found(query or "", hits))
        if self._next is not None:
            (room, query), self._next = self._next, None
            self._ask(room, query, parse_query(query))

    def _read(self, msg: Message, wanted: Query) -> Hit | None:
        """What was found in a room that is open; other talks would have to be opened to show it."""
        core = self._core
        target = core.session.channel_of(msg.param(0))
        talk = sender(msg) if core.is_me(target) else target
        room = core.chat.find(talk)
        line = read_talk(core, room, msg) if room is not None else None
        if room is None or line is None:
            return None
        here = core.journal.by_msgid(room, line.msgid)
        hit = _hit(room, line if here is None else here, wanted)
        return hit if here is not None else msgspec.structs.replace(hit, line_id=None)

    def _go_on(self, reach: _Reach) -> bool:
        line_id = self._found_line(reach)
        if line_id is None and len(reach.room.lines) < reach.most and self._core.history.older(reach.room):
            return True
        return self._arrived(reach, line_id)

    def _found_line(self, reach: _Reach) -> int | None:
        room, lines = reach.room, reach.room.lines
        if reach.msgid and (line := self._core.journal.by_msgid(room, reach.msgid)) is not None:
            return line.id
        if not reach.time_ms or not lines:
            return None
        if lines[0].time_ms >= reach.time_ms and (reach.msgid or not room.exhausted):
            return None
        at = bisect_left(lines, reach.time_ms, key=lambda line: line.time_ms)
        return lines[min(at, len(lines) - 1)].id

    def _arrived(self, reach: _Reach, line_id: int | None) -> bool:
        self._reaching.pop(reach.room.id, None)
        if line_id is None:
            self._core.note(reach.room, "error", words.NOT_REACHED)
        self._core.emit(events.LineReached(reach.room, line_id))
        return line_id is not None


def _holding(word: str | None, folded: Sequence[str], among: list[int]) -> list[int]:
    return among if word is None else [at for at in among if word in folded[at]]


def _hit(room: Room, line: Line, wanted: Query) -> Hit:
    return Hit(room, line.nick, line.text, line.time_ms, line.id, line.msgid, tuple(_ranges(line.text, wanted.words)))


def _ranges(text: str, parts: Sequence[str]) -> Iterator[tuple[int, int]]:
    if parts:
        pattern = "|".join(map(re.escape, sorted(parts, key=len, reverse=True)))
        yield from (match.span() for match in re.finditer(pattern, text, re.IGNORECASE))
