"""irssi, for real: what a person at it sees."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chatkit.config import load_config
from chatkit.server import Server
from chatkit.store.database import Store
from chatkit.store.records import Record
from tests.sockets import RawClient
from tests.terminal import Terminal


@pytest.fixture
def server(tmp_path):
    server = Server(load_config(None, {}, {"port": 0, "data": str(tmp_path / "data")}))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def irssi_with(server, needs, tmp_path):
    """Start irssi, which does these commands first."""
    needs("tmux")
    home = tmp_path / "irssi"
    home.mkdir()
    terminals = []

    def start(*commands: str) -> Terminal:
        (home / "startup").write_text("".join(f"{command}\n" for command in commands))
        call = [needs("irssi"), "--home", str(home), "-c", "127.0.0.1", "-p", str(server.port), "-n", "alice"]
        terminals.append(Terminal(f"chatkit-{uuid.uuid4().hex}", call))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def irssi(irssi_with):
    return irssi_with()


@pytest.fixture
def said_at(tmp_path):
    """When something was said in the lobby, before the server started."""
    at = datetime.now(UTC) - timedelta(hours=3)
    (tmp_path / "data").mkdir()
    store = Store(tmp_path / "data")
    source = "bob!~bob@host"
    store.append([Record(int(at.timestamp() * 1e6), "#lobby", "PRIVMSG", source, "~bob", "#lobby", "said before")])
    store.close()
    return at.astimezone()


def test_irssi_shows_what_was_said_before_at_its_own_time(said_at, tmp_path, server, irssi_with):
    """With the setting that the README names."""
    irssi = irssi_with("set show_server_time on")
    irssi.wait_for("Act: 2")
    irssi.line("/window 2")
    assert f"{said_at:%H:%M} < bob> said before" in irssi.wait_for("said before")


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
