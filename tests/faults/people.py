"""Those who are there while something goes wrong: who talks all the time, who floods, who watches."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from tests.faults.judge import CAPS, Message, message_in
from tests.sockets import DEADLINE, RawClient

CALM = "#calm"  # where bystanders talk
FLOODED = "#flood"
ANSWERS = (f" PRIVMSG {CALM} :", " 404 ", " NOT_STORED ")  # the echo, or a refusal
PAUSE = 0.02  # seconds between two messages of a bystander
SENDERS = 4  # of a flood
AT_ONCE = 20  # lines that each of them sends in one piece
PATIENCE = 0.1  # seconds until it is looked whether the server is still there


class Bystander(threading.Thread):
    """Talks all the time, waits for each echo, and keeps what came back, how long it took, and what was refused.

    What was refused is said again. ``error`` is why it ended, if it did before it was asked to.
    """

    def __init__(self, port: int, nick: str = "bystander", patience: float = DEADLINE) -> None:
        """``patience`` is how many seconds an echo may take before it is given up."""
        super().__init__(name=nick)
        self.client = RawClient(port)
        self.client.sock.settimeout(patience)
        self.client.register(nick, CAPS)
        self.client.send(f"JOIN {CALM}")
        self.client.sync()
        self.seen: list[Message] = []
        self.longest = 0.0  # seconds that an echo took
        self.refused = 0
        self.notices: list[str] = []  # of the server to everyone
        self.error: OSError | EOFError | None = None
        self._over = threading.Event()
        self._news = threading.Condition()
        self.start()

    def __enter__(self) -> Bystander:
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    def run(self) -> None:
        try:
            while not self._over.wait(PAUSE):
                self._talk()
        except (OSError, EOFError) as error:
            self.error = error
        with self._news:
            self._news.notify_all()

    def _talk(self) -> None:
        began = time.monotonic()
        self.client.send(f"PRIVMSG {CALM} :{len(self.seen)}")
        lines = self.client.until(lambda line: any(word in line for word in ANSWERS))
        with self._news:
            self.longest = max(self.longest, time.monotonic() - began)
            self.notices += [line.rpartition(" :")[2] for line in lines if " NOTICE " in line]
            if ANSWERS[0] in lines[-1]:
                self.seen.append(message_in(lines[-1]))
            else:
                self.refused += 1
            self._news.notify_all()

    def goes_on(self, further: int = 5) -> None:
        """Wait until so many more messages have come back."""
        wanted = len(self.seen) + further
        self._wait(lambda: len(self.seen) >= wanted)

    def goes_nowhere(self, further: int = 5) -> None:
        """Wait until so many more messages were refused."""
        wanted = self.refused + further
        self._wait(lambda: self.refused >= wanted)

    def is_told(self, notice: str) -> None:
        """Wait until the server has told everyone that."""
        self._wait(lambda: notice in self.notices)

    def _wait(self, condition: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(lambda: condition() or self.error is not None, DEADLINE), self.notices
        assert self.error is None, self.error

    def finish(self) -> None:
        """Stop talking, and go."""
        self._over.set()
        self.join()
        self.client.close()


class Watcher(threading.Thread):
    """Reads all that a client gets until its connection ends, and keeps the messages in the order of their coming."""

    def __init__(self, client: RawClient) -> None:
        super().__init__()
        self.seen: list[Message] = []
        self.has_seen = threading.Event()
        self._client = client
        self.start()

    def run(self) -> None:
        for line in iter(self._line, ""):
            if f" PRIVMSG {FLOODED} :" in line:
                self.seen.append(message_in(line))
                self.has_seen.set()

    def _line(self) -> str:
        try:
            return self._client.line()
        except (EOFError, OSError):
            return ""


class Flood:
    """Some who send as fast as they can, and all of them watch; one more does nothing else.

    With ``alone`` there is one, who waits until everything was seen before the next message: each is a tick of its own.
    """

    def __init__(self, port: int, name: str, *, alone: bool = False) -> None:
        senders = 1 if alone else SENDERS
        self.clients = [RawClient(port) for _ in range(senders + 1)]
        for number, client in enumerate(self.clients):
            client.register(f"{name}-{number}", CAPS)
            client.send(f"JOIN {FLOODED}")
            client.sync()
        self._over = threading.Event()
        self.watchers = [Watcher(client) for client in self.clients]
        self._senders = [
            threading.Thread(target=self._talk if alone else self._send, args=(client, f"{name}-{number}"))
            for number, client in enumerate(self.clients[1:])
        ]
        for thread in self._senders:
            thread.start()
        assert self.watchers[0].has_seen.wait(DEADLINE)

    def _send(self, client: RawClient, name: str) -> None:
        count = 0
        with contextlib.suppress(OSError):
            while not self._over.is_set():
                client.send(*(f"PRIVMSG {FLOODED} :{name} {number}" for number in range(count, count + AT_ONCE)))
                count += AT_ONCE

    def _talk(self, client: RawClient, name: str) -> None:
        watcher = self.watchers[0]
        with contextlib.suppress(OSError):
            while watcher.is_alive() and not self._over.is_set():
                watcher.has_seen.clear()
                client.send(f"PRIVMSG {FLOODED} :{name} {len(watcher.seen)}")
                watcher.has_seen.wait(PATIENCE)

    def finish(self) -> list[list[Message]]:
        """Stop, and return what each of them saw. The server is dead, or it ends when it has read all of it."""
        self._over.set()
        for sender in self._senders:
            sender.join()
        for watcher in self.watchers:
            watcher.join()
        for client in self.clients:
            client.close()
        return [watcher.seen for watcher in self.watchers]
