"""``chatkit send`` and ``chatkit tail``: a room as a place to write to and to read from, for scripts."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import TextIO

import msgspec

from chatkit.client import words
from chatkit.client.address import DEFAULT_ADDRESS, Address
from chatkit.client.blocking import ClientError
from chatkit.client.defaults import user_nick
from chatkit.client.driver import Driver, LineSource
from chatkit.client.events import Event, LineChanged, LinesAppended, LinesInserted, NameNeeded, StatusChanged
from chatkit.client.model import Line, Room
from chatkit.client.options import ClientOptions
from chatkit.plain import INTERRUPTED, REFUSED, close_stdout
from chatkit.plain_parts.printer import SAID
from chatkit.proto.timestamps import format_time

LOOK_BACK = 20  # lines, those of who came and went among them: whether anything was ever said in a room
MAX_PENDING = 50  # lines under way beyond which the input has to wait
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LENGTH = re.compile(r"(\d{1,6})\s*([smhdw])")


def send(
    target: str,
    text: str | None = None,
    *,
    address: Address = DEFAULT_ADDRESS,
    nick: str | None = None,
    password: str | None = None,
    timeout: float = 30.0,
) -> int:
    """Say ``text``, or the lines of the standard input where it is None, in a room or to a person.

    Returns 0 once the server has stored every line, else 1 with a sentence on stderr; 130 after ^C. ``timeout`` is how
    many seconds the server may take for anything. Where nobody is and nothing was said before, stderr says so: it
    may be a slip.
    """
    look_back = LOOK_BACK if _is_room(target) else 0
    options = _options(target, address, nick, password, history=look_back, software="send")
    return _run(options, lambda driver: _Sender(driver, target, timeout).run(text))


def tail(
    target: str,
    *,
    address: Address = DEFAULT_ADDRESS,
    nick: str | None = None,
    password: str | None = None,
    since_ms: int | None = None,
    as_json: bool = False,
) -> int:
    """Print what is said in a room, or to us by a person, until ^C (130) or until nobody reads it any more (0).

    With ``since_ms``, milliseconds since 1970, all that was said since then comes first. Returns 1, with a sentence on
    stderr, where the server refuses or can't be reached at first; a connection lost later comes back by itself, and
    what was said meanwhile is printed too. Where there is nobody to follow yet, that is said on stderr.
    """
    options = _options(target, address, nick, password, since_ms=since_ms, software="tail")
    return _run(options, lambda driver: _Follower(driver, target, _as_json if as_json else _as_text).run(), sys.stdout)


def parse_since(text: str, now_ms: int) -> int:
    """When ``30m``, ``1h``, ``2d`` ago was, or an ISO time; local where it names no zone. In milliseconds since 1970.

    Raises ValueError with a sentence.
    """
    match = _LENGTH.fullmatch(text.strip().lower())
    if match is not None:
        return now_ms - int(match[1]) * _UNITS[match[2]] * 1000
    try:
        return max(0, int(datetime.fromisoformat(text.strip()).timestamp() * 1000))
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"'{text}' is no time: write 30m, 1h, 2d or 2026-11-22T12:30") from error


def _options(
    target: str,
    address: Address,
    nick: str | None,
    password: str | None,
    *,
    history: int = 0,
    since_ms: int | None = None,
    software: str,
) -> ClientOptions:
    rooms = (target,) if _is_room(target) else ()
    return ClientOptions(
        nick or user_nick(), address, rooms, password,
        rename=True, remember=False, history=history, since_ms=since_ms, quiet=True, software=software,
    )  # fmt: skip


def _is_room(target: str) -> bool:
    return target[:1] in ("#", "&")


def _run(options: ClientOptions, work: Callable[[Driver], int], output: TextIO | None = None) -> int:
    try:
        with Driver(options, output) as driver:
            try:
                return work(driver)
            finally:
                driver.leave()
    except ClientError as error:
        _warn(str(error))
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        close_stdout()
        return 0


def _warn(sentence: str) -> None:
    print(f"chatkit: {sentence}", file=sys.stderr)  # noqa: T201


class _Talk:
    """What sending and following share: getting into the room, and giving up where that won't be."""

    def __init__(self, driver: Driver, target: str) -> None:
        self.driver = driver
        self.runner = driver.runner
        self.target = target
        self._errors: list[str] = []  # what the server refused, in words

    @property
    def has_arrived(self) -> bool:
        """Whether we are where we wanted to be, or won't be, and all is here that was said there before."""
        return self.runner.ready and not any(room.loading for room in self.runner.chat.rooms)

    def find_room(self) -> Room:
        """The room. Raises ClientError where the server doesn't let us in."""
        if not _is_room(self.target):
            return self.runner.open_direct(self.target)
        room = self.runner.chat.find(self.target)
        if room is None or not room.joined:
            raise ClientError(self._errors[-1] if self._errors else f"{self.target} can't be entered")
        return room

    def is_deserted(self, room: Room) -> bool:
        """Whether nobody else is in a room, and nothing that was loaded was said there."""
        return not room.is_direct and len(room.members) < 2 and not any(line.is_talk for line in room.lines)

    def check(self, events: list[Event]) -> None:
        """Raises ClientError where there is no hope."""
        for event in events:
            if isinstance(event, NameNeeded):
                raise ClientError(event.text)
            if isinstance(event, LinesAppended):
                self._errors += [line.text for line in event.lines if line.kind == "error"]
            if isinstance(event, StatusChanged):
                self._check_status(event)

    def _check_status(self, event: StatusChanged) -> None:
        status = event.status
        if status.state == "offline" and (status.retry_at is None or not self.runner.was_online):
            raise ClientError(status.text)


