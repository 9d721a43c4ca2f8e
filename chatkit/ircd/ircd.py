"""The ircd: all state of the server, and the way of a line from a client through it.

No lock is taken here. Every method is called under the server's state lock, and nothing here blocks.
"""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from chatkit.config import Config
from chatkit.ircd import apply
from chatkit.ircd.clock import Moment, Sequence
from chatkit.ircd.commands import COMMANDS
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail, NumericError
from chatkit.ircd.events import Connected, Quit
from chatkit.ircd.handlers import load_handlers
from chatkit.ircd.requests import Job
from chatkit.ircd.staging import CRLF, Turn, cut, goodbye
from chatkit.ircd.state import Channel, Link, Session, User
from chatkit.proto import message as wire
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message, ParseError

log = logging.getLogger("chatkit.ircd")

MAX_INPUT = wire.MAX_CLIENT_TAGS + wire.MAX_LINE  # bytes of a line from a client, CR LF included
NEW_ROOM_FLAGS = "nt"
LOBBY_FLAGS = "n"  # the lobby has no operators, so its topic is anybody's
LOOKED_AT_A_COMMAND = 200  # users or rooms that a command may go through for as much as another command costs

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
        self.config = config
        self.name = config.name
        self.version = version
        self.started = started
        self.motd = motd
        self.password = password
        self.sequence = Sequence(last_seq)
        self.sessions: set[Session] = set()
        self.users: dict[str, User] = {}  # by casefolded nick
        self.channels: dict[str, Channel] = {}  # by casefolded name
        self.throttled: dict[Session, None] = {}  # sessions with lines that wait until they may be handled
        self.max_users = 0
        self.messages = 0
        self.turn = Turn()
        self._lobbies = frozenset(map(casefold, config.rooms.autojoin))
        self._batches = 0

    # The server's side.

    def connect(self, link: Link, address: str, now: Moment) -> Session:
        """A client has connected from ``address``."""
        session = Session(link, address, now)
        session.allowance = float(self.config.limits.commands_burst)
        self.sessions.add(session)
        self.turn.events.append(Connected(self.sequence.next(now.wall), address))
        return session

    def receive(self, session: Session, lines: list[bytes], now: Moment) -> None:
        """Handle ``lines``, which have no CR LF; what comes too fast waits for ``tick``."""
        if session.gone:
            return
        session.heard = now.mono
        session.pinged = False
        if session.pending:
            self._hold(session, lines, now)
        else:
            self._handle_all(session, lines, now)

    def disconnected(self, session: Session, reason: str, now: Moment) -> None:
        """The connection has ended."""
        if not session.gone:
            self._forget(session, reason, now)

    def resume(self, job: Job, answer: Any, now: Moment) -> None:
        """Go on with a command whose query has its ``answer``: an exception, if it failed."""
        session = job.session
        context, session.busy = session.busy, None
        if session.gone or context is None:
            return
        context.now = now
        self._guard(context, _continue, job, answer)
        if session.busy is None:
            context.finish()
            self._handle_pending(session, now)

    def tick(self, now: Moment) -> None:
        """Handle the lines that have waited long enough."""
        for session in list(self.throttled):
            self._handle_pending(session, now)

    def check_silence(self, now: Moment) -> None:
        """Ping who has been silent, and end who does not answer or does not register. Call every few seconds."""
        limits = self.config.limits
        for session in list(self.sessions):
            if session.user is None:
                if now.mono - session.opened.mono > limits.registration_seconds:
                    self.close(session, "Registration timed out", now)
            elif now.mono - session.heard > limits.ping_seconds and not session.pinged:
                session.pinged = True
                self.turn.send(session.link, f"PING :{self.name}\r\n".encode())
            elif now.mono - session.heard > 2 * limits.ping_seconds:
                self.close(session, f"Ping timeout: {2 * limits.ping_seconds:.0f} seconds", now)

    def take_turn(self) -> Turn:
        """What has come about since the last call."""
        turn, self.turn = self.turn, Turn()
        return turn

    def close(self, session: Session, reason: str, now: Moment) -> None:
        """End a session: it is told why, and so is everyone who shares a room with it."""
        if session.gone:
            return
        self.turn.send(session.link, goodbye(session.address, reason) + CRLF)
        self.end(session, reason, now)

    def end(self, session: Session, reason: str, now: Moment) -> None:
        """End a session that has been told why."""
        self.turn.close(session.link)
        self._forget(session, reason, now)

    def kill(self, user: User, killer: str, reason: str, now: Moment) -> None:
        """Remove ``user`` from the server. Spec: https://modern.ircdocs.horse/#kill-message"""
        for session in list(user.sessions):
            self.turn.send(session.link, cut(f":{killer} KILL {user.nick} :{reason}".encode()) + CRLF)
            self.close(session, f"Killed ({killer} ({reason}))", now)

    def close_all(self, reason: str, now: Moment) -> None:
        """End every session: the server stops. Nobody is told of the others."""
        for session in self.sessions:
            self.turn.send(session.link, goodbye(session.address, reason) + CRLF)
            self.turn.close(session.link)
            session.gone = True
        self.sessions.clear()

    # The handlers' side.

    def flags_of_new(self, key: str) -> str:
        """The flags that the room ``key``, casefolded, begins with."""
        return LOBBY_FLAGS if key in self._lobbies else NEW_ROOM_FLAGS

    def is_lobby(self, key: str) -> bool:
        """Whether everyone is put into the room ``key``, casefolded."""
        return key in self._lobbies

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
        self._dispatch(context, wire.parse(line))

    # One line's way.

    def _handle_all(self, session: Session, lines: list[bytes], now: Moment) -> None:
        context = Context(self, session, now)
        for index, line in enumerate(lines):
            if session.gone:
                return
            if session.busy is not None or not self._may_go_on(session, now):
                self._hold(session, lines[index:], now)
                return
            self._handle(context, line)

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
        self._guard(context, self._carry_out, context, line)
        if context.session.busy is None:
            context.finish()

    def _carry_out(self, context: Context, line: bytes) -> None:
        message = _parse(line)
        if message.tags:
            context.begin(message.tags)
        self._dispatch(context, message)

    def _dispatch(self, context: Context, message: Message) -> None:
        row = COMMANDS.get(message.command)
        if context.session.user is None and (row is None or not row.before_registration):
            raise NumericError(n.ERR_NOTREGISTERED)
        if row is None:
            raise NumericError(n.ERR_UNKNOWNCOMMAND, message.command)
        if len(message.params) < row.min_params:
            raise NumericError(n.ERR_NEEDMOREPARAMS, message.command)
        row.handler(context, message)

    def _guard(self, context: Context, call: Callable[..., None], *args: Any) -> None:
        try:
            call(*args)
        except NumericError as error:
            context.numeric_error(error)
        except Fail as fail:
            context.fail(fail)
        except Exception:
            log.exception("a command of %s failed", context.session.nick or context.session.address)
            context.close_batch()
            context.reply(n.ERR_UNKNOWNERROR)

    def _forget(self, session: Session, reason: str, now: Moment) -> None:
        session.gone = True
        session.pending = None
        self.sessions.discard(session)
        self.throttled.pop(session, None)
        user = session.user
        if user is None:
            return
        user.sessions.remove(session)
        if user.sessions:
            for channel in user.channels.values():
                channel.members_changed()
        else:
            apply.apply(self, Quit(self.sequence.next(now.wall), user.source, reason))


