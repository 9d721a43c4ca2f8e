"""The control socket: JSON-RPC 2.0 as its specification shows it, and what the methods do to a real server."""

from __future__ import annotations

import json
import os
import pwd
import socket
import stat
import threading
import time
from pathlib import Path

import pytest

from chatkit.config import load_config
from chatkit.control import rpc, service
from chatkit.control.cells import span
from chatkit.control.overview import Rate
from chatkit.control.rpc import INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND, REFUSED, RpcError
from chatkit.control.runner import FUNCTIONS
from chatkit.control.service import MAX_REQUEST
from chatkit.net.connection import Connection
from chatkit.net.listener import listen_unix
from chatkit.net.unix_path import MAX_PATH, short_path
from chatkit.server import CONTROL_NAME, Server
from tests.sockets import DEADLINE, RawClient

# JSON-RPC, without sockets


def subtract(method: str, params: rpc.Params) -> object:
    """The methods of the specification's examples, and some that fail."""
    if method == "subtract":
        first, second = params if isinstance(params, list) else (params["minuend"], params["subtrahend"])
        return first - second
    if method == "get_data":
        return ["hello", 5]
    if method == "refuse":
        raise RpcError(REFUSED, "not today")
    if method == "fail":
        raise ZeroDivisionError
    if method == "unwritable":
        return object()
    if method in ("update", "sum", "notify_hello", "notify_sum"):
        return 7
    raise RpcError(METHOD_NOT_FOUND)


def error(code: int, message: str, id_: object = None) -> dict[str, object]:
    return {"jsonrpc": "2.0", "error": {"code": code, "message": message}, "id": id_}


PARSE_ERROR = error(-32700, "Parse error")
INVALID_REQUEST = error(-32600, "Invalid Request")

# https://www.jsonrpc.org/specification#examples, in its order; then what its rules add.
CONVERSATIONS = [
    ('{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}', {"result": 19, "id": 1}),
    ('{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}', {"result": -19, "id": 2}),
    (
        '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
        {"result": 19, "id": 3},
    ),
    ('{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}', None),
    ('{"jsonrpc": "2.0", "method": "foobar"}', None),
    ('{"jsonrpc": "2.0", "method": "foobar", "id": "1"}', error(-32601, "Method not found", "1")),
    ('{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', PARSE_ERROR),
    ('{"jsonrpc": "2.0", "method": 1, "params": "bar"}', INVALID_REQUEST),
    ('[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method"]', PARSE_ERROR),
    ("[]", INVALID_REQUEST),
    ("[1]", [INVALID_REQUEST]),
    ("[1,2,3]", [INVALID_REQUEST] * 3),
    (
        '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},'
        '{"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},'
        '{"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},'
        '{"foo": "boo"},'
        '{"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},'
        '{"jsonrpc": "2.0", "method": "get_data", "id": "9"}]',
        [
            {"result": 7, "id": "1"},
            {"result": 19, "id": "2"},
            INVALID_REQUEST,
            error(-32601, "Method not found", "5"),
            {"result": ["hello", 5], "id": "9"},
        ],
    ),
    ('[{"jsonrpc": "2.0", "method": "notify_sum"}, {"jsonrpc": "2.0", "method": "notify_hello"}]', None),
    ('{"jsonrpc": "2.0", "method": "sum", "id": null}', {"result": 7, "id": None}),
    ('{"jsonrpc": "2.0", "method": "sum", "id": true}', INVALID_REQUEST),
    ('{"jsonrpc": "2.0", "method": "sum", "params": 7, "id": 4}', error(-32600, "Invalid Request", 4)),
    ('{"jsonrpc": "1.0", "method": "sum", "id": 4}', error(-32600, "Invalid Request", 4)),
    ('{"jsonrpc": "2.0", "method": "refuse", "id": 4}', error(1, "not today", 4)),
    ('{"jsonrpc": "2.0", "method": "refuse"}', None),
    ('"sum"', INVALID_REQUEST),
    ("[" * 50_000, PARSE_ERROR),
]


@pytest.mark.parametrize(("sent", "expected"), CONVERSATIONS, ids=[sent[:40] for sent, _ in CONVERSATIONS])
def test_json_rpc_as_the_specification_has_it(sent, expected):
    reply = rpc.answer(sent.encode(), subtract)
    if isinstance(expected, dict):
        expected = {"jsonrpc": "2.0", **expected}
    elif expected is not None:
        expected = [{"jsonrpc": "2.0", **one} for one in expected]
    assert (None if reply is None else json.loads(reply)) == expected


