"""The client as plain lines: for a pipe, a screen reader, a dumb terminal. One line per event, no cursor tricks."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from chatkit.client import events
from chatkit.client.commands import is_command, row_of
from chatkit.client.defaults import user_nick
from chatkit.client.driver import LineSource
from chatkit.client.forms import Form
from chatkit.client.hub_driver import HubDriver
from chatkit.client.model import Room
from chatkit.client.options import Start
from chatkit.client.runner import ClientRunner
from chatkit.plain_parts.asking import CANCEL, Asker, Echo, FormQuestion, NameQuestion, NotAnAnswer, Question
from chatkit.plain_parts.panels import Panels
from chatkit.plain_parts.printer import Printer

REFUSED, INTERRUPTED = 1, 130  # exit statuses
STUCK = 30.0  # seconds without progress after which the last lines of a pipe are given up
MAX_PENDING = 50  # lines under way beyond which a pipe has to wait
BELL = "\a"


def run(start: Start) -> int:
    """Talk until /quit, the end of the input or ^C. Returns the exit status.

    ``start.suggestion`` is the name to offer where the user gave none: a person is asked, a pipe takes it.
    """
    interactive = sys.stdin.isatty()
    try:
        offered, start = start.suggestion or user_nick(), _with_name(start, interactive=interactive)
        with HubDriver(start, sys.stdout) as driver:
            return _Session(driver, start, offered, interactive=interactive).run()
    except (KeyboardInterrupt, EOFError):
        print()  # noqa: T201  # leaves the line of the ^C
        return INTERRUPTED
    except BrokenPipeError:
        close_stdout()
        return 0


def close_stdout() -> None:
    """Nobody reads any more: keep Python from complaining about it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _with_name(start: Start, *, interactive: bool) -> Start:
    if start.suggestion is not None and interactive:
        name = input(f"Your name [{start.suggestion}]: ").strip() or start.suggestion
        start = msgspec.structs.replace(start, suggestion=name) if start.pick else start.named(name)
    return start if interactive else start.renaming()


