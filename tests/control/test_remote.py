"""Running the server from elsewhere: over TLS, with a token, and in no other way."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import time
from collections import Counter

import pytest
from msgspec.structs import replace

from chatkit.config import ConfigError, load_config
from chatkit.control import rpc, seats, service
from chatkit.ircd import tokens
from chatkit.proto.addresses import network_of
from chatkit.server import Server
from tests.sockets import DEADLINE
from tests.test_control import ControlClient


@pytest.fixture
def start(tmp_path):
    servers = []

    def make(trusted: list[str] | None = None, **settings) -> Server:
        options = {"port": 0, "data": str(tmp_path / "data"), "name": "chat.test"}
        file = tmp_path / "chatkit.toml"
        limits = "".join(f"{key} = {value}\n" for key, value in settings.items())
        file.write_text(f'[admin]\nremote = "127.0.0.1:0"\n[proxies]\ntrusted = {trusted or []}\n[limits]\n{limits}')
        servers.append(Server(load_config(file, {}, options)))
        servers[-1].start()
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def server(start):
    return start()


@pytest.fixture
def here(server, tmp_path):
    client = ControlClient(tmp_path / "data")
    yield client
    client.close()


@pytest.fixture
def token(here) -> str:
    return make_token(here, "look,stats,announce")


def make_token(here: ControlClient, scopes: str, **more: object) -> str:
    made = here.ask("token.create", {"name": "ci", "scopes": scopes.split(","), **more})
    return str(made["result"]["result"]["token"])


class Remote:
    """A connection from elsewhere, over TLS."""

    def __init__(self, server: Server, header: bytes = b"") -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the server's own certificate
        assert server.remote_port is not None
        plain = socket.create_connection(("127.0.0.1", server.remote_port), DEADLINE)
        plain.sendall(header)
        self.sock = context.wrap_socket(plain)
        self.file = self.sock.makefile("rb")

    def __enter__(self) -> Remote:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.sock.close()

    def ask(self, method: str, params: rpc.Params | None = None) -> dict:
        self.sock.sendall(rpc.request(method, params or {}, 1) + b"\n")
        return self.line()

    def line(self) -> dict:
        return json.loads(self.file.readline())

    def log_in(self, token: str) -> dict:
        return self.ask("authenticate", {"token": token})


def test_a_token_opens_the_door_as_far_as_its_scopes_go(server, token, here):
    with Remote(server) as remote:
        assert remote.log_in(token)["result"] == {"name": "ci", "scopes": ["look", "stats", "announce"]}
        assert remote.ask("stats")["result"]["users"] == 0
        assert remote.ask("motd", {"text": "Be kind"})["result"]["id"] == 2
        assert remote.ask("stop")["error"]["message"] == "token ci may not use stop: it needs the privilege stop"
    assert here.ask("audit")["result"][0]["who"] == "token ci"


@pytest.mark.parametrize("first", ["stats", "authenticate"])
def test_without_a_token_nothing_is_answered(server, first):
    with Remote(server) as remote:
        assert "error" in remote.ask(first)
        assert remote.file.readline() == b""


@pytest.mark.parametrize("wrong", ["", "x", "ck_aaaaa_" + "A" * 32, "é"])
def test_a_wrong_token_is_refused_and_the_connection_closed(server, token, wrong):
    with Remote(server) as remote:
        assert "is not good here" in remote.log_in(wrong)["error"]["message"]
        assert remote.file.readline() == b""


def test_what_is_sent_behind_a_wrong_token_is_not_looked_at(server, token):
    with Remote(server) as remote:
        lines = [rpc.request("authenticate", {"token": text}, 1) + b"\n" for text in ("x", token)]
        remote.sock.sendall(b"".join([*lines, rpc.request("stats", {}, 2) + b"\n"]))
        assert "error" in remote.line()
        assert remote.file.readline() == b""


def test_a_revoked_token_is_of_no_more_use_to_whoever_is_connected(server, token, here):
    with Remote(server) as remote:
        remote.log_in(token)
        here.ask("token.revoke", {"id": token.split("_")[1]})
        assert "revoked" in remote.ask("stats")["error"]["message"]
    with Remote(server) as remote:
        assert "revoked" in remote.log_in(token)["error"]["message"]


def test_an_expired_token_is_of_no_more_use(server, here):
    token = make_token(here, "stats", lasts=3600.0)
    (kept,) = server.ircd.tokens.values()
    server.act(lambda ircd, now: tokens.enter(ircd, replace(kept, until=1)))
    with Remote(server) as remote:
        assert "its time is over" in remote.log_in(token)["error"]["message"]


def test_whoever_guesses_has_to_wait(start, tmp_path):
    server = start(oper_attempts=2, pause_seconds=60)
    here = ControlClient(tmp_path / "data")
    token = make_token(here, "stats")
    here.close()
    for _ in range(2):
        with Remote(server) as remote:
            assert "is not good here" in remote.log_in("guess")["error"]["message"]
    with Remote(server) as remote:
        assert remote.log_in(token)["error"]["message"].startswith("too many wrong tokens: try again in ")


def test_who_says_nothing_is_sent_away(start):
    server = start(handshake_seconds=0.2)
    with Remote(server) as remote:
        assert remote.line()["error"]["message"] == "no token came in time"
        assert remote.file.readline() == b""


def test_who_has_shown_a_token_may_be_silent(start, tmp_path):
    server = start(handshake_seconds=0.2)
    here = ControlClient(tmp_path / "data")
    token = make_token(here, "stats")
    here.close()
    with Remote(server) as remote, Remote(server) as silent:
        remote.log_in(token)
        assert silent.line()["error"]["message"] == "no token came in time"
        assert "result" in remote.ask("stats")


def test_it_is_for_tls_alone(server):
    with socket.create_connection(("127.0.0.1", server.remote_port), DEADLINE) as plain:
        plain.sendall(rpc.request("stats", {}, 1) + b"\n")
        assert b"This port is for administration over TLS only" in plain.makefile("rb").read()


def test_it_is_not_for_web_pages(server):
    with Remote(server) as remote:
        remote.sock.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert remote.file.readline().startswith(b"HTTP/1.1 403")


def test_a_banned_address_does_not_get_in_and_is_not_kept_from_the_socket(server, token, here):
    """The Unix socket is never asked about: no ban locks out who runs the server."""
    assert "result" in here.ask("ban", {"what": "127.0.0.0/8", "confirmed": True})
    with pytest.raises(OSError, match=r"EOF|reset"):
        Remote(server)
    assert server.ircd.door.turned_away == {"banned": 1}
    assert "result" in here.ask("stats")
    here.ask("unban", {"what": "127.0.0.0/8"})
    with Remote(server) as remote:
        assert "result" in remote.log_in(token)


def test_an_address_may_connect_so_often_in_a_minute_here_too(start):
    server = start(connects_per_minute=3, exempt=[])
    for _ in range(3):
        with Remote(server) as remote:
            assert "error" in remote.ask("stats")
    with pytest.raises(OSError, match=r"EOF|reset"):
        Remote(server)
    assert server.ircd.door.turned_away == {"hasty": 1}


def test_both_ports_count_together(start):
    """Else whoever is sent away at one would go on at the other."""
    server = start(connects_per_minute=2, exempt=[])
    for _ in range(2):
        socket.create_connection(("127.0.0.1", server.port), DEADLINE).close()
    with pytest.raises(OSError, match=r"EOF|reset"):
        Remote(server)


def test_a_server_that_is_full_or_about_to_stop_is_reached(start, tmp_path):
    server = start(connections=1)
    here = ControlClient(tmp_path / "data")
    token = make_token(here, "stats")
    here.close()
    with socket.create_connection(("127.0.0.1", server.port), DEADLINE), Remote(server) as remote:
        server.drain(DEADLINE)
        assert "result" in remote.log_in(token)
        with Remote(server) as other:
            assert "result" in other.log_in(token)


@pytest.fixture
def proxied(start, tmp_path):
    """A server that trusts the proxy here, and a token for it."""
    server = start(trusted=["127.0.0.1"])
    here = ControlClient(tmp_path / "data")
    yield server, make_token(here, "stats"), here
    here.close()


def behind_proxy(number: int) -> bytes:
    return b"PROXY TCP4 192.0.2.%d 127.0.0.1 1 2\r\n" % number


def test_a_ban_holds_for_whom_a_proxy_names(proxied):
    server, token, here = proxied
    here.ask("ban", {"what": "192.0.2.7", "confirmed": True})
    with Remote(server, behind_proxy(7)) as remote:
        assert "You are banned" in remote.log_in(token)["error"]["message"]
        assert remote.file.readline() == b""
    with Remote(server, behind_proxy(8)) as remote:
        assert "result" in remote.log_in(token)


def test_who_guesses_behind_a_proxy_makes_nobody_else_wait(proxied):
    server, token, _ = proxied
    for _ in range(server.config.limits.oper_attempts):
        with Remote(server, behind_proxy(7)) as remote:
            assert "is not good here" in remote.log_in("guess")["error"]["message"]
    with Remote(server, behind_proxy(7)) as remote:
        assert "too many wrong tokens" in remote.log_in(token)["error"]["message"]
    with Remote(server, behind_proxy(8)) as remote:
        assert "result" in remote.log_in(token)


@pytest.mark.parametrize("bound", ["MAX_REMOTE", "MAX_OF_NETWORK"])
def test_there_is_an_end_to_how_many_connect(server, token, monkeypatch, bound):
    monkeypatch.setattr(seats, bound, 2)
    with Remote(server) as first, Remote(server) as second:
        first.log_in(token)
        second.log_in(token)
        with pytest.raises(OSError, match=r"EOF|reset"):
            Remote(server)
        assert server.ircd.door.turned_away == {"crowded": 1}
        assert "result" in first.ask("stats")


@pytest.fixture
def stall(monkeypatch):
    """Connect with these words each, before a TLS handshake that never comes; return when the server has read them."""
    with contextlib.ExitStack() as stack:

        def connect(server: Server, *said: bytes) -> None:
            before = len(networks(server))
            for words in said:
                sock = socket.create_connection(("127.0.0.1", server.remote_port), DEADLINE)
                stack.enter_context(sock).sendall(words)
            wanted = Counter(network_of(words.split()[2].decode()) for words in said if words.endswith(b"\n"))
            deadline = time.monotonic() + DEADLINE
            while len(networks(server)) < before + len(said) or wanted - Counter(networks(server)):
                assert time.monotonic() < deadline
                time.sleep(0.01)

        yield connect


def networks(server: Server) -> list[str]:
    """Where those come from who have a place at the port for administration, in the order in which they came."""
    return [caller.network for caller in server._control._seats.taken()]


def test_handshakes_that_stall_take_the_places_of_nobody_else(server, token, stall):
    stall(server, *[b"\x16"] * seats.MAX_OF_NETWORK)
    with Remote(server) as remote:
        assert "result" in remote.log_in(token)


def test_handshakes_that_stall_behind_a_proxy_take_the_places_of_nobody_else(proxied, stall):
    server, token, _ = proxied
    stall(server, *[behind_proxy(7)] * seats.MAX_REMOTE)
    with Remote(server, behind_proxy(8)) as other:
        assert "result" in other.log_in(token)
        with Remote(server, behind_proxy(7)) as same:
            assert "result" in same.log_in(token)
    assert not server.ircd.door.turned_away


def test_connections_of_which_a_proxy_has_said_nothing_are_of_no_network(proxied, stall):
    server, token, _ = proxied
    stall(server, *[b"PROXY "] * (seats.MAX_OF_NETWORK + 1))
    with Remote(server, behind_proxy(8)) as remote:
        assert "result" in remote.log_in(token)
        assert networks(server) == [""] * (seats.MAX_OF_NETWORK + 1) + ["192.0.2.8"]


def test_room_is_made_where_most_have_shown_no_token_by_who_came_first(proxied, stall, monkeypatch):
    server, token, _ = proxied
    monkeypatch.setattr(seats, "MAX_REMOTE", 5)
    with Remote(server, behind_proxy(1)) as known:
        known.log_in(token)
        stall(server, *map(behind_proxy, (2, 3, 1, 3)))
        with Remote(server, behind_proxy(4)) as fourth:
            assert "result" in fourth.log_in(token)
            assert networks(server) == [f"192.0.2.{number}" for number in (1, 2, 1, 3, 4)]
            with Remote(server, behind_proxy(5)) as fifth:
                assert "result" in fifth.log_in(token)
                assert networks(server) == [f"192.0.2.{number}" for number in (1, 1, 3, 4, 5)]
                assert "result" in known.ask("stats")


def test_whom_the_door_turns_away_takes_nobody_s_place(proxied, stall, monkeypatch):
    server, _, here = proxied
    monkeypatch.setattr(seats, "MAX_OF_NETWORK", 1)
    here.ask("ban", {"what": "192.0.2.9", "confirmed": True})
    stall(server, behind_proxy(9))
    with Remote(server, behind_proxy(9)) as remote:
        assert "You are banned" in remote.log_in("x")["error"]["message"]
    assert networks(server)[:1] == ["192.0.2.9"]


def test_a_place_is_free_again_when_somebody_has_gone(server, token, monkeypatch):
    monkeypatch.setattr(seats, "MAX_REMOTE", 1)
    for _ in range(5):
        with Remote(server) as remote:
            assert "result" in remote.log_in(token)
            assert "error" in remote.ask("authenticate", {"token": token})
            remote.sock.unwrap()


def test_without_the_setting_there_is_no_such_port(tmp_path):
    server = Server(load_config(None, {}, {"port": 0, "data": str(tmp_path / "data")}))
    server.start()
    server.stop()
    assert server.remote_port is None


def test_without_tls_it_is_a_mistake_in_the_settings(tmp_path):
    file = tmp_path / "chatkit.toml"
    file.write_text('[admin]\nremote = "127.0.0.1:7000"\n[tls]\nmode = "off"\n')
    with pytest.raises(ConfigError, match=r"admin\.remote: administration from elsewhere needs TLS"):
        load_config(file, {}, {"data": str(tmp_path)})


def test_who_is_unknown_and_says_much_is_sent_away_before_it_is_all_answered(server, monkeypatch):
    monkeypatch.setattr(service, "MAX_AT_ONCE", 0)  # nobody's turn ever comes
    with Remote(server) as remote:
        remote.sock.sendall(b"x\n" * (service.MAX_WAITING + 50))
        assert "show a token first" in remote.line()["error"]["message"]
        assert remote.file.readline() == b""


def test_a_token_that_ends_gives_none_that_does_not(server, here):
    token = make_token(here, "tokens,look", lasts=60.0)
    with Remote(server) as remote:
        remote.log_in(token)
        made = remote.ask("token.create", {"name": "x", "scopes": ["look"]})
        assert "may not outlive your own" in made["error"]["message"]
