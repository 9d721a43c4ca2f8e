"""What the user does in the window, turned into calls of the hub: widgets and keys are wired here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatkit.client import emoji
from chatkit.client.actions import Target
from chatkit.client.forms import Field, Form
from chatkit.client.hub import Hub
from chatkit.client.model import Line, Room
from chatkit.client.settings import SettingError
from chatkit.client.timeline import Row
from chatkit.gui_widgets.keys import bind_keys
from chatkit.gui_widgets.menus import Menus
from chatkit.gui_widgets.panels import Panels

if TYPE_CHECKING:
    from chatkit.gui_widgets.window import MainWindow


class Controls:
    """Holds the window and the hub; has no state of its own."""

    def __init__(self, view: MainWindow, hub: Hub, on_quit: Callable[[], None]) -> None:
        self.view = view
        self.hub = hub
        self.quit = on_quit
        self.menus = Menus(view, hub)
        self.panels = Panels(view, hub, self.menus)
        self.menus.instead = {
            "react": lambda target: self._offer_emoji(target.line, *view.root.winfo_pointerxy()),
            "toggle_theme": lambda target: view.toggle_theme(),
        }
        self._wire_talk()
        self._wire_lists()
        self._wire_composer()
        self._bind_keys()

    # Actions.

    def say(self, text: str) -> None:
        """Talk, or a slash command, in the room in focus. Who says something wants to see it."""
        if self.hub.focus is not None:
            self.view.talk.to_end()
            self.hub.say(self.hub.focus, text)

    def open_direct(self, nick: str) -> None:
        """Begin, or go on with, a talk with one person."""
        if self.hub.focus is not None:
            self.open_room(self.hub.open_direct(self.hub.focus.chat, nick))

    def open_room(self, item: Room | str) -> None:
        """Look at a room."""
        if isinstance(item, Room):
            self.hub.set_focus(item)
            self.view.composer.text.focus_set()

    def join(self, name: str) -> None:
        """Enter a room of the network in focus."""
        if self.hub.focus is not None:
            self.hub.join(self.hub.focus.chat, name)

    def open_link(self, link: str) -> None:
        """In the browser; or, where it leads to a room, that room."""
        opener = "open_irc" if link.lower().startswith(("irc:", "ircs:")) else "open_link"
        self.menus.do(opener, Target(self.hub.focus, link=link))

    def next_part(self) -> None:
        """Give the keyboard to the next part of the window."""
        view = self.view
        parts = [view.composer.text, view.rooms.canvas, view.talk.text]
        if view.people_shown:
            parts.append(view.people.canvas)
        here = view.root.focus_get()
        parts[(parts.index(here) + 1) % len(parts) if here in parts else 0].focus_set()

    def escape(self) -> None:
        """Close what is open; else back to where one talks."""
        room = self.hub.focus
        if self.panels.close_top():
            return
        if not self.view.touch.unchoose():
            if room is not None and room.composing is not None:
                self.end_composing()
            self.view.talk.to_end()
        self.view.composer.text.focus_set()

    def select(self) -> None:
        """Choose the newest message; the one above, while the keyboard is with those that can be chosen."""
        view = self.view
        if view.root.focus_get() is not view.talk.text:
            view.touch.unchoose()
        view.touch.choose()

    def end_composing(self) -> None:
        """The next message is nothing but itself."""
        room = self.hub.focus
        if room is not None and room.composing is not None:
            if room.composing.kind == "edit":
                self.view.composer.put("")
            self.hub.compose(room, None)

    def edit_last(self) -> None:
        """Edit the last message of one's own."""
        room = self.hub.focus
        lines = reversed(room.lines) if room is not None else ()
        last = next((line for line in lines if line.mine and line.is_talk and not line.redacted), None)
        if room is not None and last is not None and "edit" in room.chat.can:
            self.hub.compose(room, "edit", last)

    def act_on(self, action: str, line: Line) -> None:
        """A key for the message that was chosen by keys."""
        room = self.hub.focus
        if room is None:
            return
        if action == "message_menu":
            self._menu_of_chosen(line)
        elif action == "react":
            self._offer_emoji(line, *self._place_of_chosen())
        else:
            self.menus.do(action, Target(room, line, line.nick, _first_link(line)))
            if action in ("reply", "edit"):
                self.view.touch.unchoose()
                self.view.composer.text.focus_set()

    def reply(self, line: Line) -> None:
        """Answer a message."""
        if self.hub.focus is not None:
            self.hub.compose(self.hub.focus, "reply", line)
            self.view.composer.text.focus_set()

    def set(self, key: str, value: object) -> None:
        """A setting; the user is told where it can't be."""
        try:
            self.hub.set(key, value)
        except SettingError as error:
            self.hub.ask(Form("That can't be set", str(error), "OK", lambda values: None))

    def ask_nick(self) -> None:
        """Ask for another name."""
        chat = None if self.hub.focus is None else self.hub.focus.chat
        if chat is not None:
            self.hub.ask(
                Form(
                    title="Change your name",
                    text="Everyone in your rooms will see it.",
                    button="Change",
                    submit=lambda values: self.hub.choose_name(chat, values["name"]),
                    fields=(Field("name", "", chat.nick),),
                )
            )

    # Wiring.

    def _wire_talk(self) -> None:
        touch, bar, popup = self.view.touch, self.view.touch.bar, self.view.popup
        touch.on_retry = lambda line: self._in_focus(lambda room: self.hub.retry(room, line.id))
        touch.on_link = self.open_link
        touch.on_room = self.join
        touch.on_person = lambda nick, x, y: popup.offer(self.menus.person(self.hub.focus, nick), x, y)
        touch.on_react = lambda line, text: self._in_focus(lambda room: self.hub.react(room, line, text))
        touch.on_quote = self._go_to_quoted
        touch.on_fold = self._toggle_fold
        touch.on_menu = lambda line, link, x, y: popup.offer(self.menus.message(line, link), x, y)
        touch.on_action = self.act_on
        touch.on_help = lambda: self.panels.open("keys")
        touch.on_typed = self.view.composer.add
        touch.abilities = lambda: frozenset() if self.hub.focus is None else self.hub.focus.chat.can
        bar.on_reply = self.reply
        bar.on_react = self._offer_emoji
        bar.on_menu = lambda line, x, y: popup.offer(self.menus.message(line, ""), x, y)
        self.view.talk.on_older = lambda: self._in_focus(lambda room: self.hub.load_older(room))

    def _wire_lists(self) -> None:
        view, popup = self.view, self.view.popup
        view.add_room.press = lambda: self.menus.do("join", Target(self.hub.focus))
        view.rooms.on_open = self.open_room
        view.rooms.on_menu = lambda item, x, y: popup.offer(self.menus.room(item), x, y)
        view.people.on_open = lambda person: self.open_direct(person.nick)
        view.people.on_menu = lambda person, x, y: popup.offer(self.menus.person(self.hub.focus, person.nick), x, y)
        view.header.on_menu = lambda x, y: popup.offer(self.menus.app(), x, y)
        view.header.on_room_menu = lambda x, y: popup.offer(self.menus.room(self.hub.focus or ""), x, y)
        view.header.on_people = view.toggle_people
        view.header.on_search = lambda: self.panels.open_search()
        view.status.on_retry = lambda: self._in_focus(lambda room: self.hub.reconnect(room.chat))
        view.status.on_quiet = self.toggle_quiet

    def _wire_composer(self) -> None:
        composer = self.view.composer
        composer.history = self.hub.inputs
        composer.on_send = self.say
        composer.on_changed = self._typed
        composer.on_nick = self.ask_nick
        composer.on_emoji = lambda: self.panels.pick_emoji(composer.add)
        composer.on_menu = lambda x, y: self.view.popup.offer(self.menus.typing(), x, y)
        composer.complete = self.hub.complete
        composer.text.bind("<FocusIn>", lambda event: self.view.touch.unchoose(), add=True)  # one writes again
        self.view.compose_bar.on_end = self.end_composing

    def _bind_keys(self) -> None:
        view, talk = self.view, self.view.talk
        below = {
            "edit_last": self.edit_last,
            "retry": lambda: self.menus.command("/retry"),
            "page_up": lambda: talk.scroll(-1),
            "page_down": lambda: talk.scroll(1),
            "top": talk.to_top,
            "end": talk.to_end,
            "search": self.panels.open_search,
            "select": self.select,
            "next_room": lambda: self.hub.step(1),
            "previous_room": lambda: self.hub.step(-1),
            "next_unread": lambda: self.hub.step(1, unread=True),
            "palette": self.panels.open_palette,
            "toggle_rooms": view.toggle_rooms,
            "toggle_people": view.toggle_people,
            "next_part": self.next_part,
            "do_not_disturb": self.toggle_quiet,
            "settings": lambda: self.panels.open("settings"),
            "keys": lambda: self.panels.open("keys"),
        }
        anywhere = {
            "toggle_theme": view.toggle_theme,
            "larger": lambda: view.zoom(1),
            "smaller": lambda: view.zoom(-1),
            "escape": self.escape,
            "quit": self.quit,
        }
        bind_keys(view.root, {**{name: self._unless_covered(action) for name, action in below.items()}, **anywhere})

    def toggle_quiet(self) -> None:
        """Do not disturb for an hour, or again."""
        self.menus.do("do_not_disturb", Target(self.hub.focus))

    def _typed(self, text: str, cursor: int) -> None:
        room = self.hub.focus
        if room is not None:
            if text != room.draft:
                self.hub.typed(room, text)
            self.view.hints.show(self.hub.hint(text, cursor) if text.startswith(("/", ":")) or ":" in text else None)

    def _go_to_quoted(self, line: Line) -> None:
        self._in_focus(lambda room: self.menus.do("go_to_quoted", Target(room, line, line.nick)))

    def _toggle_fold(self, row: Row) -> None:
        self._in_focus(lambda room: self.hub.toggle_fold(room, row.key))

    def _offer_emoji(self, line: Line | None, x: int, y: int) -> None:
        room = self.hub.focus
        if room is None or line is None or "react" not in room.chat.can:
            return
        self.view.emoji.offer(
            emoji.USUAL,
            x,
            y,
            lambda text: self.hub.react(room, line, text),
            lambda: self.panels.pick_emoji(lambda text: self.hub.react(room, line, text)),
        )

    def _menu_of_chosen(self, line: Line) -> None:
        self.view.popup.offer(self.menus.message(line, _first_link(line)), *self._place_of_chosen())

    def _place_of_chosen(self) -> tuple[int, int]:
        """Below the chosen message, on the screen."""
        text = self.view.talk.text
        row = text.marked("chosen")
        index = text.find(row) if row is not None else None
        info = text.dlineinfo(text.start_of(index)) if index is not None else None
        below = info[1] + info[3] if info else 0
        return text.winfo_rootx() + self.view.look.px(120), text.winfo_rooty() + below

    def _in_focus(self, action: Callable[[Room], object]) -> None:
        if self.hub.focus is not None:
            action(self.hub.focus)

    def _unless_covered(self, action: Callable[[], object]) -> Callable[[], None]:
        """``action``, but not while something lies over what it would act on."""

        def act() -> None:
            if not self.panels.covered:
                action()

        return act


def _first_link(line: Line) -> str:
    return next((span.style.link for span in line.spans if span.style.link), "")
