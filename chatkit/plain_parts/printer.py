"""Events in words, one line each and none of them twice."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from chatkit.client import events, words
from chatkit.client.local_time import clock, day_of
from chatkit.client.model import Chat, Line, Quote, Room

if TYPE_CHECKING:
    from chatkit.client.hub import Hub

SAID = {"message": "{nick}: {text}", "action": "* {nick} {text}", "notice": "-{nick}- {text}"}
MAX_KNOWN = 5_000  # printed lines of which it is known what they said
QUOTED = 40  # characters of a message that something is about
AROUND = 3  # lines printed before and after one that was searched for


class Printer:
    """Puts each event into words. Most rooms are one, the one in focus: what comes from another says from where."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._known: OrderedDict[tuple[int, int], Line] = OrderedDict()  # as they were printed, by ids of room and line
        self._place: Room | None = None  # where the user was told to be
        self._topics: dict[int, str] = {}  # that were shown, by room id
        self._typing: dict[int, tuple[str, ...]] = {}  # who was said to type, by room id
        self._table: dict[type, Callable[[Any], list[str]]] = {
            events.LinesAppended: lambda event: self._talk(event.room, event.lines),
            events.LinesInserted: lambda event: self._talk(event.room, event.lines),
            events.LinesPrepended: lambda event: ["* Before that:", *self._talk(event.room, event.lines)],
            events.LineChanged: self._changed,
            events.StatusChanged: self._status,
            events.RoomFocused: self._focused,
            events.TopicChanged: self._topic,
            events.TypingChanged: self._types,
            events.ComposingChanged: self._composing,
            events.LineReached: self._reached,
            events.NetworkRemoved: lambda event: [f"* You left {event.chat.network}"],
            events.Left: lambda event: ["* " + words.GOODBYE],
        }

    def lines(self, event: events.Event) -> list[str]:
        """The lines for ``event``; none where it has nothing to say."""
        say = self._table.get(type(event))
        return say(event) if say is not None else []

    # What was said.

    def _talk(self, room: Room, lines: Iterable[Line]) -> list[str]:
        # An own line is shown when the server has it.
        return [text for line in lines if line.state != "pending" for text in self._print(room, line)]

    def _print(self, room: Room, line: Line) -> list[str]:
        self._known[room.id, line.id] = line
        while len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        return format_line(line, self._where(room, line), hours24=self._hub.settings.appearance.clock == "24")

    def _changed(self, event: events.LineChanged) -> list[str]:
        room, line = event.room, event.line
        old = self._known.get((room.id, line.id))
        if old is None or line.state != old.state:
            if not _is_there(room, line):  # it took the place of another, which an event that follows tells
                return []
            told = line.state == "failed" and room is not self._hub.focus  # in the one that is in focus
            return [] if told else self._talk(room, (line,))
        self._known[room.id, line.id] = line
        return [f"* {self._where(room)}{text}" for text in changes(old, line)]

    def _reached(self, event: events.LineReached) -> list[str]:
        lines = event.room.lines
        at = next((number for number, line in enumerate(lines) if line.id == event.line_id), None)
        if at is None:
            return []
        around = lines[max(0, at - AROUND) : at + AROUND + 1]
        return [f"* Around that, in {event.room.name}:", *self._talk(event.room, around), "* That was then."]

    def _composing(self, event: events.ComposingChanged) -> list[str]:
        composing = event.room.composing
        if composing is None:
            return []
        does = "answers" if composing.kind == "reply" else "takes the place of"
        return [f"* Your next message {does} {quote(composing.line)} (/cancel: it does not)"]

    # What happened.

    def _status(self, event: events.StatusChanged) -> list[str]:
        status = event.status
        network = self._network(event.chat) if status.state == "offline" else ""  # else its words say which it is
        if status.retry_at is not None:
            return [f"* {network}{status.text}; {words.trying_again(status.retry_at - time.monotonic())}"]
        in_the_clear = status.state == "online" and not event.chat.security
        return [f"* {network}{status.text}{' (not encrypted)' if in_the_clear else ''}"]

    def _focused(self, event: events.RoomFocused) -> list[str]:
        room, before = event.room, self._place
        self._place = room
        if room is before or (room.kind == "server" and len(self._hub.chats) < 2):
            return []
        place = f"a talk with {room.name}" if room.is_direct else room.name
        of_network = f" of {room.chat.network}" if len(self._hub.chats) > 1 and room.kind != "server" else ""
        return [f"* You are in {place}{of_network} now"]

    def _topic(self, event: events.TopicChanged) -> list[str]:
        room = event.room
        known = self._topics.get(room.id, "") == room.topic
        self._topics[room.id] = room.topic
        return [] if known or event.told else ["* " + words.topic_is(room.name, room.topic)]

    def _types(self, event: events.TypingChanged) -> list[str]:
        room = event.room
        new = [nick for nick in room.typing if nick not in self._typing.get(room.id, ())]
        self._typing[room.id] = room.typing
        if not new or not self._hub.settings.talk.say_typing:
            return []
        return [f"* {self._where(room)}{words.people(new)} {'is' if len(new) == 1 else 'are'} typing"]

    # Where.

    def _where(self, room: Room, line: Line | None = None) -> str:
        """What to put before it, with a blank behind it; nothing for the room in focus."""
        focus = self._hub.focus
        if room is focus:
            return ""
        network = "" if focus is None or room.chat is focus.chat else self._network(room.chat)
        if room.kind == "server":
            return network
        return f"{network}{_label(room, line)} "

    def _network(self, chat: Chat) -> str:
        return f"{chat.network}: " if len(self._hub.chats) > 1 else ""


