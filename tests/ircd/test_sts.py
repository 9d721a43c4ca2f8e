"""The value of the capability sts. Spec: https://ircv3.net/specs/extensions/sts"""

from __future__ import annotations

import msgspec
import pytest

from chatkit.config import Config
from chatkit.ircd.sts import sts_value


@pytest.mark.parametrize(
    ("tls", "plain", "secure"),
    [
        ({}, None, None),
        ({"sts_seconds": 2592000}, "port=55555", "duration=2592000"),
        ({"sts_seconds": 2592000, "sts_port": 6697}, "port=6697", "duration=2592000"),
        ({"sts_seconds": 2592000, "sts_preload": True}, "port=55555", "duration=2592000,preload"),
        ({"sts_seconds": 2592000, "mode": "off"}, None, None),
        ({"sts_preload": True}, None, None),
    ],
)
def test_an_upgrade_policy_on_plain_connections_and_a_persistence_policy_on_secure_ones(tls, plain, secure):
    config = msgspec.convert({"tls": tls}, Config)
    assert sts_value(config, False) == plain
    assert sts_value(config, True) == secure


def test_without_a_port_there_is_no_upgrade_policy():
    config = msgspec.convert({"port": 0, "tls": {"sts_seconds": 1}}, Config)
    assert sts_value(config, False) is None


def test_it_is_advertised_and_cannot_be_requested(make_net):
    """Clients MUST NOT request this capability with CAP REQ. Servers MAY reply with a CAP NAK message."""
    net = make_net(tls={"sts_seconds": 2592000, "sts_port": 6697})
    plain, secure, older = net.connect(), net.connect(), net.connect()
    secure.session.secure = True
    assert "sts=port=6697" in words(plain.ask("CAP LS 302"))
    assert "sts=duration=2592000" in words(secure.ask("CAP LS 302"))
    assert "sts" not in words(older.ask("CAP LS"))  # it means nothing without its value
    assert plain.ask("CAP REQ :sts") == [":chat.test CAP * NAK :sts"]


def words(lines: list[str]) -> list[str]:
    return [word for line in lines for word in line.rpartition(" :")[2].split()]
