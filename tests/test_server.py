"""The server with real sockets, real threads and a real database, on port 0."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest

from chatkit.archive.history import History
from chatkit.control.runner import Health
from chatkit.ircd.ailing import WELL
from chatkit.ircd.commands import COMMANDS, Command
from chatkit.ircd.enrolment import _Making
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.staging import Frame
from chatkit.server import Server, ServerError
from chatkit.store.records import Document, HistoryQuery
from tests.in_process import servers
from tests.sockets import RawClient

pytestmark = pytest.mark.smoke


@pytest.fixture
def start_server(tmp_path):
    with servers(tmp_path) as start:
        yield start


@pytest.fixture
def server(start_server) -> Server:
    return start_server(io_threads=2)


@pytest.fixture
def connect(server):
    clients = []

    def make(nick: str = "", caps: str = "") -> RawClient:
        clients.append(RawClient(server.port))
        if nick:
            clients[-1].register(nick, caps)
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def test_two_people_talk_in_the_lobby(server, connect):
    alice, bob = connect("Alice"), connect("Bob")
    host = server.act(lambda ircd, now: ircd.users["alice"].cloak)  # they come from one address
    assert alice.line() == f":Bob!~Bob@{host} JOIN #lobby"
    alice.send("PRIVMSG #lobby :Hello everyone!")
    assert bob.line() == f":Alice!~Alice@{host} PRIVMSG #lobby :Hello everyone!"
    bob.send("QUIT :bye")
    assert bob.rest()[-1] == "ERROR :Closing link: 127.0.0.1 (Quit: bye)"
    assert alice.line() == f":Bob!~Bob@{host} QUIT :Quit: bye"


def test_members_on_different_io_threads_see_the_same_order(connect):
    """One order per channel: all members see the same, and history gives that order back."""
    caps = "echo-message message-tags server-time batch draft/chathistory"
    clients = [connect(f"user{number}", caps) for number in range(8)]
    for client in clients:
        client.sync()

    def talk(client: RawClient, number: int) -> None:
        for count in range(50):
            client.send(f"PRIVMSG #lobby :{number} {count}")

    threads = [threading.Thread(target=talk, args=(client, number)) for number, client in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    def messages(client: RawClient) -> list[str]:
        found: list[str] = []
        while len(found) < 400:
            line = client.line()
            if " PRIVMSG " in line:
                found.append(line.partition("msgid=")[2].partition(" ")[0] + line.partition(" :")[2])
        return found

    orders = [messages(client) for client in clients]
    assert all(order == orders[0] for order in orders)
    clients[0].send("CHATHISTORY LATEST #lobby * 200")
    history = clients[0].until(lambda line: " BATCH -" in line)[1:-1]
    stored = [line.partition("msgid=")[2].partition(" ")[0] + line.partition(" :")[2] for line in history]
    assert stored == orders[0][200:]


def test_what_a_client_saw_is_stored(server, connect, tmp_path):
    alice, bob = connect("Alice"), connect("Bob")
    alice.send(*(f"PRIVMSG #lobby :{number}" for number in range(50)))
    bob.until(lambda line: line.endswith(" :49"))
    with closing(History(tmp_path / "data")) as history:  # as another process sees it
        records = [record for place in history.places(direct=False) for record in history.records(place)]
    assert [record.text for record in records] == [str(number) for number in range(50)]


def test_a_client_that_never_reads_is_dropped_with_a_reason_and_stalls_nobody(start_server):
    """Never a silent gap: past the bound it is disconnected with a reason."""
    server = start_server(limits__sendq_bytes=200_000, limits__commands_per_second=0)
    with RawClient(server.port) as alice, RawClient(server.port) as bob, RawClient(server.port) as stuck:
        alice.register("Alice")
        bob.register("Bob")
        stuck.register("Stuck")
        alice.sync()
        gone = False
        while not gone:  # Bob keeps up all the while
            alice.send(*["PRIVMSG #lobby :" + "x" * 400] * 2000, "PRIVMSG #lobby :end")
            lines = bob.until(lambda line: line.endswith(":end"))
            gone = any("QUIT :SendQ exceeded" in line for line in lines)
        lines = stuck.rest()
        assert lines[-1] == "ERROR :Closing link: (SendQ exceeded)"


def test_a_client_that_never_registers_is_told_and_closed(start_server):
    server = start_server(limits__registration_seconds=0.2)
    with RawClient(server.port) as silent:
        assert silent.rest() == ["ERROR :Closing link: 127.0.0.1 (Registration timed out)"]


def test_a_silent_client_is_pinged_and_then_closed(start_server):
    server = start_server(limits__ping_seconds=0.3)
    with RawClient(server.port) as silent:
        silent.register("Silent")
        assert [line.split(" ")[0] for line in silent.rest()] == ["PING", "ERROR"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\xfe" * 1000 + b"\r\n",
        b"x" * 100_000,
        b"PRIVMSG #lobby :\xc3\r\n",
        b"\r\n" * 1000,
        b"@" * 9000 + b"\r\n",
        b"PING x\r\n" * 10_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
    ],
)
def test_garbage_harms_nobody_else(connect, garbage):
    alice = connect("Alice")
    bad = connect()
    bad.sock.sendall(garbage)
    good = connect("Good")
    good.send("PRIVMSG #lobby :still here")
    alice.until(lambda line: line.endswith(":still here"))


def test_ten_thousand_commands_in_one_write_end_the_one_who_sent_them(connect):
    alice, flooder = connect("Alice"), connect("Flooder")
    flooder.sock.sendall(b"PRIVMSG #lobby :spam\r\n" * 10_000)
    assert flooder.rest()[-1] == "ERROR :Closing link: 127.0.0.1 (Excess flood)"
    assert alice.until(lambda line: " QUIT " in line)[-1].endswith(" QUIT :Excess flood")


def test_a_bug_in_a_handler_costs_its_client_one_answer(connect, monkeypatch, caplog):
    """One client's input never takes the server down."""

    def broken(ctx, msg):
        raise RuntimeError("injected")

    monkeypatch.setitem(COMMANDS, "BROKEN", Command("BROKEN", broken, 0, False))
    alice, bob = connect("Alice"), connect("Bob")
    alice.sync()
    bob.send("BROKEN")
    assert bob.line().startswith(":chat.test 400 Bob ")
    bob.send("PRIVMSG #lobby :fine")
    assert alice.line().endswith(":fine")
    assert "injected" in caplog.text


