"""The ircd: all state of the server, and the way of a line from a client through it.

No lock is taken here. Every method is called under the server's state lock, and nothing here blocks.
"""

from __future__ import annotations

import logging
import sys
from collections import Counter, deque
from typing import Any

import msgspec

from chatkit.config import Config
from chatkit.config import Limits as LimitSettings
from chatkit.ircd import (
    apply,
    away,
    batches,
    enforcing,
    enrolment,
    invitations,
    isupport,
    lockdown,
    monitors,
    persistence,
    registrations,
    serverbans,
    suspensions,
    tokens,
)
from chatkit.ircd.accounts import Accounts
from chatkit.ircd.appliers import load_appliers
from chatkit.ircd.attempts import Limits
from chatkit.ircd.ban_index import ServerBans
from chatkit.ircd.bursts import say_on, talk_on, texts_of
from chatkit.ircd.census import Census
from chatkit.ircd.cloaks import cloak_of
from chatkit.ircd.clock import Moment, Sequence
from chatkit.ircd.commands import COMMANDS
from chatkit.ircd.context import Context
from chatkit.ircd.crowds import Crowds
from chatkit.ircd.door import Door
from chatkit.ircd.errors import Fail, NumericError, ServiceError
from chatkit.ircd.events import Cause, Connected, Detached, HostChanged, Quit
from chatkit.ircd.gates import Gates
from chatkit.ircd.handlers import load_handlers
from chatkit.ircd.invitations import Invitation
from chatkit.ircd.lines import read_line, tags_of_line
from chatkit.ircd.lockdown import Lockdown
from chatkit.ircd.presences import Presences
from chatkit.ircd.registrations import Registration
from chatkit.ircd.reports import Report
from chatkit.ircd.requests import Job
from chatkit.ircd.saying import Saying
from chatkit.ircd.staging import CRLF, Frame, Turn, goodbye
from chatkit.ircd.state import Audience, Channel, Link, Session, User
from chatkit.ircd.tokens import Token
from chatkit.ircd.whowas import Whowas
from chatkit.proto import numerics as n
from chatkit.proto.addresses import network_of
from chatkit.proto.casemapping import casefold
from chatkit.proto.isupport import format_tokens
from chatkit.proto.message import Message, parse
from chatkit.store.records import Entry

log = logging.getLogger("chatkit.ircd")

NEW_ROOM_FLAGS = "nt"
LOBBY_FLAGS = "n"  # the lobby has no operators, so its topic is anybody's
LOOKED_AT_A_COMMAND = 200  # users or rooms that a command may go through for as much as another command costs

# What takes away that whose time is over.
EXPIRING = (
    persistence.expire,
    enrolment.expire,
    suspensions.expire,
    serverbans.expire,
    lockdown.expire,
    invitations.expire,
    tokens.expire,
)

load_appliers()
load_handlers()


