"""``chatkit admin backup`` and ``restore``: the server goes on, and nothing is lost that was there."""

from __future__ import annotations

import pytest

from chatkit.admin.doing import Here
from chatkit.admin.errors import AdminError, NeedsYes
from chatkit.config import Config, load_config
from chatkit.control.methods.backup import backup
from chatkit.control.params.general import Backup
from chatkit.control.plan import Actor
from chatkit.control.rpc import RpcError
from chatkit.control.runner import Desk, call
from chatkit.restoring import run
from chatkit.server import Server
from chatkit.store.records import AuditQuery, HistoryQuery
from tests.sockets import RawClient

ROOT = Actor("root")
ELSEWHERE = Actor("token ci", frozenset({"backup"}))


@pytest.fixture
def config(tmp_path) -> Config:
    return load_config(None, {}, {"port": 0, "data": str(tmp_path / "data")})


@pytest.fixture
def here(config) -> Here:
    return Here(data=str(config.data_dir))


@pytest.fixture
def start_server(config):
    servers = []

    def start() -> Server:
        servers.append(Server(config))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def talk(server: Server, *texts: str) -> None:
    with RawClient(server.port) as alice:
        alice.register("Alice")
        alice.send(*(f"PRIVMSG #lobby :{text}" for text in texts))
        alice.sync()


def history(server: Server) -> list[str]:
    return [record.text for record in server.ask(HistoryQuery("#lobby", 10))]


def test_what_was_said_after_a_backup_is_put_aside_by_restoring_it(start_server, here, tmp_path):
    server = start_server()
    talk(server, "before")
    done = call(Desk(server), "backup", {"file": str(tmp_path / "b.tar")}, ROOT)
    assert done.said.startswith(f"Wrote {tmp_path / 'b.tar'}, ")
    assert [entry.what for entry in server.ask(AuditQuery())] == ["backup"]
    talk(server, "after")
    with pytest.raises(AdminError, match="another server already uses"):
        run(here, str(tmp_path / "b.tar"), confirmed=True)
    server.stop()
    with pytest.raises(NeedsYes, match="say --yes"):
        run(here, str(tmp_path / "b.tar"))
    assert "Would put back" in run(here, str(tmp_path / "b.tar"), dry_run=True)["said"]
    assert "Put back what was stored on" in run(here, str(tmp_path / "b.tar"), confirmed=True)["said"]
    again = start_server()
    assert history(again) == ["before"]
    talk(again, "later")
    assert history(again) == ["before", "later"]
    assert len(list((tmp_path / "data").glob("before-restore-*"))) == 1


def test_who_asks_from_elsewhere_names_a_file_and_no_place(start_server, tmp_path):
    server = start_server()
    for name in ("/etc/passwd", "../../evil", "b.tar"):
        backup(Desk(server), Backup(file=name), ELSEWHERE)
    written = tmp_path / "data" / "backups"
    assert sorted(path.name for path in written.iterdir()) == ["b.tar", "evil", "passwd"]
    assert written.stat().st_mode & 0o777 == 0o700


def test_a_dry_run_writes_nothing(start_server, tmp_path):
    done = backup(Desk(start_server()), Backup(file=str(tmp_path / "b.tar"), dry_run=True), ROOT)
    assert done.said == f"Wrote {tmp_path / 'b.tar'}"
    assert not (tmp_path / "b.tar").exists()


@pytest.mark.parametrize("file", ["", "..", "a\0b", "{}/nowhere/b.tar", "{}/there"])
def test_a_place_that_will_not_do_is_named(start_server, tmp_path, file):
    (tmp_path / "there").write_text("mine")
    with pytest.raises(RpcError):
        backup(Desk(start_server()), Backup(file=file.format(tmp_path)), ROOT)
    assert (tmp_path / "there").read_text() == "mine"


def test_a_file_that_is_no_backup_is_named_and_nothing_is_made(here, tmp_path):
    (tmp_path / "odd").write_text("no archive")
    for name in ("odd", "nowhere"):
        with pytest.raises(AdminError):
            run(here, str(tmp_path / name), confirmed=True)
    assert not (tmp_path / "data" / "chatkit.db").exists()


def test_a_server_whose_database_was_torn_goes_on_with_what_is_whole(start_server, tmp_path):
    server = start_server()
    talk(server, "before")
    server.stop()
    data = tmp_path / "data"
    assert not (data / "running").exists()
    with (data / "chatkit.db").open("r+b") as file:
        file.write(bytes(4096))
    again = start_server()
    assert again.recovered is not None
    assert "damaged files are kept in" in str(again.recovered)
    assert history(again) == ["before"]
    talk(again, "after")
    assert history(again) == ["before", "after"]


def test_what_was_lost_keeps_its_numbers(start_server, tmp_path):
    """No message that comes has a number, a time or a msgid that somebody has seen on another."""
    server = start_server()
    talk(server, "before")
    last = server.store.last_seq()
    server.stop()
    (tmp_path / "data" / "chatkit.db").write_bytes(bytes(4096))
    again = start_server()
    assert again.act(lambda ircd, now: ircd.sequence.next(0)) > last