def test_bytes_that_are_no_utf8_are_a_parse_error():
    assert json.loads(rpc.answer(b'{"jsonrpc": "2.0", "method": "\xff", "id": 1}', subtract)) == PARSE_ERROR


@pytest.mark.parametrize("method", ["fail", "unwritable"])
def test_a_bug_in_a_method_is_an_internal_error_with_a_traceback_in_the_log(method, caplog):
    batch = [{"jsonrpc": "2.0", "method": name, "id": name} for name in (method, "sum")]
    failed, well = json.loads(rpc.answer(json.dumps(batch).encode(), subtract))
    assert failed == error(INTERNAL_ERROR, "Internal error", method)
    assert well["result"] == 7
    assert caplog.records[0].exc_info is not None


@pytest.mark.parametrize("item", [b"1", b'{"jsonrpc": "2.0", "method": "sum", "id": 1}'])
def test_a_batch_costs_no_more_than_its_calls_are_allowed_to(item):
    def batch(size: int) -> bytes:
        return b"[" + b",".join([item] * size) + b"]"

    assert len(json.loads(rpc.answer(batch(rpc.MAX_BATCH), subtract))) == rpc.MAX_BATCH
    reply = json.loads(rpc.answer(batch(rpc.MAX_BATCH + 1), subtract))
    assert reply == error(-32600, "a batch has at most 32 calls")


def test_a_reply_that_makes_no_sense_is_an_error():
    for reply in (b"", b"7", b"{", b'{"error": 1}'):
        with pytest.raises(RpcError, match="makes no sense"):
            rpc.result_of(reply)


# Over a real server


