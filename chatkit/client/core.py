"""The whole client without sockets, threads and clocks: lines and time in; lines, events and a model out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Literal

from chatkit import __version__
from chatkit.client import commands, events, words
from chatkit.client.collector import Collector
from chatkit.client.completion import Completer, Completion
from chatkit.client.composer import Composer
from chatkit.client.entry import Entry
from chatkit.client.finder import Finder
from chatkit.client.history import History
from chatkit.client.incoming import handler_for
from chatkit.client.journal import Journal
from chatkit.client.lag import Lag
from chatkit.client.link import Link, Phase
from chatkit.client.markers import Markers
from chatkit.client.marks import Marks
from chatkit.client.model import Chat, Kind, Line, LinkState, Room, RoomKind, Security, Status
from chatkit.client.naming import Naming
from chatkit.client.options import ClientOptions, Taste
from chatkit.client.outbox import Outbox
from chatkit.client.part import Part
from chatkit.client.remarks import Remarks
from chatkit.client.reporting import Reporting
from chatkit.client.server_password import ServerPassword
from chatkit.client.session import Session
from chatkit.client.sign_in import SignIn
from chatkit.client.talk import time_of
from chatkit.client.transport_policy import TransportPolicy
from chatkit.client.typists import Typists
from chatkit.proto.formatting import plain
from chatkit.proto.message import Message, ParseError, format_line, parse

MAX_LINE = 16 * 1024  # bytes; a server may put 8191 of tags before 512 of line
ALIVE = "alive"  # the PING that asks whether the server is there


class Core:
    """Owned by one thread, the one that draws. ``advance`` tells the time before anything else is called."""

    def __init__(
        self, options: ClientOptions, jitter: Callable[[], float], room_ids: Iterator[int] | None = None
    ) -> None:
        """``room_ids`` numbers the rooms, where they must differ from those of other connections."""
        self.options = options
        self.taste = options.taste
        self.now = 0.0  # seconds on the monotonic clock
        self.heard_at = 0.0  # when, on the same, the line came that is being handled
        self.time_ms = 0  # milliseconds since 1970
        self._events = Collector()
        self.emit = self._events.emit
        self._room_ids = room_ids or itertools.count()
        self.chat = Chat(options.nick, Room(next(self._room_ids), str(options.address), "server"))
        self.chat.label = options.label
        self.chat.network = options.network or options.address.host
        self.chat.status = Status("connecting", words.connecting(str(options.address)))
        self.session = Session()
        self.link = Link(jitter)
        self.journal = Journal(self.chat, self.emit)
        self.outbox = Outbox(self)
        self.history = History(self)
        self.naming = Naming(self)
        self.sign_in = SignIn(self)
        self.lag = Lag(self)
        self.marks = Marks(self)
        self.typists = Typists(self)
        self.markers = Markers(self)
        self.finder = Finder(self)
        self.remarks = Remarks(self)
        self.reporting = Reporting(self)
        self.server_password = ServerPassword(self)
        self.entry = Entry(self)
        self.composer = Composer(self)
        self.transport_policy = TransportPolicy(self)
        self.journal.on_read = self.markers.read
        self._parts: tuple[Part, ...] = (
            self.history, self.sign_in, self.lag, self.marks, self.typists, self.markers, self.finder, self.entry,
            self.remarks,
        )  # fmt: skip
        self._completer = Completer()
        self._output: list[str] = []
        self._staying = False  # whether a QUIT is meant for now only
        self._dial = False
        self._hangup = False
        self._last_time = ""  # the server's time in the last line that came live

    # What the runner tells and takes.

    def advance(self, now: float, time_ms: int) -> None:
        """It is ``now`` on the monotonic clock, ``time_ms`` since 1970: do what is due."""
        self.now, self.time_ms = now, time_ms
        if self.link.silent(now):
            self._hangup = True
            self.closed("the server does not answer any more")
        if self.link.dial_due(now):
            self._dial = True
            self.link.dial()
            self.set_status("connecting", words.connecting(str(self.options.address)))
        self.naming.advance(now)
        for part in self._parts:
            part.advance(now)
        if self.link.ping_due(now):
            self.send("PING", ALIVE)

    def deadline(self) -> float | None:
        """When, on the monotonic clock, ``advance`` has something to do."""
        due = (self.link.deadline(), self.naming.deadline(), *(part.deadline() for part in self._parts))
        return min((when for when in due if when is not None), default=None)

    def opened(self, security: Security = "local", secret: str | None = None, password: str | None = None) -> None:
        """There is a connection: introduce ourselves. ``secret`` is the account's password, ``password`` the server's,
        where they were found for this connection.

        Spec: https://modern.ircdocs.horse/#connection-registration
        """
        if self.link.phase is not Phase.DIALING:  # the user quit meanwhile
            self._hangup = True
            return
        self.link.opened(self.now)
        self.session = Session()
        self.sign_in.found(secret)
        self.chat.security = security  # StatusChanged follows
        self.send("CAP", "LS", "302")
        self.server_password.begin(password)
        self.naming.introduce()
        self.send("USER", "chatkit", "0", self._software(), plain(self.options.nick) or "chatkit")

    def not_opened(self, reason: str, *, again: bool = True) -> None:
        """The connection could not be made. ``again``: whether to try without being asked."""
        if self.link.phase is Phase.DIALING:
            self._offline(words.unreachable(str(self.options.address), reason), again=again)

    def receive(self, line: bytes, at: float | None = None) -> None:
        """A line came, without its CR LF. ``at``: when it did, where that was before now."""
        self.heard_at = self.now if at is None else at
        if self.link.phase not in (Phase.OPEN, Phase.LEAVING):
            return
        if self.link.phase is Phase.OPEN:
            self.link.heard(self.now)
        if len(line) > MAX_LINE:
            self._leave_out()
            return
        try:
            msg = parse(line.decode("utf-8", "replace"))
        except ParseError:
            return
        if not self.session.batches.hold(msg):
            self._last_time = msg.tags.get("time", self._last_time)
            self.handle(msg)

    def handle(self, msg: Message) -> None:
        """Do what ``msg`` asks for."""
        handler_for(msg.command)(self, msg)

    def closed(self, reason: str) -> None:
        """The connection ended."""
        if self.link.phase is Phase.LEAVING:
            self._over()
            return
        if self.link.phase is not Phase.OPEN:
            return
        session, said = self.session, self.session.parting_words
        self._lose_rooms()
        again = not session.banished and not self.naming.waiting
        text = said or words.lost(reason)
        if not session.registered and not said:
            text = words.unreachable(str(self.options.address), reason)
        self._offline(text, again=again)

    def take_output(self) -> bytes:
        """The bytes to send."""
        data = "".join(self._output).encode()
        self._output.clear()
        return data

    def take_events(self) -> list[events.Event]:
        """What changed since the last time."""
        return self._events.take()

    def take_dial(self) -> bool:
        """Whether to connect now. Asked once for each time."""
        due, self._dial = self._dial, False
        return due

    def take_hangup(self) -> bool:
        """Whether to close the connection. Asked once for each time."""
        due, self._hangup = self._hangup, False
        return due

    @property
    def has_events(self) -> bool:
        """Whether ``take_events`` has something to give."""
        return bool(self._events)

    @property
    def server_ms(self) -> int:
        """The time by the server's clock, as of the last line that came live."""
        return time_of(Message("", [], tags={"time": self._last_time}), self.time_ms)

    # What the user does.

    def say(self, room: Room, text: str) -> None:
        """Talk or a slash command."""
        if commands.is_command(text):
            commands.run(self, room, text)
        else:
            self.post(room, text[1:] if text.startswith("//") else text)

    def post(self, room: Room, text: str) -> None:
        """Talk, whatever it begins with."""
        self.remarks.over()
        self.composer.post(room, text)

    def compose(self, room: Room, kind: Literal["reply", "edit"] | None, line: Line | None = None) -> None:
        """Make the next message of ``room`` an answer to ``line``, or its new wording; None: neither any more."""
        self.composer.compose(room, kind, line)

    def retry(self, line_id: int) -> None:
        """Send a failed line again."""
        self.outbox.retry(line_id)

    def load_older(self, room: Room) -> bool:
        """Ask for older lines. Returns whether some are on their way."""
        return self.history.older(room)

    def set_focus(self, room: Room) -> None:
        """The user looks at ``room``."""
        if room not in self.chat.rooms:
            return
        if room is not self.chat.focus:
            self.journal.look_away(self.chat.focus)
            self.chat.focus = room
            self.emit(events.RoomFocused(room))
        if self.chat.in_sight(room):
            self.journal.mark_read(room)

    def watch(self, *, watched: bool) -> None:
        """Whether the focus is on the screen now, before the user's eyes."""
        self.chat.watched = watched
        if watched:
            self.journal.mark_read(self.chat.focus)

    def turn_away(self) -> None:
        """The user looks at another network."""
        self.watch(watched=False)
        self.journal.look_away(self.chat.focus)

    def leave(self, room: Room, reason: str = "") -> None:
        """Close a room; the server's own stays."""
        if room.kind == "channel" and room.joined and self.session.registered:
            self.send("PART", room.name, *([reason] if reason else []))
        elif room.kind != "server":
            self.remove_room(room)

    def complete(self, text: str, cursor: int, networks: tuple[str, ...] = ()) -> Completion:
        """Complete the word before the cursor. ``networks`` are the names that a command may want."""
        return self._completer.complete(self.chat, text, cursor, networks)

    def choose_name(self, name: str) -> None:
        """Be called ``name``."""
        self.naming.choose(name)

    def reconnect(self) -> None:
        """Try again now."""
        self.link.retry(self.now)

    def disconnect(self) -> None:
        """Leave, until the user wants to come back."""
        self._staying = True
        if self.link.phase is Phase.OPEN:
            self.send("QUIT")
            self.link.leave(self.now)
        elif self.link.phase is not Phase.LEAVING:
            self._over()

    def quit(self, reason: str = "") -> None:
        """Leave for good."""
        self._staying = False
        self.outbox.give_up(words.YOU_LEFT)
        if self.link.phase is Phase.OPEN:
            self.send("QUIT", *([reason] if reason else []))
            self.link.leave(self.now)
        elif self.link.phase is not Phase.LEAVING:
            self._over()

    @property
    def settled(self) -> bool:
        """Whether all that was said is stored or refused."""
        return self.outbox.settled

    # What the parts of the client do.

    def send(self, command: str, *params: str, tags: dict[str, str] | None = None) -> None:
        """Queue one line. Raises ValueError where ``params`` make none."""
        if self.link.phase is Phase.OPEN:
            self._output.append(format_line(command, params, tags=tags) + "\r\n")

    def show_abilities(self) -> None:
        """Let the front end know what this server makes possible."""
        can = self.session.abilities()
        if can != self.chat.can:
            self.chat.can = can
            self.emit(events.AbilitiesChanged(self.chat))

    def set_account(self, account: str) -> None:
        """The user is logged in as ``account``; empty: as nobody."""
        if account != self.chat.account:
            self.chat.account = account
            self.emit(events.AbilitiesChanged(self.chat))

    def stay_away(self, text: str) -> None:
        """Leave this server for good, and say why."""
        self.session.parting_words, self.session.banished = text, True
        self._hangup = True
        self.closed("")

    def redial(self) -> None:
        """Leave this server for a better connection to it."""
        self._lose_rooms()
        self.link.redial(self.now)
        self._hangup = True

    def set_taste(self, taste: Taste) -> None:
        """The user wants something another way."""
        self.taste = taste

    def set_status(self, state: LinkState, text: str) -> None:
        """Say how the connection is."""
        self.chat.status = Status(state, text, self.link.retry_at if state == "offline" else None)
        self.emit(events.StatusChanged(self.chat.status, self.chat))

    def set_nick(self, nick: str) -> None:
        """The user is called ``nick`` now."""
        if nick != self.chat.nick:
            self.chat.nick = nick
            if self.chat.status.state == "online":  # no event of its own: NickChanged says it
                self.chat.status = Status("online", words.online(self.chat.network, nick))
            self.emit(events.NickChanged(nick, self.chat))

    def is_me(self, nick: str) -> bool:
        """Whether that is the user's own nick."""
        return self.chat.fold(nick) == self.chat.fold(self.chat.nick)

    def make_line(self, room: Room, kind: Kind, text: str, nick: str = "", msg: Message | None = None) -> Line:
        """A line of what happened, at the time that ``msg`` says."""
        time_ms = self.time_ms if msg is None else time_of(msg, self.time_ms)
        msgid = "" if msg is None else msg.tags.get("msgid", "")
        mine = bool(nick) and self.is_me(nick)
        return Line(self.journal.next_id(), kind, room.name, nick, text, time_ms, msgid, mine)

    def note(self, room: Room, kind: Kind, text: str, nick: str = "", msg: Message | None = None) -> None:
        """Write down what happened."""
        self.journal.add(room, self.make_line(room, kind, text, nick, msg))

    def tell(self, text: str, kind: Kind = "info") -> None:
        """Say something to the user, where the user looks."""
        self.note(self.chat.focus, kind, text)

    def add_room(self, name: str, kind: RoomKind) -> Room:
        """List a new room: channels before direct talks."""
        room = Room(next(self._room_ids), name, kind, self.chat)
        channels = sum(other.kind != "direct" for other in self.chat.rooms)
        self.chat.rooms.insert(channels if kind == "channel" else len(self.chat.rooms), room)
        self.emit(events.RoomAdded(room))
        return room

    def open_direct(self, nick: str) -> Room:
        """The talk with ``nick``, with its history on the way where it is new."""
        room = self.chat.find(nick)
        if room is None:
            room = self.add_room(nick, "direct")
            if self.session.welcomed:
                self.history.enter(room)
        return room

    def remove_room(self, room: Room) -> None:
        """Forget a room."""
        index = self.chat.rooms.index(room)
        self.chat.rooms.remove(room)
        self.outbox.room_closed(room, words.YOU_LEFT)
        for part in self._parts:
            part.forget(room)
        self.journal.forget(room)
        self.emit(events.RoomRemoved(room))
        if self.chat.focus is room:
            self.set_focus(self.chat.rooms[min(index, len(self.chat.rooms) - 1)])

    def rename_room(self, room: Room, name: str) -> None:
        """The room is called ``name`` now; the user will be brought back there under that name."""
        old, old_key = room.name, room.key
        room.name = name
        self.entry.renamed(room, old_key)
        self.emit(events.RoomRenamed(room, old))

    def join(self, name: str, key: str = "", *, focus: bool = True) -> None:
        """Enter a channel; while there is no connection, as soon as there is one."""
        self.entry.join(name, key, focus=focus)

    @property
    def ready(self) -> bool:
        """Whether every room asked for was entered or refused."""
        return self.entry.ready

    def enter_rooms(self) -> None:
        """Registration is over: go where the user wants to be."""
        self.session.welcomed = True
        self.show_abilities()
        self.lag.begin()
        self.set_status("online", words.online(self.chat.network, self.chat.nick))
        self.entry.join_all()
        self.outbox.flow()

    def _software(self) -> str:
        # USER's third word has no meaning any more: chatkit's server shows it to those who run it.
        face = f"chatkit-{self.options.software}" if self.options.software else "chatkit"
        return f"{face}/{__version__}"

    def _leave_out(self) -> None:
        """A line is longer than any can be, and what is here of it may mean anything."""
        if not self.session.overlong:
            self.session.overlong = True
            self.note(self.chat.server, "error", words.OVERLONG)

    def _lose_rooms(self) -> None:
        self.outbox.connection_lost()
        for part in self._parts:
            part.connection_lost()
        self.session = Session()
        self.chat.away = ""

    def _offline(self, text: str, *, again: bool) -> None:
        self.link.failed(self.now, again=again)
        if not again:
            self.outbox.give_up(words.NOT_CONNECTED_ANY_MORE)
        self.set_status("offline", text)

    def _over(self) -> None:
        self._hangup = True
        if self._staying:
            self._lose_rooms()
            self._offline(words.GOODBYE, again=False)
            return
        self.link.over()
        self.chat.status = Status("offline", words.GOODBYE)  # no event of its own: Left says it
        self.emit(events.Left(self.chat))