def test_a_bug_outside_a_handler_costs_its_client_the_connection_and_nobody_else_a_line(connect, monkeypatch, caplog):
    """What came in during one tick is handled in one go: what fails over one client must not take the rest along."""
    may_go_on = Ircd._may_go_on

    def broken(ircd, session, now):
        if session.nick == "Bob":
            raise RuntimeError("injected")
        return may_go_on(ircd, session, now)

    alice, bob, carol = connect("Alice"), connect("Bob"), connect("Carol")
    alice.sync()
    monkeypatch.setattr(Ircd, "_may_go_on", broken)
    for number in range(20):
        carol.send(f"PRIVMSG #lobby :{number}")
        if number == 10:
            bob.send("PING x")
    said = [line for line in alice.until(lambda line: line.endswith(":19")) if " PRIVMSG " in line]
    assert [int(line.rpartition(":")[2]) for line in said] == [*range(20)]
    assert bob.rest()[-1] == "ERROR :Closing link: 127.0.0.1 (Internal error)"
    assert "injected" in caplog.text


def test_stopping_tells_every_client_and_leaves_nothing_behind(start_server, tmp_path):
    server = start_server(io_threads=2)
    clients = [RawClient(server.port) for _ in range(4)]
    for number, client in enumerate(clients):
        client.register(f"user{number}")
    server.stop("Good night")
    for client in clients:
        assert client.rest()[-1] == "ERROR :Closing link: 127.0.0.1 (Good night)"
        client.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("chatkit")]
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == [
        "certificate.key",
        "certificate.pem",
        "chatkit.db",
        "lock",
        "search.db",
    ]


