"""The whole way to a real server: TLS, pins, policies, log-ins; by a Hub, as a face has it."""

from __future__ import annotations

import hashlib
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatkit.client.address import Address, parse_address
from chatkit.client.dialing import Dialing, Reached
from chatkit.client.events import Event, FormWanted
from chatkit.client.hub_driver import HubDriver
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.model import Chat
from chatkit.client.options import ClientOptions, Start
from chatkit.client.security import groups
from chatkit.client.settings import Network
from chatkit.client.trust import Pin, Sts
from chatkit.net import dial
from chatkit.server import Server
from tests.client.servers import DEADLINE, running_server
from tests.conftest import Needs
from tests.foreign import PASSPHRASE, make_account, running

HOST = "chat.test"


@pytest.fixture(autouse=True)
def no_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """HOST is this machine, but the client does not know that."""
    connect = socket.create_connection

    def to_here(address: tuple[str, int], timeout: float) -> socket.socket:
        host, port = address
        return connect(("127.0.0.1" if host == HOST else host, port), timeout)

    monkeypatch.setattr(dial.socket, "create_connection", to_here)


class User(HubDriver):
    """A user of several networks, driven by hand."""

    def __init__(self, *networks: ClientOptions, kept: Keepsakes | None = None) -> None:
        self.kept = kept or Keepsakes.in_memory()
        super().__init__(Start(networks), kept=self.kept)
        self.seen: list[Event] = []

    @property
    def chat(self) -> Chat:
        return self.hub.chats[0]

    def until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + DEADLINE
        while not done():
            assert time.monotonic() < end, f"waited too long; {self.chat.status}"
            self.seen += self.wait(0.2)[0]

    def online(self) -> None:
        self.until(lambda: self.chat.status.state == "online")

    def refused(self) -> str:
        """Wait until it has given up. Returns why."""
        self.until(lambda: self.chat.status.state == "offline" and self.chat.status.retry_at is None)
        return self.chat.status.text

    def told(self) -> list[str]:
        return [line.text for line in self.chat.server.lines]


def options(port: int, scheme: str = "auto", **more: Any) -> ClientOptions:
    return ClientOptions("Ada", Address(HOST, port, scheme=scheme), **more)