class _Session:
    """One run: prints events, feeds lines."""

    def __init__(self, driver: HubDriver, start: Start, offered: str, *, interactive: bool) -> None:
        """``offered`` is the name that the user was asked with."""
        self._driver = driver
        self._hub = driver.hub
        self._start = start
        self._offered = offered
        self._interactive = interactive
        self._source = LineSource(sys.stdin.buffer)
        self._typed: list[str] = []  # lines that wait until they can be said
        self._printer = Printer(self._hub)
        self._asker = Asker()
        self._panels = Panels(self._hub, self._ask, self._print)
        self._echo = Echo()
        self._failed = False
        self._synced = False  # whether the servers were asked if they have answered everything
        self._status: int | None = None  # to exit with
        self._progress = time.monotonic()
        # What is more than lines to print. Each returns whether all is said about the event.
        self._table: dict[type[events.Event], Callable[[Any], bool]] = {
            events.Left: self._left,
            events.NameNeeded: self._needs_name,
            events.StatusChanged: self._status_changed,
            events.LineChanged: self._line_changed,
            events.FormWanted: lambda event: self._ask_form(event.form),
            events.PanelWanted: self._panel,
            events.PlacesChanged: self._places_changed,
            events.Found: self._server_found,
            events.InputWanted: self._input_wanted,
            events.AlertRaised: self._alert,
            events.NetworkRemoved: self._network_removed,
        }

    def run(self) -> int:
        """Until there is an exit status."""
        try:
            if self._start.pick:
                self._pick()
            while self._status is None:
                self._turn()
        except KeyboardInterrupt:
            self._leave()
            return INTERRUPTED
        finally:
            self._echo.hide(False)
        return self._status

    def _turn(self) -> None:
        reading = not self._source.ended and len(self._typed) < MAX_PENDING
        timeout = 1.0 if self._source.ended else None
        happened, readable = self._driver.wait(timeout, self._source if reading else None)
        if happened:
            self._progress = time.monotonic()
        self._show(happened)
        if readable:
            self._typed += self._source.read()
        self._take_typed()
        if self._source.ended and not self._typed and self._status is None:
            self._end_of_input()

    # What is typed.

    def _take_typed(self) -> None:
        while self._typed and self._status is None and self._may_say(self._typed[0]):
            line = self._typed.pop(0)
            if not self._answers(line) and line.strip():
                self._say(line)

    def _may_say(self, line: str) -> bool:
        """A person may at any time. In a pipe, what follows /join is meant for the room that it enters, and a command
        may be about what was said before it."""
        runners = self._runners()
        return self._interactive or (
            all(runner.ready for runner in runners)
            and (not is_command(line) or all(runner.settled for runner in runners))
        )

    def _answers(self, line: str) -> bool:
        """Whether it was the answer to a question."""
        if self._asker.current is None or (_is_quit(line) and not self._asker.is_secret):
            return False
        try:
            self._print(self._asker.answer(line))
        except NotAnAnswer:
            return False
        finally:
            self._echo.hide(self._asker.is_secret)
        return True

    def _say(self, line: str) -> None:
        room = self._hub.focus
        if room is None:
            self._status = 0  # /quit: nothing else is said where there is nobody to say it to
        elif line.strip() == CANCEL:
            self._cancel(room)
        else:
            self._hub.say(room, line)
            if not self._interactive and is_command(line) and not _is_quit(line):
                self._sync()

    def _sync(self) -> None:
        """Not to be ready until the servers have answered all that was said so far."""
        for runner in self._runners():
            runner.sync()

    def _cancel(self, room: Room) -> None:
        """The next message is none in answer to another, and takes no other's place."""
        if room.composing is None:
            self._print(["! There is nothing to cancel"])
        else:
            self._hub.compose(room, None)
            self._print(["* It does not"])

    def _end_of_input(self) -> None:
        runners = self._runners()
        stuck = time.monotonic() > self._progress + STUCK
        ready = all(runner.ready for runner in runners)
        if not self._synced and ready:  # what was asked last is to be answered too
            self._synced = True
            self._sync()
            ready = all(runner.ready for runner in runners)
        settled = self._synced and ready and all(runner.settled for runner in runners)
        if self._interactive or stuck or settled:
            self._leave()
            self._status = REFUSED if self._failed or stuck else 0

    def _runners(self) -> list[ClientRunner]:
        return [self._hub.runner_of(chat) for chat in self._hub.chats]

    def _leave(self) -> None:
        if self._hub.chats:
            self._show(self._driver.leave())

    # What happened.

    def _show(self, happened: Iterable[events.Event]) -> None:
        for event in happened:
            follow = self._table.get(type(event))
            if follow is None or not follow(event):
                self._print(self._printer.lines(event))

    def _print(self, lines: Iterable[str]) -> None:
        for text in lines:
            print(text, flush=True)  # noqa: T201

    def _left(self, _event: events.Left) -> bool:
        self._status = REFUSED if self._failed else 0
        return False

    def _needs_name(self, event: events.NameNeeded) -> bool:
        if not self._interactive:
            return self._give_up(event.text)
        self._ask(NameQuestion(event.text, event.suggestion, lambda name: self._hub.choose_name(event.chat, name)))
        return True

    def _status_changed(self, event: events.StatusChanged) -> bool:
        hopeless = event.status.retry_at is None or not self._hub.runner_of(event.chat).was_online
        if self._interactive or self._status is not None or event.status.state != "offline" or not hopeless:
            return False
        return self._give_up(event.status.text)

    def _give_up(self, text: str) -> bool:
        print(f"chatkit: {text}", file=sys.stderr)  # noqa: T201
        self._status = REFUSED
        return True

    def _line_changed(self, event: events.LineChanged) -> bool:
        self._failed = self._failed or event.line.state == "failed"
        return False

    def _input_wanted(self, event: events.InputWanted) -> bool:
        if event.room.composing is None:  # or what it is for was said
            self._print([f"* Not sent: {line}" for line in event.text.splitlines()])
        return True

    def _alert(self, _event: events.AlertRaised) -> bool:
        if self._interactive and self._hub.settings.alerts.bell and sys.stdout.isatty():
            print(BELL, end="", flush=True)  # noqa: T201
        return True

    def _network_removed(self, event: events.NetworkRemoved) -> bool:
        self._print(self._printer.lines(event))
        if not self._hub.chats and self._interactive:
            self._pick()
        return True

    # Questions.

    def _ask(self, question: Question) -> None:
        """Ask a person; a pipe is told what there is."""
        self._print(self._asker.ask(question) if self._interactive else question.told())
        self._echo.hide(self._asker.is_secret)

    def _ask_form(self, form: Form) -> bool:
        if form.of_typed and not self._interactive:
            form.submit({})
            self._sync()
            return True
        self._ask(FormQuestion(form))
        if not self._interactive:
            self._failed = self._failed or form.danger
            if form.cancel is not None:
                form.cancel()
        return True

    def _pick(self) -> None:
        """Where there is no network, the user goes to one, or away."""
        self._panels.pick(self._start.suggestion or self._offered, self._offered, self._stay)

    def _stay(self) -> None:
        if not self._hub.chats:
            self._status = 0

    def _panel(self, event: events.PanelWanted) -> bool:
        self._panels.open(event)
        return True

    def _places_changed(self, _event: events.PlacesChanged) -> bool:
        self._panels.look_again(self._asker.current)
        return True

    def _server_found(self, event: events.Found) -> bool:
        self._panels.found(event)
        return True


def _is_quit(line: str) -> bool:
    row = row_of(line)
    return row is not None and row.name == "quit"
