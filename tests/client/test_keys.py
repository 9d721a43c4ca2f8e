"""The one table of keys, from which both faces make their bindings."""

from __future__ import annotations

import re

import pytest

from chatkit.client.actions import ACTIONS
from chatkit.client.keys import BY_ACTION, KEYS, Group, Key

OF_FACES = {  # what only a face knows how to do
    "send", "line_break", "complete", "earlier", "later", "retry", "page_up", "page_down", "top", "end", "escape",
    "select", "message_menu", "next_room", "previous_room", "next_unread", "toggle_rooms", "next_part",
}  # fmt: skip
TERMINAL = re.compile(r"((ctrl|alt|shift)\+)*([a-z]|f\d+|enter|tab|up|down|pageup|pagedown|home|end|escape|plus)")
DESKTOP = re.compile(r"((Control|Alt|Shift)-)*([a-z]|F\d+|[A-Z][a-z]+|plus)")


def test_every_key_does_something_that_there_is() -> None:
    assert {key.action for key in KEYS} == OF_FACES | (BY_ACTION.keys() & ACTIONS.keys())
    assert len(BY_ACTION) == len(KEYS)


def modes(key: Key) -> str:
    """Keys of the chosen message are letters that are typed elsewhere."""
    return "chosen" if key.group == "Messages" and key.action != "select" else "all"


@pytest.mark.parametrize("face", ["tui", "gui"])
def test_no_key_does_two_things(face: str) -> None:
    pressed = [(modes(key), each) for key in KEYS for each in getattr(key, face)]
    assert len(pressed) == len(set(pressed))


def test_keys_are_written_as_the_faces_write_them() -> None:
    assert all(TERMINAL.fullmatch(each) for key in KEYS for each in key.tui)
    assert all(DESKTOP.fullmatch(each) for key in KEYS for each in key.gui)


def test_every_key_says_what_it_does() -> None:
    groups = Group.__args__
    assert all(key.words and key.group in groups for key in KEYS)
    order = [groups.index(key.group) for key in KEYS]
    assert order == sorted(order)