def free_port() -> int:
    """One to listen at: a server names its port in its policy, so it has to be told which."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def certificate_of(server: Server) -> str:
    assert server.identity is not None
    return server.identity.fingerprint


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path) as server:
        make_account(server, "alice")
        yield server


@pytest.mark.smoke
def test_a_server_that_is_met_first_is_pinned_and_its_fingerprint_shown(server: Server) -> None:
    with User(options(server.port)) as user:
        user.online()
        assert user.chat.security == "pinned"
        assert any(groups(certificate_of(server)) in text for text in user.told())
        assert user.kept.trust.pin(HOST, server.port) == Pin(certificate_of(server))
    with User(options(server.port), kept=user.kept) as again:
        again.online()
        assert again.chat.security == "pinned"
        assert not any(groups(certificate_of(server)) in text for text in again.told())


@pytest.mark.smoke
def test_a_certificate_that_has_changed_is_refused_loudly_until_the_user_decides(server: Server) -> None:
    kept = Keepsakes.in_memory()
    kept.trust.keep(HOST, server.port, Pin("a" * 64))
    with User(options(server.port), kept=kept) as user:
        assert "not the one of the last time" in user.refused()
        forms = [event.form for event in user.seen if isinstance(event, FormWanted)]
        assert len(forms) == 1
        assert forms[0].danger
        assert groups("a" * 64) in forms[0].text
        assert groups(certificate_of(server)) in forms[0].text
        forms[0].submit({})
        user.online()
        assert kept.trust.pin(HOST, server.port) == Pin(certificate_of(server))


def test_an_authority_that_the_system_knows_vouches(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "data" / "certificate.pem"))
    with User(options(server.port)) as user:
        user.online()
        assert user.chat.security == "vouched"


def test_the_fingerprint_that_was_given_must_be_the_servers(server: Server) -> None:
    place = Address(HOST, server.port, fingerprint=certificate_of(server))
    with User(ClientOptions("Ada", place)) as user:
        user.online()
        assert user.chat.security == "pinned"
    with User(ClientOptions("Ada", Address(HOST, server.port, fingerprint="b" * 64))) as user:
        assert "not the one that was given" in user.refused()


def test_a_server_without_tls_is_spoken_to_in_the_clear(tmp_path: Path) -> None:
    with running_server(tmp_path, tls__mode="off") as place, User(options(place.port)) as user:
        user.online()
        assert user.chat.security == ""


def test_what_was_encrypted_once_is_never_spoken_to_in_the_clear(tmp_path: Path) -> None:
    kept = Keepsakes.in_memory()
    with running_server(tmp_path, tls__mode="off") as place:
        kept.trust.keep(HOST, place.port, Pin("a" * 64))
        with User(options(place.port), kept=kept) as user:
            user.until(lambda: user.chat.status.state == "offline")
            assert "does not answer encrypted any more" in user.chat.status.text
        with User(options(place.port, "irc"), kept=kept) as user:
            user.online()
            assert user.chat.security == ""


@pytest.mark.smoke
def test_a_policy_is_obeyed_kept_and_ends_after_the_last_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with running_server(tmp_path, free_port(), name=HOST, tls__sts_seconds=3600) as place:
        with User(options(place.port, "irc")) as user:
            user.online()
            assert user.chat.security == "vouched"
            before = time.time_ns() // 1_000_000
            policy = user.kept.trust.sts(HOST, before)
            assert isinstance(policy, Sts)
            assert (policy.port, policy.duration) == (place.port, 3600)
            assert before < policy.until_ms <= before + 3_600_000
        with User(options(1, "irc"), kept=user.kept) as again:  # nothing is at that port
            again.online()
            assert again.chat.security == "vouched"


def test_a_policy_of_a_server_that_can_not_be_checked_lets_nobody_in(tmp_path: Path) -> None:
    with (
        running_server(tmp_path, free_port(), name=HOST, tls__sts_seconds=3600) as place,
        User(options(place.port, "irc")) as user,
    ):
        assert "promised a certificate that this computer can check" in user.refused()
        assert not [event for event in user.seen if isinstance(event, FormWanted)]


def account_options(port: int, **more: Any) -> ClientOptions:
    return options(port, account="alice", secret=PASSPHRASE, **more)


@pytest.mark.smoke
@pytest.mark.parametrize("mechanism", ["", "PLAIN", "SCRAM-SHA-256"])
def test_a_user_logs_in(server: Server, mechanism: str) -> None:
    with User(account_options(server.port, mechanism=mechanism)) as user:
        user.online()
        assert user.chat.account == "alice"


def test_a_user_is_known_by_the_certificate(server: Server, needs: Needs, tmp_path: Path) -> None:
    file = tmp_path / "me.pem"
    command = [needs("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=alice", "-days", "2"]
    subprocess.run([*command, "-keyout", file, "-out", tmp_path / "crt"], check=True, capture_output=True)
    certificate = (tmp_path / "crt").read_text()
    file.write_text(file.read_text() + certificate)
    fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()
    server.act(lambda ircd, now: _let_in(ircd, fingerprint))
    with User(options(server.port, certificate=str(file))) as user:
        user.online()
        assert user.chat.account == "alice"


def _let_in(ircd: Any, fingerprint: str) -> None:
    account = ircd.accounts.find("alice")
    account.fingerprints.append(fingerprint)
    ircd.accounts.by_fingerprint[fingerprint] = account


def test_no_password_is_ever_written_into_a_log(server: Server) -> None:
    with User(account_options(server.port)) as user:
        user.online()
        reached = Dialing(
            account_options(server.port), user.kept.trust, lambda options: None, lambda options: None
        ).dial()
        assert isinstance(reached, Reached)
        reached.dialed.sock.close()
        assert reached.secret == PASSPHRASE
        assert PASSPHRASE not in repr(reached) + repr(account_options(server.port))


def test_a_wrong_password_makes_a_guest_who_is_asked_again(server: Server) -> None:
    with User(options(server.port, account="alice", secret="wrong")) as user:  # noqa: S106  # of no one
        user.online()
        assert user.chat.account == ""
        user.until(lambda: any(isinstance(event, FormWanted) for event in user.seen))
        form = next(event.form for event in user.seen if isinstance(event, FormWanted))
        assert form.submit({"account": "alice", "password": PASSPHRASE, "keep": "no"}) is None
        user.until(lambda: user.chat.account == "alice")


def test_a_password_is_kept_once_the_server_has_taken_it(server: Server) -> None:
    with User(options(server.port, network="home")) as user:
        user.online()
        user.hub.log_in(user.chat, "alice", PASSPHRASE, keep=True)
        user.until(lambda: user.chat.account == "alice")
        saved = user.kept.settings.current.network("home")
        assert saved is not None
        user.until(lambda: user.kept.credentials.find(saved) == PASSPHRASE)
    with User(user.hub.options_of(saved), kept=user.kept) as again:
        again.online()
        assert again.chat.account == "alice"


def test_a_stored_password_is_not_sent_to_a_stranger(server: Server) -> None:
    kept = Keepsakes.in_memory()
    saved = Network("home", f"{HOST}:{server.port}", "Ada", account="alice")
    kept.settings.save_network(saved)
    kept.credentials.keep(saved, PASSPHRASE)
    with User(ClientOptions("Ada", parse_address(saved.address), network="home", account="alice"), kept=kept) as user:
        assert "your password is only sent to a server that you trust" in user.refused()
        assert user.hub.trust(user.chat)
        user.until(lambda: user.chat.account == "alice")


def test_an_account_is_made_from_a_form_and_used(server: Server) -> None:
    with User(options(server.port)) as user:
        user.online()
        assert "register" in user.chat.can
        user.hub.register(user.chat, "", "", PASSPHRASE)
        user.until(lambda: user.chat.account == "Ada")


def test_two_networks_come_back_and_what_was_typed_meanwhile_goes_out_once(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    with running_server(one) as first:
        with running_server(two) as second:
            networks = options(first.port, network="one"), options(second.port, network="two")
            user = User(*networks)
            user.__enter__()
            user.until(lambda: all(chat.find("#lobby") is not None for chat in user.hub.chats))
            user.until(lambda: all(chat.find("#lobby").joined for chat in user.hub.chats))  # type: ignore[union-attr]
        other = user.hub.chats[1]
        user.until(lambda: other.status.state != "online")
        lobby = other.find("#lobby")
        assert lobby is not None
        user.hub.say(lobby, "first")
        user.hub.say(lobby, "second")
        assert [line.state for line in lobby.lines if line.is_talk] == ["pending", "pending"]
        assert user.hub.chats[0].status.state == "online"
        with running_server(two, port=second.port):
            user.hub.reconnect(other)
            user.until(lambda: [line.state for line in lobby.lines if line.is_talk] == ["sent", "sent"])
            assert [line.text for line in lobby.lines if line.is_talk] == ["first", "second"]
            user.leave()
    user.__exit__(None, None, None)