class Ircd:
    """Users, rooms and sessions. ``turn`` collects what this tick brings about, until ``take_turn``."""

    def __init__(
        self,
        config: Config,
        started: Moment,
        *,
        motd: tuple[str, ...] = (),
        password: str | None = None,
        last_seq: int = 0,
        version: str = "",
    ) -> None:
        self.name = config.name
        self.version = version
        self.started = started
        self.changes = 0  # counts whatever may change who may say what where: all that happens but talk in rooms
        self.configure(config, motd, password)
        self.sequence = Sequence(last_seq)
        self.max_connections = sys.maxsize  # that there are file descriptors for
        self.crowds = Crowds()
        self.door = Door()
        self.sessions: set[Session] = set()
        self.strangers: set[Session] = set()  # those of them that are not registered yet
        self.users: dict[str, User] = {}  # by casefolded nick
        self.looks: dict[str, str] = {}  # casefolded nicks beyond ASCII, by what they look like: see nicks
        self.channels: dict[str, Channel] = {}  # by casefolded name
        self.census = Census()
        self.whowas = Whowas()
        self.accounts = Accounts()
        self.secret = b""  # see ircd.secret
        self.limits = Limits(self._limits)
        self.gates = Gates(self._limits)
        self.registrations: dict[str, Registration] = {}  # by casefolded name of the room
        self.touched_registrations: dict[str, None] = {}  # which of them to save at the end of this turn
        self.presences = Presences(self)
        self.markers: dict[str, dict[str, int]] = {}  # up to where an account has read what, by its key: see markers
        self.watchers: dict[str, dict[Session, None]] = {}  # who monitors a nick, by casefolded nick
        self.throttled: dict[Session, None] = {}  # sessions with lines that wait until they may be handled
        self.bans = ServerBans()
        self.condemned: dict[User, int] = {}  # who turned out to be banned, and by which seq: see enforcing
        self.lockdown = Lockdown()
        self.invitations: dict[str, Invitation] = {}  # by id
        self.reports: dict[str, Report] = {}  # the latest, by id
        self.ailing = False  # whether the store fails: nothing may be said until it works again
        self.hushed = False  # whether nobody may speak or change anything: the store fails, or a lockdown
        self.draining = False  # whether nobody new comes in, as the server is about to stop
        self.audits = 0  # the id of the latest Audited
        self.settings_file = "chatkit.toml"  # what REHASH says it reads
        self.tokens: dict[str, Token] = {}  # for running it from elsewhere, by id
        self.own_motd: tuple[str, ...] = ()  # the message of the day that was said since the settings were read
        self.max_users = 0
        self.messages = 0
        self.used: Counter[str] = Counter()  # how often each command came, by name
        self.turn = Turn()
        self._batches = 0

    def configure(self, config: Config, motd: tuple[str, ...], password: str | None) -> None:
        """From now on these settings hold, but for the server's name. Nobody is told: see ``reconfiguring``."""
        self.changes += 1
        self.config: Config = config
        self.motd = motd
        self.password = password
        self._lobbies = frozenset(map(casefold, config.rooms.autojoin))
        self.isupport_lines = tuple(format_tokens(isupport.tokens(self)))

    def _limits(self) -> LimitSettings:
        return self.config.limits

    @property
    def network(self) -> str:
        """What the network is called."""
        return self.config.network.name or self.name

    @property
    def software(self) -> str:
        """What runs here."""
        return f"chatkit-{self.version}"

    # The server's side.

    def connect(self, link: Link, address: str, now: Moment) -> Session:
        """A client has connected from ``address``."""
        session = Session(link, address, now)
        session.host = session.cloak = cloak_of(self, address)
        self.crowds.enter(network_of(address))
        session.allowance = float(self.config.limits.commands_burst)
        self.sessions.add(session)
        self.strangers.add(session)
        self.turn.events.append(Connected(Cause(self.sequence.next(now.wall), address)))
        return session

    def secured(self, session: Session, certfp: str | None) -> None:
        """The session is on a way that nobody can read along; ``certfp`` is the SHA-256 of the client's certificate."""
        session.secure = True
        session.certfp = certfp

    def readdress(self, session: Session, address: str) -> None:
        """The session comes from ``address``: what seemed to be it was a gateway's."""
        self.crowds.leave(network_of(session.address))
        self.crowds.enter(network_of(address))
        session.address = address
        session.host = session.cloak = cloak_of(self, address)

    def receive(self, session: Session, lines: list[bytes], now: Moment) -> None:
        """Handle ``lines``, which have no CR LF; what comes too fast waits for ``tick``."""
        if session.gone:
            return
        session.heard = now.mono
        session.heard_lines += len(lines)
        session.heard_bytes += sum(map(len, lines))
        session.pinged = False
        if session.pending:
            self._hold(session, lines, now)
        else:
            self._handle_all(session, lines, now)

    def talk_on(self, session: Session, lines: list[bytes], now: Moment) -> Saying | None:
        """Handle ``lines``, all that came in, where they are one message that goes on with what the session said last.

        That is the usual case, and it is told apart at once. Returns the turn that it makes; or None, and then nothing
        has happened, and ``receive`` and ``take_turn`` are to be called.
        """
        spoken = session.spoken
        if spoken is None or spoken.changes != self.changes or len(lines) != 1:
            return None
        if session.gone or session.pending or session.busy is not None or session.batch is not None:
            return None
        texts = texts_of(spoken.head, lines)
        if not texts or not self._may_go_on(session, now):
            return None
        session.heard = now.mono
        session.heard_lines += 1
        session.heard_bytes += len(lines[0])
        session.pinged = False
        return talk_on(self, session, spoken, texts[0], now)

    def disconnected(self, session: Session, reason: str, now: Moment) -> None:
        """The connection has ended."""
        if not session.gone:
            self._forget(session, reason, now)

    def resume(self, job: Job, answer: Any, now: Moment) -> None:
        """Go on with a command whose query has its ``answer``: an exception, if it failed."""
        self.changes += 1
        session = job.session
        self.turn.jobs += self.gates.done(job)
        context, session.busy = session.busy, None
        try:
            if job.settled is not None:
                job.settled(answer)
        except Exception:  # a bug of ours: the session's next lines must not wait for ever
            log.exception("what follows %s failed", type(job.request).__name__)
            answer = job.refusal
        if session.gone or context is None:
            return
        context.now = now
        try:
            _continue(job, answer)
        except Exception as error:
            _refuse(context, error)
        context.ask_next()
        if session.busy is None:
            context.finish()
            self._handle_pending(session, now)

    def tick(self, now: Moment) -> None:
        """Handle the lines that have waited long enough."""
        for session in list(self.throttled):
            self._handle_pending(session, now)

    def check_silence(self, now: Moment) -> None:
        """Ping who has been silent, end who does not answer, does not register or has stayed away for too long.

        Call every few seconds.
        """
        self.changes += 1
        limits = self.config.limits
        for session in list(self.sessions):
            if session.batch is not None:
                batches.expire(Context(self, session, now), self.config.messages.batch_seconds)
            if session.user is None:
                if now.mono - session.opened.mono > limits.registration_seconds:
                    self.close(session, "Registration timed out", now)
            elif now.mono - session.heard > limits.ping_seconds and not session.pinged:
                session.pinged = True
                self.turn.send(session.link, f"PING :{self.name}\r\n".encode())
            elif now.mono - session.heard > 2 * limits.ping_seconds:
                self.close(session, f"Ping timeout: {2 * limits.ping_seconds:.0f} seconds", now)
        for expire in EXPIRING:
            expire(self, now)

    def take_turn(self) -> Turn:
        """What has come about since the last call."""
        if self.condemned:
            enforcing.remove_condemned(self)
        if self.presences.touched or self.presences.touched_rooms:
            persistence.save(self)
        if self.touched_registrations:
            registrations.save(self)
        turn, self.turn = self.turn, Turn()
        return turn

    def close(self, session: Session, reason: str, now: Moment) -> None:
        """End a session: it is told why, and if its user goes with it, so is everyone who shares a room with that."""
        if session.gone:
            return
        self.turn.send(session.link, goodbye(session.address, reason) + CRLF)
        self.end(session, reason, now)

    def end(self, session: Session, reason: str, now: Moment) -> None:
        """End a session that has been told why."""
        self.turn.close(session.link)
        self._forget(session, reason, now)

    def kill(self, user: User, killer: User | None, reason: str, now: Moment) -> None:
        """Remove ``user`` from the server; without a ``killer`` it is the server that does.

        Spec: https://modern.ircdocs.horse/#kill-message
        """
        by = Cause(self.sequence.next(now.wall), self.name) if killer is None else self.cause(killer, now)
        text = f"Killed ({self.name if killer is None else killer.nick} ({reason}))"
        devices = Audience(user.sessions)
        self.turn.broadcast(devices, Frame(f":{by.source} KILL {user.nick} :{reason}", by))
        # "The user being killed and every user sharing a channel with them receives a QUIT message"
        self.turn.broadcast(devices, Frame(f":{user.source} QUIT :{text}", self.cause(user, now)))
        self.remove(user, text, now)

    def remove(self, user: User, reason: str, now: Moment) -> None:
        """Take ``user`` off the server with all its sessions, always on or not."""
        for session in user.sessions:
            self.turn.send(session.link, goodbye(session.address, reason) + CRLF)
            self.turn.close(session.link)
            self._drop(session)
        apply.apply(self, Quit(self.cause(user, now), reason))

    def close_all(self, reason: str, now: Moment) -> None:
        """End every session: the server stops. Nobody is told of the others."""
        persistence.suspend(self, now)
        for session in self.sessions:
            self.turn.send(session.link, goodbye(session.address, reason) + CRLF)
            self.turn.close(session.link)
            session.gone = True
            self.crowds.leave(network_of(session.address))
        self.sessions.clear()
        self.strangers.clear()

    # The handlers' side.

    def cause(self, user: User, now: Moment) -> Cause:
        """``user``, now: what an event comes from."""
        account = user.account
        return Cause(
            self.sequence.next(now.wall),
            f"{user.nick}!{user.username}@{user.host}",  # its ``source``: this is called for every message
            "" if account is None else account.name,
            "B" in user.modes,
            user.oper is not None,
        )

    def besides(self, by: Cause) -> Cause:
        """As ``by``, for a further line that comes of the same event: no two different lines have the same msgid."""
        return msgspec.structs.replace(by, seq=self.sequence.next(by.seq))

    def note(self, entry: Entry) -> None:
        """Have the store keep ``entry`` with what this turn brings."""
        self.turn.records.append((entry, None, None))

    def flags_of_new(self, key: str) -> str:
        """The flags that the room ``key``, casefolded, begins with."""
        return LOBBY_FLAGS if key in self._lobbies else NEW_ROOM_FLAGS

    def is_lobby(self, key: str) -> bool:
        """Whether everyone is put into the room ``key``, casefolded."""
        return key in self._lobbies

    def submit(self, job: Job) -> None:
        """Hand a job to the workers, now or when it is its turn."""
        self.turn.jobs += self.gates.put(job)

    def next_batch(self) -> str:
        """A reference for a batch, used once."""
        self._batches += 1
        return f"b{self._batches:x}"

    def charge(self, session: Session, looked_at: int) -> None:
        """A command of ``session`` goes through so many users or rooms: that counts as further commands.

        Else the commands that it may send at once would hold everybody up for seconds where there are thousands.
        """
        session.allowance -= looked_at / LOOKED_AT_A_COMMAND

    def run(self, context: Context, line: str) -> None:
        """Handle a command as if the client had sent it."""
        self._dispatch(context, parse(line))

    # One line's way.

    def _handle_all(self, session: Session, lines: list[bytes], now: Moment) -> None:
        context, done, count = None, 0, len(lines)
        while done < count:
            if session.gone:
                return
            if session.busy is not None or not self._may_go_on(session, now):
                self._hold(session, lines[done:], now)
                return
            said = self._say_on(session, lines, done, now)
            if not said:
                context = context or Context(self, session, now)
                self._handle(context, lines[done])
            done += said or 1

    def _say_on(self, session: Session, lines: list[bytes], start: int, now: Moment) -> int:
        """Take what goes on with what the session said last, from the line ``start`` on, which may be taken.

        Returns how many lines that was: none where anything has happened since but talk in rooms.
        """
        spoken = session.spoken
        if spoken is None or spoken.changes != self.changes or session.batch is not None:
            return 0
        if not self.config.limits.commands_per_second:
            return say_on(self, session, spoken, lines[start:] if start else lines, now)
        said = say_on(self, session, spoken, lines[start : start + 1 + int(session.allowance)], now)
        session.allowance -= max(0, said - 1)
        return said

    def _may_go_on(self, session: Session, now: Moment) -> bool:
        # A token bucket: it fills with time up to the burst, and every command takes one.
        limits = self.config.limits
        rate = limits.commands_per_second
        if not rate:
            return True
        filled = session.allowance + (now.mono - session.refilled) * rate
        session.allowance = min(filled, limits.commands_burst)
        session.refilled = now.mono
        if session.allowance < 1:
            return False
        session.allowance -= 1
        return True

    def _hold(self, session: Session, lines: list[bytes], now: Moment) -> None:
        if session.pending is None:
            session.pending = deque()
        session.pending.extend(lines)
        self.throttled[session] = None
        limits = self.config.limits
        if len(session.pending) > limits.recvq_lines or sum(map(len, session.pending)) > limits.recvq_bytes:
            self.close(session, "Excess flood", now)

    def _handle_pending(self, session: Session, now: Moment) -> None:
        context = Context(self, session, now)
        while session.pending and session.busy is None and self._may_go_on(session, now):
            self._handle(context, session.pending.popleft())
        if not session.pending:
            session.pending = None
            self.throttled.pop(session, None)

    def _handle(self, context: Context, line: bytes) -> None:
        try:
            self._carry_out(context, line)
        except Exception as error:
            _refuse(context, error)
        if context.label is not None and context.session.busy is None:
            context.finish()

    def _carry_out(self, context: Context, line: bytes) -> None:
        try:
            message = read_line(line)
        except (Fail, NumericError):
            tags = tags_of_line(line)
            context.begin(tags)  # a refusal has the label too
            batches.spoil(context, tags)
            raise
        if message is None:
            return
        if message.tags:
            context.begin(message.tags)
        if (message.tags or context.session.batch is not None) and batches.takes(context, message):
            return
        self._dispatch(context, message)

    def _dispatch(self, context: Context, message: Message) -> None:
        row = COMMANDS.get(message.command)
        if context.session.user is None and (row is None or not row.before_registration):
            raise NumericError(n.ERR_NOTREGISTERED)
        if row is None:
            raise NumericError(n.ERR_UNKNOWNCOMMAND, message.command)
        if len(message.params) < row.min_params:
            raise NumericError(n.ERR_NEEDMOREPARAMS, message.command)
        self.used[row.name] += 1
        self.changes += not row.only_speaks
        row.handler(context, message)

    def _forget(self, session: Session, reason: str, now: Moment) -> None:
        self._drop(session)
        user = session.user
        if user is None:
            return
        if len(user.sessions) > 1 or self.presences.stays(user):
            was_oper = user.is_oper
            apply.apply(self, Detached(self.cause(user, now), user.nick, reason))
            if was_oper and not user.is_oper and user.host != session.host:  # the operator's own host goes with it
                apply.apply(self, HostChanged(self.cause(user, now), user.username, session.host))
            away.refresh(self, user, now)
        else:
            apply.apply(self, Quit(self.cause(user, now), reason))

    def _drop(self, session: Session) -> None:
        session.gone = True
        session.pending = None
        self.crowds.leave(network_of(session.address))
        self.sessions.discard(session)
        self.strangers.discard(session)
        self.throttled.pop(session, None)
        monitors.unwatch_all(self, session)


def _refuse(context: Context, error: Exception) -> None:
    """Answer a command that came to nothing: it may not be, or a bug of ours has ended it."""
    if isinstance(error, NumericError):
        context.numeric_error(error)
    elif isinstance(error, Fail):
        context.fail(error)
    elif isinstance(error, ServiceError):
        error.service.say(context, error.text)
    else:
        log.error("a command of %s failed", context.session.nick or context.session.address, exc_info=error)
        context.close_batch()
        context.reply(n.ERR_UNKNOWNERROR)


def _continue(job: Job, answer: Any) -> None:
    if isinstance(answer, Exception):
        raise job.refusal from answer
    job.resume(answer)
