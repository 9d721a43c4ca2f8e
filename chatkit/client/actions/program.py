"""What can be done with the program itself, wherever the user is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import dialogs, events
from chatkit.client.actions.table import Target, action, both, can, in_room, room_action
from chatkit.client.commands.comfort import HOUR_MS, morning_after
from chatkit.client.commands.messages import last_own
from chatkit.client.model import Room

if TYPE_CHECKING:
    from chatkit.client.hub import Hub

_has_said_something = both(can("edit"), in_room(lambda room: last_own(room) is not None))


def _panel(action_id: str, title: str, panel: events.Panel, *, group: int) -> None:
    """What the face shows."""

    @action("app", action_id, title, group=group)
    def show(hub: Hub, _target: Target) -> None:
        hub.emit(events.PanelWanted(panel))


_panel("palette", "Find anything", "palette", group=0)
_panel("search_all", "Search everywhere", "search", group=0)


@room_action("app", "edit_last", "Edit my last message", _has_said_something)
def edit_last(hub: Hub, room: Room) -> None:
    """Of the room in focus."""
    if (line := last_own(room)) is not None:
        hub.compose(room, "edit", line)


@action("app", "new_network", "New network…", group=1)
def new_network(hub: Hub, _target: Target) -> None:
    """Saved, and connected to."""
    hub.ask(dialogs.network(hub))


_panel("places", "Servers nearby", "places", group=1)


@action("app", "do_not_disturb", "Do not disturb, or again", group=2)
def do_not_disturb(hub: Hub, _target: Target) -> None:
    """For an hour; where that is so already, no longer."""
    now_ms = _now_ms(hub)
    hub.set("alerts.until", 0 if hub.settings.alerts.until > now_ms else now_ms + HOUR_MS)


@action("app", "quiet_hour", "Do not disturb for an hour", group=2)
def quiet_hour(hub: Hub, _target: Target) -> None:
    """No notifications before that."""
    hub.set("alerts.until", _now_ms(hub) + HOUR_MS)


@action("app", "quiet_tomorrow", "Do not disturb until tomorrow", group=2)
def quiet_tomorrow(hub: Hub, _target: Target) -> None:
    """No notifications before the next morning."""
    hub.set("alerts.until", morning_after(_now_ms(hub)))


@action("app", "quiet_off", "Notifications on", group=2)
def quiet_off(hub: Hub, _target: Target) -> None:
    """From now on."""
    hub.set("alerts.until", 0)


@action("app", "toggle_theme", "Light or dark colours", group=3)
def toggle_theme(hub: Hub, _target: Target) -> None:
    """The other one of dark and light; from any other theme to dark."""
    hub.set("appearance.theme", "light" if hub.settings.appearance.theme == "dark" else "dark")


@action("app", "toggle_people", "Show or hide the people", group=3)
def toggle_people(hub: Hub, _target: Target) -> None:
    """Who is in the room in focus."""
    hub.set("appearance.people", not hub.settings.appearance.people)


_panel("settings", "Settings", "settings", group=4)
_panel("keys", "Keys", "keys", group=4)


@action("app", "quit", "Quit", group=5)
def quit_(hub: Hub, _target: Target) -> None:
    """All networks."""
    hub.quit()


def _now_ms(hub: Hub) -> int:
    """Without a network there is no time, and nothing to be told either."""
    return next((hub.act(chat, lambda core: core.time_ms) for chat in hub.chats), 0)
