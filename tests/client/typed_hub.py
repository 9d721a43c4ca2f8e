"""A Hub whose networks are typed by a test, line by line: no sockets, no threads, and nothing of the user's files."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from chatkit.client.core import Core
from chatkit.client.events import Event
from chatkit.client.hub import Hub
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.model import Chat, Room
from chatkit.client.options import ClientOptions, Start
from chatkit.client.runner import ClientRunner, Shared
from tests.client.conversation import Conversation

T = TypeVar("T")


class TypedRunner(ClientRunner):
    """What ``ClientRunner`` is to a Hub, with a Conversation in the place of sockets, threads and the clock.

    What the server says goes to ``talk`` at once (``talk.server``), or to ``inbox``, to be applied by the next pump as
    what comes from a socket is.
    """

    def __init__(
        self, options: ClientOptions, on_wakeup: Callable[[], None] | None = None, *, shared: Shared | None = None
    ) -> None:
        self._options = options
        self._shared = shared or Shared()
        values = {name: getattr(options, name) for name in options.__struct_fields__}
        self.talk = Conversation(room_ids=self._shared.room_ids, **values)
        self._core = self.talk.core
        self.inbox: deque[str | bytes] = deque()
        self.started = self.stopped = False
        self.asked_older: list[Room] = []
        self.pumped: list[int] = []  # lines applied, pump by pump
        self._wakeup = on_wakeup or (lambda: None)
        self._doubt = None

    def start(self) -> None:
        self.started = True
        self._wakeup()

    def stop(self) -> None:
        self.stopped = True

    def wake(self) -> None:
        """Have what happened drawn."""
        if self._core.has_events or self.inbox:
            self._wakeup()

    def pump(self, limit: int = 500, seconds: float = 1.0) -> list[Event]:
        lines = [self.inbox.popleft() for _ in range(min(limit, len(self.inbox)))]
        self.talk.server(*lines)
        if lines:
            self.pumped.append(len(lines))
        if self.inbox:
            self._wakeup()
        return self._core.take_events()

    def act(self, action: Callable[[Core], T]) -> T:
        result = action(self._core)
        self.wake()
        return result

    def load_older(self, room: Room) -> bool:
        self.asked_older.append(room)
        return super().load_older(room)


class TypedHub(Hub):
    """A Hub of TypedRunners. ``talk`` is the server of the first network, ``talk_of`` that of another."""

    def __init__(
        self, start: Start, on_wakeup: Callable[[], None] = lambda: None, *, kept: Keepsakes | None = None
    ) -> None:
        super().__init__(start, on_wakeup, make_runner=TypedRunner, kept=kept or Keepsakes.in_memory())

    def typed_runner(self, chat: Chat | None = None) -> TypedRunner:
        """The stand-in for a network's connection; of the first network where none is named."""
        runner = self.runner_of(chat or self.chats[0])
        assert isinstance(runner, TypedRunner)
        return runner

    @property
    def talk(self) -> Conversation:
        """The first network's server."""
        return self.typed_runner().talk

    def talk_of(self, label: str) -> Conversation:
        """The server of the network with that label."""
        return self.typed_runner(next(chat for chat in self.chats if chat.label == label)).talk


def network(label: str = "", **options: Any) -> ClientOptions:
    """Where to, for a test."""
    return ClientOptions(**{"nick": "Alice", "network": label, **options})


def typed_hub(*networks: ClientOptions, kept: Keepsakes | None = None, **options: Any) -> TypedHub:
    """A Hub that has begun to connect: to ``networks``, or to one with ``options``."""
    hub = TypedHub(Start(networks or (network(**options),)), kept=kept)
    hub.start()
    return hub


def kinds(happened: Iterable[Event]) -> list[str]:
    """What kinds of events these are."""
    return [type(event).__name__ for event in happened]
