"""irssi, for real: what a person at it sees."""

from __future__ import annotations

import uuid

import pytest

from chatkit.config import load_config
from chatkit.server import Server
from tests.sockets import RawClient
from tests.terminal import Terminal


@pytest.fixture
def server(tmp_path):
    server = Server(load_config(None, {}, {"port": 0, "data": str(tmp_path / "data")}))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def irssi(server, needs, tmp_path):
    needs("tmux")
    command = [
        needs("irssi"),
        "--home",
        str(tmp_path / "irssi"),
        "-c",
        "127.0.0.1",
        "-p",
        str(server.port),
        "-n",
        "alice",
    ]
    terminal = Terminal(f"chatkit-{uuid.uuid4().hex}", command)
    yield terminal
    terminal.close()


def test_irssi_lives_in_it(server, irssi):
    irssi.wait_for("Act: 2")  # the lobby's window is there
    irssi.type("M-2")
    irssi.wait_for("alice")
    with RawClient(server.port) as bob:
        bob.register("bob", "message-tags server-time")
        irssi.wait_for("bob [~bob@")  # and a cloak

        irssi.line("hello from irssi")
        bob.until(lambda line: line.endswith("PRIVMSG #lobby :hello from irssi"))
        irssi.line("/me waves")
        bob.until(lambda line: line.endswith("PRIVMSG #lobby :\x01ACTION waves\x01"))

        bob.send("PRIVMSG #lobby :hello from bob", "TOPIC #lobby :All are welcome")
        irssi.wait_for("< bob> hello from bob")
        irssi.wait_for("bob changed the topic of #lobby to: All are welcome")

        irssi.line("/whois bob")
        irssi.wait_for("bob [~bob@")
        irssi.line("/nick alicia")
        bob.until(lambda line: line.endswith("NICK alicia"))
        irssi.wait_for("You're now known as alicia")

        server.act(lambda ircd, now: ircd.kill(ircd.users["alicia"], None, "enough now", now))
        irssi.type("M-1")
        irssi.wait_for("enough now")
