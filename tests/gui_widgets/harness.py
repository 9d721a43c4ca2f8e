"""The desktop window on a screen of its own, at a server that a test plays line by line."""

from __future__ import annotations

import gc
import time
import tkinter as tk
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chatkit.client.keepsakes import Keepsakes
from chatkit.client.kept import Kept
from chatkit.client.model import Chat, Room
from chatkit.client.options import ClientOptions, Start
from chatkit.client.settings import Appearance
from chatkit.gui_tk import Desktop
from chatkit.gui_widgets.geometry import FILE_NAME, Geometry
from chatkit.gui_widgets.settings_window import SettingsWindow
from chatkit.gui_widgets.window import MainWindow
from tests.client.conversation import Conversation
from tests.client.typed_hub import TypedHub, TypedRunner

DEADLINE = 20.0  # seconds: nothing waits for it but a failure

KEYSYMS = {" ": "space", "/": "slash", "#": "numbersign", ":": "colon", ",": "comma", "!": "exclam", ".": "period"}


class Shown:
    """The window under test, and what a person sees of it and does with it."""

    def __init__(self, start: Start, kept: Keepsakes, geometry: Kept[Geometry], appearance: Appearance) -> None:
        self.view = MainWindow(appearance, geometry)
        self.desktop = Desktop(self.view, lambda start, wake: TypedHub(start, wake, kept=kept))
        self.failures: list[BaseException] = []
        self.view.root.report_callback_exception = self._failed
        self.desktop.start(start)
        self.desktop._poll()
        self.view.root.focus_force()
        self.drawn()

    @property
    def hub(self) -> TypedHub:
        hub = self.desktop.hub
        assert isinstance(hub, TypedHub)
        return hub

    @property
    def runner(self) -> TypedRunner:
        """Of the first network."""
        return self.hub.typed_runner(self.hub.chats[0])

    @property
    def chat(self) -> Chat:
        """The first network."""
        return self.hub.chats[0]

    @property
    def talk(self) -> Conversation:
        """The server's side of the first network."""
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
        self.click(self.view.talk.text, *self.place_of(text))

    def place_of(self, text: str) -> tuple[int, int]:
        """Where the talk shows ``text``."""
        widget = self.view.talk.text
        box = widget.bbox(widget.search(text, "1.0"))
        assert box is not None, f"{text!r} is out of sight"
        return box[0] + 2, box[1] + box[3] // 2

    def hover(self, text: str) -> None:
        """The mouse goes to where the talk shows ``text``."""
        x, y = self.place_of(text)
        self.view.talk.text.event_generate("<Motion>", x=x, y=y)
        self.drawn()

    def on_screen(self, text: str) -> tuple[int, int]:
        """Where on the screen the talk shows ``text``."""
        x, y = self.place_of(text)
        return x + self.view.talk.text.winfo_rootx(), y + self.view.talk.text.winfo_rooty()

    def resize(self, width: int, height: int) -> None:
        self.view.root.geometry(f"{width}x{height}")
        self.until(lambda: (self.view.root.winfo_width(), self.view.root.winfo_height()) == (width, height))
        self.drawn()

    def drawn(self) -> None:
        """Wait until all that happened is on the screen."""
        for runner in self._runners():
            runner.wake()
            self.until(lambda runner=runner: not (runner.inbox or runner.core.has_events))  # type: ignore[misc]  # mypy can't infer it
        self.until(lambda: not self.desktop._woken)
        for _ in range(3):
            self.view.root.update()

    def _runners(self) -> list[TypedRunner]:
        return [self.hub.typed_runner(chat) for chat in self.hub.chats] if self.desktop.hub is not None else []

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE
        while not holds():
            assert time.monotonic() < deadline, f"it never came:\n{self.text()}"
            self.view.root.update()
            time.sleep(0.002)  # the deadline's grain, not what the test waits for

    def settings(self) -> SettingsWindow:
        """The window for settings, which is open."""
        found = self.view.controls.panels.settings
        assert found is not None
        return found

    # What is seen.

    def text(self) -> str:
        """The whole talk, seen or scrolled away."""
        return self.view.talk.text.get("1.0", "end-1c")

    def lines(self) -> list[str]:
        """The talk without the times and without what nobody said."""
        found = [line.partition("\t")[2] for line in self.text().splitlines() if "\t" in line]
        return [line.replace(" \t", " ").replace("\t", "").replace("\N{NO-BREAK SPACE}", " ") for line in found]

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

    def labels(self, widget: tk.Misc) -> list[str]:
        """The words on all labels in it."""
        own = [str(widget.cget("text"))] if isinstance(widget, tk.Label) else []
        return own + [text for child in widget.winfo_children() for text in self.labels(child)]

    def rooms(self) -> list[str]:
        return self.drawings(self.view.rooms.canvas)

    def people(self) -> list[str]:
        return self.drawings(self.view.people.canvas)

    def _failed(self, _kind: type[BaseException], error: BaseException, _trace: Any) -> None:
        self.failures.append(error)


@contextmanager
def window(
    *networks: ClientOptions,
    name: str | None = None,
    pick: bool = False,
    kept: Keepsakes | None = None,
    geometry: Kept[Geometry] | None = None,
    appearance: Appearance | None = None,
) -> Iterator[Shown]:
    """A window, not connected yet, or asking for a name if there is one to suggest. No callback may fail in it."""
    kept = kept or Keepsakes.in_memory()
    geometry = geometry or Kept(FILE_NAME, Geometry, in_memory=True)
    start = Start(() if pick else networks or (ClientOptions("Alice"),), name, pick)
    shown = Shown(start, kept, geometry, appearance or kept.settings.current.appearance)
    try:
        yield shown
        assert not shown.failures, shown.failures
    finally:
        if shown.desktop.hub is not None:
            shown.desktop.hub.stop()
        shown.desktop._end()
        del shown
        gc.collect()  # Tk's objects have to go on the thread that made them


@contextmanager
def room(
    *, history: list[str] | None = None, people: str = "Alice @Bob +Carol", kept: Keepsakes | None = None, **how: Any
) -> Iterator[Shown]:
    """A window in ``#room``. ``how`` goes to Conversation.register."""
    with window(kept=kept) as shown:
        shown.talk.register(**how)
        shown.enter(history=history, people=people)
        yield shown
