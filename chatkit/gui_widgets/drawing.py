"""How each part of the window is drawn from what the hub has: a table of functions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from chatkit.client import words
from chatkit.client.hub import Hub
from chatkit.client.model import Status
from chatkit.gui_widgets.status_bar import State

if TYPE_CHECKING:
    from chatkit.gui_widgets.window import MainWindow


def rooms(view: MainWindow, hub: Hub) -> None:
    """The list at the left, and the window's title, which says how many messages are for the user."""
    view.rooms.show_rooms(hub.rooms, hub.focus)
    view.network.configure(text=hub.chats[0].network if len(hub.chats) == 1 else "chatkit")
    mentions = sum(room.mentions for room in hub.rooms)
    name = "chatkit" if hub.focus is None else f"{hub.focus.title} – chatkit"
    view.root.title(f"{f'({mentions}) ' if mentions else ''}{name}")


def header(view: MainWindow, hub: Hub) -> None:
    """The room's name and topic."""
    if hub.focus is not None:
        view.header.show_room(hub.focus)


def talk(view: MainWindow, hub: Hub) -> None:
    """What is said: the room in focus, if it isn't shown yet; and what stands above its first line."""
    if hub.focus is None:
        return
    if hub.focus is not view.talk.room:
        view.talk.show(hub.focus, hub.timelines.of(hub.focus))
    else:
        view.talk.refresh()


def people(view: MainWindow, hub: Hub) -> None:
    """Who is there."""
    if hub.focus is not None:
        view.show_people(hub.focus)


def composer(view: MainWindow, hub: Hub) -> None:
    """Where the user types."""
    if hub.focus is not None:
        view.composer.show_nick(hub.focus.chat.nick)
        view.composer.show_room(hub.focus)


def composing(view: MainWindow, hub: Hub) -> None:
    """What the next message is to be."""
    view.compose_bar.show(None if hub.focus is None else hub.focus.composing, above=view.composer)


def typing(view: MainWindow, hub: Hub) -> None:
    """Who is typing."""
    view.typing.show(() if hub.focus is None else hub.focus.typing)


def status(view: MainWindow, hub: Hub) -> None:
    """How the connection is that the room in focus belongs to."""
    if hub.focus is None:
        return
    chat = hub.focus.chat
    sentence = status_words(chat.status, time.monotonic(), chat.away)
    quiet = hub.settings.alerts.until > time.time_ns() // 1_000_000
    view.status.show(
        State(chat.status.state, sentence, chat.status.state == "offline", chat.security, chat.lag_ms, quiet)
    )


def status_words(status: Status, now: float, away: str = "") -> str:
    """The sentence, with the seconds until the next try. ``now`` is on the monotonic clock."""
    if status.retry_at is not None:
        return f"{status.text} – {words.trying_again(status.retry_at - now)}"
    return f"{status.text} · away: {away}" if away else status.text


DRAW: dict[str, Callable[[MainWindow, Hub], None]] = {
    "rooms": rooms,
    "header": header,
    "talk": talk,
    "people": people,
    "composer": composer,
    "composing": composing,
    "typing": typing,
    "status": status,
}
