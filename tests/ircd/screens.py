"""What one client knows from the lines that it got, held against what a server may send and against what is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from chatkit.ircd.state import Channel
from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source
from chatkit.proto.message import MAX_LINE, Message, parse
from chatkit.proto.modes import PREFIX_ORDER
from tests.ircd.conftest import FakeClient, Net

MAX_TAGS = 4096  # bytes of the server's tags, and as many of the clients', "@" and the space included
CLIENT_TAG = "+"
HISTORY = "chathistory"  # the type of batches that tell of what has been


class Halls:
    """The rooms that are or were auditoriums: not all members are told there what the others do."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._channels: set[Channel] = set()

    def look(self, net: Net) -> None:
        self._channels |= {channel for channel in net.ircd.channels.values() if "u" in channel.flags}
        self.names |= {channel.id for channel in self._channels}


class Screen:
    """What one client knows: its nick, who is in its rooms, and which of its commands were answered."""

    def __init__(self, client: FakeClient, halls: Halls) -> None:
        self.client = client
        self.halls = halls.names
        self.nick = ""
        self.rooms: dict[str, set[str]] = {}
        self.named: set[str] = set()  # those of them whose members it was told: with no-implicit-names it has to ask
        self.batches: dict[str, str] = {}  # the types of those that are open, by reference
        self.labels: list[str] = []  # of the answers that came, in order

    def read(self) -> list[Message]:
        """Take what has come, and hold it against what a server may send."""
        return [self._read(line) for line in self.client.raw()]  # which checks its end and its encoding

    def _read(self, line: str) -> Message:
        assert not set("\r\n\0") & set(line)
        tags, _, rest = line.partition(" ") if line.startswith("@") else ("", "", line)
        assert len(rest.encode()) <= MAX_LINE - 2
        assert max(map(len, _sides(tags[1:]))) <= MAX_TAGS - 2
        message = parse(line)
        self._follow(message)
        return message

    def _follow(self, message: Message) -> None:
        around = self.batches[message.tags["batch"]] if "batch" in message.tags else ""
        if "label" in message.tags:
            self.labels.append(message.tags["label"])
        if message.command == "BATCH":
            self._follow_batch(message.params, around)
        elif around != HISTORY:
            handler = getattr(self, f"_on_{message.command.lower()}", None)
            if handler is not None:
                handler(message.params, split_source(message.source or "").nick)

    def _follow_batch(self, params: list[str], around: str) -> None:
        sign, reference = params[0][0], params[0][1:]
        if sign == "+":
            assert reference not in self.batches
            self.batches[reference] = HISTORY if around == HISTORY else params[1]
        else:
            del self.batches[reference]

    def _is_me(self, nick: str) -> bool:
        return casefold(nick) == casefold(self.nick)

    def _on_001(self, params: list[str], _: str) -> None:
        self.nick = params[0]

    def _on_join(self, params: list[str], who: str) -> None:
        room = casefold(params[0])
        if self._is_me(who):
            assert room not in self.rooms
            self.rooms[room] = set()
            self.named.discard(room)
        assert casefold(who) not in self.rooms[room] or not self._knows(room)
        self.rooms[room].add(casefold(who))

    def _on_rename(self, params: list[str], _: str) -> None:
        old, new = map(casefold, params[:2])
        self.rooms[new] = self.rooms.pop(old)
        if old in self.named:
            self.named = self.named - {old} | {new}

    def _on_353(self, params: list[str], _: str) -> None:
        if (room := casefold(params[2])) in self.rooms:
            nicks = (split_source(name.lstrip(PREFIX_ORDER)).nick for name in params[3].split(" "))
            self.rooms[room] |= set(map(casefold, nicks))

    def _on_366(self, params: list[str], _: str) -> None:
        if (room := casefold(params[1])) in self.rooms:
            self.named.add(room)

    def _knows(self, room: str) -> bool:
        return room in self.named and room not in self.halls

    def _on_part(self, params: list[str], who: str) -> None:
        self._leave(params[0], who)

    def _on_kick(self, params: list[str], _: str) -> None:
        self._leave(params[0], params[1])

    def _leave(self, room: str, who: str) -> None:
        room = casefold(room)
        if self._is_me(who):
            del self.rooms[room]
        else:
            assert casefold(who) in self.rooms[room] or not self._knows(room)
            self.rooms[room].discard(casefold(who))

    def _on_quit(self, _: list[str], who: str) -> None:
        shared = [members for members in self.rooms.values() if casefold(who) in members]
        assert shared or self._is_me(who) or not all(map(self._knows, self.rooms)), "told of somebody it did not know"
        for members in shared:
            members.remove(casefold(who))

    def _on_nick(self, params: list[str], who: str) -> None:
        if self._is_me(who):
            self.nick = params[0]
        for members in self.rooms.values():
            if casefold(who) in members:
                members.remove(casefold(who))
                members.add(casefold(params[0]))

    def check(self) -> None:
        """Hold what this client knows against what is."""
        session = self.client.session
        user = session.user
        if session.gone:
            assert self.client.link.closed
        elif user is None:
            assert self.rooms == {}
        else:
            assert user.nick == self.nick
            assert self.rooms.keys() == user.channels.keys()
            for key, channel in user.channels.items():
                self._check_members(key, channel)

    def _check_members(self, key: str, channel: Channel) -> None:
        ranked = {casefold(peer.nick) for peer, member in channel.members.items() if member.modes}
        members = {casefold(peer.nick) for peer in channel.members}
        if self._knows(key):
            assert self.rooms[key] == members
        elif key in self.named:
            assert self.rooms[key] >= ranked


def _sides(tags: str) -> tuple[bytes, bytes]:
    """The server's tags and the clients'."""
    items = tags.split(";")
    mine = ";".join(item for item in items if not item.startswith(CLIENT_TAG))
    theirs = ";".join(item for item in items if item.startswith(CLIENT_TAG))
    return mine.encode(), theirs.encode()


def read_and_check(screens: list[Screen]) -> None:
    """Have all of them read before any is held against what is."""
    for screen in screens:
        screen.read()
    for screen in screens:
        screen.check()


class Failures(logging.Handler):
    """Keeps what the ircd logs as its own failures."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(self.format(record))


@contextmanager
def watched() -> Iterator[Failures]:
    """For tests of hypothesis, whose examples share one ``no_command_failed``."""
    failures, logger = Failures(), logging.getLogger("chatkit.ircd")
    logger.addHandler(failures)
    try:
        yield failures
    finally:
        logger.removeHandler(failures)
