"""The desktop client: ``chatkit join --gui``. Drain the hub, note which parts of the window that concerns, draw."""

from __future__ import annotations

import logging
import signal
import sys
import webbrowser
from collections.abc import Callable, Iterable, Sequence
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

import msgspec

from chatkit.client import events, notice
from chatkit.client.defaults import user_nick
from chatkit.client.events import Event
from chatkit.client.hub import Hub
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.options import Start
from chatkit.client.settings import ClientSettings

if TYPE_CHECKING:  # not every Python has tkinter: ``run`` imports what needs it
    from chatkit.gui_widgets.window import MainWindow

log = logging.getLogger(__name__)

POLL_MS = 15
PUMP_LIMIT = 200  # lines applied between two drawings
PUMP_SECONDS = 0.008
COUNTDOWN_MS = 500
LOOK_MS = 60  # the keyboard goes from widget to widget: only where it is then counts
GOODBYE_MS = 1500  # that the servers have to say good-bye
FAILED, INTERRUPTED = 1, 130  # exit statuses

NO_DISPLAY = "chatkit: no display: use --tui or --plain\n"
NO_TKINTER = "chatkit: this Python has no tkinter (on Debian: apt install python3-tk): use --tui or --plain\n"

# Which parts of the window an event concerns: of the room in focus, or its network; and of any other.
ALL = ("rooms", "header", "talk", "people", "composer", "composing", "typing", "status")
CONCERNS: dict[type[Event], tuple[tuple[str, ...], tuple[str, ...]]] = {
    events.NetworkAdded: (ALL, ALL),
    events.NetworkRemoved: (ALL, ALL),
    events.RoomAdded: (("rooms",), ("rooms",)),
    events.RoomRemoved: (("rooms",), ("rooms",)),
    events.RoomRenamed: (("rooms", "header", "composer"), ("rooms",)),
    events.RoomFocused: (ALL, ALL),
    events.PeopleChanged: (("people",), ()),
    events.TopicChanged: (("header",), ()),
    events.UnreadChanged: (("rooms",), ("rooms",)),
    events.RoomChanged: (("rooms", "header", "talk"), ("rooms",)),
    events.TypingChanged: (("typing", "rooms"), ("rooms",)),
    events.ComposingChanged: (("composing",), ()),
    events.StatusChanged: (("status", "rooms", "talk"), ("rooms",)),
    events.AbilitiesChanged: (("status", "rooms"), ("rooms",)),
    events.LagChanged: (("status",), ()),
    events.NickChanged: (("composer", "status"), ()),
    events.SettingsChanged: (("status", "rooms"), ("status", "rooms")),
}


def run(start: Start) -> int:
    """Show the window until the user quits. Returns the exit status."""
    try:
        from tkinter import TclError

        from chatkit.gui_widgets import window
    except ModuleNotFoundError as error:
        if error.name not in ("tkinter", "_tkinter"):
            raise
        sys.stderr.write(NO_TKINTER)
        return FAILED
    kept = Keepsakes.of_user()
    try:
        view = window.MainWindow(kept.settings.current.appearance)
    except TclError as error:
        if "display" not in str(error):
            raise
        sys.stderr.write(NO_DISPLAY)
        return FAILED
    desktop = Desktop(view, lambda start, wake: Hub(start, wake, kept=kept))
    desktop.catch_signals()
    desktop.start(start)
    return desktop.run()


