"""One port speaks everything: a server with real sockets, asked in IRC, TLS, WebSocket, HTTP and through proxies."""

from __future__ import annotations

import io
import socket
import ssl
import stat
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from chatkit.config import ConfigError, Log, load_config
from chatkit.console import Console
from chatkit.server import Server, ServerError
from tests.sockets import DEADLINE, RawClient
from tests.terminal import Terminal
from tests.tls import client_context, make_identity, secure


@pytest.fixture
def start_server(tmp_path):
    """Start a server with these settings, a file's text first."""
    servers = []

    def start(text: str = "", **options) -> Server:
        file = tmp_path / "chatkit.toml"
        file.write_text(text)
        options = {"port": 0, "data": str(tmp_path / "data"), "name": "chat.test", **options}
        server = Server(load_config(file, {}, {key.replace("__", "."): value for key, value in options.items()}))
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def server(start_server) -> Server:
    return start_server()


@pytest.fixture
def data(tmp_path) -> Path:
    return tmp_path / "data"


def secure_client(port: int, context: ssl.SSLContext) -> RawClient:
    """A client over TLS."""
    return RawClient(secure(socket.create_connection(("127.0.0.1", port), DEADLINE), context))


def local_client(path: Path) -> RawClient:
    """A client over a Unix socket."""
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(DEADLINE)
    sock.connect(str(path))
    return RawClient(sock)


def web(port: int, context: ssl.SSLContext | None = None, **options) -> ClientConnection:
    scheme = "ws" if context is None else "wss"
    options = {"subprotocols": ["text.ircv3.net"], "ssl": context, "open_timeout": DEADLINE, "proxy": None, **options}
    return connect(
        f"{scheme}://localhost:{port}/", sock=socket.create_connection(("127.0.0.1", port), DEADLINE), **options
    )


def threaded_context(trusted: Path) -> ssl.SSLContext:
    """For ``web``, which reads in one thread and writes in another.

    Python before 3.13.4 does not guard TLS against that: what is written while the tickets of TLS 1.3 are read may
    never be sent. In TLS 1.2 they belong to the handshake.
    """
    context = client_context(trusted)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def until(client: ClientConnection, wanted: str) -> list[str]:
    """The messages up to the one that holds ``wanted``."""
    found = []
    while not found or wanted not in found[-1]:
        message = client.recv(DEADLINE)
        found.append(message if isinstance(message, str) else message.decode())
    return found


def register(client: ClientConnection, nick: str) -> None:
    for line in (f"NICK {nick}", f"USER {nick} 0 * :{nick}", "PING ready"):
        client.send(line)
    until(client, "PONG")


def sessions(server: Server) -> dict[str, tuple[str, bool, str | None]]:
    """Address, whether it is secure, and the certificate's fingerprint, by nick."""
    return server.act(
        lambda ircd, now: {item.nick or "": (item.address, item.secure, item.certfp) for item in ircd.sessions}
    )


# One port


@pytest.mark.smoke
def test_people_talk_whatever_they_speak(server, data):
    with (
        RawClient(server.port) as alice,
        secure_client(server.port, client_context(data)) as bob,
        web(server.port) as carol,
        web(server.port, threaded_context(data), subprotocols=["binary.ircv3.net"]) as dave,
    ):
        alice.register("Alice")
        bob.register("Bob")
        register(carol, "Carol")
        register(dave, "Dave")
        carol.send("PRIVMSG #lobby :Grüße aus dem Netz")
        for said in (
            alice.until(lambda line: " PRIVMSG " in line)[-1],
            bob.until(lambda line: " PRIVMSG " in line)[-1],
            until(dave, " PRIVMSG ")[-1],
        ):
            host = server.act(lambda ircd, now: ircd.users["carol"].cloak)
            assert said == f":Carol!~Carol@{host} PRIVMSG #lobby :Grüße aus dem Netz"
        bob.send("PRIVMSG #lobby :hello")
        assert until(carol, " PRIVMSG ")[-1].endswith(" PRIVMSG #lobby :hello")
        assert sessions(server) == {
            "Alice": ("127.0.0.1", False, None),
            "Bob": ("127.0.0.1", True, None),
            "Carol": ("127.0.0.1", False, None),
            "Dave": ("127.0.0.1", True, None),
        }


