"""The terminal client on a screen that is not there, at a server that a test plays line by line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from chatkit.client.hub import Hub
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.model import Chat, Room
from chatkit.client.options import ClientOptions, Start
from chatkit.tui import ChatApp
from tests.client.conversation import Conversation
from tests.client.typed_hub import TypedRunner

DEADLINE = 20.0  # seconds: nothing waits for it but a failure
LARGE = (120, 40)
SMALL = (80, 24)


class Face:
    """The app under test, and what a person sees of it and does with it."""

    def __init__(self, app: ChatApp, pilot: Any) -> None:
        self.app = app
        self.pilot = pilot
        self.runners: list[TypedRunner] = []

    @property
    def hub(self) -> Hub:
        assert self.app.hub is not None
        return self.app.hub

    @property
    def chat(self) -> Chat:
        return self.hub.chats[0]

    @property
    def focus(self) -> Room:
        assert self.hub.focus is not None
        return self.hub.focus

    @property
    def runner(self) -> TypedRunner | None:
        """The first network's, once it is there."""
        return self.runners[0] if self.runners else None

    @property
    def talk(self) -> Conversation:
        """The first network's server."""
        return self.runners[0].talk

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
        for runner in self.runners:
            runner.wake()
        await self.until(lambda: not any(runner.core.has_events or runner.inbox for runner in self.runners))
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


def discreet() -> Keepsakes:
    """Of a user who tells nobody of typing: what is sent is what was said, whatever a key takes."""
    kept = Keepsakes.in_memory()
    kept.settings.set("talk.typing", value=False)
    return kept


@asynccontextmanager
async def face(
    size: tuple[int, int] = LARGE, *, name: str | None = None, kept: Keepsakes | None = None, pick: bool = False,
    others: tuple[ClientOptions, ...] = (), **options: Any,
) -> AsyncIterator[Face]:  # fmt: skip
    """An app that runs: not connected yet, or asking for a name if there is one to suggest."""
    networks = () if pick else (ClientOptions(**{"nick": name or "Alice", **options}), *others)
    app = ChatApp(Start(networks, name, pick), TypedRunner, kept or discreet())
    shown = Face(app, None)

    def make(*args: Any, **how: Any) -> TypedRunner:
        shown.runners.append(TypedRunner(*args, **how))
        return shown.runners[-1]

    app._make_runner = make
    async with app.run_test(size=size) as pilot:
        shown.pilot = pilot
        await shown.drawn()
        yield shown
    assert all(runner.stopped for runner in shown.runners)


@asynccontextmanager
async def room(
    size: tuple[int, int] = LARGE, *, history: list[str] | None = None, people: str = "Alice @Bob +Carol", **how: Any
) -> AsyncIterator[Face]:
    """An app in ``#room``. ``how`` goes to Conversation.register."""
    async with face(size) as shown:
        shown.talk.register(**how)
        await shown.enter(history=history, people=people)
        yield shown
