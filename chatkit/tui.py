"""The terminal client: a Textual app around the Hub."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, ClassVar

from textual import events, on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from chatkit import tui_widgets
from chatkit.client.alerts import Alert
from chatkit.client.events import AlertRaised, Event, Left, NameNeeded, SettingsChanged
from chatkit.client.forms import Form
from chatkit.client.hub import Hub
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.options import Start
from chatkit.client.runner import ClientRunner, MakeRunner
from chatkit.tui_widgets import frames, terminal_keys
from chatkit.tui_widgets.chat_screen import ChatScreen
from chatkit.tui_widgets.garbage import Garbage
from chatkit.tui_widgets.name_form import WELCOME, name_form
from chatkit.tui_widgets.notices import notice
from chatkit.tui_widgets.palette import DARK, THEMES, theme_named
from chatkit.tui_widgets.prompt import PromptField

FRAME = 1 / 20  # seconds between two drawings of what came in, at least; after a quiet moment there is no wait
# While the user types, keys come first: what came in is drawn less often, and not right after a key.
TYPING = 1.0  # seconds since the last key
TYPING_FRAME = 1 / 10
AFTER_KEY = 0.03
LONGEST = 0.15  # seconds without a drawing, however fast one types
# Seconds to say good-bye to the server once the terminal is gone, and once somebody wants the program gone.
ENDS: dict[int, float] = {signal.SIGHUP: 2.0, signal.SIGTERM: 6.0}
LOOK_AT_TERMINAL = 5.0  # seconds between two looks whether it is still there
TIDYING = 1.0  # seconds between two looks whether it is a good moment to look for garbage


def run(start: Start) -> int:
    """Talk until the user quits. Asks for a name, with ``start.suggestion`` filled in, unless that is None.

    Returns the exit status. Blocks; needs the main thread and a terminal.
    """
    app = ChatApp(start)
    app.garbage.take_over()
    try:
        app.run()
    finally:
        app.stop_hub()
    return app.return_code or 0


class ChatApp(App[None]):
    """Owns the Hub, and gives its events to the screen. All of it runs in Textual's event loop, on one thread."""

    TITLE = "chatkit"
    CSS_PATH = sorted(Path(tui_widgets.__file__).parent.glob("*.tcss"))
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "copy_or_leave", show=False, priority=True),
        Binding("ctrl+q", "leave", show=False, priority=True),
    ]

    class WokenUp(Message):
        """The Hub has something to tell."""

    def __init__(self, start: Start, make_runner: MakeRunner = ClientRunner, kept: Keepsakes | None = None) -> None:
        terminal_keys.learn()
        frames.draw_soon()
        frames.leave_no_garbage()
        # Without colours there are none at all: Textual by itself would make them greys.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self._kept = kept or Keepsakes.of_user()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.set_reactive(ChatApp.theme, theme_named(self._kept.settings.current.appearance.theme, os.environ))
        self.stylesheet.set_variables(self.get_css_variables())  # now, or it would all be parsed twice
        self._start = start
        self._make_runner = make_runner
        self.hub: Hub | None = None
        self._chat_screen: ChatScreen | None = None
        self.garbage = Garbage()
        self._pumped = self._typed = self._touched = 0.0  # when, on the monotonic clock
        self._pump_planned = False
        self._leaving = False
        self._signals_before: dict[int, Any] = {}  # what was done on them before

    def on_mount(self) -> None:
        self._ui_loop = asyncio.get_running_loop()
        # Not the loop's own handlers: it waits, and looks at none, while the terminal takes nothing.
        self._signals_before = {number: signal.signal(number, self._end) for number in ENDS}
        if not self.is_headless:
            self.set_interval(LOOK_AT_TERMINAL, self._look_at_terminal)
            self.set_interval(TIDYING, lambda: self.garbage.look(time.monotonic(), self._touched))
        if self._start.pick:
            self._begin(self._start)
            self._pick()
        elif self._start.suggestion is None:
            self._begin(self._start)
        else:
            self._ask_first_name(self._start.suggestion)

    def on_unmount(self) -> None:
        self.stop_hub()
        for number, handler in self._signals_before.items():
            signal.signal(number, handler)

    def stop_hub(self) -> None:
        """Close the connections and end their threads. Blocks for a moment."""
        if self.hub is not None:
            self.hub.stop()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What the style sheets use that only our own themes have."""
        return DARK.variables

    def _begin(self, start: Start) -> None:
        self.hub = Hub(start, self._wake, make_runner=self._make_runner, kept=self._kept)
        self._chat_screen = ChatScreen(self.hub, software=start.software)
        self.push_screen(self._chat_screen)
        self.hub.start()

    def _pick(self) -> None:
        """Offer where to go."""
        if self._chat_screen is not None:
            self._chat_screen.panels.open_places(self._start.suggestion or "")

    def _ask_first_name(self, suggestion: str) -> None:
        from chatkit.tui_widgets.form_screen import FormScreen

        def begin(name: str) -> None:
            self._begin(self._start.named(name))

        def ask(form: Form | None) -> None:
            if form is not None:
                self.push_screen(FormScreen(form), ask)

        ask(name_form(WELCOME, suggestion, str(self._start.networks[0].address), begin, self.exit))

    # The Hub's events.

    def _wake(self) -> None:
        """Called on any thread."""
        self.post_message(self.WokenUp())

    @on(PromptField.Sent)
    def _show_at_once(self) -> None:
        """What the user said appears without waiting for the next frame."""
        self._pump()

    @on(TextArea.Changed)
    def _note_typing(self) -> None:
        self._typed = time.monotonic()

    @on(WokenUp)
    def _pump_in_time(self) -> None:
        now = time.monotonic()
        frame = TYPING_FRAME if now < self._typed + TYPING else FRAME
        due = min(max(self._pumped + frame, self._typed + AFTER_KEY), self._pumped + LONGEST)
        wait = due - now
        if wait <= 0:
            self._pump()
        elif not self._pump_planned:
            self._pump_planned = True
            self.set_timer(wait, self._pump)

    def _pump(self) -> None:
        self._pumped, self._pump_planned = time.monotonic(), False
        if self.hub is None or self._chat_screen is None:
            return
        happened = self.hub.pump()
        self._chat_screen.apply(happened)
        for event in happened:
            self._heed(event)

    def _heed(self, event: Event) -> None:
        """What concerns the program rather than the screen."""
        if isinstance(event, AlertRaised):
            self._alert(event.alert)
        elif isinstance(event, SettingsChanged):
            self.theme = theme_named(event.settings.appearance.theme, os.environ)
        elif isinstance(event, NameNeeded):
            self._ask_name(event)
        elif isinstance(event, Left):
            self.exit()

    def _ask_name(self, event: NameNeeded) -> None:
        hub, screen = self.hub, self._chat_screen
        if hub is not None and screen is not None:
            give_up = self.action_leave if len(hub.chats) == 1 else lambda: hub.disconnect(event.chat)
            choose = lambda name: hub.choose_name(event.chat, name)  # noqa: E731 - beside the other
            screen.panels.ask(name_form(event.text, event.suggestion, event.chat.network, choose, give_up))

    def _alert(self, alert: Alert) -> None:
        if self.hub is None:
            return
        wanted = self.hub.settings
        if wanted.alerts.bell:
            self.bell()
        if wanted.alerts.desktop and self._driver is not None:
            self._driver.write(notice(wanted.appearance.terminal_notice, alert.title, alert.body))

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent):
            self._touched = time.monotonic()
        await super().on_event(event)

    def on_app_focus(self, _event: events.AppFocus) -> None:
        if self.hub is not None:
            self.hub.look(True)

    def on_app_blur(self, _event: events.AppBlur) -> None:
        if self.hub is not None:
            self.hub.look(False)

    # What the user does.

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

    def _look_at_terminal(self) -> None:
        """Leave when the terminal is gone. Who has it for its own is told by SIGHUP; who is not, would read its end on
        and on."""
        terminal = select.poll()
        terminal.register(sys.__stdin__ or 0, 0)  # hanging up is always told
        if any(happened & select.POLLHUP for _, happened in terminal.poll(0)):
            self._end(signal.SIGHUP)

    def _end(self, number: int, _frame: object = None) -> None:
        """The terminal is gone (SIGHUP), or somebody wants the program gone. Whatever waits for the terminal to be
        written to may wait for ever: so the end does not depend on that."""
        if number == signal.SIGHUP:  # the system's SIGCONT follows, and would have Textual take it into use again
            signal.signal(signal.SIGCONT, signal.SIG_IGN)
        if not self.is_headless:
            end = threading.Timer(ENDS[number], os._exit, (128 + number,))
            end.daemon = True
            end.start()
        self._ui_loop.call_soon_threadsafe(self.action_leave)

    def action_leave(self) -> None:
        """Say good-bye to the servers, and end when they have answered; asked twice, end at once."""
        if self.hub is None or self._leaving or not self.hub.chats:
            self.exit()
            return
        self._leaving = True
        self.hub.quit()
