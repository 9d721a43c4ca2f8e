"""The desktop client: ``chatkit join --gui``. Drain the runner, note which parts of the window that concerns, draw."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Iterable
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

import msgspec

from chatkit.client import events
from chatkit.client.events import Event
from chatkit.client.options import ClientOptions
from chatkit.client.runner import ClientRunner

if TYPE_CHECKING:  # not every Python has tkinter: ``run`` imports what needs it
    from chatkit.gui_widgets.window import MainWindow

log = logging.getLogger(__name__)

POLL_MS = 15
PUMP_LIMIT = 200  # lines applied between two drawings
COUNTDOWN_MS = 500
GOODBYE_MS = 1500  # that the server has to say good-bye
FAILED, INTERRUPTED = 1, 130  # exit statuses

NO_DISPLAY = "chatkit: no display: use --tui or --plain\n"
NO_TKINTER = "chatkit: this Python has no tkinter (on Debian: apt install python3-tk): use --tui or --plain\n"

# Which parts of the window an event concerns: of the room in focus, and of any other room.
ALL = ("rooms", "header", "talk", "people", "composer", "status")
CONCERNS: dict[type[Event], tuple[tuple[str, ...], tuple[str, ...]]] = {
    events.RoomAdded: (("rooms",), ("rooms",)),
    events.RoomRemoved: (("rooms",), ("rooms",)),
    events.RoomRenamed: (("rooms", "header", "composer"), ("rooms",)),
    events.RoomFocused: (ALL, ALL),
    events.LinesAppended: (("talk",), ()),
    events.LinesPrepended: (("talk",), ()),
    events.LinesInserted: (("talk",), ()),
    events.LineChanged: (("talk",), ()),
    events.LinesRemoved: (("talk",), ()),
    events.PeopleChanged: (("people",), ()),
    events.TopicChanged: (("header",), ()),
    events.UnreadChanged: (("rooms",), ("rooms",)),
    events.RoomChanged: (("rooms", "header", "talk"), ("rooms",)),
    events.StatusChanged: (("status", "rooms", "talk"), ("status", "rooms", "talk")),
    events.NickChanged: (("composer", "status"), ("composer", "status")),
}

MakeRunner = Callable[[ClientOptions, Callable[[], None]], ClientRunner]


def run(options: ClientOptions, ask_name: str | None) -> int:
    """Show the window until the user quits. Returns the exit status.

    ``ask_name`` is the name to suggest when asking for one; None where the user gave one.
    """
    try:
        from tkinter import TclError

        from chatkit.gui_widgets import window
    except ModuleNotFoundError as error:
        if error.name not in ("tkinter", "_tkinter"):
            raise
        sys.stderr.write(NO_TKINTER)
        return FAILED
    try:
        view = window.MainWindow()
    except TclError as error:
        if "display" not in str(error):
            raise
        sys.stderr.write(NO_DISPLAY)
        return FAILED
    desktop = Desktop(view)
    desktop.catch_signals()
    desktop.start(options, ask_name)
    return desktop.run()


class Desktop:
    """Between the runner, which it pumps, and the window, which it draws. All of it on the UI thread."""

    def __init__(self, view: MainWindow, make_runner: MakeRunner = ClientRunner) -> None:
        self.view = view
        self.runner: ClientRunner | None = None
        self._make_runner = make_runner
        self._woken = False  # set by the I/O thread, cleared here
        self._status = 0  # to exit with
        self._leaving = self._ended = False
        self._timers: dict[str, str] = {}  # what Tk will call, by purpose
        view.root.report_callback_exception = self._report
        view.root.protocol("WM_DELETE_WINDOW", self.quit)
        view.root.bind("<Control-q>", lambda event: self.quit())

    def start(self, options: ClientOptions, ask_name: str | None) -> None:
        """Connect, or ask for a name before where there is none; and show the window."""
        if ask_name is None:
            self._connect(options)
        else:
            self.view.ask_first_name(ask_name, lambda name: self._connect(msgspec.structs.replace(options, nick=name)))
        self.view.show()

    def run(self) -> int:
        """Handle what happens until the user quits. Returns the exit status; leaves no thread behind."""
        try:
            self._poll()
            self._count_down()
            self.view.root.mainloop()
        finally:
            if self.runner is not None:
                self.runner.stop()
        return self._status

    def quit(self) -> None:
        """Leave politely: the window goes at once, the program after the server's good-bye or a moment."""
        if self._leaving:
            return
        self._leaving = True
        if self.runner is None:
            self._end()
            return
        self.view.hide()
        self.runner.quit()
        self._later("goodbye", GOODBYE_MS, self._end)

    def catch_signals(self) -> None:
        """Let ^C and SIGTERM be ways to quit."""
        signal.signal(signal.SIGTERM, lambda number, frame: self.quit())
        signal.signal(signal.SIGINT, self._interrupted)

    def _connect(self, options: ClientOptions) -> None:
        self.runner = self._make_runner(options, self._wake)
        self.view.attach(self.runner, self.quit)
        self._draw(ALL)
        self.runner.start()

    def _wake(self) -> None:
        """Called on the I/O thread: Tk may only be touched by the thread that made it."""
        self._woken = True

    def _poll(self) -> None:
        self._later("poll", POLL_MS, self._poll)  # before the work: an exception in it must not end the polling
        if self._woken and self.runner is not None:
            self._woken = False  # before pumping, or what comes now could be overlooked
            self._react(self.runner.pump(PUMP_LIMIT))

    def _count_down(self) -> None:
        self._later("countdown", COUNTDOWN_MS, self._count_down)
        if self.runner is not None and self.runner.chat.status.retry_at is not None:
            self._draw(("status",))

    def _react(self, happened: Iterable[Event]) -> None:
        """Draw what changed: each part once, however many events speak of it."""
        parts: set[str] = set()
        for event in happened:
            parts.update(self._parts_of(event))
            if isinstance(event, events.NameNeeded):
                self.view.ask_other_name(event)
            elif isinstance(event, events.RoomRemoved):
                self.view.composer.forget_room(event.room)
            elif isinstance(event, events.Left):
                self._end()
                return
        self._draw(parts)

    def _parts_of(self, event: Event) -> tuple[str, ...]:
        of_focus, of_others = CONCERNS.get(type(event), ((), ()))
        in_focus = self.runner is not None and getattr(event, "room", None) is self.runner.chat.focus
        return of_focus if in_focus else of_others

    def _draw(self, parts: Iterable[str]) -> None:
        if self.runner is not None and not self._leaving:
            self.view.draw(self.runner.chat, parts)

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            for timer in self._timers.values():
                self.view.root.after_cancel(timer)
            self.view.close()

    def _later(self, purpose: str, delay_ms: int, action: Callable[[], None]) -> None:
        self._timers[purpose] = self.view.root.after(delay_ms, action)

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        self._status = INTERRUPTED
        self.quit()

    def _report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Tk calls this for an exception in a callback: the window lives on."""
        log.error("The window failed to handle something; it goes on.", exc_info=(kind, error, trace))
