"""The terminal client: a Textual app around the client core's runner."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import msgspec
from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message

from chatkit import tui_widgets
from chatkit.client import events
from chatkit.client.options import ClientOptions
from chatkit.client.runner import ClientRunner
from chatkit.tui_widgets.chat_screen import ChatScreen
from chatkit.tui_widgets.name_form import WELCOME, NameForm
from chatkit.tui_widgets.palette import DARK, LIGHT, theme_for
from chatkit.tui_widgets.prompt import PromptField

FRAME = 1 / 20  # seconds between two drawings of what came in, at least; after a quiet moment there is no wait
HANGUP_SECONDS = 2.0  # to say good-bye to the server once the terminal is gone
HUNG_UP = 128 + signal.SIGHUP  # exit status

MakeRunner = Callable[[ClientOptions, Callable[[], None]], ClientRunner]


def run(options: ClientOptions, suggestion: str | None) -> int:
    """Talk until the user quits. Asks for a name, with ``suggestion`` filled in, unless that is None.

    Returns the exit status. Blocks; needs the main thread and a terminal.
    """
    app = ChatApp(options, suggestion)
    try:
        app.run()
    finally:
        app.stop_runner()
    return app.return_code or 0


class ChatApp(App[None]):
    """Owns the runner, and gives its events to the screen. All of it runs in Textual's event loop, on one thread."""

    TITLE = "chatkit"
    CSS_PATH = sorted(Path(tui_widgets.__file__).parent.glob("*.tcss"))
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "toggle_theme", show=False),
        Binding("ctrl+c", "copy_or_leave", show=False, priority=True),
        Binding("ctrl+q", "leave", show=False, priority=True),
    ]

    class WokenUp(Message):
        """The runner has something to tell."""

    def __init__(
        self, options: ClientOptions, suggestion: str | None = None, make_runner: MakeRunner = ClientRunner
    ) -> None:
        # Without colours there are none at all: Textual by itself would make them greys.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.set_reactive(ChatApp.theme, theme_for(os.environ))
        self.stylesheet.set_variables(self.get_css_variables())  # now, or it would all be parsed twice
        self._options = options
        self._suggestion = suggestion
        self._make_runner = make_runner
        self._runner: ClientRunner | None = None
        self._chat_screen: ChatScreen | None = None
        self._pumped = 0.0  # when, on the monotonic clock
        self._pump_planned = False
        self._leaving = False

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.action_leave)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)
        if self._suggestion is None:
            self._begin(self._options.nick)
        else:
            self._ask_name(WELCOME, self._suggestion, self._begin, self.exit)

    def on_unmount(self) -> None:
        self.stop_runner()

    def stop_runner(self) -> None:
        """Close the connection and end its threads. Blocks for a moment."""
        if self._runner is not None:
            self._runner.stop()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What the style sheets use that only our own themes have."""
        return DARK.variables

    def _begin(self, nick: str) -> None:
        options = msgspec.structs.replace(self._options, nick=nick)
        self._runner = self._make_runner(options, self._wake)
        self._chat_screen = ChatScreen(self._runner)
        self.push_screen(self._chat_screen)
        self._runner.start()

    def _ask_name(
        self, question: str, suggestion: str, choose: Callable[[str], None], give_up: Callable[[], None]
    ) -> None:
        form = NameForm(question, suggestion, str(self._options.address))
        self.push_screen(form, lambda name: give_up() if name is None else choose(name))

    # The runner's events.

    def _wake(self) -> None:
        """Called on the I/O thread."""
        self.post_message(self.WokenUp())

    @on(PromptField.Sent)
    def _show_at_once(self) -> None:
        """What the user said appears without waiting for the next frame."""
        self._pump()

    @on(WokenUp)
    def _pump_in_time(self) -> None:
        wait = self._pumped + FRAME - time.monotonic()
        if wait <= 0:
            self._pump()
        elif not self._pump_planned:
            self._pump_planned = True
            self.set_timer(wait, self._pump)

    def _pump(self) -> None:
        self._pumped, self._pump_planned = time.monotonic(), False
        if self._runner is None or self._chat_screen is None:
            return
        happened = self._runner.pump()
        self._chat_screen.apply(happened)
        for event in happened:
            if isinstance(event, events.NameNeeded):
                self._ask_name(event.text, event.suggestion, self._runner.choose_name, self.action_leave)
            elif isinstance(event, events.Left):
                self.exit()

    # What the user does.

    def action_toggle_theme(self) -> None:
        self.theme = (LIGHT if self.current_theme.dark else DARK).name

    def action_copy_or_leave(self) -> None:
        """^C copies what is marked; with nothing marked it ends the program, as it does elsewhere."""
        marked = self.screen.get_selected_text() or (
            self.focused.selected_text if isinstance(self.focused, PromptField) else ""
        )
        if marked:
            self.copy_to_clipboard(marked)
            self.screen.clear_selection()
        else:
            self.action_leave()

    def _hang_up(self) -> None:
        # The terminal is gone. The system's SIGCONT follows and would have Textual take it into use again, and whatever
        # waits for it to be written to waits for ever: so the end does not depend on that.
        signal.signal(signal.SIGCONT, signal.SIG_IGN)
        end = threading.Timer(HANGUP_SECONDS, os._exit, (HUNG_UP,))
        end.daemon = True
        end.start()
        self.action_leave()

    def action_leave(self) -> None:
        """Say good-bye to the server, and end when it has answered; asked twice, end at once."""
        if self._runner is None or self._leaving:
            self.exit()
            return
        self._leaving = True
        self._runner.quit()