def _continue(job: Job, answer: Any) -> None:
    if isinstance(answer, Exception):
        raise job.refusal from answer
    job.resume(answer)


def _parse(line: bytes) -> Message:
    if len(line) > wire.MAX_LINE - 2:
        _check_length(line)
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise Fail(_command_of(line), "INVALID_UTF8", text="Message rejected: it is not valid UTF-8") from None
    if "\0" in text or "\r" in text:
        raise Fail("*", "INVALID_MESSAGE", text="Message rejected: it holds a NUL or a bare CR")
    try:
        return wire.parse(text)
    except ParseError:
        raise NumericError(n.ERR_UNKNOWNCOMMAND, "*") from None


def _command_of(line: bytes) -> str:
    # Only a word that is whole goes into the answer.
    with contextlib.suppress(ParseError):
        command = wire.parse(line.decode(errors="replace")).command
        return command if command.isascii() and command.isalnum() else "*"
    return "*"


def _check_length(line: bytes) -> None:
    """Refuse tags of more than 4096 bytes, or more than 510 bytes of anything else: ERR_INPUTTOOLONG."""
    tags = 0
    if line.startswith(b"@"):
        space = line.find(b" ")
        tags = (space if space >= 0 else len(line)) + 1
    if tags > wire.MAX_CLIENT_TAGS or len(line) - tags > wire.MAX_LINE - 2:
        raise NumericError(n.ERR_INPUTTOOLONG)