class Desktop:
    """Between the hub, which it pumps, and the window, which it draws. All of it on the UI thread."""

    def __init__(self, view: MainWindow, make_hub: Callable[[Start, Callable[[], None]], Hub]) -> None:
        self.view = view
        self.hub: Hub | None = None
        self._make_hub = make_hub
        self._woken = False  # set by other threads, cleared here
        self._status = 0  # to exit with
        self._leaving = self._ended = False
        self._timers: dict[str, str] = {}  # what Tk will call, by purpose
        view.root.report_callback_exception = self._report
        view.root.protocol("WM_DELETE_WINDOW", self.quit)
        view.root.bind("<Control-q>", lambda event: self.quit())
        for sequence in ("<FocusIn>", "<FocusOut>"):
            view.root.bind_all(sequence, lambda event: self._look_soon(), add=True)

    def start(self, start: Start) -> None:
        """Connect, or ask before where to, or for a name where there is none; and show the window."""
        if start.suggestion is None or start.pick:
            self._begin(start)
        else:
            self.view.ask_first_name(start.suggestion, lambda name: self._begin(_called(start, name)))
        self.view.show()

    def run(self) -> int:
        """Handle what happens until the user quits. Returns the exit status; leaves no thread behind."""
        try:
            self._poll()
            self._count_down()
            self.view.root.mainloop()
        finally:
            if self.hub is not None:
                self.hub.stop()
        return self._status

    def quit(self) -> None:
        """Leave politely: the window goes at once, the program after the servers' good-bye or a moment."""
        if self._leaving:
            return
        self._leaving = True
        if self.hub is None:
            self._end()
            return
        self.view.hide()
        self.hub.quit()
        self._later("goodbye", GOODBYE_MS, self._end)

    def catch_signals(self) -> None:
        """Let ^C and SIGTERM be ways to quit."""
        signal.signal(signal.SIGTERM, lambda number, frame: self.quit())
        signal.signal(signal.SIGINT, self._interrupted)

    def _begin(self, start: Start) -> None:
        self.hub = hub = self._make_hub(start, self._wake)
        self.view.attach(hub, self.quit)
        self._draw(ALL)
        hub.start()
        if start.pick:
            _pick(self.view, hub, start.suggestion or user_nick())

    def _wake(self) -> None:
        """Called on other threads: Tk may only be touched by the thread that made it."""
        self._woken = True

    def _poll(self) -> None:
        self._later("poll", POLL_MS, self._poll)  # before the work: an exception in it must not end the polling
        if self._woken and self.hub is not None:
            self._woken = False  # before pumping, or what comes now could be overlooked
            self._react(self.hub.pump(PUMP_LIMIT, PUMP_SECONDS))

    def _count_down(self) -> None:
        self._later("countdown", COUNTDOWN_MS, self._count_down)
        if self.hub is not None and self.hub.focus is not None:
            self._draw(("status",))

    def _look_soon(self) -> None:
        if "look" in self._timers:
            self.view.root.after_cancel(self._timers["look"])
        if not self._ended:
            self._later("look", LOOK_MS, self._look)

    def _look(self) -> None:
        """See whether a window of ours has the keyboard."""
        if self.hub is not None and not self._leaving:
            self.hub.look(self.view.root.focus_displayof() is not None)

    def _react(self, happened: Sequence[Event]) -> None:
        """Draw what changed: each part once, however many events speak of it. Then do what they ask for."""
        if any(isinstance(event, events.Left) for event in happened):
            self._end()
            return
        self._change_rows(happened)
        self._draw({part for event in happened for part in self._parts_of(event)})
        for event in happened:
            self._answer(event)

    def _change_rows(self, happened: Sequence[Event]) -> None:
        """In the talk, where it shows the room in focus; another will be drawn anew, as its timeline is by then."""
        talk = self.view.talk
        if self.hub is None or talk.room is None or talk.room is not self.hub.focus:
            return
        for event in happened:
            if isinstance(event, events.RowsChanged) and event.room is talk.room:
                talk.change(event)
        talk.check()

    def _answer(self, event: Event) -> None:
        """What an event asks for beyond drawing."""
        answer = _ANSWERS.get(type(event))
        if answer is not None and self.hub is not None:
            answer(self.view, self.hub, event)

    def _parts_of(self, event: Event) -> tuple[str, ...]:
        of_focus, of_others = CONCERNS.get(type(event), ((), ()))
        focus = self.hub.focus if self.hub is not None else None
        if focus is None:
            return of_others
        room, chat = getattr(event, "room", None), getattr(event, "chat", None)
        return of_focus if room is focus or chat is focus.chat else of_others

    def _draw(self, parts: Iterable[str]) -> None:
        if self.hub is not None and not self._leaving:
            self.view.draw(self.hub, parts)

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


# What is to be done about events that are not only drawn.


def _need_name(view: MainWindow, hub: Hub, event: events.NameNeeded) -> None:
    view.ask_name(
        "Choose another name",
        event.text,
        "Use this name",
        event.suggestion,
        lambda name: hub.choose_name(event.chat, name),
    )


def _want_input(view: MainWindow, hub: Hub, event: events.InputWanted) -> None:
    event.room.draft = event.text
    if event.room is hub.focus:
        view.composer.put(event.text)
        view.composer.text.focus_set()


def _reach_line(view: MainWindow, hub: Hub, event: events.LineReached) -> None:
    if event.line_id is not None and event.room is hub.focus:
        view.talk.reveal(event.line_id)


def _pick(view: MainWindow, hub: Hub, name: str) -> None:
    """There is no network: ask where to go."""
    hub.look_for_places()
    view.ask_place(hub, name, must=True)


def _settle(view: MainWindow, settings: ClientSettings) -> None:
    view.apply(settings.appearance)
    view.controls.panels.refresh_settings()


def _lose_network(view: MainWindow, hub: Hub, event: events.NetworkRemoved) -> None:
    view.controls.panels.refresh_settings()
    if not hub.chats:
        _pick(view, hub, event.chat.nick)


_ANSWERS: dict[type[Event], Callable[[MainWindow, Hub, Any], object]] = {
    events.NameNeeded: _need_name,
    events.InputWanted: _want_input,
    events.LineReached: _reach_line,
    events.Found: lambda view, hub, event: view.search.found(event.query, event.hits),
    events.AlertRaised: lambda view, hub, event: notice.send(event.alert),
    events.FormWanted: lambda view, hub, event: view.controls.panels.ask(event.form),
    events.PanelWanted: lambda view, hub, event: view.controls.panels.open(event.name, event.text),
    events.RoomListed: lambda view, hub, event: view.controls.panels.list_rooms(event),
    events.SettingsChanged: lambda view, hub, event: _settle(view, event.settings),
    events.StatusChanged: lambda view, hub, event: view.controls.panels.refresh_settings(),
    events.NetworkAdded: lambda view, hub, event: view.controls.panels.refresh_settings(),
    events.NetworkRemoved: _lose_network,
    events.PlacesChanged: lambda view, hub, event: view.places.refresh(hub.places.list()),
    events.CopyWanted: lambda view, hub, event: view.copy(event.text),
    events.LinkWanted: lambda view, hub, event: webbrowser.open(event.link),
    events.RoomRemoved: lambda view, hub, event: view.composer.forget_room(event.room),
}


def _called(start: Start, name: str) -> Start:
    networks = tuple(msgspec.structs.replace(options, nick=name) for options in start.networks)
    return msgspec.structs.replace(start, networks=networks, suggestion=None)
