"""The menus of the window: the client's actions, and what only a window can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatkit.client import dialogs
from chatkit.client.actions import ACTIONS, Action, Scope, Target, menu
from chatkit.client.actions.table import Run
from chatkit.client.hub import Hub
from chatkit.client.model import Chat, Line, Room
from chatkit.client.settings import Network
from chatkit.gui_widgets.popup import Choice
from chatkit.gui_widgets.settings_window import NetworkRow

if TYPE_CHECKING:
    from chatkit.gui_widgets.window import MainWindow

Choices = list[Choice | None]

IN_SETTINGS = ("log_in", "reconnect", "disconnect", "edit_network", "forget")  # of a network's actions
STATES = {"online": "connected", "connecting": "connecting…", "offline": "not connected"}


class Menus:
    """Makes the choices; has no state of its own."""

    def __init__(self, view: MainWindow, hub: Hub) -> None:
        self.view = view
        self.hub = hub
        self.instead: dict[str, Callable[[Target], None]] = {}  # by an action's id: what a window has better

    def of(self, scope: Scope, target: Target) -> Choices:
        """The client's actions for ``target``."""
        return [self._choice(action, target) for action in menu(target, scope) if not _is_symbol(action)]

    def _choice(self, action: Action | None, target: Target) -> Choice | None:
        if action is None:
            return None
        own = self.instead.get(action.id)
        run = self._run(action.run, target) if own is None else self._run(lambda hub, target: own(target), target)
        return Choice(action.title, run, danger=action.danger)

    def app(self) -> Choices:
        """Behind the three dots."""
        own = [Choice("Larger text", lambda: self.view.zoom(1)), Choice("Smaller text", lambda: self.view.zoom(-1))]
        found = self.of("app", Target(self.hub.focus))
        at = next(index for index, choice in enumerate(found) if choice and choice.label == ACTIONS["settings"].title)
        return [*found[:at], *own, None, *found[at:]]

    def room(self, item: Room | str) -> Choices:
        """Of a room in the list, or the network that it stands for; of a heading none."""
        if isinstance(item, str):
            return []
        if item.kind == "server":
            return self.of("network", Target(item))
        found = self.of("room", Target(item))
        if item.is_direct:
            found += [None, *self.person(item, item.name)]
        return [*found, None, Choice("Copy name", lambda: self.view.copy(item.name))]

    def person(self, room: Room | None, nick: str) -> Choices:
        """Of somebody."""
        copy = Choice("Copy name", lambda: self.view.copy(nick))
        return [*self.of("person", Target(room, nick=nick)), None, copy]

    def message(self, line: Line | None, link: str) -> Choices:
        """Of what the mouse is on in the talk."""
        room, choices = self.hub.focus, Choices()
        selected = self.view.touch.selected()
        if selected:
            choices.append(Choice("Copy selection", lambda: self.view.copy(selected)))
        if line is None or room is None:
            return choices
        if line.state == "failed":
            choices.append(Choice("Send again", lambda: self.hub.retry(room, line.id)))
        choices += self.of("message", Target(room, line, line.nick, link))
        if line.is_talk and not line.mine:
            choices += [None, *self.of("person", Target(room, line, line.nick))]
        return choices

    def typing(self) -> Choices:
        """Where the user types."""
        text = self.view.composer.text
        return [
            Choice("Cut", lambda: text.event_generate("<<Cut>>")),
            Choice("Copy", lambda: text.event_generate("<<Copy>>")),
            Choice("Paste", lambda: text.event_generate("<<Paste>>")),
            Choice("Select all", lambda: text.tag_add("sel", "1.0", "end-1c")),
        ]

    def networks(self) -> list[NetworkRow]:
        """What the settings window lists: those that are open, then those that are only saved."""
        open_ones = [self._network_row(chat) for chat in self.hub.chats]
        names = {row.name for row in open_ones}
        saved = [network for network in self.hub.settings.networks if network.name not in names]
        return open_ones + [
            NetworkRow(network.name, f"{network.address} · not open", self._saved(network)) for network in saved
        ]

    def _network_row(self, chat: Chat) -> NetworkRow:
        target = Target(chat.server)
        actions = [action for action in menu(target, "network") if action is not None and action.id in IN_SETTINGS]
        choices = tuple(Choice(action.title, self._run(action.run, target), danger=action.danger) for action in actions)
        return NetworkRow(chat.label, f"{chat.network} · {STATES[chat.status.state]} as {chat.nick}", choices)

    def _saved(self, network: Network) -> tuple[Choice, ...]:
        return (
            Choice("Connect", lambda: self.hub.connect(self.hub.options_of(network))),
            Choice("Edit…", lambda: self.hub.ask(dialogs.network(self.hub, network))),
            Choice("Remove", lambda: self._drop(network.name), danger=True),
        )

    def _drop(self, name: str) -> None:
        self.hub.drop_network(name)

    def command(self, text: str) -> None:
        """A slash command, without a trace in what was typed."""
        room = self.hub.focus
        if room is not None:
            self.hub.act(room.chat, lambda core: core.say(room, text))

    def do(self, action_id: str, target: Target) -> None:
        """Carry out an action by its id, where it fits."""
        action = ACTIONS.get(action_id)
        if action is not None and action.fits(target):
            action.run(self.hub, target)

    def _run(self, action: Run, target: Target) -> Callable[[], object]:
        return lambda: action(self.hub, target)


def _is_symbol(action: Action | None) -> bool:
    """Whether it is one of the usual reactions: a window shows them side by side."""
    return action is not None and action.id.startswith("react_")
