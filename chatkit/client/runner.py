"""The client core put on a socket, a clock and threads: what every front end holds."""

from __future__ import annotations

import contextlib
import itertools
import logging
import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import msgspec

from chatkit.client import words
from chatkit.client.completion import Completion
from chatkit.client.core import MAX_LINE, Core
from chatkit.client.dialing import Dialing, Doubt, FindSecret, NotReached, Reached
from chatkit.client.events import Event
from chatkit.client.model import Chat, Room
from chatkit.client.options import ClientOptions
from chatkit.client.remembered import Recent, Remembered
from chatkit.client.security import format_way, groups, parse_way
from chatkit.client.trust import Sts, Trust
from chatkit.net.connection import Connection, Input
from chatkit.net.io_thread import IOThread

log = logging.getLogger("chatkit.client")

STOP_TIMEOUT = 1.0  # seconds that stop() waits for a dial that is under way; what comes of it later is closed
PUMP_LIMIT = 500  # lines applied in one pump, so that a flood never freezes a screen
# What may wait for the front end; past that the link is dropped, and history fills the gap.
MAX_INBOX = 50_000  # lines
MAX_INBOX_BYTES = 16 << 20


class _Opened(msgspec.Struct, frozen=True):
    connection: Connection
    reached: Reached


class _Closed(msgspec.Struct, frozen=True):
    connection: Connection
    reason: str


class _Received(msgspec.Struct, frozen=True):
    connection: Connection
    line: bytes
    at: float  # when it came, on the monotonic clock


_Item = _Opened | NotReached | _Closed | _Received
_T = TypeVar("_T")


class Shared:
    """What the runners of one Hub have in common: the I/O thread, the numbers of rooms, whom the user trusts, where the
    user was lately, and where passwords are."""

    def __init__(
        self,
        trust: Trust | None = None,
        recent: Recent | None = None,
        find_secret: FindSecret | None = None,
        find_password: FindSecret | None = None,
    ) -> None:
        """``trust`` and ``recent``: the user's own where they are None. ``find_secret`` finds an account's password,
        ``find_password`` a server's; both may block."""
        self.room_ids: Iterator[int] = itertools.count()
        self.trust = trust or Trust()
        self.recent = recent or Recent()
        self.find_secret: FindSecret = find_secret or (lambda options: options.secret)
        self.find_password: FindSecret = find_password or (lambda options: None)
        self._thread: IOThread | None = None

    def start(self) -> None:
        """Start the I/O thread, if it does not run."""
        if self._thread is None:
            self._thread = IOThread("chatkit-client-io")
            self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether it was started."""
        return self._thread is not None

    @property
    def thread(self) -> IOThread:
        """The I/O thread, once it was started."""
        assert self._thread is not None
        return self._thread

    def stop(self) -> None:
        """Close every socket and join the thread."""
        if self._thread is not None:
            self._thread.stop()


class MakeRunner(Protocol):
    """What a Hub makes its runners with: ``ClientRunner``, or a test's stand-in."""

    def __call__(
        self, options: ClientOptions, on_wakeup: Callable[[], None] | None = None, *, shared: Shared | None = None
    ) -> ClientRunner: ...


