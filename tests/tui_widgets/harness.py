"""The terminal client on a screen that is not there, at a server that a test plays line by line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from chatkit.client.completion import Completion
from chatkit.client.events import Event
from chatkit.client.model import Chat, Room
from chatkit.client.options import ClientOptions
from chatkit.tui import ChatApp
from tests.client.conversation import Conversation

DEADLINE = 20.0  # seconds: nothing waits for it but a failure
LARGE = (120, 40)
SMALL = (80, 24)


class TypedRunner:
    """What ``ClientRunner`` is to a front end, with a Conversation instead of sockets and threads."""

    def __init__(self, options: ClientOptions, on_wakeup: Callable[[], None]) -> None:
        self.options = options
        self.talk = Conversation(**msgspec.structs.asdict(options))
        self.core = self.talk.core
        self.started = self.stopped = False
        self.asked_older: list[Room] = []
        self._on_wakeup = on_wakeup

    @property
    def chat(self) -> Chat:
        return self.core.chat

    def start(self) -> None:
        self.started = True
        self._on_wakeup()

    def stop(self) -> None:
        self.stopped = True

    def pump(self) -> list[Event]:
        return self.core.take_events()

    def wake(self) -> None:
        if self.core.has_events:
            self._on_wakeup()

    def say(self, room: Room, text: str) -> None:
        self._act(lambda: self.core.say(room, text))

    def retry(self, line_id: int) -> None:
        self._act(lambda: self.core.retry(line_id))

    def load_older(self, room: Room) -> bool:
        self.asked_older.append(room)
        asked = self.core.load_older(room)
        self.wake()
        return asked

    def set_focus(self, room: Room) -> None:
        self._act(lambda: self.core.set_focus(room))

    def choose_name(self, name: str) -> None:
        self._act(lambda: self.core.choose_name(name))

    def complete(self, text: str, cursor: int) -> Completion:
        return self.core.complete(text, cursor)

    def quit(self, reason: str = "") -> None:
        self._act(lambda: self.core.quit(reason))

    def _act(self, action: Callable[[], None]) -> None:
        action()
        self.wake()


class Face:
    """The app under test, and what a person sees of it and does with it."""

    def __init__(self, app: ChatApp, pilot: Any) -> None:
        self.app = app
        self.pilot = pilot
        self.runner: TypedRunner = None  # type: ignore[assignment]  # set as soon as the app has made it

    @property
    def talk(self) -> Conversation:
        """The server's side."""
        return self.runner.talk

    async def server(self, *lines: str) -> None:
        """The server says these, and the screen shows them."""
        self.talk.server(*lines)
        await self.drawn()

    async def history(self, room: str, lines: list[str]) -> None:
        """The server answers with a page of history."""
        self.talk.batch(room, lines)
        await self.drawn()

    async def enter(self, name: str = "#room", **how: Any) -> Room:
        """The server puts the user into a room."""
        room = self.talk.enter(name, **how)
        await self.drawn()
        return room

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.drawn()

    async def write(self, text: str) -> None:
        """Type ``text`` and send it."""
        await self.press(*text, "enter")

    async def resize(self, width: int, height: int) -> None:
        await self.pilot.resize_terminal(width, height)
        await self.drawn()

    async def drawn(self) -> None:
        """Wait until all that happened is on the screen."""
        if self.runner is not None:
            self.runner.wake()
            await self.until(lambda: not self.runner.core.has_events)
        await self.pilot.pause()
        await self.pilot.pause()

    async def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE
        while not holds():
            assert time.monotonic() < deadline, f"it never came:\n{self.text()}"
            await asyncio.sleep(0.01)

    def rows(self) -> list[str]:
        """The screen, row by row."""
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    def text(self) -> str:
        return "\n".join(self.rows())

    def row_with(self, text: str) -> int:
        """The row of the screen that shows ``text``."""
        return next(number for number, row in enumerate(self.rows()) if text in row)

    def style_of(self, text: str) -> Any:
        """The Rich style in which ``text`` begins on the screen."""
        for strip in self.app.screen._compositor.render_strips():
            position = strip.text.find(text)
            if position >= 0:
                for segment in strip:
                    position -= len(segment.text)
                    if position < 0:
                        return segment.style
        raise AssertionError(f"no {text!r} on the screen:\n{self.text()}")


@asynccontextmanager
async def face(size: tuple[int, int] = LARGE, *, name: str | None = None, **options: Any) -> AsyncIterator[Face]:
    """An app that runs: not connected yet, or asking for a name if there is one to suggest."""
    made: list[TypedRunner] = []

    def make(*args: Any) -> TypedRunner:
        made.append(TypedRunner(*args))
        shown.runner = made[-1]
        return made[-1]

    app = ChatApp(ClientOptions(**{"nick": "Alice", **options}), name, make)  # type: ignore[arg-type]
    shown = Face(app, None)
    async with app.run_test(size=size) as pilot:
        shown.pilot = pilot
        await shown.drawn()
        yield shown
    assert all(runner.stopped for runner in made)


@asynccontextmanager
async def room(
    size: tuple[int, int] = LARGE, *, history: list[str] | None = None, people: str = "Alice @Bob +Carol", **how: Any
) -> AsyncIterator[Face]:
    """An app in ``#room``. ``how`` goes to Conversation.register."""
    async with face(size) as shown:
        shown.talk.register(**how)
        await shown.enter(history=history, people=people)
        yield shown