def _is_there(room: Room, line: Line) -> bool:
    """Whether a line that changed just now is still one of its room: such ones stand at the end."""
    return any(other.id == line.id for other in reversed(room.lines))


def _label(room: Room, line: Line | None) -> str:
    if not room.is_direct:
        return room.name
    return f"(direct, to {room.name})" if line is not None and line.mine and line.is_talk else "(direct)"


def format_line(line: Line, where: str = "", *, hours24: bool = True) -> list[str]:
    """A line of a room as text; more than one of a message that has several. ``where`` stands before each of them, and
    ends with a blank where it isn't empty."""
    if line.state == "failed":
        text = " / ".join(line.text.splitlines())
        return [f"! {where}not sent: {text} ({line.reason}). /retry sends it again"]
    if not line.is_talk or line.redacted:
        return [f"{'!' if line.kind == 'error' else '*'} {where}{line.redacted or line.text}"]
    nick = f"{line.nick} (answering {_quoted(line.reply)})" if line.reply is not None else line.nick
    before = f"[{_when(line.time_ms, hours24=hours24)}] {where}"
    texts = line.text.splitlines() or [""]
    texts[-1] += _remarks(line)
    return [before + SAID[line.kind].format(nick=nick, text=text) for text in texts]


def _remarks(line: Line) -> str:
    found = ["edited"] if line.edited else []
    found += [f"{reaction.text} by {words.people(list(reaction.nicks))}" for reaction in line.reactions]
    return f" ({'; '.join(found)})" if found else ""


def changes(old: Line, new: Line) -> Iterator[str]:
    """What has become of a line that was printed as ``old``."""
    if new.redacted and not old.redacted:
        yield f"{new.redacted} (it was {quote(old)})"
        return
    if new.text != old.text:
        yield f"{new.nick} changed {quote(old)} to: {' / '.join(new.text.splitlines())}"
    before = {(reaction.text, nick) for reaction in old.reactions for nick in reaction.nicks}
    after = [(reaction.text, nick) for reaction in new.reactions for nick in reaction.nicks]
    yield from (f"{nick} reacted {text} to {quote(new)}" for text, nick in after if (text, nick) not in before)
    yield from (f"{nick} took back {text} from {quote(new)}" for text, nick in sorted(before - set(after)))


def quote(line: Line) -> str:
    """A line, as something said about it names it."""
    return f"“{line.nick}: {_short(line.text)}”"


def _quoted(reply: Quote) -> str:
    return f"{reply.nick}: {_short(reply.text)}" if reply.nick else "an older message"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= QUOTED else flat[:QUOTED].rstrip() + "…"


def _when(time_ms: int, *, hours24: bool) -> str:
    day, time_of_day = day_of(time_ms), clock(time_ms, hours24=hours24)
    return time_of_day if day == date.today() else f"{day} {time_of_day}"
