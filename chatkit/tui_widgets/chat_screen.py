"""The screen that one talks on: its layout, its keys, and which widget each event concerns."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Key
from textual.screen import Screen
from textual.widgets import TextArea

from chatkit.client import events
from chatkit.client.actions import Target
from chatkit.client.hub import Hub
from chatkit.client.model import Room
from chatkit.tui_widgets.compose_bar import ComposeBar
from chatkit.tui_widgets.deeds import Deeds
from chatkit.tui_widgets.keycaps import bindings
from chatkit.tui_widgets.opening import can_open
from chatkit.tui_widgets.panels import Panels
from chatkit.tui_widgets.people_list import PeopleList
from chatkit.tui_widgets.prompt import Prompt, PromptField
from chatkit.tui_widgets.room_list import JOIN, RoomList
from chatkit.tui_widgets.row_list import RowList
from chatkit.tui_widgets.search_bar import SearchBar
from chatkit.tui_widgets.status_bar import StatusBar
from chatkit.tui_widgets.talk import TalkView
from chatkit.tui_widgets.topic_bar import TopicBar
from chatkit.tui_widgets.typing_line import TypingLine

# Style classes by the columns that a screen has at least.
WIDTHS: list[tuple[int, str]] = [(0, "-tiny"), (52, "-narrow"), (76, "-normal"), (110, "-wide")]
# What the keys of client.keys do here, whatever has the keyboard.
ANYWHERE = {
    "next_room": "step_room(1)", "previous_room": "step_room(-1)", "next_unread": "next_unread",
    "page_up": "page(-1)", "page_down": "page(1)", "top": "talk_top", "end": "talk_end",
    "palette": "panel('palette')", "search": "panel('search')", "settings": "panel('settings')",
    "retry": "retry", "select": "select", "edit_last": "act('edit_last')", "next_part": "next_part",
    "toggle_rooms": "toggle_panel('rooms')", "toggle_people": "toggle_panel('people')",
    "do_not_disturb": "act('do_not_disturb')", "toggle_theme": "toggle_theme",
}  # fmt: skip
COPIED = "copied"


class ChatScreen(Screen[None]):
    """Draws the Hub's room in focus and tells the Hub what the user does. ``apply`` gets all that was pumped."""

    HORIZONTAL_BREAKPOINTS = WIDTHS
    AUTO_FOCUS = "PromptField"  # whatever had the keyboard before: people type without looking where it is
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(ANYWHERE, priority=True),
        *bindings({"keys": "panel('keys')"}, priority=False),
        Binding("home", "talk_top", show=False),
        Binding("end", "talk_end", show=False),
        Binding("escape", "escape", show=False),
    ]

    def __init__(self, hub: Hub, *, software: str = "") -> None:
        super().__init__()
        self.hub = hub
        self._deeds = Deeds(self)
        self._rooms = RoomList(id="rooms")
        self._people = PeopleList(id="people")
        self._topic = TopicBar()
        self._search = SearchBar()
        self.talk = TalkView(self._deeds.tools, dict(self._deeds.keys()), self._write)
        self._typing = TypingLine()
        self._composing = ComposeBar()
        self._prompt = Prompt(hub.complete, hub.inputs)
        self._status = StatusBar()
        self.panels = Panels(self, hub, self._deeds.act, self._prompt.field.insert, software=software)
        self._is_new_focus = True

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self._rooms
            with Vertical():
                yield self._topic
                yield self._search
                yield self.talk
                yield self._typing
                yield self._composing
                yield self._prompt
            yield self._people
        yield self._status

    def on_mount(self) -> None:
        self._settings_changed()
        self._show_focus()
        self.go_to_prompt()

    # What the Hub tells.

    def apply(self, happened: list[events.Event]) -> None:
        """Show what happened."""
        for event in happened:
            handle = _HANDLERS.get(type(event))
            if handle is not None:
                handle(self, event)
        if self._is_new_focus:  # only now, as its rows are as they are after all of the events
            self._show_focus()

    def _rooms_changed(self, _event: Any = None) -> None:
        self._rooms.update_rooms(self.hub.chats, self.hub.rooms, self.hub.focus)

    def _removed(self, event: events.RoomRemoved) -> None:
        self.talk.forget(event.room)
        self._rooms_changed()

    def _networks_changed(self, _event: Any = None) -> None:
        self._is_new_focus = True

    _focused = _networks_changed

    def _network_removed(self, event: events.NetworkRemoved) -> None:
        for room in event.chat.rooms:
            self.talk.forget(room)
        self._is_new_focus = True
        if not self.hub.chats:
            self.panels.open("places")

    def _show_focus(self) -> None:
        self._is_new_focus = False
        room = self.hub.focus
        self._rooms_changed()
        self._topic.room = room
        self._status.chat = None if room is None else room.chat
        if room is not None:
            self.talk.show(room, self.hub.timelines.of(room).rows)
            self._prompt.show_room(room)
            self._typing.typing = room.typing
            self._composing.composing = room.composing
            self._people_changed()

    def _room_changed(self, event: events.RoomChanged | events.TopicChanged | events.RoomRenamed) -> None:
        self._rooms_changed()
        if event.room is self.hub.focus:
            self._topic.room = event.room
            self.talk.header_changed()

    def _people_changed(self, event: events.PeopleChanged | None = None) -> None:
        room = self.hub.focus
        if room is not None and (event is None or event.room is room):
            self.set_class(room.kind != "channel" or not self.hub.settings.appearance.people, "-no-people")
            self._people.update_people(room)
            self._topic.room = room

    def _rows_changed(self, event: events.RowsChanged) -> None:
        self.talk.change_rows(event)
        if self.talk.has_focus:
            self._show_deeds()

    def _typing_changed(self, event: events.TypingChanged) -> None:
        if event.room is self.hub.focus:
            self._typing.typing = event.room.typing

    def _composing_changed(self, event: events.ComposingChanged) -> None:
        if event.room is self.hub.focus:
            self._composing.composing = event.room.composing
            if event.room.composing is not None:
                self.go_to_prompt()

    def _input_wanted(self, event: events.InputWanted) -> None:
        if event.room is self.hub.focus:
            self._prompt.field.put(event.text)
            self.go_to_prompt()
        else:
            event.room.draft = event.text

    def _nick_changed(self, event: events.NickChanged) -> None:
        if self.hub.focus is not None and event.chat is self.hub.focus.chat:
            self._prompt.show_nick(event.nick)
            self._status.chat = event.chat  # whose status names the user

    def _status_changed(self, event: events.StatusChanged | events.AbilitiesChanged | events.LagChanged) -> None:
        if self.hub.focus is not None and event.chat is self.hub.focus.chat:
            self._status.chat = event.chat
            self._topic.room = self.hub.focus
        if not isinstance(event, events.LagChanged):
            self._rooms_changed()  # the network may have a name now

    def _line_reached(self, event: events.LineReached) -> None:
        if event.line_id is not None and event.room is self.hub.focus:
            line_id = event.line_id
            self._show_focus()
            self.call_after_refresh(lambda: self.talk.go_to(line_id))

    def _found(self, event: events.Found) -> None:
        self._search.add(event.query, event.hits)

    def _settings_changed(self, _event: Any = None) -> None:
        look = self.hub.settings.appearance
        self.talk.prefer(cosy=look.density == "cosy", hours24=look.clock == "24")
        self._status.quiet = self.hub.settings.alerts.until > time.time_ns() // 1_000_000
        self._people_changed()

    def _panel_wanted(self, event: events.PanelWanted) -> None:
        if event.name == "search":
            self._open_search(event.text)
        else:
            self.panels.open(event.name, event.text)

    def _listed(self, event: events.RoomListed) -> None:
        self.panels.list_rooms(event.chat, event.rooms)

    def _form_wanted(self, event: events.FormWanted) -> None:
        self.panels.ask(event.form)

    # What the user types.

    @on(PromptField.Sent)
    def _say(self, message: PromptField.Sent) -> None:
        if self.hub.focus is not None:
            self.talk.go_end()
            self.hub.say(self.hub.focus, message.text)

    @on(PromptField.Offered)
    def _offer(self, message: PromptField.Offered) -> None:
        names = [name.strip().removesuffix(":") for name in message.candidates]
        self._status.hint = " · ".join(names) if len(names) > 1 else ""

    @on(TextArea.Changed)
    def _typed(self, message: TextArea.Changed) -> None:
        text, room = message.text_area.text, self.hub.focus
        if room is not None and text != room.draft:
            self.hub.typed(room, text)
        self._status.hint = self._hint(text)

    def _hint(self, text: str) -> str:
        found = self.hub.hint(text, self._prompt.field.cursor) if text else None
        if found is None:
            return ""
        parts = (found.usage, found.help, "" if found.usage else "  ".join(found.choices))
        return " · ".join(part for part in parts if part)

    # What the user clicks.

    @on(TalkView.Pressed)
    def _pressed(self, message: TalkView.Pressed) -> None:
        self._deeds.press(message)

    @on(TalkView.OlderWanted)
    def _load_older(self, message: TalkView.OlderWanted) -> None:
        self.hub.load_older(message.room)

    @on(TalkView.BelowChanged)
    def _below_changed(self, message: TalkView.BelowChanged) -> None:
        self._typing.below = message.count

    @on(TalkView.SelectionChanged)
    def _show_deeds(self) -> None:
        self._status.deeds = tuple(self._deeds.hints())

    def _write(self, key: Key) -> None:
        """The user typed what means nothing to the selected message."""
        self.go_to_prompt()  # at once: what is typed next belongs there
        self._prompt.field.post_message(key)

    @on(TalkView.LetGo)
    @on(SearchBar.Closed)
    def go_to_prompt(self) -> None:
        """Give the keyboard to where one types."""
        self.set_focus(self._prompt.field)

    @on(RowList.Chosen, "#rooms")
    def _choose_room(self, message: RowList.Chosen) -> None:
        if message.key == JOIN:
            self.action_act("join")
        else:
            self._go_to(self._room(message.key))
        self.go_to_prompt()

    @on(RowList.MenuWanted, "#rooms")
    def _room_menu(self, message: RowList.MenuWanted) -> None:
        message.stop()
        room = self._room(message.key)
        if room is not None:
            self.panels.menu(Target(room), "network" if room.kind == "server" else "room", message.at)

    @on(RowList.Chosen, "#people")
    def _choose_person(self, message: RowList.Chosen) -> None:
        if self.hub.focus is not None:
            self.hub.set_focus(self.hub.open_direct(self.hub.focus.chat, str(message.key)))
            self.go_to_prompt()

    @on(RowList.MenuWanted, "#people")
    def _person_menu(self, message: RowList.MenuWanted) -> None:
        message.stop()
        self.panels.menu(Target(self.hub.focus, nick=str(message.key)), "person", message.at)

    @on(TopicBar.MenuWanted)
    def _topic_menu(self, message: TopicBar.MenuWanted) -> None:
        if (room := self.hub.focus) is not None:
            self.panels.menu(Target(room), "network" if room.kind == "server" else "room", message.at)

    @on(ComposeBar.Cancelled)
    def _compose_no_more(self) -> None:
        if self.hub.focus is not None:
            self.hub.compose(self.hub.focus, None)

    @on(SearchBar.Picked)
    def _picked(self, message: SearchBar.Picked) -> None:
        if message.done:
            self._search.action_close()
        self.hub.go_to(message.hit)

    @on(SearchBar.ServerWanted)
    def _ask_server(self, message: SearchBar.ServerWanted) -> None:
        room = self.hub.focus
        if room is not None and "search" in room.chat.can:
            where = None if self._search.everywhere else room
            self.hub.runner_of(room.chat).act(lambda core: core.finder.ask(where, message.query))

    # Keys.

    @on(TypingLine.EndWanted)
    def action_talk_end(self) -> None:
        self.talk.go_end()

    def action_talk_top(self) -> None:
        self.talk.go_top()

    def action_page(self, direction: int) -> None:
        self.talk.page(direction)

    def action_escape(self) -> None:
        """Takes back one thing at a time: where the keyboard is, what is being composed, the place in the talk."""
        room = self.hub.focus
        if not self._prompt.field.has_focus:
            self.go_to_prompt()
        elif room is not None and room.composing is not None:
            self._compose_no_more()
        else:
            self.action_talk_end()

    def action_retry(self) -> None:
        line = self.talk.last(lambda line: line.state == "failed")
        if line is not None and self.hub.focus is not None:
            self.hub.retry(self.hub.focus, line.id)

    def action_select(self) -> None:
        if self.talk.has_focus:
            self.talk.select(-1)
        else:
            self.set_focus(self.talk)

    def action_step_room(self, step: int) -> None:
        self.hub.step(step)

    def action_next_unread(self) -> None:
        self.hub.step(1, unread=True)

    def action_next_part(self) -> None:
        parts = [self._prompt.field, self._rooms, self.talk, self._people]
        shown = [part for part in parts if part.display]
        here = next((number for number, part in enumerate(shown) if part.has_focus), 0)
        shown[(here + 1) % len(shown)].focus()

    def action_toggle_panel(self, name: str) -> None:
        panel = self._rooms if name == "rooms" else self._people
        if panel.has_focus:  # Textual would give the keyboard to whatever stands beside it
            self.go_to_prompt()
        panel.set_class(panel.display, "-hidden")
        panel.set_class(not panel.display, "-shown")

    @on(PromptField.HelpWanted)
    def _help(self) -> None:
        self.panels.open("keys")

    def action_panel(self, name: events.Panel) -> None:
        if name == "search":
            self._open_search()
        else:
            self.panels.open(name)

    def action_toggle_theme(self) -> None:
        """The other of dark and light: by what is on the screen, as the settings may say "system"."""
        self.hub.set("appearance.theme", "light" if self.app.current_theme.dark else "dark")

    def action_act(self, action_id: str) -> None:
        self._deeds.act(action_id, Target(self.hub.focus))

    # Parts.

    def _open_search(self, text: str = "") -> None:
        room = self.hub.focus
        everywhere = self._search.has_focus_within or room is None
        search = self.hub.search(None if everywhere else room)
        where = "everywhere" if everywhere or room is None else room.title
        self._search.open(search, where, everywhere=everywhere, text=text)

    def _copy(self, event: events.CopyWanted) -> None:
        self.app.copy_to_clipboard(event.text)
        self._status.hint = COPIED

    def _open_link(self, event: events.LinkWanted) -> None:
        if can_open(os.environ):
            self.app.open_url(event.link)
        else:
            self.app.copy_to_clipboard(event.link)
            self._status.hint = f"{COPIED}: {event.link}"

    def _room(self, key: int | str) -> Room | None:
        return next((room for room in self.hub.rooms if room.id == key), None)

    def _go_to(self, room: Room | None) -> None:
        if room is not None:
            self.hub.set_focus(room)