class _Sender(_Talk):
    """Says lines, and waits until all of them are stored."""

    def __init__(self, driver: Driver, target: str, timeout: float) -> None:
        super().__init__(driver, target)
        self._timeout = timeout
        self._progress = time.monotonic()
        self._failed: dict[int, Line] = {}  # by line id

    def run(self, text: str | None) -> int:
        """Until all is said."""
        while not self.has_arrived:
            self._wait()
        room = self.find_room()
        if self.is_deserted(room):
            _warn(f"nobody else is in {room.name}, and nothing is known to have been said there: is it the right room?")
        if text is None:
            self._say_input(room)
        else:
            self.runner.post(room, text)
        while not self.runner.settled:
            self._wait()
        self._wait(0)  # for what the last answer changed
        if self._failed:
            reasons = "; ".join(dict.fromkeys(f"not sent: {line.reason}" for line in self._failed.values()))
            hint = "" if _is_room(self.target) else f"; a room is written '#{self.target}'"
            raise ClientError(reasons + hint)
        return 0

    def _say_input(self, room: Room) -> None:
        source = LineSource(sys.stdin.buffer)
        while not source.ended:
            if self._is_full(room):
                self._wait()
            elif self._wait_for_input(source):
                for line in source.read():
                    self.runner.post(room, line)

    def _is_full(self, room: Room) -> bool:
        return sum(line.state == "pending" for line in room.lines[-2 * MAX_PENDING :]) >= MAX_PENDING

    def _wait_for_input(self, source: LineSource) -> bool:
        # The input may take as long as it likes; the server may not.
        events, readable = self.driver.wait(None if self.runner.settled else self._timeout, source)
        self._progress = time.monotonic()
        self._take(events)
        return readable

    def _wait(self, timeout: float | None = None) -> None:
        left = self._progress + self._timeout - time.monotonic()
        if left <= 0:
            raise ClientError(f"the server did not answer within {words.duration(round(self._timeout))}")
        events, _ = self.driver.wait(left if timeout is None else timeout)
        self._take(events)

    def _take(self, events: list[Event]) -> None:
        self.check(events)
        changed = [event.line for event in events if isinstance(event, LineChanged)]
        self._failed.update((line.id, line) for line in changed if line.state == "failed")
        if changed:
            self._progress = time.monotonic()


class _Follower(_Talk):
    """Prints what is said."""

    def __init__(self, driver: Driver, target: str, form: Callable[[Room, Line], str]) -> None:
        super().__init__(driver, target)
        self._form = form
        self._entered = False

    def run(self) -> int:
        """Until it is interrupted."""
        while True:
            events, _ = self.driver.wait()
            for event in events:
                self._print(event)
            self.check(events)
            if self.has_arrived and not self._entered:
                self._enter()

    def _enter(self) -> None:
        self._entered = True
        room = self.find_room()
        if self.is_deserted(room):
            _warn(f"nobody else is in {room.name}; waiting for what will be said there")

    def _print(self, event: Event) -> None:
        if isinstance(event, StatusChanged) and event.status.state == "offline" and self.runner.was_online:
            _warn(f"{event.status.text}; trying again")
        if isinstance(event, LinesAppended | LinesInserted) and event.room is self.runner.chat.find(self.target):
            for line in event.lines:
                if line.is_talk:
                    print(self._form(event.room, line), flush=True)  # noqa: T201


def _as_text(_room: Room, line: Line) -> str:
    when = datetime.fromtimestamp(line.time_ms / 1000).astimezone()
    text = line.text.replace("\n", "\n    ")  # so that no line of a message passes for another's
    return f"{when:%Y-%m-%d %H:%M:%S} {SAID[line.kind].format(nick=line.nick, text=text)}"


def _as_json(room: Room, line: Line) -> str:
    row = {
        "time": format_time(line.time_ms),
        "nick": line.nick,
        "room": room.name,
        "text": line.text,
        "kind": line.kind,
        "msgid": line.msgid,
    }
    return msgspec.json.encode(row).decode()
