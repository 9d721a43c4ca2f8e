"""The client as plain lines: for a pipe, a screen reader, a dumb terminal. One line per event, no cursor tricks."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from chatkit.client import words
from chatkit.client.driver import Driver, LineSource
from chatkit.client.events import (
    Event,
    Left,
    LineChanged,
    LinesAppended,
    LinesInserted,
    LinesPrepended,
    NameNeeded,
    RoomFocused,
    StatusChanged,
    TopicChanged,
)
from chatkit.client.model import Chat, Line, Room
from chatkit.client.options import ClientOptions

REFUSED, INTERRUPTED = 1, 130  # exit statuses
STUCK = 30.0  # seconds without progress after which the last lines of a pipe are given up
MAX_PENDING = 50  # lines under way beyond which a pipe has to wait


def run(options: ClientOptions, suggestion: str | None = None) -> int:
    """Talk until /quit, the end of the input or ^C. Returns the exit status.

    ``suggestion`` is the name to offer where the user gave none: a person is asked, a pipe takes it.
    """
    interactive = sys.stdin.isatty()
    try:
        options = _with_name(options, suggestion, interactive=interactive)
        with Driver(options, sys.stdout) as driver:
            return _Session(driver, interactive=interactive).run()
    except (KeyboardInterrupt, EOFError):
        print()  # noqa: T201  # leaves the line of the ^C
        return INTERRUPTED
    except BrokenPipeError:
        close_stdout()
        return 0


def close_stdout() -> None:
    """Nobody reads any more: keep Python from complaining about it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _with_name(options: ClientOptions, suggestion: str | None, *, interactive: bool) -> ClientOptions:
    nick = suggestion or options.nick
    if suggestion is not None and interactive:
        nick = input(f"Your name [{suggestion}]: ").strip() or suggestion
    return msgspec.structs.replace(options, nick=nick, rename=options.rename or not interactive)


class _Session:
    """One run: prints events, feeds lines."""

    def __init__(self, driver: Driver, *, interactive: bool) -> None:
        self._driver = driver
        self._runner = driver.runner
        self._interactive = interactive
        self._source = LineSource(sys.stdin.buffer)
        self._typed: list[str] = []  # lines that wait until they can be said
        self._printer = Printer(self._runner.chat)
        self._suggestion: str | None = None  # while the user is asked for another name
        self._failed = False
        self._synced = False  # whether the server was asked if it has answered everything
        self._status: int | None = None  # to exit with
        self._progress = time.monotonic()

    def run(self) -> int:
        """Until there is an exit status."""
        try:
            while self._status is None:
                self._turn()
        except KeyboardInterrupt:
            self._show(self._driver.leave())
            return INTERRUPTED
        return self._status

    def _turn(self) -> None:
        reading = not self._source.ended and len(self._typed) < MAX_PENDING
        timeout = 1.0 if self._source.ended else None
        events, readable = self._driver.wait(timeout, self._source if reading else None)
        if events:
            self._progress = time.monotonic()
        self._show(events)
        if readable:
            self._typed += self._source.read()
        self._say_typed()
        if self._source.ended and not self._typed and self._status is None:
            self._end_of_input()

    def _say_typed(self) -> None:
        while self._typed and self._status is None and self._may_say():
            line = self._typed.pop(0)
            if self._suggestion is not None:
                suggestion, self._suggestion = self._suggestion, None
                self._runner.choose_name(line.strip() or suggestion)
            elif line.strip():
                self._runner.say(self._runner.chat.focus, line)

    def _may_say(self) -> bool:
        # In a pipe, what follows /join is meant for the room that it enters.
        return self._interactive or self._runner.ready

    def _end_of_input(self) -> None:
        stuck = time.monotonic() > self._progress + STUCK
        if not self._synced and self._runner.ready:  # what was asked last is to be answered too
            self._synced = True
            self._runner.sync()
        if self._interactive or stuck or (self._synced and self._runner.ready and self._runner.settled):
            self._show(self._driver.leave())
            self._status = REFUSED if self._failed or stuck else 0

    def _show(self, events: list[Event]) -> None:
        for event in events:
            if not self._follow(event):
                for text in self._printer.lines(event):
                    print(text, flush=True)  # noqa: T201

    def _follow(self, event: Event) -> bool:
        """What an event means for the run. Returns whether all is said about it."""
        if isinstance(event, Left):
            self._status = REFUSED if self._failed else 0
        elif isinstance(event, NameNeeded):
            self._suggestion = event.suggestion
            return not self._interactive and self._give_up(event.text)
        elif isinstance(event, StatusChanged):
            return self._is_hopeless(event) and self._give_up(event.status.text)
        elif isinstance(event, LineChanged) and event.line.state == "failed":
            self._failed = True
        return False

    def _is_hopeless(self, event: StatusChanged) -> bool:
        if self._interactive or self._status is not None or event.status.state != "offline":
            return False
        return not self._runner.was_online or event.status.retry_at is None

    def _give_up(self, text: str) -> bool:
        print(f"chatkit: {text}", file=sys.stderr)  # noqa: T201
        self._status = REFUSED
        return True


