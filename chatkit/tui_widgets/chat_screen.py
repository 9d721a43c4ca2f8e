"""The screen that one talks on: its layout, its keys, and which widget each event concerns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import TextArea

from chatkit.client import commands, events
from chatkit.client.model import Room
from chatkit.client.runner import ClientRunner
from chatkit.tui_widgets.help_screen import HelpScreen
from chatkit.tui_widgets.people_list import PeopleList
from chatkit.tui_widgets.prompt import Prompt, PromptField
from chatkit.tui_widgets.room_list import RoomList
from chatkit.tui_widgets.row_list import RowList
from chatkit.tui_widgets.status_bar import StatusBar
from chatkit.tui_widgets.talk import TalkView
from chatkit.tui_widgets.topic_bar import TopicBar

# Style classes by the columns that a screen has at least.
WIDTHS: list[tuple[int, str]] = [(0, "-tiny"), (52, "-narrow"), (76, "-normal"), (110, "-wide")]


class ChatScreen(Screen[None]):
    """Draws ``runner.chat`` and tells the runner what the user does. ``apply`` gets every event that was pumped."""

    HORIZONTAL_BREAKPOINTS = WIDTHS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", show=False),
        Binding("f2", "toggle_panel('rooms')", show=False),
        Binding("f3", "toggle_panel('people')", show=False),
        Binding("ctrl+n,alt+down", "step_room(1)", show=False, priority=True),
        Binding("ctrl+p,alt+up", "step_room(-1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("ctrl+home", "talk_top", show=False, priority=True),
        Binding("ctrl+end", "talk_end", show=False, priority=True),
        Binding("home", "talk_top", show=False),
        Binding("end,escape", "talk_end", show=False),
        Binding("ctrl+r", "retry", show=False, priority=True),
    ]

    def __init__(self, runner: ClientRunner) -> None:
        super().__init__()
        self._runner = runner
        self._chat = chat = runner.chat
        self._rooms = RoomList(id="rooms")
        self._people = PeopleList(id="people")
        self._topic = TopicBar(chat)
        self._talk = TalkView(chat.focus)
        self._prompt = Prompt(chat.nick, runner.complete)
        self._status = StatusBar()

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self._rooms
            with Vertical():
                yield self._topic
                yield self._talk
                yield self._prompt
            yield self._people
        yield self._status

    def on_mount(self) -> None:
        self._status.status = self._chat.status
        self._focused()
        self._prompt.field.focus()

    # What the client core tells.

    def apply(self, happened: list[events.Event]) -> None:
        """Show what happened."""
        for event in happened:
            handle = _HANDLERS.get(type(event))
            if handle is not None:
                handle(self, event)

    def _rooms_changed(self, _event: Any = None) -> None:
        self._rooms.update_rooms(self._chat)

    def _removed(self, event: events.RoomRemoved) -> None:
        self._talk.forget(event.room)
        self._rooms_changed()

    def _focused(self, _event: Any = None) -> None:
        room = self._chat.focus
        self._talk.show(room)
        self._prompt.show_room(room)
        self._rooms_changed()
        self._people_changed()

    def _room_changed(self, event: events.RoomChanged | events.TopicChanged | events.RoomRenamed) -> None:
        self._rooms_changed()
        if event.room is self._chat.focus:
            self._topic.refresh()
            self._talk.refresh()

    def _people_changed(self, event: events.PeopleChanged | None = None) -> None:
        room = self._chat.focus
        if event is None or event.room is room:
            self.set_class(room.kind != "channel", "-no-people")
            self._people.update_people(room)
            self._topic.refresh()

    def _nick_changed(self, event: events.NickChanged) -> None:
        self._prompt.show_nick(event.nick)
        self._status.status = self._chat.status  # which names the user

    def _status_changed(self, event: events.StatusChanged) -> None:
        self._status.status = event.status
        self._rooms_changed()  # the network has a name now
        self._topic.refresh()

    # What the user does. The events that follow are pumped at once.

    @on(PromptField.Sent)
    def _say(self, message: PromptField.Sent) -> None:
        self._talk.go_end()
        self._runner.say(self._chat.focus, message.text)

    @on(PromptField.Offered)
    def _offer(self, message: PromptField.Offered) -> None:
        names = [name.strip().removesuffix(":") for name in message.candidates]
        self._status.hint = " · ".join(names) if len(names) > 1 else ""

    @on(TextArea.Changed)
    def _typed(self, message: TextArea.Changed) -> None:
        self._status.hint = _command_hint(message.text_area.text)

    @on(TalkView.RetryWanted)
    def _retry_line(self, message: TalkView.RetryWanted) -> None:
        self._runner.retry(message.line_id)

    @on(TalkView.OlderWanted)
    def _load_older(self, message: TalkView.OlderWanted) -> None:
        self._runner.load_older(message.room)

    @on(TalkView.BelowChanged)
    def _below_changed(self, message: TalkView.BelowChanged) -> None:
        self._prompt.show_below(message.count)

    @on(RowList.Chosen, "#rooms")
    def _choose_room(self, message: RowList.Chosen) -> None:
        self._go_to(next((room for room in self._chat.rooms if room.id == message.key), None))

    @on(RowList.Chosen, "#people")
    def _choose_person(self, message: RowList.Chosen) -> None:
        self._runner.say(self._chat.focus, f"/query {message.key}")

    @on(Prompt.EndWanted)
    def action_talk_end(self) -> None:
        self._talk.go_end()

    def action_talk_top(self) -> None:
        self._talk.go_top()

    def action_page(self, direction: int) -> None:
        self._talk.page(direction)

    def action_retry(self) -> None:
        line_id = self._talk.last_failed()
        if line_id is not None:
            self._runner.retry(line_id)

    def action_step_room(self, step: int) -> None:
        rooms = self._chat.rooms
        self._go_to(rooms[(rooms.index(self._chat.focus) + step) % len(rooms)])

    def action_toggle_panel(self, name: str) -> None:
        panel = self._rooms if name == "rooms" else self._people
        panel.set_class(panel.display, "-hidden")
        panel.set_class(not panel.display, "-shown")

    @on(PromptField.HelpWanted)
    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(), self._after_help)

    def _after_help(self, question_mark: bool | None) -> None:
        if question_mark:
            self._prompt.field.insert("?")

    def _go_to(self, room: Room | None) -> None:
        if room is not None:
            self._runner.set_focus(room)


def _command_hint(text: str) -> str:
    """How the command is used that is being typed, or which ones it may become."""
    if not commands.is_command(text):
        return ""
    name, blank, _ = text[1:].lower().partition(" ")
    fitting = [] if blank or name in commands.ALIASES else [row for row in commands.NAMES if row.startswith(name)]
    row = commands.ALIASES.get(fitting[0] if len(fitting) == 1 else name)
    if row is not None:
        return f"/{row.name} {row.usage}".rstrip() + f" · {row.help}"
    return " ".join(f"/{other}" for other in fitting) or "There is no such command: /help lists them all."


_HANDLERS: dict[type[events.Event], Callable[[ChatScreen, Any], None]] = {
    events.RoomAdded: ChatScreen._rooms_changed,
    events.RoomRemoved: ChatScreen._removed,
    events.RoomRenamed: ChatScreen._room_changed,
    events.RoomFocused: ChatScreen._focused,
    events.LinesAppended: lambda screen, event: screen._talk.add_lines(event.room, event.lines),
    events.LinesPrepended: lambda screen, event: screen._talk.add_older(event.room, event.lines),
    events.LinesInserted: lambda screen, event: screen._talk.insert_lines(event.room, event.before, event.lines),
    events.LineChanged: lambda screen, event: screen._talk.change_line(event.room, event.line),
    events.LinesRemoved: lambda screen, event: screen._talk.drop_lines(event.room, event.ids),
    events.PeopleChanged: ChatScreen._people_changed,
    events.TopicChanged: ChatScreen._room_changed,
    events.UnreadChanged: ChatScreen._rooms_changed,
    events.RoomChanged: ChatScreen._room_changed,
    events.StatusChanged: ChatScreen._status_changed,
    events.NickChanged: ChatScreen._nick_changed,
}