def test_a_clients_certificate_reaches_the_rules(server, data, tmp_path):
    own = tmp_path / "alice"
    own.mkdir()
    identity = make_identity(own, "alice")
    with secure_client(server.port, client_context(data, own)) as alice:
        alice.register("Alice")
        assert sessions(server)["Alice"] == ("127.0.0.1", True, identity.fingerprint)


def test_a_burst_of_lines_comes_as_a_message_each(server):
    with RawClient(server.port) as alice, web(server.port) as bob:
        alice.register("Alice")
        register(bob, "Bob")
        alice.send(*(f"PRIVMSG #lobby :{number}" for number in range(90)))
        said = [line for line in until(bob, ":89") if " PRIVMSG " in line]
        assert [line.rpartition(":")[2] for line in said] == [str(number) for number in range(90)]
        assert not any("\r" in line or "\n" in line for line in said)


def test_quitting_says_good_bye_in_every_protocol(server, data):
    with secure_client(server.port, client_context(data)) as alice, web(server.port) as bob:
        alice.register("Alice")
        alice.send("QUIT :bye")
        assert alice.rest()[-1] == "ERROR :Closing link: 127.0.0.1 (Quit: bye)"
        bob.send("QUIT :bye")
        assert [*bob] == ["ERROR :Closing link: 127.0.0.1 (Quit: bye)"]
        assert bob.protocol.close_rcvd.code == 1000


def test_a_line_that_is_too_long_is_refused_with_its_numeric(server):
    with web(server.port) as alice:
        register(alice, "Alice")
        alice.send("PRIVMSG #lobby :" + "x" * 20_000)
        assert " 417 " in until(alice, " 417 ")[-1]


# HTTP


def http(port: int, *lines: str) -> str:
    with RawClient(port) as client:
        client.send(*lines, "")
        return "\n".join(client.rest())


@pytest.mark.smoke
def test_a_browser_is_told_what_this_is(server):
    answer = http(server.port, "GET / HTTP/1.1", f"Host: localhost:{server.port}")
    assert answer.startswith("HTTP/1.1 426 Upgrade Required")
    assert http(server.port, "POST / HTTP/1.1", "Host: localhost", "", "NICK mallory").startswith("HTTP/1.1 405 ")


def test_pages_of_other_hosts_are_refused_unless_they_are_allowed(start_server, tmp_path):
    server = start_server()
    with web(server.port, origin="http://localhost:8080") as alice:
        register(alice, "Alice")
    with pytest.raises(InvalidStatus) as caught:
        web(server.port, origin="https://elsewhere.test")
    assert caught.value.response.status_code == 403
    assert b"websocket.origins" in caught.value.response.body
    other = start_server(data=str(tmp_path / "other"), websocket__origins=["https://elsewhere.test"])
    with web(other.port, origin="https://elsewhere.test") as alice:
        register(alice, "Alice")


# TLS


@pytest.mark.smoke
def test_renewed_certificates_are_shown_to_new_clients_and_nobody_is_dropped(server, data, tmp_path):
    with secure_client(server.port, client_context(data)) as alice:
        alice.register("Alice")
        (data / "certificate.pem").unlink()
        before = server.identity.fingerprint
        with pytest.raises(ConfigError, match=r"tls\.certificate: cannot read"):
            server.reload_tls()
        (data / "certificate.key").unlink()
        make_identity(data)
        server.reload_tls()
        assert server.identity.fingerprint != before
        with secure_client(server.port, client_context(data)) as bob:
            bob.register("Bob")
        assert alice.until(lambda line: " JOIN " in line)


def test_the_fingerprint_is_shown_where_others_can_come_in(server):
    out = io.StringIO()
    console = Console(Log(format="plain"), out, io.StringIO())
    config = load_config(None, {}, {"host": "192.0.2.1"})
    console.start(SimpleNamespace(config=config, port=1, started_at=0, identity=server.identity))
    console.stop()
    assert f"TLS certificate: SHA-256 {server.identity.fingerprint}" in out.getvalue().splitlines()


def test_off_is_off(start_server, data):
    server = start_server(tls__mode="off")
    with RawClient(server.port) as client, pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        secure(client.sock, ssl.create_default_context())
    assert not (data / "certificate.pem").exists()
    server.reload_tls()


def test_a_certificate_that_cannot_be_read_is_named(start_server):
    with pytest.raises(ConfigError, match=r"tls.certificate: cannot read /nowhere: No such file or directory"):
        start_server(tls__certificate="/nowhere")