def test_who_is_turned_away_is_told_why_and_nothing_is_made_for_him(start_server, monkeypatch):
    """No Connection, no Reception, no Session: one look under the state lock."""
    server = start_server(limits__connections=1)
    made = []
    connect = Ircd.connect
    monkeypatch.setattr(Ircd, "connect", lambda *args: made.append(args) or connect(*args))
    with RawClient(server.port) as alice:
        alice.register("Alice")
        with RawClient(server.port) as second:
            assert second.rest() == ["ERROR :Closing link: 127.0.0.1 (The server is full)"]
        alice.sync()
    assert len(made) == 1
    assert server.ircd.door.turned_away == {"full": 1}


def test_draining_lets_nobody_in_and_stops_when_the_last_has_gone(start_server):
    server = start_server()
    with RawClient(server.port) as alice:
        alice.register("Alice")
        server.drain(None)
        with RawClient(server.port) as late:
            assert late.rest() == ["ERROR :Closing link: 127.0.0.1 (The server is about to stop)"]
        alice.sync()
        assert not server.stop_requested.is_set()
        assert not server.health().ready
        assert server.health().alive
    assert server.stop_requested.wait(20)


def test_draining_ends_when_its_time_is_over(start_server):
    server = start_server()
    with RawClient(server.port) as alice:
        alice.register("Alice")
        server.drain(None)
        server.drain(0.0)
        assert server.stop_requested.wait(20)


def test_a_state_lock_that_is_not_to_be_had_shows_in_its_health(start_server, monkeypatch):
    monkeypatch.setattr("chatkit.server.STATE_SECONDS", 0.1)
    monkeypatch.setattr("chatkit.server.TURN_SECONDS", 0.1)  # the thread waits for that lock
    server = start_server()
    with server._state_lock:
        assert not server.health().alive
    assert server.health() == Health(alive=True, ready=True)


def test_an_io_thread_that_does_not_turn_shows_in_its_health(start_server, monkeypatch):
    monkeypatch.setattr("chatkit.server.TURN_SECONDS", 0.1)
    server = start_server(io_threads=2)
    release = threading.Event()
    server._threads[1].call(lambda: release.wait(20) and None)
    assert server.health().why == ("chatkit-io-1 has not turned for 0 s",)
    release.set()


def test_what_waits_for_each_client_is_told_by_name(server, connect):
    connect("Alice")
    assert [name for name, _ in server.queues()] == ["Alice"]


def test_a_port_in_use_is_named(start_server, tmp_path):
    first = start_server()
    with pytest.raises(ServerError, match=f"port {first.port}: address already in use"):
        start_server(port=first.port, data=str(tmp_path / "other"))


def test_two_servers_never_share_a_data_directory(start_server):
    start_server()
    with pytest.raises(ServerError, match="another server already uses"):
        start_server()


def test_history_is_there_after_a_restart_and_new_messages_follow_it(start_server):
    caps = "batch draft/chathistory message-tags server-time"
    first = start_server()
    with RawClient(first.port) as alice:
        alice.register("Alice", caps)
        alice.send("PRIVMSG #lobby :before")
        alice.sync()
    first.stop()
    second = start_server()
    with RawClient(second.port) as alice:
        alice.register("Alice", caps)
        alice.send("PRIVMSG #lobby :after", "CHATHISTORY LATEST #lobby * 10")
        lines = alice.until(lambda line: " BATCH -" in line)
    assert [line.rpartition(":")[2] for line in lines if " PRIVMSG " in line] == ["before", "after"]


