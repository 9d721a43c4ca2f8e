"""The client core put on a socket, a clock and threads: what every front end holds."""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable

import msgspec

from chatkit.client.address import ENCRYPTED, WEBSOCKET, Address
from chatkit.client.completion import Completion
from chatkit.client.core import Core
from chatkit.client.events import Event
from chatkit.client.model import Chat, Room
from chatkit.client.options import ClientOptions
from chatkit.client.remembered import Remembered, remember
from chatkit.net.connection import Connection, Input
from chatkit.net.dial import Endpoint, Untrusted, connect
from chatkit.net.io_thread import IOThread

log = logging.getLogger("chatkit.client")

DIAL_TIMEOUT = 10.0  # seconds
STOP_TIMEOUT = 1.0  # seconds that stop() waits for a dial that is under way; what comes of it later is closed
PUMP_LIMIT = 500  # lines applied in one pump, so that a flood never freezes a screen
MAX_LINE = 16 * 1024  # bytes; a server may put 8191 of tags before 512 of line
MAX_INBOX = 50_000  # lines that may wait for the front end; past that the link is dropped and history fills the gap


class _Opened(msgspec.Struct, frozen=True):
    connection: Connection


class _NotOpened(msgspec.Struct, frozen=True):
    reason: str
    again: bool = True  # whether another try could do better


class _Closed(msgspec.Struct, frozen=True):
    connection: Connection
    reason: str


class _Received(msgspec.Struct, frozen=True):
    connection: Connection
    line: bytes


