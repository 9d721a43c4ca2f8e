"""What can be done with a network. The target is any of its rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import dialogs
from chatkit.client.actions.table import can, in_room, room_action
from chatkit.client.model import Room

if TYPE_CHECKING:
    from chatkit.client.hub import Hub

_any = in_room(lambda room: True)
_is_guest = in_room(lambda room: not room.chat.account)
_has_account = in_room(lambda room: bool(room.chat.account))
_is_offline = in_room(lambda room: room.chat.status.state == "offline")
_is_not_offline = in_room(lambda room: room.chat.status.state != "offline")


@room_action("network", "join", "Join a room…", _any)
def join(hub: Hub, room: Room) -> None:
    """By its name."""
    hub.ask(dialogs.join(hub, room.chat))


@room_action("network", "list_rooms", "All its rooms", _any)
def list_rooms(hub: Hub, room: Room) -> None:
    """As /list does."""
    hub.act(room.chat, lambda core: core.say(room, "/list"))


@room_action("network", "log_in", "Log in…", _is_guest, group=1)
def log_in(hub: Hub, room: Room) -> None:
    """To an account."""
    hub.ask(dialogs.log_in(hub, room.chat))


@room_action("network", "log_out", "Log out…", _has_account, group=1)
def log_out(hub: Hub, room: Room) -> None:
    """Of the account."""
    hub.ask(dialogs.log_out(hub, room.chat))


@room_action("network", "register", "Register an account…", _is_guest, group=1)
def register(hub: Hub, room: Room) -> None:
    """A new one."""
    hub.ask(dialogs.register(hub, room.chat))


@room_action("network", "verify", "Verify the account…", can("register"), group=1)
def verify(hub: Hub, room: Room) -> None:
    """By the code that came by mail."""
    hub.ask(dialogs.verify(hub, room.chat))


@room_action("network", "reconnect", "Connect", _is_offline, group=2)
def reconnect(hub: Hub, room: Room) -> None:
    """Now, without waiting."""
    hub.reconnect(room.chat)


@room_action("network", "trust", "Trust its new certificate", _is_offline, group=2, danger=True)
def trust(hub: Hub, room: Room) -> None:
    """The one that was refused at the last try, if one was."""
    hub.trust(room.chat)


@room_action("network", "disconnect", "Disconnect", _is_not_offline, group=2)
def disconnect(hub: Hub, room: Room) -> None:
    """It stays in the list."""
    hub.disconnect(room.chat)


@room_action("network", "edit_network", "Settings of the network…", _any, group=3)
def edit_network(hub: Hub, room: Room) -> None:
    """Its address, names and rooms, as they are saved; a network that is not saved yet is saved by that."""
    hub.ask(dialogs.network(hub, dialogs.saved_network(hub, room.chat)))


@room_action("network", "forget", "Leave and forget", _any, group=3, danger=True)
def forget(hub: Hub, room: Room) -> None:
    """It is in the list and the settings no more."""
    hub.forget(room.chat)