def test_a_handshake_that_stalls_holds_up_nobody(start_server):
    server = start_server(limits__handshake_seconds=0.2)
    with RawClient(server.port) as stuck, RawClient(server.port) as alice:
        stuck.sock.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
        alice.register("Alice")
        assert stuck.rest() == []


# Listeners


def test_listeners_of_their_own(start_server, tmp_path, data):
    path = tmp_path / "irc.sock"
    server = start_server(
        f'[[listeners]]\naddress = "127.0.0.1:0"\nprotocol = "tls"\n'
        f'[[listeners]]\naddress = "unix:{path}"\nmode = "660"\n'
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    with local_client(path) as alice:
        alice.register("Alice")
        assert sessions(server)["Alice"] == ("localhost", True, None)
    tls_port = server.entrances[1].sock.getsockname()[1]
    with RawClient(tls_port) as plain:
        plain.send("NICK a")
        assert plain.rest() == ["ERROR :Closing link: (This port is for TLS only)"]
    with secure_client(tls_port, client_context(data)) as bob:
        bob.register("Bob")
    server.stop()
    assert not path.exists()


def test_a_listener_that_cannot_be_is_named(start_server, server, tmp_path):
    taken = f"127.0.0.1:{server.port}"
    with pytest.raises(ServerError, match=rf"listeners\[0\]: cannot listen on {taken}: address already in use"):
        start_server(f'[[listeners]]\naddress = "{taken}"\n', data=str(tmp_path / "other"))


# Proxies


@pytest.mark.smoke
def test_a_proxy_that_is_trusted_says_where_clients_come_from(start_server, data):
    server = start_server('[proxies]\ntrusted = ["127.0.0.1"]\n[[listeners]]\naddress = "127.0.0.1:0"\nproxy = true\n')
    header = "PROXY TCP4 198.51.100.7 192.0.2.9 56324 6697"
    port = server.entrances[1].sock.getsockname()[1]
    with RawClient(port) as alice, RawClient(server.port) as bob, RawClient(port) as mallory:
        alice.send(header)
        alice.sock = secure(alice.sock, client_context(data))
        alice.register("Alice")
        bob.send(header)
        bob.register("Bob")
        mallory.send("NICK Mallory")
        assert mallory.rest() == []
        with web(server.port, additional_headers={"X-Forwarded-For": "198.51.100.8"}) as carol:
            register(carol, "Carol")
            assert sessions(server) == {
                "Alice": ("198.51.100.7", True, None),
                "Bob": ("198.51.100.7", False, None),
                "Carol": ("198.51.100.8", False, None),
            }


def test_nobody_else_is_believed(server):
    with web(server.port, additional_headers={"X-Forwarded-For": "198.51.100.8"}) as carol:
        register(carol, "Carol")
        assert sessions(server)["Carol"][0] == "127.0.0.1"


def test_a_web_gateway_passes_its_clients_on(start_server):
    server = start_server('[cloaks]\nmode = "off"\n[[webirc]]\nhosts = ["127.0.0.1"]\npassword = "hunter2"\n')
    with RawClient(server.port) as alice:
        alice.send("WEBIRC hunter2 Gateway host.example 198.51.100.3")
        alice.register("Alice")
        alice.send("PRIVMSG Alice :me")
        assert alice.until(lambda line: "PRIVMSG" in line)[-1].startswith(":Alice!~Alice@host.example ")


# Real clients


def test_irssi_talks_over_tls(server, data, needs, tmp_path):
    needs("tmux")
    terminal = Terminal(f"chatkit-{uuid.uuid4().hex}", [needs("irssi"), "--home", str(tmp_path / "irssi")])
    try:
        terminal.wait_for("(status)")
        terminal.line(f"/connect -tls -tls_cafile {data / 'certificate.pem'} localhost {server.port} '' alice")
        terminal.wait_for("Act: 2")  # the lobby's window is there
        terminal.type("M-2")
        with RawClient(server.port) as bob:
            bob.register("bob")
            terminal.line("hello from irssi")
            bob.until(lambda line: line.endswith("PRIVMSG #lobby :hello from irssi"))
            assert sessions(server)["alice"][1] is True
            bob.send("PRIVMSG #lobby :hello from bob")
            terminal.wait_for("< bob> hello from bob")
    finally:
        terminal.close()
