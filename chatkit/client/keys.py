"""The keys of the terminal and of the desktop client: one table, from which both make their bindings and their help.

``tui`` is in Textual's words (``ctrl+k``, ``alt+down``), ``gui`` in Tk's without the angle brackets (``Control-k``).
An ``action`` is the id of one of ``actions.ACTIONS``, or a word that only the face knows what to do with.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Group = Literal["Writing", "Reading", "Messages", "Rooms", "Screen"]


class Key(msgspec.Struct, frozen=True):
    """One thing that keys do. An empty ``tui`` or ``gui``: not there, or not by a key of its own."""

    action: str
    tui: tuple[str, ...]
    gui: tuple[str, ...]
    words: str  # what it does, for people
    group: Group


KEYS: tuple[Key, ...] = (
    Key("send", ("enter",), ("Return",), "send", "Writing"),
    Key(
        "line_break", ("ctrl+j", "alt+enter", "shift+enter"), ("Shift-Return", "Alt-Return"),
        "begin another line of the same message", "Writing",
    ),
    Key("complete", ("tab",), ("Tab",), "complete a name, room, command or :emoji:, again for the next", "Writing"),
    Key("earlier", ("up",), ("Up",), "bring back what you sent before", "Writing"),
    Key("later", ("down",), ("Down",), "go forward again, to what you were typing", "Writing"),
    Key("edit_last", ("alt+e",), ("Alt-e",), "edit your last message", "Writing"),
    Key("retry", ("ctrl+r",), ("Control-r",), "send again what was not sent", "Writing"),
    Key("page_up", ("pageup",), ("Prior",), "scroll up; older messages load at the top", "Reading"),
    Key("page_down", ("pagedown",), ("Next",), "scroll down", "Reading"),
    Key("top", ("ctrl+home",), ("Control-Home",), "go to the oldest message", "Reading"),
    Key("end", ("ctrl+end",), ("Control-End",), "go to the newest message", "Reading"),
    Key("escape", ("escape",), ("Escape",), "close what is open, or back to the newest message", "Reading"),
    Key("search", ("ctrl+f",), ("Control-f",), "search here; again: everywhere", "Reading"),
    Key("select", ("f5", "ctrl+up"), ("Control-Up",), "select a message: then ↑ ↓ and the keys below", "Messages"),
    Key("reply", ("r",), ("r",), "reply to the selected message", "Messages"),
    Key("react", ("plus",), ("plus",), "react to it", "Messages"),
    Key("edit", ("e",), ("e",), "edit it, if it is yours", "Messages"),
    Key("redact", ("d",), ("d",), "delete it", "Messages"),
    Key("copy", ("c",), ("c",), "copy it", "Messages"),
    Key("open_link", ("o",), ("o",), "open the link in it", "Messages"),
    Key("message_menu", ("enter",), ("Return", "Menu", "Shift-F10"), "all that can be done with it", "Messages"),
    Key(
        "next_room", ("ctrl+n", "alt+down"), ("Control-Next", "Alt-Down"), "next room", "Rooms",
    ),
    Key("previous_room", ("ctrl+p", "alt+up"), ("Control-Prior", "Alt-Up"), "previous room", "Rooms"),
    Key("next_unread", ("alt+a",), ("Alt-a",), "next room with something unread", "Rooms"),
    Key("palette", ("ctrl+k",), ("Control-k",), "find any room, person, action or setting", "Rooms"),
    Key("toggle_rooms", ("f2",), ("F2",), "hide or show the rooms", "Screen"),
    Key("toggle_people", ("f3",), ("F3",), "hide or show the people", "Screen"),
    Key("toggle_theme", ("f4",), ("F4",), "light or dark colours", "Screen"),
    Key("next_part", ("f6",), ("F6",), "go on to the next part of the screen", "Screen"),
    Key("do_not_disturb", ("ctrl+t",), ("Control-t",), "no notifications for an hour, or again", "Screen"),
    Key("settings", ("f8",), ("F8",), "settings", "Screen"),
    Key("keys", ("f1",), ("F1",), "these keys; also ? while nothing is typed", "Screen"),
    Key("quit", ("ctrl+q",), ("Control-q",), "quit", "Screen"),
)  # fmt: skip

BY_ACTION: dict[str, Key] = {key.action: key for key in KEYS}