_Item = _Opened | _NotOpened | _Closed | _Received


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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._on_wakeup = on_wakeup or (lambda: None)
        self._clock = clock
        self._core = Core(options, random.random)  # jitter only
        self._thread = IOThread("chatkit-client-io")
        self._dialer: threading.Thread | None = None
        self._connection: Connection | None = None
        self._inbox: deque[_Item] = deque()  # the I/O and dialing threads put in, the UI thread takes out
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
        self._thread.start()
        self._advance()
        self._settle()

    def stop(self) -> None:
        """Close the connection and join the threads; blocks for a moment. Call ``quit`` first to leave politely."""
        if self._stopped:
            return
        self._stopped = True
        self._on_wakeup = lambda: None
        self._thread.stop()
        if self._dialer is not None:
            self._dialer.join(STOP_TIMEOUT)
        self._close_unused()

    def pump(self, limit: int = PUMP_LIMIT) -> list[Event]:
        """Apply what came in and what is due; return what changed. Wakes again if more than ``limit`` lines wait."""
        self._signalled = False  # before draining, or what comes now could be overlooked
        self._advance()
        for _ in range(min(limit, len(self._inbox))):
            self._guard(self._inbox.popleft())
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
        self._act(lambda: self._core.say(room, text))

    def post(self, room: Room, text: str) -> None:
        """Talk that no part of is a command, whatever it begins with."""
        self._act(lambda: self._core.post(room, text))

    def join(self, name: str) -> None:
        """Enter a room, as ``/join`` does."""
        self._act(lambda: self._core.join(name))

    def open_direct(self, nick: str) -> Room:
        """The room of the direct talk with ``nick``, new where there is none."""
        self._advance()
        room = self._core.open_direct(nick)
        self._settle()
        return room

    def retry(self, line_id: int) -> None:
        """Send a line again that has failed. It moves to the end of its room."""
        self._act(lambda: self._core.retry(line_id))

    def load_older(self, room: Room) -> bool:
        """Ask for the history before the room's first line. Returns whether some is on its way."""
        self._advance()
        asked = self._core.load_older(room)
        self._settle()
        return asked

    def set_focus(self, room: Room) -> None:
        """The user looks at ``room`` now: what is unread there is read. A RoomFocused follows if that is a change."""
        self._act(lambda: self._core.set_focus(room))

    def leave(self, room: Room) -> None:
        """Close ``room``: leave the channel, or end the direct talk."""
        self._act(lambda: self._core.leave(room))

    def complete(self, text: str, cursor: int) -> Completion:
        """Complete the word before ``cursor`` in ``text``, typed into the room in focus. Asked again with what it
        returned, it offers the next one."""
        return self._core.complete(text, cursor)

    def choose_name(self, name: str) -> None:
        """The answer to NameNeeded. Also takes another name later, as ``/nick`` does."""
        self._act(lambda: self._core.choose_name(name))

    def reconnect(self) -> None:
        """Try again now instead of when ``chat.status.retry_at`` says."""
        self._act(self._core.reconnect)

    def quit(self, reason: str = "") -> None:
        """Leave the server politely. A Left event follows, at once or after the server's good-bye."""
        self._act(lambda: self._core.quit(reason))

    def sync(self) -> None:
        """Not to be ``ready`` until the server has answered all that was asked so far."""
        self._act(self._core.sync)

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

    def _act(self, action: Callable[[], None]) -> None:
        self._advance()
        action()
        self._settle()

    def _advance(self) -> None:
        self._core.advance(self._clock(), time.time_ns() // 1_000_000)

    def _guard(self, item: _Item) -> None:
        # A mistake here over one line must not end the talk; every other line is still good.
        try:
            self._apply(item)
        except Exception:
            log.exception("unexpected error over %r", item)

    def _apply(self, item: _Item) -> None:
        if isinstance(item, _NotOpened):
            self._core.not_opened(item.reason, again=item.again)
        elif isinstance(item, _Opened):
            self._connection = item.connection
            self._core.opened()
        elif item.connection is not self._connection:
            return  # of a connection that was given up
        elif isinstance(item, _Received):
            self._core.receive(item.line)
        else:
            self._connection = None
            self._core.closed(item.reason)

    def _settle(self) -> None:
        """Carry out what the core decided."""
        if self._stopped:
            return
        self._flush()
        if self._core.take_hangup() and self._connection is not None:
            self._connection.close()
            self._thread.wake()
            self._connection = None
        if self._core.take_dial():
            self._dialer = threading.Thread(target=self._dial, name="chatkit-client-dial", daemon=True)
            self._dialer.start()
        self._arm()
        if self._core.has_events:
            self._call(self._signal)

    def _flush(self) -> None:
        data = self._core.take_output()
        if data and self._connection is not None:
            self._connection.put(data)
            self._thread.wake()

    def _arm(self) -> None:
        # One timer at a time: where the deadline moved away, it fires in vain once, and the next is set then.
        deadline, armed = self._core.deadline(), self._armed
        if deadline is not None and (armed is None or deadline < armed or armed <= self._clock()):
            self._armed = deadline
            self._call(lambda: self._set_timer(deadline))

    def _remember(self) -> None:
        if self._options.remember and not self._remembered and self.chat.status.state == "online":
            self._remembered = True
            address = self._options.address
            remember(Remembered(str(address), self._core.naming.wanted, address.fingerprint))

    # On the I/O thread.

    def _set_timer(self, deadline: float) -> None:
        self._thread.call_at(deadline, self._signal)

    def _signal(self) -> None:
        if not self._signalled:
            self._signalled = True
            self._on_wakeup()

    def on_tick(self, inputs: list[Input]) -> None:
        """Take what the connection brought. Called on the I/O thread."""
        for item in inputs:
            self._inbox.extend(_Received(item.connection, line) for line in item.lines)
            if item.closed is not None:
                self._inbox.append(_Closed(item.connection, item.closed))
            elif len(self._inbox) > MAX_INBOX:
                item.connection.close()
                self._inbox.append(_Closed(item.connection, "more came in than could be shown"))
        self._signal()

    # On the dialing thread.

    def _dial(self) -> None:
        address = self._options.address
        try:
            sock, tunnel = connect(endpoint_of(address), DIAL_TIMEOUT)
        except Untrusted as error:
            self._inbox.append(_NotOpened(str(error), again=False))
        except (OSError, UnicodeError) as error:  # a host name may be none
            self._inbox.append(_NotOpened(getattr(error, "strerror", None) or str(error)))
        else:
            self._adopt(Connection(sock, self, max_line=MAX_LINE, pipe=tunnel))
        self._call(self._signal)

    def _adopt(self, connection: Connection) -> None:
        if self._stopped:
            connection.sock.close()
            return
        self._inbox.append(_Opened(connection))  # before it can bring lines
        with contextlib.suppress(OSError):  # stopped meanwhile: stop() closes it
            self._thread.adopt(connection)

    def _close_unused(self) -> None:
        """Close what was opened too late for the I/O thread to close it."""
        for item in list(self._inbox):
            if isinstance(item, _Opened):
                item.connection.sock.close()

    # On any thread.

    def _call(self, function: Callable[[], None]) -> None:
        with contextlib.suppress(OSError):  # the thread has stopped
            self._thread.call(function)


def endpoint_of(address: Address) -> Endpoint:
    """What to connect to, and how."""
    path = (address.path or "/") if address.scheme in WEBSOCKET else None
    return Endpoint(address.host, address.port, address.scheme in ENCRYPTED, path, address.fingerprint)
