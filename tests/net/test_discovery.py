"""Servers that are announced on the local network, and found there: over the loopback, by real packets."""

from __future__ import annotations

import contextlib
import queue
import socket
from collections.abc import Iterator

import pytest
import zeroconf

from chatkit.config import Config, load_config
from chatkit.net import announcing, discovering
from chatkit.net.announcing import Announcement, Announcer, announcement_of
from chatkit.net.discovering import MAX_NAME, Announced, Discovery
from chatkit.proto.addresses import is_loopback, parse_address
from tests import own_service

ANYWHERE = "0.0.0.0"  # noqa: S104  # nothing is bound to it here
LOOPBACK = ["127.0.0.1"]
DEADLINE = 20.0  # seconds: nothing waits for it but a failure


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch) -> str:
    """A kind of service of the test's own: whoever else announces something on this machine is not heard.

    And however busy that is, where a server is gets asked until it answers.
    """
    kind = own_service.new_kind()
    own_service.use(kind, monkeypatch)
    monkeypatch.setattr(discovering, "RESOLVE_MS", DEADLINE * 1000)
    monkeypatch.setattr(announcing, "STOP_TIMEOUT", DEADLINE)
    monkeypatch.setattr(discovering, "STOP_TIMEOUT", DEADLINE)
    return kind


def config(**values: object) -> Config:
    return load_config(None, {}, values)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, None),
        ({"host": "localhost"}, None),
        ({"host": ANYWHERE}, Announcement("chatkit", ANYWHERE, 4000, tls=True)),
        ({"host": "192.0.2.1", "name": "den", "tls.mode": "off"}, Announcement("den", "192.0.2.1", 4000, tls=False)),
        ({"host": "::", "network.name": "FoxNet"}, Announcement("FoxNet", "::", 4000, tls=True)),
        ({"host": ANYWHERE, "discovery": "off"}, None),
        ({"discovery": "on"}, Announcement("chatkit", "127.0.0.1", 4000, tls=True)),
        (
            {"listeners": [{"address": "unix:/run/x"}, {"address": f"{ANYWHERE}:6697", "protocol": "tls"}]},
            Announcement("chatkit", ANYWHERE, 6697, tls=True),
        ),
        (
            {"listeners": [{"address": "192.0.2.1:6667", "protocol": "irc"}]},
            Announcement("chatkit", "192.0.2.1", 6667, tls=False),
        ),
        ({"listeners": [{"address": f"{ANYWHERE}:80", "protocol": "websocket"}]}, None),
        ({"listeners": [{"address": "127.0.0.1:6667"}]}, None),
    ],
)
def test_a_server_is_announced_where_others_can_come_in(
    values: dict[str, object], expected: Announcement | None
) -> None:
    assert announcement_of(config(**values), 4000) == expected


class Heard:
    """What a look-out finds."""

    def __init__(self) -> None:
        self._lists: queue.Queue[tuple[Announced, ...]] = queue.Queue()
        self._discovery = Discovery(self._lists.put, LOOPBACK)

    def __enter__(self) -> Heard:
        self._discovery.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._discovery.stop()

    def until(self, number: int) -> list[Announced]:
        """The servers, once there are as many."""
        while True:
            found = self._lists.get(timeout=DEADLINE)
            if len(found) == number:
                return list(found)


@contextlib.contextmanager
def announced(name: str, port: int, *, tls: bool = True) -> Iterator[Announcer]:
    announcer = Announcer(Announcement(name, "127.0.0.1", port, tls))
    announcer.start()
    yield announcer
    announcer.stop()


def test_servers_are_found_when_they_come_and_gone_when_they_go() -> None:
    with Heard() as heard, announced("The den", 4001) as den, announced("The hut", 4002, tls=False):
        assert heard.until(2) == [
            Announced("The den", "127.0.0.1", 4001, tls=True, software="chatkit"),
            Announced("The hut", "127.0.0.1", 4002, tls=False, software="chatkit"),
        ]
        den.stop()
        assert [server.name for server in heard.until(1)] == ["The hut"]


def test_two_servers_of_one_name_are_both_found() -> None:
    with Heard() as heard, announced("den", 4003):
        heard.until(1)  # two who ask for a name at the same moment may both be told that it is free
        with announced("den", 4004):
            assert {(server.name, server.port) for server in heard.until(2)} == {("den", 4003), ("den", 4004)}


def test_what_others_announce_is_safe_to_be_shown_and_short(service: str) -> None:
    properties = {"network": "\x1b[2J\u202egnp.exe" + "x" * 100}
    info = zeroconf.ServiceInfo(
        service, f"evil.{service}", port=4005, properties=properties, parsed_addresses=["127.0.0.1"]
    )
    with Heard() as heard, zeroconf.Zeroconf(interfaces=LOOPBACK) as network:
        network.register_service(info)
        (found,) = heard.until(1)
    assert found.name.isprintable()
    assert "\u202e" not in found.name
    assert len(found.name) <= MAX_NAME
    assert found.host == "127.0.0.1"
    assert not found.tls


def test_a_network_that_cannot_be_told_is_one_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(19, "No such device")

    monkeypatch.setattr(zeroconf, "Zeroconf", fail)
    announcer = Announcer(Announcement("den", "127.0.0.1", 4001, tls=True))
    announcer.start()
    announcer.stop()
    discovery = Discovery(lambda servers: None, LOOPBACK)
    discovery.start()
    discovery.stop()
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "the server is not announced on the local network: [Errno 19] No such device"
    ]


def test_looking_can_stop_before_it_began() -> None:
    discovery = Discovery(lambda servers: None, LOOPBACK)
    discovery.start()
    discovery.stop()


def test_a_machine_with_a_long_name_is_announced_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "h" * 63 + ".example.org")
    with Heard() as heard, announced("Ä" * 50 + ".", 4006):
        assert [server.name for server in heard.until(1)] == ["Ä" * 50 + "."]


@pytest.mark.parametrize("host", [ANYWHERE, "::", "chat.example"])
def test_a_server_on_all_addresses_is_not_announced_at_the_loopback(host: str) -> None:
    found = announcing.addresses_of(host)
    assert not any(is_loopback(address) or parse_address(address) is None for address in found)


def test_a_server_on_one_address_is_announced_there() -> None:
    assert announcing.addresses_of("192.0.2.9") == ["192.0.2.9"]
    assert announcing.addresses_of("localhost") == ["127.0.0.1"]
