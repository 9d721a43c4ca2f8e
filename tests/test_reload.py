"""Reading the settings again, without dropping anyone."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit.config import TABLES, Config, Limits, Network, Rooms, keys, load_config
from chatkit.reload import FIXED, differences, taken_up
from chatkit.server import Server
from tests.ircd.opers import an_oper
from tests.sockets import RawClient


def test_what_differs_is_named_by_its_key():
    new = Config(port=1, limits=Limits(rooms_per_user=5), network=Network(name="x"), oper_classes={"a": ("kill",)})
    assert differences(Config(), new) == ("port", "limits.rooms_per_user", "network.name", "oper_classes")
    assert differences(new, new) == ()


def test_what_was_bound_or_opened_at_the_start_stays():
    new = Config(port=1, name="new", rooms=Rooms(("#new",)))
    kept = taken_up(Config(), new)
    assert (kept.port, kept.name, kept.rooms.autojoin) == (55555, "chatkit", ("#new",))


def test_only_settings_that_there_are_can_be_fixed():
    assert not FIXED - keys().keys() - set(TABLES)


@pytest.fixture
def file(tmp_path) -> Path:
    (tmp_path / "motd").write_text("Old\n")
    path = tmp_path / "chatkit.toml"
    path.write_text("")
    return path


@pytest.fixture
def server(file, tmp_path):
    oper = an_oper()

    def read() -> Config:
        values = {"port": 0, "data": str(tmp_path / "data"), "name": "chat.test", "motd": str(tmp_path / "motd")}
        return load_config(file, {}, {**values, "opers": [oper], "accounts.argon2": "test", "rooms.autojoin": []})

    found = Server(read(), reread=read)
    found.start()
    yield found
    found.stop()


@pytest.mark.smoke
def test_rehash_reads_files_again_and_drops_nobody(server, file, tmp_path):
    with RawClient(server.port) as alice, RawClient(server.port) as ada:
        alice.register("alice")
        ada.register("ada")
        ada.send("OPER ada secret")
        ada.until(lambda line: " 381 " in line)
        (tmp_path / "motd").write_text("New\n")
        file.write_text("io_threads = 2\n[network]\nname = 'Chess'\n")
        ada.send("REHASH")
        lines = ada.until(lambda line: "restart" in line)
        assert ":chat.test NOTICE ada :Read again; changed: network.name, motd" in lines
        assert lines[-1] == ":chat.test NOTICE ada :These wait for a restart: io_threads"
        assert alice.sync() == [":chat.test 005 alice NETWORK=Chess :are supported by this server"]
        alice.send("MOTD")
        assert ":chat.test 372 alice :- New" in alice.sync()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("port = 'high'", "port: expected int, got str"),
        ("[[opers]]\nname = 'x'", "an operator needs a password_hash"),
        ("password_file = '/nowhere/at/all'", "password_file: cannot read /nowhere/at/all"),
    ],
)
def test_where_a_file_is_not_good_nothing_changes(server, file, text, words):
    file.write_text(f"{text}\n" if "network" in text else f"{text}\n[network]\nname = 'Chess'\n")
    outcome = server.reload()
    assert words in outcome.error
    assert outcome.changed == outcome.later == ()
    assert server.act(lambda ircd, now: ircd.network) == "chat.test"


def test_what_the_server_was_not_told_how_to_read_stays(tmp_path):
    config = load_config(None, {}, {"port": 0, "data": str(tmp_path)})
    server = Server(config)
    server.start()
    try:
        assert server.reload().changed == ()
    finally:
        server.stop()