class ClientRunner:
    """One connection to one server, kept up until ``quit``.

    Everything here belongs to the thread that calls ``pump``, the UI thread; none of it blocks but ``stop``. The way
    to use it::

        runner = ClientRunner(ClientOptions(nick="Alice"), on_wakeup=post_to_my_event_loop)
        runner.start()
        ...                                # in the event loop, whenever it was woken:
        for event in runner.pump():
            draw(event)                    # and at will: runner.say(runner.chat.focus, "Hi Bob!")
        ...
        runner.stop()

    ``on_wakeup`` is called on the I/O thread, without arguments, whenever ``pump`` has something to do: lines came in,
    a timer is due, or an action of the user left events behind. So a front end needs no timers of its own. It must
    return at once (Textual: ``post_message``, not ``call_from_thread``; Tk: a flag that ``after`` looks at). After one
    call there is no other until ``pump`` was called.
    """

    def __init__(
        self,
        options: ClientOptions,
        on_wakeup: Callable[[], None] | None = None,
        *,
        shared: Shared | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``shared`` is what it has in common with other runners, whose owner stops that; None: nothing."""
        self._options = options
        self._on_wakeup = on_wakeup or (lambda: None)
        self._clock = clock
        self._shared = shared or Shared()
        self._owns_shared = shared is None
        self._core = Core(options, random.random, self._shared.room_ids)  # random: jitter only
        worked = parse_way(self._shared.recent.endpoint(options.address.host)) if options.remember else None
        self._dialing = Dialing(
            options, self._shared.trust, self._shared.find_secret, self._shared.find_password, worked
        )
        self._dialer: threading.Thread | None = None
        self._connection: Connection | None = None
        self._port = 0  # where it is connected to
        self._policy: int | None = None  # seconds for which the server wants us to come back encrypted, by STS
        self._doubt: Doubt | None = None
        self._inbox: deque[_Item] = deque()  # the I/O and dialing threads put in, the UI thread takes out
        self._put = self._taken = 0  # bytes of lines that the I/O thread put into it, and that the UI thread took out
        self._signalled = False
        self._stopped = False
        self._armed: float | None = None  # the deadline for which the I/O thread has a timer
        self._remembered = False

    @property
    def chat(self) -> Chat:
        """The model to draw. The same object for the runner's whole life."""
        return self._core.chat

    def start(self) -> None:
        """Start the I/O thread and begin to connect."""
        self._shared.start()
        self._advance()
        self._settle()

    def stop(self) -> None:
        """Close the connection and join the threads; blocks for a moment. Call ``quit`` first to leave politely."""
        if self._stopped:
            return
        self._stopped = True
        self._on_wakeup = lambda: None
        if self._connection is not None:
            self._keep_policy()
        if self._owns_shared:
            self._shared.stop()
        elif self._connection is not None:
            self._connection.close()
        if self._dialer is not None:
            self._dialer.join(STOP_TIMEOUT)
        self._close_unused()
        if not self._owns_shared and self._shared.is_running:
            self._shared.thread.wake()

    def pump(self, limit: int = PUMP_LIMIT, seconds: float = math.inf) -> list[Event]:
        """Apply what came in and what is due; return what changed.

        Wakes again if there is more than ``limit`` lines, or than can be applied in ``seconds``.
        """
        self._signalled = False  # before draining, or what comes now could be overlooked
        self._advance()
        end = time.monotonic() + seconds
        for _ in range(min(limit, len(self._inbox))):
            item = self._inbox.popleft()
            self._taken += len(item.line) if isinstance(item, _Received) else 0
            self._guard(item)
            if time.monotonic() > end:
                break
        if self._inbox:
            self._call(self._signal)
        events = self._core.take_events()
        self._settle()
        self._remember()
        return events

    def next_deadline(self) -> float | None:
        """When, on the monotonic clock, ``pump`` has something to do at the latest. ``on_wakeup`` is called then."""
        return self._core.deadline()

    # What the user does. Each returns at once; what comes of it arrives as events of the next pump.

    def say(self, room: Room, text: str) -> None:
        """What the user typed into ``room``: talk, of one or more lines, or a slash command. ``//x`` says ``/x``."""
        self.act(lambda core: core.say(room, text))

    def post(self, room: Room, text: str) -> None:
        """Talk that no part of is a command, whatever it begins with."""
        self.act(lambda core: core.post(room, text))

    def join(self, name: str) -> None:
        """Enter a room, as ``/join`` does."""
        self.act(lambda core: core.join(name))

    def open_direct(self, nick: str) -> Room:
        """The room of the direct talk with ``nick``, new where there is none."""
        return self.act(lambda core: core.open_direct(nick))

    def retry(self, line_id: int) -> None:
        """Send a line again that has failed. It moves to the end of its room."""
        self.act(lambda core: core.retry(line_id))

    def load_older(self, room: Room) -> bool:
        """Ask for the history before the room's first line. Returns whether some is on its way."""
        return self.act(lambda core: core.load_older(room))

    def set_focus(self, room: Room) -> None:
        """The user looks at ``room`` now: what is unread there is read. A RoomFocused follows if that is a change."""
        self.act(lambda core: core.set_focus(room))

    def leave(self, room: Room) -> None:
        """Close ``room``: leave the channel, or end the direct talk."""
        self.act(lambda core: core.leave(room))

    def complete(self, text: str, cursor: int) -> Completion:
        """Complete the word before ``cursor`` in ``text``, typed into the room in focus. Asked again with what it
        returned, it offers the next one."""
        return self._core.complete(text, cursor)

    def choose_name(self, name: str) -> None:
        """The answer to NameNeeded. Also takes another name later, as ``/nick`` does."""
        self.act(lambda core: core.choose_name(name))

    def reconnect(self) -> None:
        """Try again now instead of when ``chat.status.retry_at`` says."""
        self.act(Core.reconnect)

    def quit(self, reason: str = "") -> None:
        """Leave the server politely. A Left event follows, at once or after the server's good-bye."""
        self.act(lambda core: core.quit(reason))

    @property
    def doubt(self) -> Doubt | None:
        """The certificate because of which the last try ended, if the user may decide about it."""
        return self._doubt

    def sync(self) -> None:
        """Not to be ``ready`` until the server has answered all that was asked so far."""
        self.act(lambda core: core.entry.sync())

    @property
    def options(self) -> ClientOptions:
        """What it was made with."""
        return self._options

    @property
    def ready(self) -> bool:
        """Whether the server let us in, and every room asked for was entered or refused."""
        return self._core.ready

    @property
    def was_online(self) -> bool:
        """Whether the server ever let us in."""
        return self._core.naming.had_name

    @property
    def settled(self) -> bool:
        """Whether everything said so far was stored or refused by the server: for scripts that end after talking."""
        return self._core.settled

    def take_events(self) -> list[Event]:
        """What the last action changed, without waiting for the next pump."""
        return self._core.take_events()

    @property
    def core(self) -> Core:
        """To be looked at; what changes it goes through ``act``."""
        return self._core

    def act(self, action: Callable[[Core], _T]) -> _T:
        """Do something with the core, and carry out what it decides."""
        self._advance()
        result = action(self._core)
        self._settle()
        return result

    def _advance(self) -> None:
        self._core.advance(self._clock(), time.time_ns() // 1_000_000)

    def _guard(self, item: _Item) -> None:
        # A mistake here over one line must not end the talk; every other line is still good.
        try:
            self._apply(item)
        except Exception:
            log.exception("unexpected error over %r", item)

    def _apply(self, item: _Item) -> None:
        if isinstance(item, NotReached):
            self._doubt = item.doubt
            self._core.not_opened(item.reason, again=item.again)
        elif isinstance(item, _Opened):
            self._open(item.connection, item.reached)
        elif item.connection is not self._connection:
            return  # of a connection that was given up
        elif isinstance(item, _Received):
            self._core.receive(item.line, item.at)
        else:
            self._connection = None
            self._core.closed(item.reason)
            self._keep_policy()

    def _open(self, connection: Connection, reached: Reached) -> None:
        self._connection, self._port, self._doubt = connection, reached.port, None
        self._policy = None
        if reached.is_new:
            told = words.trusted_now(groups(reached.dialed.fingerprint))
            self._core.note(self.chat.server, "info", told)
        self._core.opened(reached.security, reached.secret, reached.password)

    def _settle(self) -> None:
        """Carry out what the core decided."""
        if self._stopped:
            return
        self._flush()
        self._obey()
        if self._core.take_hangup() and self._connection is not None:
            self._connection.close()
            self._shared.thread.wake()
            self._connection = None
            self._keep_policy()
        if self._core.take_dial():
            self._dialer = threading.Thread(target=self._dial, name="chatkit-client-dial", daemon=True)
            self._dialer.start()
        self._arm()
        if self._core.has_events:
            self._call(self._signal)

    def _obey(self) -> None:
        """What the server said by STS.

        Spec: https://ircv3.net/specs/extensions/sts
        """
        if (port := self._core.transport_policy.take_port()) is not None:
            self._dialing.secure_port = port
        if (duration := self._core.transport_policy.take_seconds()) is not None:
            self._policy = duration
            self._keep_policy()

    def _keep_policy(self) -> None:
        """It runs from when it was heard, and again from when the connection ends."""
        if self._policy is not None:
            until_ms = time.time_ns() // 1_000_000 + self._policy * 1000
            self._shared.trust.keep_sts(self._options.address.host, Sts(self._port, until_ms, self._policy))

    def _flush(self) -> None:
        data = self._core.take_output()
        if data and self._connection is not None:
            self._connection.put(data)
            self._shared.thread.wake()

    def _arm(self) -> None:
        # One timer at a time: where the deadline moved away, it fires in vain once, and the next is set then.
        deadline, armed = self._core.deadline(), self._armed
        if deadline is not None and (armed is None or deadline < armed or armed <= self._clock()):
            self._armed = deadline
            self._call(lambda: self._set_timer(deadline))

    def _remember(self) -> None:
        if not self._options.remember or self._remembered or self.chat.status.state != "online":
            return
        self._remembered = True
        address, recent = self._options.address, self._shared.recent
        recent.add(Remembered(str(address), self._core.naming.wish, address.fingerprint))
        if self._dialing.worked is not None and address.scheme == "auto":
            recent.keep_endpoint(address.host, format_way(self._dialing.worked))

    # On the I/O thread.

    def _set_timer(self, deadline: float) -> None:
        self._shared.thread.call_at(deadline, self._signal)

    def _signal(self) -> None:
        if not self._signalled:
            self._signalled = True
            self._on_wakeup()

    def on_tick(self, inputs: list[Input]) -> None:
        """Take what the connection brought. Called on the I/O thread."""
        now = self._clock()
        for item in inputs:
            self._inbox.extend(_Received(item.connection, line, now) for line in item.lines)
            self._put += sum(map(len, item.lines))
            if item.closed is not None:
                self._inbox.append(_Closed(item.connection, item.closed))
            elif len(self._inbox) > MAX_INBOX or self._put - self._taken > MAX_INBOX_BYTES:
                item.connection.close()
                self._inbox.append(_Closed(item.connection, "more came in than could be shown"))
        self._signal()

    # On the dialing thread.

    def _dial(self) -> None:
        result = self._dialing.dial()
        if isinstance(result, NotReached):
            self._inbox.append(result)
        else:
            dialed = result.dialed
            self._adopt(Connection(dialed.sock, self, max_line=MAX_LINE, pipe=dialed.tunnel), result)
        self._call(self._signal)

    def _adopt(self, connection: Connection, reached: Reached) -> None:
        if self._stopped:
            connection.sock.close()
            return
        self._inbox.append(_Opened(connection, reached))  # before it can bring lines
        with contextlib.suppress(OSError):  # stopped meanwhile: stop() closes it
            self._shared.thread.adopt(connection)

    def _close_unused(self) -> None:
        """Close what was opened and never looked at: where the I/O thread goes on, that alone may close a socket."""
        for item in list(self._inbox):
            if isinstance(item, _Opened):
                if self._owns_shared:
                    item.connection.sock.close()
                else:
                    item.connection.close()

    # On any thread.

    def _call(self, function: Callable[[], None]) -> None:
        if self._shared.is_running:
            with contextlib.suppress(OSError):  # the thread has stopped
                self._shared.thread.call(function)