_HANDLERS: dict[type[events.Event], Callable[[ChatScreen, Any], None]] = {
    events.RoomAdded: ChatScreen._rooms_changed,
    events.RoomRemoved: ChatScreen._removed,
    events.RoomRenamed: ChatScreen._room_changed,
    events.RoomFocused: ChatScreen._focused,
    events.NetworkAdded: ChatScreen._networks_changed,
    events.NetworkRemoved: ChatScreen._network_removed,
    events.RowsChanged: ChatScreen._rows_changed,
    events.PeopleChanged: ChatScreen._people_changed,
    events.TopicChanged: ChatScreen._room_changed,
    events.UnreadChanged: ChatScreen._rooms_changed,
    events.RoomChanged: ChatScreen._room_changed,
    events.StatusChanged: ChatScreen._status_changed,
    events.AbilitiesChanged: ChatScreen._status_changed,
    events.LagChanged: ChatScreen._status_changed,
    events.NickChanged: ChatScreen._nick_changed,
    events.TypingChanged: ChatScreen._typing_changed,
    events.ComposingChanged: ChatScreen._composing_changed,
    events.InputWanted: ChatScreen._input_wanted,
    events.LineReached: ChatScreen._line_reached,
    events.Found: ChatScreen._found,
    events.FormWanted: ChatScreen._form_wanted,
    events.PanelWanted: ChatScreen._panel_wanted,
    events.RoomListed: ChatScreen._listed,
    events.CopyWanted: ChatScreen._copy,
    events.LinkWanted: ChatScreen._open_link,
    events.SettingsChanged: ChatScreen._settings_changed,
    events.PlacesChanged: lambda screen, _: screen.panels.places_changed(),
}