def test_a_stalled_disk_does_not_hold_the_state_lock(start_server, monkeypatch):
    """Nothing blocks while the state lock is held: the rules go on while a commit takes its time."""
    server = start_server(io_threads=1)
    entered, release = threading.Event(), threading.Event()
    append = server.store.log

    def slow(records):
        entered.set()
        assert release.wait(20)
        append(records)

    with RawClient(server.port) as alice:
        alice.register("Alice")
        monkeypatch.setattr(server.store, "log", slow)
        alice.send("PRIVMSG #lobby :slowly")
        assert entered.wait(20)
        assert server._state_lock.acquire(timeout=20)
        server._state_lock.release()
        release.set()
        alice.sync()


@pytest.mark.parametrize("says_something", [True, False])
def test_what_changed_while_the_store_failed_is_stored_later(start_server, monkeypatch, says_something):
    """What the rules hold to be so is so after a restart too: only what its sender was told is not stored is lost."""
    first = start_server()
    with RawClient(first.port) as alice:
        alice.register("Alice")
        with monkeypatch.context() as broken:
            broken.setattr(first.store, "log", _full)
            first.act(lambda ircd, now: ircd.note(Document("thing", "key", b"1")))
            alice.send("PRIVMSG #lobby :lost")
            alice.until(lambda line: " 404 " in line)
        if says_something:
            alice.until(lambda line: line.endswith(WELL))
            alice.send("PRIVMSG #lobby :kept")
        alice.sync()
    first.stop()
    second = start_server()
    assert list(second.store.documents("thing")) == [("key", b"1")]
    kept = second.store.answer(HistoryQuery("#lobby", 10))
    assert [record.text for record in kept] == ["kept"] * says_something


def _full(entries):
    raise sqlite3.OperationalError("database or disk is full")


def test_a_bug_over_one_line_that_is_sent_costs_nobody_another_line(connect, monkeypatch, caplog):
    alice, bob = connect("Alice"), connect("Bob")
    alice.sync()
    encode = Frame.encode

    def broken(frame, profile):
        if frame.body.endswith(b":poison"):
            raise RuntimeError("injected")
        return encode(frame, profile)

    monkeypatch.setattr(Frame, "encode", broken)
    bob.send("PRIVMSG #lobby :poison", "PRIVMSG Alice :fine", "WHOIS Bob")
    assert alice.line().endswith(":fine")
    bob.until(lambda line: " 318 " in line)
    assert "injected" in caplog.text


def test_a_bug_over_what_is_to_be_stored_is_told_and_the_server_goes_on(connect, server, monkeypatch, caplog):
    alice = connect("Alice")
    append = server.store.log

    def broken(entries):
        if any(getattr(entry, "text", "") == "poison" for entry in entries):
            raise OverflowError("injected")
        append(entries)

    monkeypatch.setattr(server.store, "log", broken)
    alice.send("PRIVMSG #lobby :poison")
    assert " NOT_STORED " in alice.line()
    alice.send("PRIVMSG #lobby :fine")
    alice.sync()
    assert [record.text for record in server.store.answer(HistoryQuery("#lobby", 10))] == ["fine"]
    assert "injected" in caplog.text


def test_a_bug_in_what_a_worker_does_is_in_the_log(server, caplog):
    def fail() -> None:
        raise RuntimeError("injected")

    server.submit(fail)
    server.stop()  # the workers' end
    assert "a worker: unexpected error" in caplog.text
    assert "injected" in caplog.text


def test_a_bug_over_an_answer_lets_the_clients_next_lines_through(connect, monkeypatch, caplog):
    def broken(making, answer):
        raise RuntimeError("injected")

    monkeypatch.setattr(_Making, "_hashed", broken)
    alice = connect("Alice")
    alice.send("REGISTER * * :correct horse")
    assert " FAIL REGISTER TEMPORARILY_UNAVAILABLE " in alice.line()
    alice.sync()
    assert "injected" in caplog.text
