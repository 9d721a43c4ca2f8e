"""A client for scripts: each call blocks until the server has answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from chatkit.client.address import Address, parse_address
from chatkit.client.driver import Driver
from chatkit.client.events import Event, LinesAppended, LinesInserted, NameNeeded
from chatkit.client.model import Kind, Line, Room
from chatkit.client.options import ClientOptions

TIMEOUT = 30.0  # seconds


class ClientError(Exception):
    """The server refused, can't be reached or was lost: a sentence for a person."""


class Said(msgspec.Struct, frozen=True):
    """A message that somebody sent. ``room`` is the other person's nick where it is a direct one."""

    room: str
    nick: str
    text: str
    time: datetime  # aware, in UTC
    kind: Kind = "message"
    msgid: str = ""
    direct: bool = False


def said(room: Room, line: Line) -> Said:
    """``line`` for a script."""
    at = datetime.fromtimestamp(line.time_ms / 1000, UTC)
    return Said(room.name, line.nick, line.text, at, line.kind, line.msgid, room.is_direct)


def news(events: list[Event]) -> Iterator[tuple[Room, Line]]:
    """The messages of others among ``events`` that came live."""
    for event in events:
        if isinstance(event, LinesAppended | LinesInserted) and not event.old:
            yield from ((event.room, line) for line in event.lines if line.is_talk and not line.mine)


class Client:
    """A connection to a server::

        with Client("deploy", "127.0.0.1:55555", rooms=["#lobby"]) as client:
            client.say("#lobby", "version 7 is live")
            for said in client.messages(timeout=60):
                print(said.room, said.nick, said.text)

    Entering it connects and joins the rooms. It belongs to one thread. It answers the server's PING only while a call
    of it runs: call ``wait`` at least every minute. A lost connection comes back by itself, the gap filled.
    """

    def __init__(
        self,
        nick: str,
        address: str | Address = Address(),  # noqa: B008  # immutable
        rooms: list[str] | tuple[str, ...] = (),
        *,
        password: str | None = None,
        rename: bool = False,
        timeout: float = TIMEOUT,
    ) -> None:
        place = parse_address(address) if isinstance(address, str) else address
        options = ClientOptions(
            nick, place, tuple(rooms), password, rename=rename, remember=False, history=0, quiet=True, software="client"
        )
        self.timeout = timeout
        self._driver = Driver(options)
        self._runner = self._driver.runner
        self._news: list[tuple[Room, Line]] = []
        self._errors: list[str] = []

    def __enter__(self) -> Client:
        self._driver.__enter__()
        try:
            self._until(lambda: self._runner.ready)
            for name in self._runner.options.rooms:
                self._room(name, self._errors)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave politely."""
        self._driver.leave()
        self._driver.__exit__(None, None, None)

    @property
    def nick(self) -> str:
        """What the server calls us."""
        return self._runner.chat.nick

    def join(self, room: str) -> None:
        """Enter a room. Raises ClientError where the server won't have it."""
        self._runner.join(room)
        self._until(lambda: self._runner.ready)
        self._room(room, self._errors)

    def say(self, target: str, text: str) -> None:
        """Say ``text`` to a room or a person; returns once the server has it. Raises ClientError where it refuses."""
        room = self._room(target)
        before = {line.id for line in room.lines}
        self._runner.post(room, text)
        self._until(lambda: self._runner.settled)
        for line in room.lines:
            if line.state == "failed" and line.id not in before:
                raise ClientError(f"not sent: {line.reason}")

    def people(self, room: str) -> list[str]:
        """Who is in a room: those with rights first, then by name."""
        return [person.nick for person in self._room(room).people]

    def messages(self, timeout: float | None = None) -> Iterator[Said]:
        """What others say, from all rooms, as it comes. Ends after ``timeout`` seconds; without one, never."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            while self._news:
                yield said(*self._news.pop(0))
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return
            self.wait(left)

    def wait(self, timeout: float | None = 0.0) -> None:
        """Take what came in; wait for it for at most ``timeout`` seconds."""
        events, _ = self._driver.wait(timeout)
        self._news += news(events)
        for event in events:
            if isinstance(event, NameNeeded):
                raise ClientError(event.text)
            if isinstance(event, LinesAppended):
                self._errors += [line.text for line in event.lines if line.kind == "error"]

    def _until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self.timeout
        self._errors.clear()
        while not done():
            left = deadline - time.monotonic()
            if left <= 0:
                raise ClientError("the server did not answer in time")
            self.wait(left)
            self._check_status()

    def _check_status(self) -> None:
        status = self._runner.chat.status
        if status.state == "offline" and (status.retry_at is None or not self._runner.was_online):
            raise ClientError(status.text)

    def _room(self, name: str, errors: Sequence[str] = ()) -> Room:
        """The room ``name``. Raises ClientError where we are not in it: the last of ``errors`` says why."""
        chat = self._runner.chat
        if name[:1] not in ("#", "&"):
            return chat.find(name) or self._runner.open_direct(name)
        room = chat.find(name)
        if room is None or not room.joined:
            raise ClientError(errors[-1] if errors else f"you are not in {name}")
        return room
