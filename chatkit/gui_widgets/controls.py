"""What the user does in the window, turned into calls of the runner: widgets, keys and menus are wired here."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING

from chatkit.client.model import Line, Room
from chatkit.client.runner import ClientRunner
from chatkit.gui_widgets.card import Question
from chatkit.gui_widgets.keys import bind_keys, explained
from chatkit.gui_widgets.line_text import plain_text
from chatkit.gui_widgets.popup import Choice
from chatkit.gui_widgets.shown_lines import Row

if TYPE_CHECKING:
    from chatkit.gui_widgets.window import MainWindow

Choices = list[Choice | None]


class Controls:
    """Holds the window and the runner; has no state of its own."""

    def __init__(self, view: MainWindow, runner: ClientRunner, on_quit: Callable[[], None]) -> None:
        self.view = view
        self.runner = runner
        self.quit = on_quit
        self._wire()
        below = {
            "room_up": lambda: self.step_room(-1),
            "room_down": lambda: self.step_room(1),
            "next_unread": self.next_unread,
            "join_room": self.ask_room,
            "next_part": self.next_part,
            "toggle_people": view.toggle_people,
            "page_up": lambda: view.talk.scroll(-1),
            "page_down": lambda: view.talk.scroll(1),
            "help": self.show_keys,
        }
        anywhere = {
            "larger": lambda: view.look.zoom_by(1),
            "smaller": lambda: view.look.zoom_by(-1),
            "escape": self.escape,
            "quit": on_quit,
        }
        bind_keys(view.root, {**{name: self._unless_asked(action) for name, action in below.items()}, **anywhere})

    # Actions.

    def say(self, text: str) -> None:
        """Talk, or a slash command, in the room in focus. Who says something wants to see it."""
        self.view.talk.to_end()
        self.runner.say(self.runner.chat.focus, text)

    def open_direct(self, nick: str) -> None:
        """Begin, or go on with, a talk with one person."""
        self.runner.set_focus(self.runner.open_direct(nick))
        self.view.composer.text.focus_set()

    def step_room(self, step: int) -> None:
        """Go to the room above or below."""
        rooms = self.runner.chat.rooms
        self.runner.set_focus(rooms[(rooms.index(self.runner.chat.focus) + step) % len(rooms)])

    def next_unread(self) -> None:
        """Go to a room where something is unread: first where the user is meant."""
        waiting = sorted((room for room in self.runner.chat.rooms if room.unread), key=lambda room: -room.mentions)
        if waiting:
            self.runner.set_focus(waiting[0])

    def next_part(self) -> None:
        """Give the keyboard to the next part of the window."""
        view = self.view
        parts = [view.composer.text, view.rooms.canvas, view.talk.text]
        if view.people_shown:
            parts.append(view.people.canvas)
        here = view.root.focus_get()
        parts[(parts.index(here) + 1) % len(parts) if here in parts else 0].focus_set()

    def escape(self) -> None:
        """Back to where one talks."""
        if self.view.card.shown:
            self.view.card.cancel()
            return
        self.view.talk.to_end()
        self.view.composer.text.focus_set()

    def ask_room(self) -> None:
        """Ask which room to join."""
        self.view.card.ask(
            Question(
                title="Join a room",
                text="One that does not exist yet is made for you. /list shows those that do.",
                button="Join",
                answer="",
                on_answer=lambda name: self._command(f"/join {name}"),
            )
        )

    def ask_nick(self) -> None:
        """Ask for another name."""
        self.view.card.ask(
            Question(
                title="Change your name",
                text="Everyone in your rooms will see it.",
                button="Change",
                answer=self.runner.chat.nick,
                on_answer=self.runner.choose_name,
            )
        )

    def show_keys(self) -> None:
        """Explain the keys."""
        self.view.card.ask(Question(title="Keys", button="Close", rows=explained()))

    def copy(self, text: str) -> None:
        """To the clipboard."""
        self.view.root.clipboard_clear()
        self.view.root.clipboard_append(text)

    # Menus.

    def main_choices(self) -> Choices:
        """Behind the three dots."""
        view, look = self.view, self.view.look
        return [
            Choice("Join a room…", self.ask_room),
            Choice("Change your name…", self.ask_nick),
            None,
            Choice("Dark colours", self.view.toggle_theme, checked=look.dark),
            Choice("People at the right", view.toggle_people, checked=view.wants_people),
            Choice("Larger text", lambda: look.zoom_by(1)),
            Choice("Smaller text", lambda: look.zoom_by(-1)),
            None,
            Choice("Commands", lambda: self._command("/help")),
            Choice("Keys", self.show_keys),
            Choice("Quit", self.quit),
        ]

    def room_choices(self, room: Room | str) -> Choices:
        """Of a room in the list; of a heading none."""
        if isinstance(room, str):
            return []
        choices: Choices = [Choice("Open", lambda: self.runner.set_focus(room))]
        if room.kind == "channel" and not room.joined:
            choices.append(Choice("Join again", lambda: self._command(f"/join {room.name}")))
        if room.kind != "server":
            label = "Leave" if room.kind == "channel" else "Close"
            choices += [Choice("Copy name", lambda: self.copy(room.name)), None]
            choices.append(Choice(label, lambda: self.runner.leave(room)))
        return choices

    def person_choices(self, nick: str) -> Choices:
        """Of somebody."""
        return [
            Choice(f"Message {nick}", lambda: self.open_direct(nick)),
            Choice(f"About {nick}", lambda: self._command(f"/whois {nick}")),
            Choice("Mention", lambda: self.view.composer.add(f"{nick} ")),
            Choice("Copy name", lambda: self.copy(nick)),
        ]

    def talk_choices(self, row: Row | None) -> Choices:
        """Of what the mouse is on in the talk."""
        choices: Choices = []
        selected = self.view.talk.selected()
        if selected:
            choices.append(Choice("Copy selection", lambda: self.copy(selected)))
        if isinstance(row, Line):
            choices.append(Choice("Copy message", lambda: self.copy(plain_text(row))))
            if row.state == "failed":
                choices.append(Choice("Send again", lambda: self.runner.retry(row.id)))
            if row.is_talk and not row.mine:
                choices += [None, *self.person_choices(row.nick)[:-1]]
        return choices

    def typing_choices(self) -> Choices:
        """Where the user types."""
        text = self.view.composer.text
        return [
            Choice("Cut", lambda: text.event_generate("<<Cut>>")),
            Choice("Copy", lambda: text.event_generate("<<Copy>>")),
            Choice("Paste", lambda: text.event_generate("<<Paste>>")),
            Choice("Select all", lambda: text.tag_add("sel", "1.0", "end-1c")),
        ]

    # Wiring.

    def _wire(self) -> None:
        view, runner, popup = self.view, self.runner, self.view.popup
        view.add_room.press = self.ask_room
        view.rooms.on_open = self._open_room
        view.rooms.on_menu = lambda item, x, y: popup.offer(self.room_choices(item), x, y)
        view.people.on_open = lambda person: self.open_direct(person.nick)
        view.people.on_menu = lambda person, x, y: popup.offer(self.person_choices(person.nick), x, y)
        view.header.on_menu = lambda x, y: popup.offer(self.main_choices(), x, y)
        view.header.on_people = view.toggle_people
        view.header.on_theme = view.toggle_theme
        view.talk.on_retry = lambda line: runner.retry(line.id)
        view.talk.on_older = lambda: runner.load_older(runner.chat.focus)
        view.talk.on_menu = lambda row, x, y: popup.offer(self.talk_choices(row), x, y)
        view.talk.on_typed = view.composer.add
        view.talk.on_link = webbrowser.open
        view.composer.on_send = self.say
        view.composer.on_nick = self.ask_nick
        view.composer.on_menu = lambda x, y: popup.offer(self.typing_choices(), x, y)
        view.composer.complete = runner.complete
        view.status.on_retry = runner.reconnect

    def _unless_asked(self, action: Callable[[], None]) -> Callable[[], None]:
        """``action``, but not while a card covers what it would act on."""

        def act() -> None:
            if not self.view.card.shown:
                action()

        return act

    def _open_room(self, item: Room | str) -> None:
        if isinstance(item, Room):
            self.runner.set_focus(item)
            self.view.composer.text.focus_set()

    def _command(self, text: str) -> None:
        self.runner.say(self.runner.chat.focus, text)
        self.view.composer.text.focus_set()
