"""All networks of one user, and what is on the screen: what a face holds."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeVar

import msgspec

from chatkit.client import commands, events, hints, questions, words
from chatkit.client.alerts import Alerts
from chatkit.client.attention import Attention
from chatkit.client.completion import Completion
from chatkit.client.core import Core
from chatkit.client.defaults import user_nick
from chatkit.client.dialing import Doubt
from chatkit.client.finder import Hit, Search
from chatkit.client.forms import Form
from chatkit.client.input_history import InputHistory
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.keychain import Keychain
from chatkit.client.model import AlertLevel, Chat, Line, Room
from chatkit.client.options import ClientOptions, Start
from chatkit.client.places import Places, options_of, taste_of
from chatkit.client.runner import PUMP_LIMIT, ClientRunner, MakeRunner, Shared
from chatkit.client.settings import ClientSettings, Network, room_key
from chatkit.client.timeline import Layout, Timelines
from chatkit.client.trust import Pin

_T = TypeVar("_T")
PUMP_SECONDS = 0.010  # that one pump may take, so that keys are answered while a flood comes in


class Hub:
    """All networks of one user, and what is on the screen. Belongs to the UI thread; nothing blocks but ``stop``.

    The way to use it::

        hub = Hub(start, on_wakeup=post_to_my_event_loop)
        hub.start()
        ...                                # in the event loop, whenever it was woken:
        for event in hub.pump():
            draw(event)                    # and at will: hub.say(hub.focus, "Hi Bob!")
        ...
        hub.quit()                         # a Left event follows
        hub.stop()

    ``on_wakeup`` is called, on any thread and without arguments, whenever ``pump`` has something to do. It must return
    at once. After one call there is no other until ``pump`` was called. A room says which network it is of
    (``room.chat``), so whatever is done in a room needs no more than the room.
    """

    def __init__(
        self,
        start: Start,
        on_wakeup: Callable[[], None],
        *,
        make_runner: MakeRunner = ClientRunner,
        kept: Keepsakes | None = None,
    ) -> None:
        """``kept`` are settings, pins, passwords and drafts; None: those of this user."""
        self.kept = kept or Keepsakes.of_user()
        self.settings: ClientSettings = self.kept.settings.current
        self.chats: list[Chat] = []  # in the order to list them
        self.timelines = Timelines(layout_of(self.settings))  # what to draw of each room
        self.places = Places(self.kept)
        self.inputs = InputHistory()
        self._alerts = Alerts()
        self._on_wakeup = on_wakeup
        self._make_runner = make_runner
        self._software = start.software
        self._keychain = Keychain(self.kept, self._wake)
        self._shared = Shared(self.kept.trust, self.kept.recent, self._keychain.find, self._keychain.find_servers)
        self._runners: list[ClientRunner] = []
        self._events: deque[events.Event] = deque()  # the hub's own; any thread puts in
        self._attention = Attention(self)
        self._forgotten: set[Chat] = set()  # networks that are being left for good
        self._asked: dict[Chat, Doubt] = {}  # about which certificates the user was asked
        self._last: Chat | None = None  # the network that was left last
        # What the hub does about an event before the face sees it. Each returns whether the face does.
        self._reactions: dict[type[events.Event], Callable[[Any], bool]] = {
            events.RoomFocused: lambda event: self._follow(event.room),
            events.Left: lambda event: self._left(event.chat),
            events.RoomAdded: lambda event: self._furnish(event.room),
            events.StatusChanged: lambda event: self._status_changed(event.chat),
            events.AbilitiesChanged: lambda event: self._logged_in(event.chat),
        }
        self._signalled = self._started = self._quitting = False
        for options in start.networks:
            if self._present(options.label) is None:
                self._add(options)

    @property
    def focus(self) -> Room | None:
        """The room on the screen; None where there is no network."""
        return self._attention.focus

    @property
    def rooms(self) -> list[Room]:
        """All rooms of all networks, in the order to list them: within a network, pinned ones first."""
        return [
            room
            for chat in self.chats
            for room in sorted(chat.rooms, key=lambda room: (room.kind != "server", not room.pinned))
        ]

    def start(self) -> None:
        """Begin to connect."""
        self._started = True
        for runner in self._runners:
            runner.start()

    def stop(self) -> None:
        """Close all connections and join the threads; blocks for a moment. Call ``quit`` first to leave politely."""
        self._on_wakeup = lambda: None
        for runner in self._runners:
            runner.stop()
        self._shared.stop()
        self.places.stop()
        self.kept.drafts.save()

    def quit(self, reason: str = "") -> None:
        """Leave all networks politely. A Left event follows when the last has let go."""
        self._quitting = True
        if not self.chats and self._last is not None:
            self.emit(events.Left(self._last))
        for chat in list(self.chats):
            self.act(chat, lambda core: core.quit(reason))

    def pump(self, limit: int = PUMP_LIMIT, seconds: float = PUMP_SECONDS) -> list[events.Event]:
        """Apply what came in, at most ``limit`` lines and for about ``seconds``; return what changed."""
        self._signalled = False  # before draining, or what comes now could be overlooked
        share = max(1, len(self._runners))
        for runner in list(self._runners):
            for event in runner.pump(max(1, limit // share), seconds / share):
                self._take(event)
            self._ask_about(runner)
        for chat in self._keychain.take_unkept():
            if chat in self.chats:
                self.act(chat, lambda core: core.tell(words.PASSWORD_UNKEPT, "error"))
        return [self._events.popleft() for _ in range(len(self._events))]

    def next_deadline(self) -> float | None:
        """When, on the monotonic clock, ``pump`` has something to do at the latest. ``on_wakeup`` is called then."""
        due = (runner.next_deadline() for runner in self._runners)
        return min((when for when in due if when is not None), default=None)

    # Networks.

    def connect(self, options: ClientOptions) -> Chat:
        """A further network; one that is there already is connected to again. Its room gets the focus when it is in."""
        runner = self._present(options.label)
        if runner is not None and msgspec.structs.replace(runner.options, taste=options.taste) == options:
            self.act(runner.chat, Core.reconnect)
        else:
            if runner is not None:  # its settings have changed
                self._leave(runner.chat)
            runner = self._add(options)
            self.emit(events.NetworkAdded(runner.chat))
            if self._started:
                runner.start()
        self._attention.expect(runner.chat)
        return runner.chat

    def disconnect(self, chat: Chat) -> None:
        """Leave a network, which stays in the list."""
        self.act(chat, Core.disconnect)

    def forget(self, chat: Chat) -> None:
        """Leave a network, and take it out of the list and the settings."""
        self.drop_network(chat.label)
        self._leave(chat)

    def drop_network(self, name: str) -> None:
        """Take a network out of the settings, if it is there, and its passwords out of the keyring. Raises
        SettingError."""
        network = self.settings.network(name)
        try:
            self.kept.settings.drop_network(name)
            if network is not None:
                self._keychain.forget_network(network)
        finally:
            self._apply_settings()

    def reconnect(self, chat: Chat | None = None) -> None:
        """Try now to reach a network; without one, all that are offline."""
        for found in self.chats if chat is None else [chat]:
            self.act(found, Core.reconnect)

    def trust(self, chat: Chat) -> bool:
        """Trust the certificate that was refused last there, and connect. Returns whether there is one."""
        doubt = self.runner_of(chat).doubt
        if doubt is None:
            return False
        self.kept.trust.keep(doubt.host, doubt.port, Pin(doubt.fingerprint))
        self.act(chat, Core.reconnect)
        return True

    def options_of(self, network: Network) -> ClientOptions:
        """What to connect to a saved network with. Raises AddressError."""
        nick = self.focus.chat.nick if self.focus is not None else user_nick()
        return options_of(network, self.settings, nick=nick, software=self._software)

    def give_password(self, chat: Chat, password: str, *, keep: bool = False) -> None:
        """The answer to a server that asks everybody for a password. ``keep``: it goes into the keyring, once the
        server has taken it."""
        self._keychain.promise_servers(chat, password if keep else None)
        self.act(chat, lambda core: core.server_password.give(password))

    def log_in(self, chat: Chat, account: str, password: str, *, keep: bool = False) -> None:
        """Log in to an account, now and after every reconnection. ``keep``: the password goes into the keyring, once
        the server has taken it."""
        self._keychain.promise(chat, password if keep else None)
        self.act(chat, lambda core: core.sign_in.log_in(account, password))

    def log_out(self, chat: Chat, *, forget: bool = False) -> bool:
        """Be a guest there, until the user logs in again. ``forget``: the keyring keeps the password no more; returns
        whether it was the keyring that kept it."""
        self.act(chat, lambda core: core.sign_in.log_out())
        return forget and self._keychain.forget(chat)

    def register(self, chat: Chat, account: str, email: str, password: str, *, keep: bool = False) -> None:
        """Make an account; an empty ``account`` is the nick. ``keep`` as above."""
        self._keychain.promise(chat, password if keep else None)
        self.act(chat, lambda core: core.sign_in.register(account, email, password))

    def verify(self, chat: Chat, account: str, code: str) -> None:
        """Give the code that came by mail for a new account."""
        self.act(chat, lambda core: core.sign_in.verify(account, code))

    def look_for_places(self) -> None:
        """Begin to look for servers on the local network. A PlacesChanged follows for each change."""
        self.places.look(lambda: self.emit(events.PlacesChanged()))

    def choose_name(self, chat: Chat, name: str) -> None:
        """The answer to NameNeeded; or another name."""
        self.act(chat, lambda core: core.choose_name(name))

    # Talk. Each of them takes the room and finds its network.

    def say(self, room: Room, text: str) -> None:
        """What the user typed: talk of one or more lines, or a slash command. ``//x`` says ``/x``.

        Before a long paste, a form asks.
        """
        if not commands.is_command(text) and (lines := _count_lines(text)) > self.settings.talk.paste_lines:
            keep = partial(self.emit, events.InputWanted(room, text))
            self.ask(questions.about_paste(room.name, lines, partial(self._say, room, text), keep))
        else:
            self._say(room, text)

    def post(self, room: Room, text: str) -> None:
        """Talk that no part of is a command, whatever it begins with."""
        self.act(room.chat, lambda core: core.post(room, text))

    def retry(self, room: Room, line_id: int) -> None:
        """Send a line again that has failed. It moves to the end of its room."""
        self.act(room.chat, lambda core: core.retry(line_id))

    def typed(self, room: Room, text: str) -> None:
        """After every change of the input: it is the room's draft, and others may see that the user types."""
        room.draft = text
        if text:
            self._attention.stay()
        self.kept.drafts.keep(room.chat.label, room.key, text)
        self.act(room.chat, lambda core: core.typists.typed(room, text))

    def compose(self, room: Room, kind: Literal["reply", "edit"] | None, line: Line | None = None) -> None:
        """Make the next message of ``room`` an answer to ``line``, or its new wording; None: neither any more."""
        self.act(room.chat, lambda core: core.compose(room, kind, line))

    def react(self, room: Room, line: Line, text: str) -> None:
        """React to a line; the same a second time takes it back."""
        self.act(room.chat, lambda core: core.marks.react(room, line, text))

    def redact(self, room: Room, line: Line, reason: str = "") -> None:
        """Delete a message for everyone."""
        self.act(room.chat, lambda core: core.marks.redact(room, line, reason))

    def load_older(self, room: Room) -> bool:
        """Ask for the history before the room's first line. Returns whether some is on its way."""
        return self.act(room.chat, lambda core: core.load_older(room))

    def set_focus(self, room: Room) -> None:
        """The user looks at ``room`` now: what is unread there is read. A RoomFocused follows if that is a change."""
        self._attention.turn_to(room)

    def step(self, by: int, *, unread: bool = False) -> None:
        """Look at the next room of the list, or the one ``by`` further; ``unread``: the next with something unread."""
        self._attention.step(by, unread=unread)

    def look(self, looking: bool) -> None:
        """The window or the terminal gained or lost the keyboard."""
        self._attention.look(looking=looking)

    def leave(self, room: Room) -> None:
        """Close ``room``: leave the channel, or end the direct talk."""
        self.act(room.chat, lambda core: core.leave(room))

    def open_direct(self, chat: Chat, nick: str) -> Room:
        """The room of the direct talk with ``nick``, new where there is none."""
        return self.act(chat, lambda core: core.open_direct(nick))

    def join(self, chat: Chat, name: str) -> None:
        """Enter a room, as ``/join`` does."""
        self._attention.expect(chat)
        self.act(chat, lambda core: core.join(name))

    def complete(self, text: str, cursor: int) -> Completion:
        """Complete the word before ``cursor`` in ``text``, typed into the room in focus."""
        if self.focus is None:
            return Completion(text, cursor)
        return self.act(self.focus.chat, lambda core: core.complete(text, cursor, hints.network_names(self)))

    def hint(self, text: str, cursor: int) -> hints.Hint | None:
        """How to go on with the command that is being typed."""
        return hints.hint(self, text, cursor)

    def search(self, room: Room | None = None) -> Search:
        """For one search box: what is loaded of ``room``, or of all rooms."""
        return Search(self.rooms if room is None else [room])

    def go_to(self, hit: Hit) -> None:
        """Look at a line that was found; a LineReached follows when it is here."""
        self.set_focus(hit.room)
        if hit.line_id is not None:
            self.emit(events.LineReached(hit.room, hit.line_id))
        else:
            self.act(hit.room.chat, lambda core: core.finder.reach(hit.room, msgid=hit.msgid, time_ms=hit.time_ms))

    def toggle_fold(self, room: Room, key: int) -> None:
        """Open or close a fold of what is drawn."""
        if (rows := self.timelines.toggle_fold(room, key)) is not None:
            self.emit(rows)

    def set(self, key: str, value: object) -> None:
        """A setting, as ``appearance.theme``: it holds at once, and is saved. Raises SettingError."""
        try:
            self.kept.settings.set(key, value)
        finally:  # it may hold though it could not be saved
            self._apply_settings()

    def set_alerts(self, room: Room, level: AlertLevel) -> None:
        """Of what in ``room`` the user wants to be told. Raises SettingError."""
        self.set(room_key(room.chat.label, room.key, "alerts"), level)

    def pin(self, room: Room, *, pinned: bool) -> None:
        """Whether ``room`` stands first in the list of its network. Raises SettingError."""
        self.set(room_key(room.chat.label, room.key, "pinned"), pinned)

    def save_network(self, network: Network) -> None:
        """Add a network to the settings, or change it there. It is not connected to. Raises SettingError."""
        try:
            self.kept.settings.save_network(network)
        finally:
            self._apply_settings()

    def ask(self, form: Form) -> None:
        """Ask the user something."""
        self.emit(events.FormWanted(form))

    def emit(self, event: events.Event) -> None:
        """Tell the face something, as if it had come from a network: an InputWanted, a PanelWanted. From any thread."""
        self._events.append(event)
        self._wake()

    def runner_of(self, chat: Chat) -> ClientRunner:
        """What keeps the connection to a network."""
        return next(runner for runner in self._runners if runner.chat is chat)

    def act(self, chat: Chat, action: Callable[[Core], _T]) -> _T:
        """Do something with a network's core, and carry out what it decides."""
        runner = self.runner_of(chat)
        result = runner.act(action)
        for event in runner.take_events():  # now, so that they stand in the order in which they happened
            self._take(event)
        if self._events:
            self._wake()
        return result

    # Parts.

    def _present(self, label: str) -> ClientRunner | None:
        """The network with that label, if it isn't being left."""
        return next((r for r in self._runners if r.chat.label == label and r.chat not in self._forgotten), None)

    def _leave(self, chat: Chat) -> None:
        """Leave a network for good."""
        self._forgotten.add(chat)
        self.act(chat, Core.quit)

    def _add(self, options: ClientOptions) -> ClientRunner:
        options = msgspec.structs.replace(options, taste=taste_of(self.settings))
        runner = self._make_runner(options, self._wake, shared=self._shared)
        self._runners.append(runner)
        self.chats.append(runner.chat)
        self._attention.begin(runner.chat)
        return runner

    def _wake(self) -> None:
        """Called on any thread."""
        if not self._signalled:
            self._signalled = True
            self._on_wakeup()

    def _take(self, event: events.Event) -> None:
        """A network's event goes to the face, and with it what follows from it."""
        if (react := self._reactions.get(type(event))) is not None and not react(event):
            return
        if isinstance(event, events.FormWanted):
            event = events.FormWanted(self._wired(event.form))
        self._events.append(event)
        if (rows := self.timelines.feed(event)) is not None:
            self._events.append(rows)
        if isinstance(event, events.LinesAppended) and not event.old:
            self._consider(event)

    def _follow(self, room: Room) -> bool:
        """A network's own focus moved. What was typed where nobody hears it goes along to the first room."""
        before = self.focus
        is_shown = self._attention.followed(room)
        if is_shown and before is not None and before.kind == "server" and before.draft and not room.draft:
            text = before.draft
            self.typed(before, "")
            self.typed(room, text)
        return is_shown

    def _status_changed(self, chat: Chat) -> bool:
        if chat.status.state == "online":
            self._attention.came_online(chat)
            if self._keychain.let_in(chat, self.runner_of(chat).options):
                self._apply_settings()
        return True

    def _furnish(self, room: Room) -> bool:
        """Give a new room what the user wanted of it, and had typed there."""
        wanted = self.settings.room(room.chat.label, room.key)
        room.alerts, room.pinned = wanted.alerts, wanted.pinned
        room.draft = room.draft or self.kept.drafts.of(room.chat.label, room.key)
        return True

    def _left(self, chat: Chat) -> bool:
        """A network is over: it was forgotten, or the user quits, which is for all of them."""
        runner = self.runner_of(chat)
        runner.stop()
        self._runners.remove(runner)
        self.chats.remove(chat)
        self._last = chat
        if chat in self._forgotten:
            self._forgotten.discard(chat)
            self._remove(chat)
        elif not self._quitting:
            self.quit()  # which says so where this was the last
            return False
        return not self._runners and self._quitting

    def _remove(self, chat: Chat) -> None:
        removed = events.NetworkRemoved(chat)
        self.timelines.feed(removed)
        self.emit(removed)
        self._attention.lost(chat)

    def _apply_settings(self) -> None:
        before, self.settings = self.settings, self.kept.settings.current
        for chat in self.chats:
            self.act(chat, lambda core: core.set_taste(taste_of(self.settings)))
        for room in self.rooms:
            wanted = self.settings.room(room.chat.label, room.key)
            if (room.alerts, room.pinned) != (wanted.alerts, wanted.pinned):
                room.alerts, room.pinned = wanted.alerts, wanted.pinned
                self.emit(events.RoomChanged(room))
        if layout_of(before) != layout_of(self.settings):
            for rows in self.timelines.restyle(layout_of(self.settings), self.rooms):
                self.emit(rows)
        self.emit(events.SettingsChanged(self.settings))

    # What the user has to be asked.

    def _logged_in(self, chat: Chat) -> bool:
        if chat in self.chats and self._keychain.logged_in(chat, self.runner_of(chat).options):
            self._apply_settings()
        return True

    def _wired(self, form: Form) -> Form:
        """A network's question, of which the answer has the network say something."""

        def submit(values: dict[str, str]) -> Form | None:
            further = form.submit(values)
            for chat in self.chats:
                self.act(chat, lambda core: None)
            return None if further is None else self._wired(further)

        return msgspec.structs.replace(form, submit=submit)

    def _ask_about(self, runner: ClientRunner) -> None:
        """Where a network can't be entered without a word of the user, ask for it, once."""
        chat, doubt = runner.chat, runner.doubt
        if doubt is not None and self._asked.get(chat) is not doubt:
            self._asked[chat] = doubt
            self.ask(questions.about_certificate(chat.network, doubt, partial(self.trust, chat)))
        if (question := runner.core.server_password.take_question()) is not None:
            self._keychain.promise_servers(chat, None)  # what was promised is wrong

            def give(password: str, keep: bool) -> None:
                self.give_password(chat, password, keep=keep)

            self.ask(questions.about_server_password(chat.network, question, give))
        if (refusal := runner.core.sign_in.take_refusal()) is not None:

            def log_in(account: str, password: str, keep: bool) -> None:
                self.log_in(chat, account, password, keep=keep)

            self.ask(questions.about_log_in(chat.network, refusal, runner.options.account or chat.nick, log_in))

    # What is said.

    def _consider(self, event: events.LinesAppended) -> None:
        local = time.localtime()
        alert = self._alerts.consider(
            event.room,
            event.lines,
            settings=self.settings,
            now=time.monotonic(),
            now_ms=time.time_ns() // 1_000_000,
            minute_of_day=local.tm_hour * 60 + local.tm_min,
        )
        if alert is not None:
            self._events.append(events.AlertRaised(alert))

    def _say(self, room: Room, text: str) -> None:
        self.inputs.add(text)
        room.draft = ""
        self.kept.drafts.keep(room.chat.label, room.key, "")
        if commands.is_of_hub(text):
            commands.run_for_hub(self, room, text)
        else:
            self.act(room.chat, lambda core: core.say(room, text))


def layout_of(settings: ClientSettings) -> Layout:
    """How the user wants rooms to look."""
    appearance = settings.appearance
    return Layout(fold=appearance.folds, group=appearance.groups, days=appearance.days)


def _count_lines(text: str) -> int:
    return len(text.strip().splitlines())
