"""The desktop window on a screen of its own, at a server that a test plays line by line."""

from __future__ import annotations

import gc
import time
import tkinter as tk
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from chatkit.client.completion import Completion
from chatkit.client.events import Event
from chatkit.client.model import Chat, Room
from chatkit.client.options import ClientOptions
from chatkit.gui_tk import Desktop
from chatkit.gui_widgets.window import MainWindow
from tests.client.conversation import Conversation

DEADLINE = 20.0  # seconds: nothing waits for it but a failure

KEYSYMS = {" ": "space", "/": "slash", "#": "numbersign", ":": "colon", ",": "comma", "!": "exclam", ".": "period"}


class TypedRunner:
    """What ``ClientRunner`` is to a front end, with a Conversation instead of sockets and threads."""

    def __init__(self, options: ClientOptions, on_wakeup: Callable[[], None]) -> None:
        self.talk = Conversation(**msgspec.structs.asdict(options))
        self.core = self.talk.core
        self.wake = on_wakeup
        self.inbox: deque[str] = deque()
        self.stopped = False
        self.asked_older: list[Room] = []
        self.pumped: list[int] = []  # lines applied, pump by pump

    @property
    def chat(self) -> Chat:
        return self.core.chat

    def start(self) -> None:
        self.wake()

    def stop(self) -> None:
        self.stopped = True

    def pump(self, limit: int) -> list[Event]:
        lines = [self.inbox.popleft() for _ in range(min(limit, len(self.inbox)))]
        self.talk.server(*lines)
        if lines:
            self.pumped.append(len(lines))
        if self.inbox:
            self.wake()
        return self.core.take_events()

    def load_older(self, room: Room) -> bool:
        self.asked_older.append(room)
        asked = self.core.load_older(room)
        self.wake()
        return asked

    def open_direct(self, nick: str) -> Room:
        room = self.core.open_direct(nick)
        self.wake()
        return room

    def complete(self, text: str, cursor: int) -> Completion:
        return self.core.complete(text, cursor)

    def __getattr__(self, name: str) -> Callable[..., None]:
        """The actions that do no more than the core does."""
        action = getattr(self.core, name)

        def act(*args: Any) -> None:
            action(*args)
            self.wake()

        return act


class Shown:
    """The window under test, and what a person sees of it and does with it."""

    def __init__(self, name: str | None, options: dict[str, Any]) -> None:
        self.view = MainWindow()
        self.desktop = Desktop(self.view, TypedRunner)  # type: ignore[arg-type]  # stands in for a ClientRunner
        self.failures: list[BaseException] = []
        self.view.root.report_callback_exception = self._failed
        self.desktop.start(ClientOptions(**{"nick": "Alice", **options}), name)
        self.desktop._poll()
        self.view.root.focus_force()
        self.drawn()

    @property
    def runner(self) -> TypedRunner:
        runner = self.desktop.runner
        assert isinstance(runner, TypedRunner)
        return runner

    @property
    def talk(self) -> Conversation:
        """The server's side."""
        return self.runner.talk

    # What happens.

    def server(self, *lines: str) -> None:
        """The server says these, and the window shows them."""
        self.runner.inbox.extend(lines)
        self.drawn()

    def history(self, room: str, lines: list[str]) -> None:
        """The server answers with a page of history."""
        self.talk.batch(room, lines)
        self.drawn()

    def enter(self, name: str = "#room", **how: Any) -> Room:
        """The server puts the user into a room."""
        room = self.talk.enter(name, **how)
        self.drawn()
        return room

    def press(self, sequence: str, widget: tk.Misc | None = None) -> None:
        """A key, where the keyboard is or in ``widget``."""
        if widget is not None:
            widget.focus_force()
            self.view.root.update()
        target = self.view.root.focus_get()
        assert target is not None
        target.event_generate(sequence)
        self.drawn()

    def type(self, text: str) -> None:
        """Keys into the composer."""
        for char in text:
            self.press(f"<Key-{KEYSYMS.get(char, char)}>", self.view.composer.text)

    def click(self, widget: tk.Misc, x: int, y: int, button: int = 1, times: int = 1) -> None:
        widget.event_generate("<Motion>", x=x, y=y)
        for _ in range(times):
            widget.event_generate(f"<Button-{button}>", x=x, y=y)
            widget.event_generate(f"<ButtonRelease-{button}>", x=x, y=y)
        self.drawn()

    def click_text(self, text: str) -> None:
        """A click on the place of the talk that shows ``text``."""
        widget = self.view.talk.text
        box = widget.bbox(widget.search(text, "1.0"))
        assert box is not None, f"{text!r} is out of sight"
        self.click(widget, box[0] + 2, box[1] + box[3] // 2)

    def resize(self, width: int, height: int) -> None:
        self.view.root.geometry(f"{width}x{height}")
        self.until(lambda: (self.view.root.winfo_width(), self.view.root.winfo_height()) == (width, height))
        self.drawn()

    def drawn(self) -> None:
        """Wait until all that happened is on the screen."""
        if self.desktop.runner is not None:
            self.runner.wake()
            self.until(lambda: not (self.runner.inbox or self.runner.core.has_events))
        for _ in range(3):
            self.view.root.update()

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE
        while not holds():
            assert time.monotonic() < deadline, f"it never came:\n{self.text()}"
            self.view.root.update()
            time.sleep(0.002)  # the deadline's grain, not what the test waits for

    # What is seen.

    def text(self) -> str:
        """The whole talk, seen or scrolled away."""
        return self.view.talk.text.get("1.0", "end-1c")

    def lines(self) -> list[str]:
        """The talk without the times and without what nobody said."""
        return [line.partition("\t")[2] for line in self.text().splitlines() if "\t" in line]

    def in_sight(self, text: str) -> int | None:
        """How far below the talk's upper edge ``text`` begins; None where it can't be seen."""
        widget = self.view.talk.text
        at = widget.search(text, "1.0")
        box = widget.bbox(at) if at else None
        return None if box is None else box[1]

    def tags(self, text: str) -> tuple[str, ...]:
        """What ``text`` in the talk is marked with."""
        widget = self.view.talk.text
        return widget.tag_names(widget.search(text, "1.0"))

    def drawings(self, canvas: tk.Canvas) -> list[str]:
        """The words on a canvas, from top to bottom."""
        found = [item for item in canvas.find_all() if canvas.type(item) == "text"]
        found.sort(key=lambda item: (round(canvas.coords(item)[1]), canvas.coords(item)[0]))
        return [canvas.itemcget(item, "text") for item in found]

    def rooms(self) -> list[str]:
        return self.drawings(self.view.rooms.canvas)

    def people(self) -> list[str]:
        return self.drawings(self.view.people.canvas)

    def _failed(self, _kind: type[BaseException], error: BaseException, _trace: Any) -> None:
        self.failures.append(error)


@contextmanager
def window(*, name: str | None = None, **options: Any) -> Iterator[Shown]:
    """A window, not connected yet, or asking for a name if there is one to suggest. No callback may fail in it."""
    shown = Shown(name, options)
    try:
        yield shown
        assert not shown.failures, shown.failures
    finally:
        shown.desktop._end()
        del shown
        gc.collect()  # Tk's objects have to go on the thread that made them


@contextmanager
def room(*, history: list[str] | None = None, people: str = "Alice @Bob +Carol", **how: Any) -> Iterator[Shown]:
    """A window in ``#room``. ``how`` goes to Conversation.register."""
    with window() as shown:
        shown.talk.register(**how)
        shown.enter(history=history, people=people)
        yield shown
