"""What the user does with a message, by key, by a click on a part of it, or from a menu."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from chatkit.client import actions
from chatkit.client.actions import Target
from chatkit.client.keys import BY_ACTION
from chatkit.client.model import Line
from chatkit.client.timeline import Row
from chatkit.tui_widgets.keycaps import keycap
from chatkit.tui_widgets.talk import TalkView

if TYPE_CHECKING:
    from chatkit.tui_widgets.chat_screen import ChatScreen

# What the keys of client.keys do to the selected message, and what that is called below.
BY_KEY = {
    "reply": "reply", "edit": "edit", "react": "react", "redact": "delete", "copy": "copy", "open_link": "open",
}  # fmt: skip
COMPOSING = frozenset({"reply", "edit", "edit_last", "mention"})  # what begins something to be typed
LINKS = ("open_link", "open_irc")  # of which one fits a link


class Deeds:
    """Does them at the Hub and the panels of ``screen``."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen
        self._hub = screen.hub

    def act(self, action_id: str, target: Target) -> None:
        """Do one of ``actions.ACTIONS``, if it fits."""
        action = actions.ACTIONS[action_id]
        if not action.fits(target):
            return
        if action_id == "react" and target.room is not None and target.line is not None:
            self._screen.panels.pick_reaction(target.room, target.line)
            return
        action.run(self._hub, target)
        if action_id in COMPOSING:  # now, not with the event: what is typed next belongs there
            self._screen.go_to_prompt()

    def tools(self, line: Line) -> frozenset[str]:
        """What of "reply" and "react" one can do with a line."""
        room = self._hub.focus
        return frozenset() if room is None or line.redacted else room.chat.can & {"reply", "react"}

    def keys(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """What each key does to the selected message."""
        for name in BY_KEY:
            for key in BY_ACTION[name].tui:
                yield key, partial(self._act_on_selected, name)
        for key in BY_ACTION["message_menu"].tui:
            yield key, self._open_menu

    def hints(self) -> Iterator[tuple[str, str]]:
        """The keys that do something to the selected row, and what; none where no row is selected."""
        row = self._screen.talk.selected
        if row is None:
            return
        if row.kind == "fold":
            yield keycap("message_menu"), "close" if row.open else "open"
        else:
            target = Target(self._hub.focus, row.lines[0])
            for name, word in BY_KEY.items():
                if actions.ACTIONS[name].fits(target):
                    yield keycap(name), word
            yield keycap("message_menu"), "more"
        yield keycap("escape"), "back"

    def press(self, pressed: TalkView.Pressed) -> None:
        """What a click on a row of the talk does."""
        row, room = pressed.row, self._hub.focus
        if room is None or not row.lines:
            return
        if pressed.menu:
            nick, link = str(pressed.meta.get("nick", "")), str(pressed.meta.get("link", ""))
            scope = "person" if nick else "message"
            self._screen.panels.menu(Target(room, row.lines[0], nick, link), scope, pressed.at)
        elif part := next((part for part in pressed.meta if part in _PARTS), None):
            _PARTS[part](self, row, pressed.meta[part])
        elif row.kind == "fold":
            self._hub.toggle_fold(room, row.key)
        elif row.lines[0].state == "failed":
            self._hub.retry(room, row.lines[0].id)

    def _act_on_selected(self, action_id: str) -> None:
        row = self._screen.talk.selected
        if row is not None and row.kind == "line":
            self._act_on(row, action_id)

    def _open_menu(self) -> None:
        row, room = self._screen.talk.selected, self._hub.focus
        if row is None or room is None:
            return
        if row.kind == "fold":
            self._hub.toggle_fold(room, row.key)
        else:
            self._screen.panels.menu(Target(room, row.lines[0]), "message", self._screen.talk.where())

    def _act_on(self, row: Row, action_id: str) -> None:
        self.act(action_id, Target(self._hub.focus, row.lines[0]))

    def _react(self, row: Row, text: str) -> None:
        if self._hub.focus is not None:
            self._hub.react(self._hub.focus, row.lines[0], text)

    def _go_to_quoted(self, row: Row, _line_id: int) -> None:
        self._act_on(row, "go_to_quoted")

    def _reveal(self, _row: Row, line_id: int) -> None:
        self._screen.talk.reveal(line_id)

    def _open(self, row: Row, link: str) -> None:
        for action_id in LINKS:
            self.act(action_id, Target(self._hub.focus, row.lines[0], link=link))

    def _join(self, _row: Row, name: str) -> None:
        if self._hub.focus is not None:
            self._hub.join(self._hub.focus.chat, name)

    def _mention(self, _row: Row, nick: str) -> None:
        self.act("mention", Target(self._hub.focus, nick=nick))


# What a part of a row does, by the key in its style's meta.
_PARTS: Mapping[str, Callable[[Deeds, Row, Any], None]] = {
    "do": Deeds._act_on,
    "react": Deeds._react,
    "reach": Deeds._go_to_quoted,
    "reveal": Deeds._reveal,
    "link": Deeds._open,
    "room": Deeds._join,
    "nick": Deeds._mention,
}
