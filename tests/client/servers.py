"""Real servers for the client's tests, and a client pumped by the test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chatkit.client.address import Address
from chatkit.client.driver import Driver
from chatkit.client.events import Event
from chatkit.client.model import Room
from chatkit.client.options import ClientOptions
from chatkit.config import load_config
from chatkit.server import Server

DEADLINE = 20.0  # seconds; nothing waits so long but a failure


@contextmanager
def running_server(data: Path, port: int = 0, **options: object) -> Iterator[Address]:
    """A chatkit server in this process. Gives its address."""
    settings = {"port": port, "data": str(data), **{key.replace("__", "."): value for key, value in options.items()}}
    server = Server(load_config(None, {}, settings))
    server.start()
    try:
        yield Address("127.0.0.1", server.port)
    finally:
        server.stop()


class Person(Driver):
    """A client that a test drives by hand."""

    def __init__(self, nick: str, address: Address, **options: Any) -> None:
        super().__init__(ClientOptions(nick, address, remember=False, **options))
        self.seen: list[Event] = []

    def until(self, done: Callable[[], bool], deadline: float = DEADLINE) -> None:
        """Pump until ``done``."""
        end = time.monotonic() + deadline
        while not done():
            assert time.monotonic() < end, f"waited too long; {self.runner.chat.status}"
            self.seen += self.wait(0.2)[0]

    def room(self, name: str = "#lobby") -> Room:
        """The room, once this client is in it and its history is there."""
        chat = self.runner.chat
        self.until(lambda: (room := chat.find(name)) is not None and room.joined and not room.loading)
        room = chat.find(name)
        assert room is not None
        return room

    def say(self, text: str, name: str = "#lobby") -> None:
        """Say something, and wait until the server has it."""
        self.runner.say(self.room(name), text)
        self.until(lambda: self.runner.settled)

    def talk(self, name: str = "#lobby") -> list[str]:
        """What was said in a room, as it is shown."""
        return [f"{line.nick}: {line.text}" for line in self.room(name).lines if line.is_talk]