class Printer:
    """Puts each event into words, none of them twice."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._topics: dict[int, str] = {}  # that were shown, by room id
        self._table: dict[type, Callable[[Any], list[str]]] = {
            LinesAppended: lambda event: self._talk(event.room, event.lines),
            LinesInserted: lambda event: self._talk(event.room, event.lines),
            LinesPrepended: lambda event: ["* Before that:", *self._talk(event.room, event.lines)],
            LineChanged: self._changed,
            StatusChanged: self._status,
            RoomFocused: self._focused,
            TopicChanged: self._topic,
            NameNeeded: lambda event: [f"* {event.text} Your name [{event.suggestion}]:"],
            Left: lambda event: ["* " + words.GOODBYE],
        }

    def lines(self, event: Event) -> list[str]:
        """The lines for ``event``; none where it has nothing to say."""
        say = self._table.get(type(event))
        return say(event) if say is not None else []

    def _changed(self, event: LineChanged) -> list[str]:
        told = event.line.state == "failed" and event.room is not self._chat.focus  # in the one that is in focus
        return [] if told else self._talk(event.room, (event.line,))

    def _talk(self, room: Room, lines: tuple[Line, ...]) -> list[str]:
        # An own line is shown when the server has it.
        is_here = room is self._chat.focus or room.kind == "server"
        return [
            format_line(line, "" if is_here else _label(room, line) + " ") for line in lines if line.state != "pending"
        ]

    def _status(self, event: StatusChanged) -> list[str]:
        status = event.status
        if status.retry_at is None:
            return [f"* {status.text}"]
        return [f"* {status.text}; {words.trying_again(status.retry_at - time.monotonic())}"]

    def _focused(self, event: RoomFocused) -> list[str]:
        return [] if event.room.kind == "server" else [f"* You are in {_place(event.room)} now"]

    def _topic(self, event: TopicChanged) -> list[str]:
        room = event.room
        known = self._topics.get(room.id, "") == room.topic
        self._topics[room.id] = room.topic
        return [] if known or event.told else ["* " + words.topic_is(room.name, room.topic)]


def _label(room: Room, line: Line) -> str:
    if not room.is_direct:
        return room.name
    return f"(direct, to {room.name})" if line.mine and line.is_talk else "(direct)"


def _place(room: Room) -> str:
    return f"a talk with {room.name}" if room.is_direct else room.name


def format_line(line: Line, where: str = "") -> str:
    """One line of a room, as text. ``where`` stands before it, and ends with a blank where it isn't empty."""
    if line.state == "failed":
        return f"! {where}not sent: {line.text} ({line.reason}). /retry sends it again"
    if not line.is_talk:
        return f"{'!' if line.kind == 'error' else '*'} {where}{line.text}"
    return f"[{_clock(line.time_ms)}] {where}{SAID[line.kind].format(nick=line.nick, text=line.text)}"


SAID = {"message": "{nick}: {text}", "action": "* {nick} {text}", "notice": "-{nick}- {text}"}


def _clock(time_ms: int) -> str:
    when = datetime.fromtimestamp(time_ms / 1000).astimezone()
    today = when.date() == datetime.now(when.tzinfo).date()
    return when.strftime("%H:%M" if today else "%Y-%m-%d %H:%M")
