"""How each part of the window is drawn from the chat: a table of functions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from chatkit.client import words
from chatkit.client.model import Chat, Status

if TYPE_CHECKING:
    from chatkit.gui_widgets.window import MainWindow


def rooms(view: MainWindow, chat: Chat) -> None:
    """The list at the left, and the window's title, which says how many messages are for the user."""
    view.rooms.show_chat(chat)
    view.network.configure(text=chat.network)
    mentions = sum(room.mentions for room in chat.rooms)
    view.root.title(f"{f'({mentions}) ' if mentions else ''}{chat.focus.name} – chatkit")


def header(view: MainWindow, chat: Chat) -> None:
    """The room's name and topic."""
    view.header.show_room(chat.focus)


def talk(view: MainWindow, chat: Chat) -> None:
    """What is said."""
    view.talk.show(chat.focus)


def people(view: MainWindow, chat: Chat) -> None:
    """Who is there."""
    view.show_people(chat.focus)


def composer(view: MainWindow, chat: Chat) -> None:
    """Where the user types."""
    view.composer.show_nick(chat.nick)
    view.composer.show_room(chat.focus)


def status(view: MainWindow, chat: Chat) -> None:
    """How the connection is."""
    sentence = status_words(chat.status, time.monotonic())
    view.status.show(chat.status.state, sentence, can_retry=chat.status.state == "offline")


def status_words(status: Status, now: float) -> str:
    """The sentence, with the seconds until the next try. ``now`` is on the monotonic clock."""
    if status.retry_at is None:
        return status.text
    return f"{status.text} – {words.trying_again(status.retry_at - now)}"


DRAW: dict[str, Callable[[MainWindow, Chat], None]] = {
    "rooms": rooms,
    "header": header,
    "talk": talk,
    "people": people,
    "composer": composer,
    "status": status,
}