@pytest.fixture
def directory(tmp_path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(directory):
    environment = {"CHATKIT_CLOAKS_MODE": "off"}
    server = Server(load_config(None, environment, {"port": 0, "data": str(directory), "name": "chat.test"}))
    server.start()
    yield server
    server.stop()


class ControlClient:
    """A connection to the control socket."""

    def __init__(self, directory: Path) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(DEADLINE)
        with short_path(directory / CONTROL_NAME) as path:
            self.sock.connect(path)
        self.file = self.sock.makefile("rb")

    def close(self) -> None:
        self.file.close()
        self.sock.close()

    def ask(self, method: str, params: rpc.Params | None = None) -> dict:
        self.sock.sendall(rpc.request(method, params or {}, 1) + b"\n")
        return self.line()

    def line(self) -> dict:
        return json.loads(self.file.readline())


@pytest.fixture
def control(server, directory):
    client = ControlClient(directory)
    yield client
    client.close()


# Who asks and says that no more will come, as ``printf … | nc -N -U control.sock`` does.


def read_to_the_end(sock: socket.socket) -> list[dict]:
    found = b""
    while data := sock.recv(65536):
        found += data
    return [json.loads(line) for line in found.splitlines()]


@pytest.fixture
def slowly(monkeypatch):
    """Answers that are not there before the server has heard the end."""
    heard, answer = threading.Event(), service.ControlService._answer

    def answer_later(self, desk, caller, line):
        heard.wait(DEADLINE)
        return answer(self, desk, caller, line)

    monkeypatch.setattr(service.ControlService, "_answer", answer_later)
    yield heard
    heard.set()


def wait_for_its_end(server: Server) -> Connection:
    deadline = time.monotonic() + DEADLINE
    while True:
        for connection in list(server._threads[0].connections):
            if connection.ended:
                return connection
        assert time.monotonic() < deadline


@pytest.mark.parametrize("count", [1, 5])
def test_who_says_no_more_gets_all_answers_and_the_connection_ends(server, control, slowly, count):
    requests = [rpc.request("stats", {}, number) + b"\n" for number in range(count)]
    control.sock.sendall(b"".join(requests))
    control.sock.shutdown(socket.SHUT_WR)
    wait_for_its_end(server)
    slowly.set()
    assert [reply["id"] for reply in read_to_the_end(control.sock)] == list(range(count))
    wait_until_gone(server)


def test_the_end_that_comes_with_a_request_loses_no_answer(server, directory):
    for _ in range(50):
        control = ControlClient(directory)
        control.sock.sendall(rpc.request("stats", {}, 1) + b"\n")
        control.sock.shutdown(socket.SHUT_WR)
        assert [reply["id"] for reply in read_to_the_end(control.sock)] == [1]
        control.close()


def test_while_it_waits_it_is_not_told_to_be_readable_for_ever(server, control, slowly):
    control.sock.sendall(rpc.request("stats", {}, 1) + b"\n")
    control.sock.shutdown(socket.SHUT_WR)
    wait_for_its_end(server)
    thread, ready = server._threads[0], []
    assert thread.turned().wait(DEADLINE)  # the end's own tick is over
    thread.call(lambda: ready.extend(thread._poller.poll(0)))
    assert thread.turned().wait(DEADLINE)
    assert [event for event in ready if thread._poller.targets[event[0]] is not None] == []  # but for the wake-up
    slowly.set()
    assert len(read_to_the_end(control.sock)) == 1


def test_who_goes_altogether_before_the_answer_is_let_go(server, control, slowly):
    control.sock.sendall(rpc.request("stats", {}, 1) + b"\n")
    control.sock.shutdown(socket.SHUT_WR)
    wait_for_its_end(server)
    control.close()
    wait_until_gone(server)


def test_who_says_no_more_and_asked_nothing_is_let_go(server, control):
    control.sock.shutdown(socket.SHUT_WR)
    assert read_to_the_end(control.sock) == []


def wait_until_gone(server: Server) -> None:
    deadline = time.monotonic() + DEADLINE
    while server._threads[0].connections:
        assert time.monotonic() < deadline


@pytest.fixture
def connect(server):
    clients = []

    def make(nick: str) -> RawClient:
        clients.append(RawClient(server.port))
        clients[-1].register(nick)
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def test_only_the_owner_may_open_the_control_socket(server, directory):
    mode = (directory / CONTROL_NAME).stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_users_says_who_is_there(connect, control):
    connect("Zoë").send("AWAY :at lunch", "JOIN #garden")
    bob = connect("bob")
    bob.sync()
    first, second = control.ask("users")["result"]
    assert (first["nick"], second["nick"]) == ("bob", "Zoë")
    assert second["rooms"] == ["#lobby", "#garden"]
    assert (second["away"], second["address"], second["client"]) == ("at lunch", "127.0.0.1", "IRC")
    assert first["away"] is None


@pytest.mark.parametrize(
    ("caps", "word", "client"),
    [("", "*", "IRC"), ("server-time", "*", "IRCv3"), ("server-time", "chatkit/1.0", "chatkit/1.0")],
)
def test_users_says_what_they_use(server, control, caps, word, client):
    with RawClient(server.port) as bob:
        bob.send(f"CAP REQ :{caps}", "CAP END", "NICK Bob", f"USER bob 0 {word} :Bob")
        bob.sync()
        assert control.ask("users")["result"][0]["client"] == client


def test_rooms_come_with_the_fullest_first(connect, control):
    alice, bob = connect("Alice"), connect("Bob")
    alice.send("JOIN #attic", "TOPIC #attic :Old things", "MODE #attic +k key")
    alice.sync()
    bob.sync()
    lobby, attic = control.ask("rooms")["result"]
    assert (lobby["name"], lobby["users"], lobby["topic"]) == ("#lobby", 2, "")
    assert (attic["name"], attic["users"], attic["topic"], attic["modes"]) == ("#attic", 1, "Old things", "ntk")


def test_kick_tells_the_person_and_the_others_why(connect, control):
    alice, bob = connect("Alice"), connect("Bob")
    alice.sync()
    kicked = control.ask("kick", {"nick": "BOB", "reason": "Be nice"})["result"]
    assert (kicked["hits"], kicked["id"]) == (["Bob"], 1)
    assert bob.rest()[-3:] == [
        ":chat.test KILL Bob :Be nice",
        ":Bob!~Bob@127.0.0.1 QUIT :Killed (chat.test (Be nice))",
        "ERROR :Closing link: 127.0.0.1 (Killed (chat.test (Be nice)))",
    ]
    assert alice.sync() == [":Bob!~Bob@127.0.0.1 QUIT :Killed (chat.test (Be nice))"]


def test_kick_without_a_reason_gives_one_all_the_same(connect, control):
    bob = connect("Bob")
    assert control.ask("kick", ["Bob"])["result"]["said"] == "Removed Bob"
    assert ":chat.test KILL Bob :Removed by those who run this server" in bob.rest()


def test_no_reason_smuggles_lines_into_the_protocol(connect, control):
    bob = connect("Bob")
    control.ask("kick", {"nick": "Bob", "reason": "one\r\nQUIT :two\0 " + "x" * 1000})
    lines = bob.rest()
    assert lines[-3].startswith(":chat.test KILL Bob :one QUIT :two\N{REPLACEMENT CHARACTER} xxx")
    assert all(len(line.encode()) <= 510 for line in lines)


def test_kick_of_nobody_suggests_who_may_be_meant(connect, control):
    connect("Roberta")
    refused = control.ask("kick", {"nick": "roberto"})["error"]
    assert refused == {"code": REFUSED, "message": "nobody here is called roberto (there is Roberta)"}
    assert control.ask("kick", {"nick": "Xerxes"})["error"]["message"] == "nobody here is called Xerxes"


def test_announce_reaches_everyone_line_by_line(connect, control):
    alice, bob = connect("Alice"), connect("Bob")
    alice.sync()
    told = control.ask("announce", {"text": "Tea is ready\n\nin the garden"})["result"]
    assert (told["said"], told["id"]) == ("Told 2 users", 1)
    for client, nick in ((alice, "Alice"), (bob, "Bob")):
        assert client.sync() == [
            f":chat.test NOTICE {nick} :Tea is ready",
            f":chat.test NOTICE {nick} :in the garden",
        ]


def test_a_long_announcement_loses_nothing(connect, control):
    alice, text = connect("Alice"), " ".join(f"word{number}" for number in range(400))
    control.ask("announce", {"text": text})
    notices = alice.sync()
    assert len(notices) > 1
    assert " ".join(line.partition(" :")[2] for line in notices) == text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" \n ", "an announcement needs a text"),
        ("x" * 4001, "an announcement has at most 4,000 characters"),
        ("x\n" * 101, "an announcement has at most 100 lines"),
    ],
)
def test_an_announcement_of_nothing_or_too_much_is_refused(control, text, sentence):
    assert control.ask("announce", {"text": text})["error"] == {"code": REFUSED, "message": sentence}


