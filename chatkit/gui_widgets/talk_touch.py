"""What mouse and keys do with the messages of the talk."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from chatkit.client.keys import KEYS
from chatkit.client.local_time import clock
from chatkit.client.model import Line
from chatkit.client.timeline import Row
from chatkit.gui_widgets.hover_bar import HoverBar
from chatkit.gui_widgets.line_text import (
    FOLD,
    INDENT,
    LINK,
    PERSON,
    QUOTE,
    REACTION,
    RETRY,
    SPACE,
    SPOILER,
    copied,
)
from chatkit.gui_widgets.look import Look, menu_buttons
from chatkit.gui_widgets.row_text import RowText
from chatkit.gui_widgets.talk import Talk

CONTROL_OR_ALT = 0x000C
CHOSEN, HOVER = "chosen", "hover"  # tags

# What keys do with the message that was chosen by keys: by Tk's name of the key.
MESSAGE_KEYS = {sequence: key.action for key in KEYS if key.group == "Messages" for sequence in key.gui}

# What holds columns and pills together on the screen, and what it is elsewhere.
_COPIED = ((INDENT, ""), (" \t", " "), ("\t\t", ""), ("\t", " "), (SPACE, " "))


class TalkTouch:
    """Finds out what the mouse is on, and which message the keys are about; says so to whoever holds it."""

    def __init__(self, talk: Talk, look: Look) -> None:
        self.talk = talk
        self.text: RowText = talk.text
        self.bar = HoverBar(talk, look)
        self.on_retry: Callable[[Line], None] = lambda line: None
        self.on_link: Callable[[str], object] = lambda address: None
        self.on_room: Callable[[str], object] = lambda name: None
        self.on_person: Callable[[str, int, int], None] = lambda nick, x, y: None
        self.on_react: Callable[[Line, str], None] = lambda line, text: None
        self.on_quote: Callable[[Line], None] = lambda line: None
        self.on_fold: Callable[[Row], None] = lambda row: None
        self.on_menu: Callable[[Line | None, str, int, int], None] = lambda line, link, x, y: None  # link: there
        self.on_action: Callable[[str, Line], None] = lambda action, line: None  # a key for the chosen message
        self.on_help: Callable[[], None] = lambda: None
        self.on_typed: Callable[[str], None] = lambda text: None  # typed while the talk has the keyboard
        self.abilities: Callable[[], frozenset[str]] = frozenset
        talk.on_moved = self._moved
        self._bind()

    # The message chosen by keys.

    @property
    def chosen(self) -> Line | None:
        """The message that the keys are about."""
        row = self.text.marked(CHOSEN)
        return row.lines[0] if row is not None else None

    def choose(self, step: int = -1) -> None:
        """Choose the last message, or the one above or below of that which is chosen."""
        rows = self.text.rows
        row = self.text.marked(CHOSEN)
        at = self.text.find(row) if row is not None else None
        index = (len(rows) if at is None else at) + step
        while 0 <= index < len(rows) and not _is_message(rows[index]):
            index += step
        if 0 <= index < len(rows):
            self.text.mark_row(CHOSEN, rows[index])
            self.talk.see(rows[index])
        elif at is not None and step > 0:
            self.unchoose()
        self.text.focus_set()

    def unchoose(self) -> bool:
        """Choose none. Returns whether one was chosen."""
        was = self.text.marked(CHOSEN) is not None
        self.text.mark_row(CHOSEN, None)
        return was

    # What is selected.

    def selected(self) -> str:
        """The selected text, with times and names as in a line of their own."""
        if not self.text.tag_ranges("sel"):
            return ""
        text = self.text.get("sel.first", "sel.last")
        for ours, theirs in _COPIED:
            text = text.replace(ours, theirs)
        return text

    def copy_text(self, line: Line) -> str:
        """A message as it is copied."""
        return copied(Row("line", line.id, lines=(line,)), hours24=self.text.hours24)

    # The mouse.

    def _bind(self) -> None:
        text = self.text
        for tag, action in self._clicks().items():
            text.tag_bind(tag, "<ButtonRelease-1>", self._unless_selecting(action))
            text.tag_bind(tag, "<Enter>", lambda event: text.configure(cursor="hand2"))
            text.tag_bind(tag, "<Leave>", lambda event: text.configure(cursor="xterm"))
        text.bind("<Motion>", lambda event: self._hover(event.x, event.y))
        text.bind("<Leave>", self._left)
        text.bind("<Key>", self._typed)
        text.bind("<<Copy>>", self._copy)
        for button in menu_buttons(text):
            text.bind(button, self._menu_by_mouse)

    def _clicks(self) -> dict[str, Callable[[tk.Event[tk.Misc]], None]]:
        return {
            RETRY: lambda event: self._with_line(event, self.on_retry),
            QUOTE: lambda event: self._with_line(event, self.on_quote),
            FOLD: lambda event: self._with_row(event, self.on_fold),
            REACTION: self._reacted,
            LINK: self._opened,
            PERSON: self._met,
            SPOILER: self._revealed,
        }

    def _unless_selecting(self, action: Callable[[tk.Event[tk.Misc]], None]) -> Callable[[tk.Event[tk.Misc]], None]:
        def act(event: tk.Event[tk.Misc]) -> None:
            if not self.text.tag_ranges("sel"):
                action(event)

        return act

    def _with_row(self, event: tk.Event[tk.Misc], action: Callable[[Row], None]) -> None:
        row = self.text.row_under(event.x, event.y)
        if row is not None:
            action(row)

    def _with_line(self, event: tk.Event[tk.Misc], action: Callable[[Line], None]) -> None:
        self._with_row(event, lambda row: action(row.lines[0]) if row.lines else None)

    def _reacted(self, event: tk.Event[tk.Misc]) -> None:
        number = self.text.span_at(event.x, event.y)
        if number is not None:
            self._with_line(event, lambda line: self.on_react(line, line.reactions[number].text))

    def _opened(self, event: tk.Event[tk.Misc]) -> None:
        link, room = self.link_at(event.x, event.y), self._room_at(event.x, event.y)
        if link:
            self.on_link(link)
        elif room:
            self.on_room(room)

    def _met(self, event: tk.Event[tk.Misc]) -> None:
        row = self.text.row_under(event.x, event.y)
        if row is None or not row.lines:
            return
        line, number = row.lines[0], self.text.span_at(event.x, event.y)
        nick = line.nick if number is None else line.spans[number].style.nick
        self.on_person(nick, event.x_root, event.y_root)

    def _revealed(self, event: tk.Event[tk.Misc]) -> None:
        found = self.text.tag_prevrange(SPOILER, f"@{event.x},{event.y} + 1 chars")
        if found:
            self.text.tag_remove(SPOILER, *found)

    def link_at(self, x: int, y: int) -> str:
        """The address shown there; empty where there is none."""
        row, number = self.text.row_under(x, y), self.text.span_at(x, y)
        if row is None or number is None or LINK not in self.text.tag_names(f"@{x},{y}"):
            return ""
        return row.lines[0].spans[number].style.link

    def _room_at(self, x: int, y: int) -> str:
        row, number = self.text.row_under(x, y), self.text.span_at(x, y)
        return "" if row is None or number is None else row.lines[0].spans[number].style.room

    # Under the mouse.

    def _hover(self, x: int, y: int) -> None:
        row = self.text.row_under(x, y)
        if row is None or not _is_message(row) or row.lines[0].redacted:
            self._unhover()
            return
        self.text.mark_row(HOVER, row)
        index = self.text.find(row)
        info = self.text.dlineinfo(self.text.start_of(index)) if index is not None else None
        can = self.abilities()
        line, y = row.lines[0], info[1] if info else 0
        time = clock(line.time_ms, hours24=self.text.hours24)
        self.bar.show(line, y, time, reply="reply" in can, react="react" in can)

    def _unhover(self) -> None:
        self.text.mark_row(HOVER, None)
        self.bar.hide()

    def _left(self, event: tk.Event[tk.Misc]) -> None:
        if not self.bar.holds(event.x_root, event.y_root):
            self._unhover()

    def _moved(self) -> None:
        """Something else lies under the mouse now."""
        if self.bar.line is not None:
            self._unhover()

    def _menu_by_mouse(self, event: tk.Event[tk.Misc]) -> None:
        row = self.text.row_under(event.x, event.y)
        line = row.lines[0] if row is not None and row.kind == "line" else None
        self.on_menu(line, self.link_at(event.x, event.y), event.x_root, event.y_root)

    # Keys.

    def _typed(self, event: tk.Event[tk.Misc]) -> str | None:
        line = self.chosen
        held = int(event.state) & CONTROL_OR_ALT
        if line is not None and not held:
            return self._key_for(line, event.keysym)
        if event.char == "?" and not held:
            self.on_help()
            return "break"
        if event.char and event.char.isprintable() and not held:
            self.on_typed(event.char)
            return "break"
        return None

    def _key_for(self, line: Line, key: str) -> str | None:
        if key in ("Up", "Down"):
            self.choose(-1 if key == "Up" else 1)
            return "break"
        action = MESSAGE_KEYS.get(key)
        if action is not None:
            self.on_action(action, line)
            return "break"
        return None

    def _copy(self, event: tk.Event[tk.Misc]) -> str:
        if text := self.selected():
            self.text.clipboard_clear()
            self.text.clipboard_append(text)
        return "break"


def _is_message(row: Row) -> bool:
    return row.kind == "line" and row.lines[0].is_talk
