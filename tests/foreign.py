"""What the tests with other people's clients and bots share: a server, and accounts on it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatkit.server import Server
from tests.in_process import servers
from tests.sockets import RawClient

DEADLINE = 30.0  # seconds
LOOK_AGAIN = 0.05  # seconds between looks at the server: a foreign program tells nobody when it has logged in
PASSPHRASE = "correct-horse-battery"  # one word, for what has no other way to tell where it ends


@contextmanager
def running(directory: Path) -> Iterator[Server]:
    """A server with its data in ``directory`` and cheap passwords."""
    with servers(directory, accounts__argon2="test") as start:
        yield start()


def make_account(server: Server, name: str) -> None:
    """An account with PASSPHRASE, made by a client that goes again."""
    with RawClient(server.port) as client:
        client.send(f"NICK {name}", f"REGISTER * * {PASSPHRASE}")
        client.until(lambda line: " 900 " in line)


def account_of(server: Server, nick: str) -> str:
    """The account of the user called ``nick``, once it is there."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        user = server.act(lambda ircd, now: ircd.users.get(nick))
        if user is not None:
            return user.account_name
        time.sleep(LOOK_AGAIN)
    raise AssertionError(f"{nick} never came")