def test_stats_counts(connect, control):
    alice, bob = connect("Alice"), connect("Bob")
    bob.send("PRIVMSG #lobby :hi", "QUIT")
    bob.rest()
    alice.sync()
    stats = control.ask("stats")["result"]
    assert (stats["users"], stats["peak"], stats["rooms"], stats["messages"]) == (1, 2, 1, 1)
    assert stats["memory"] > 1 << 20
    assert stats["threads"] >= 2
    assert stats["connections"] >= 2


def test_stop_asks_the_server_to_end(server, control):
    assert not server.stop_requested.is_set()
    assert control.ask("stop")["result"]["said"] == "Stopped the server"
    assert server.stop_requested.wait(DEADLINE)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("kick", {}),
        ("kick", {"nick": 7}),
        ("kick", {"nick": "Bob", "raeson": "typo"}),
        ("kick", ["Bob", "more"]),
        ("users", ["more"]),
        ("announce", [None]),
    ],
)
def test_wrong_parameters_are_refused(control, method, params):
    refused = control.ask(method, params)["error"]
    assert refused["code"] == INVALID_PARAMS
    assert refused["message"].startswith("Invalid params: ")


def test_an_unknown_method_is_refused(control):
    assert control.ask("reboot")["error"]["code"] == METHOD_NOT_FOUND


def test_the_socket_survives_whatever_is_written_to_it(control):
    control.sock.sendall(b"\xff\xfe\n" + b"x" * (MAX_REQUEST + 10) + b"\n" + b"\0\n")
    assert control.line() == PARSE_ERROR
    assert control.line()["error"]["message"] == "a request has at most 65,536 bytes"
    assert control.line() == PARSE_ERROR
    assert control.ask("token.list")["result"] == []


def test_another_user_of_the_machine_is_refused(server, directory, monkeypatch):
    monkeypatch.setattr(service, "peer_uid", lambda sock: os.geteuid() + 1)
    stranger = ControlClient(directory)
    assert stranger.line()["error"]["message"].startswith("only the user that runs the server, and root,")
    assert stranger.file.readline() == b""
    stranger.close()


def test_a_stale_socket_is_replaced_and_none_is_left(directory):
    directory.mkdir()
    listen_unix(directory / CONTROL_NAME).close()
    server = Server(load_config(None, {}, {"port": 0, "data": str(directory)}))
    server.start()
    client = ControlClient(directory)
    assert client.ask("token.list")["result"] == []
    client.close()
    server.stop()
    assert not (directory / CONTROL_NAME).exists()


def test_a_data_directory_may_have_a_long_path(tmp_path):
    directory = tmp_path / ("long" * 20) / ("longer" * 20)
    assert len(str(directory)) > MAX_PATH
    server = Server(load_config(None, {}, {"port": 0, "data": str(directory)}))
    server.start()
    try:
        client = ControlClient(directory)
        assert client.ask("token.list")["result"] == []
        client.close()
    finally:
        server.stop()
    assert not (directory / CONTROL_NAME).exists()


def test_every_method_says_what_it_does():
    assert [name for name, function in FUNCTIONS.items() if not function.run.__doc__] == []


def test_requests_are_answered_in_their_order(control):
    for number in range(20):
        control.sock.sendall(rpc.request("token.list", {}, number) + b"\n")
    assert [control.line()["id"] for _ in range(20)] == list(range(20))


def test_a_thousand_requests_at_once_stay_bounded_and_each_is_answered(server, control, directory, monkeypatch):
    """ "32 waiting at most": what is more is refused, not kept; another connection is served all the while."""
    begun, go = threading.Event(), threading.Event()
    ask = server.ask
    monkeypatch.setattr(server, "ask", lambda query: (begun.set(), go.wait(DEADLINE), ask(query))[2])
    control.sock.sendall(rpc.request("audit", {}, -1) + b"\n")
    assert begun.wait(DEADLINE)
    control.sock.sendall(b"".join(rpc.request("stats", {}, number) + b"\n" for number in range(1000)))
    refused = [control.line() for _ in range(1000 - service.MAX_WAITING)]
    assert {reply["error"]["message"] for reply in refused} == {
        "32 requests of this connection wait already: read the answers first"
    }
    other = ControlClient(directory)
    assert other.ask("token.list")["result"] == []
    other.close()
    go.set()
    rest = [control.line() for _ in range(service.MAX_WAITING + 1)]
    assert all("result" in reply for reply in rest)
    assert sorted(reply["id"] for reply in refused + rest) == [-1, *range(1000)]


def test_a_long_command_of_one_leaves_a_worker_to_others(server, control, directory, monkeypatch):
    """All administrators together use two of the four workers."""
    go = threading.Event()
    ask = server.ask
    monkeypatch.setattr(server, "ask", lambda query: (go.wait(DEADLINE), ask(query))[1])
    clients = [ControlClient(directory) for _ in range(6)]
    for client in clients:
        client.sock.sendall(rpc.request("audit", {}, 1) + b"\n")
    done = threading.Event()
    server.submit(done.set)
    assert done.wait(DEADLINE)
    go.set()
    for client in clients:
        assert client.line()["result"] == []
        client.close()


def test_who_asks_is_the_user_of_the_process_at_the_other_end(control):
    control.ask("motd", {"text": "Be kind"})
    (entry,) = control.ask("audit")["result"]
    assert entry["who"] == pwd.getpwuid(os.geteuid()).pw_name


def test_the_log_can_be_followed(connect, control):
    first = control.ask("log")["result"]
    connect("Alice").send("PRIVMSG #lobby :a secret of the room")
    texts: list[str] = []
    while "User joined: Alice" not in texts:
        page = control.ask("log", {"after": first["cursor"]})["result"]
        texts = [line["text"] for line in page["lines"]]
    assert texts[0].startswith("New connection")
    assert not any("secret" in text for text in texts)
    assert control.ask("log", {"filter": "JOINED"})["result"]["lines"][-1]["text"] == "User joined: Alice"
    assert control.ask("log", {"level": "error"})["result"]["lines"] == []


# Figures


def test_a_rate_looks_back_on_its_window_and_no_further():
    rate = Rate(window=60.0)
    assert rate.note(0.0, 0) == 0.0
    assert rate.note(10.0, 50) == 5.0
    assert rate.note(60.0, 50) == pytest.approx(50 / 60)
    assert rate.note(70.0, 50) == 0.0
    assert rate.note(70.0, 50) == 0.0


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59.9, "59s"), (60, "1m"), (3599, "59m"), (7200, "2h"), (200_000, "2d")]
)
def test_durations_are_short(seconds, text):
    assert span(seconds) == text
