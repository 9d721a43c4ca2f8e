"""WEBIRC: a gateway says whose connection this is. Spec: https://ircv3.net/specs/extensions/webirc"""

from __future__ import annotations

import pytest

from tests.ircd.conftest import FakeClient, Net

CERTFP = "22e88c7d6da9b73fbb515ed6a8f6d133c680527a799e3069ca7ce346d90649b2"
OTHER = "0" * 64
HERE = "10.0.0.5"
GATEWAYS = [
    {"hosts": ["10.0.0.0/24", "2001:db8::/32"], "password": "hunter2"},
    {"hosts": ["10.0.0.5"], "certfp": CERTFP.upper()},
]


@pytest.fixture
def webnet(tmp_path):
    """A server that knows two gateways."""
    found = Net(tmp_path, webirc=GATEWAYS)
    yield found
    found.store.close()


@pytest.fixture
def gateway(webnet) -> FakeClient:
    return webnet.connect(HERE)


def register(client: FakeClient) -> str:
    """Register, and return the source that others see."""
    client.send("NICK alice", "USER alice 0 * :Alice")
    welcome = next(line for line in client.raw() if " 001 " in line)
    return welcome.rpartition(" ")[2]


@pytest.mark.smoke
def test_the_client_has_the_host_and_the_address_that_the_gateway_says(gateway):
    assert gateway.ask("WEBIRC hunter2 Gateway 3-100-51-198.isp.example 198.51.100.3") == []
    assert register(gateway) == "alice!~alice@3-100-51-198.isp.example"
    assert gateway.session.address == "198.51.100.3"


@pytest.mark.parametrize(
    ("hostname", "ip", "host"),
    [
        ("198.51.100.3", "198.51.100.3", "198.51.100.3"),
        ("0::1", "0::1", "0::1"),
        ("2001:db8::7", "2001:db8::7", "2001:db8::7"),
        ("bad*host", "198.51.100.3", "198.51.100.3"),
        ("x" * 64, "198.51.100.3", "198.51.100.3"),
        ("192.0.2.99", "198.51.100.3", "198.51.100.3"),
    ],
)
def test_a_host_that_is_none_is_replaced_by_the_address(gateway, hostname, ip, host):
    gateway.send(f"WEBIRC hunter2 Gateway {hostname} {ip}")
    assert register(gateway) == f"alice!~alice@{host}"


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("address", "secure", "certfp", "password"),
    [
        (HERE, False, None, "wrong"),
        (HERE, False, None, "*"),
        (HERE, True, OTHER, "*"),
        ("10.0.0.6", True, CERTFP, "*"),
        ("192.0.2.1", False, None, "hunter2"),
    ],
)
def test_who_is_no_gateway_gets_an_error_and_an_end(webnet, address, secure, certfp, password):
    client = webnet.connect(address)
    if secure:
        webnet.ircd.secured(client.session, certfp)
    assert client.ask(f"WEBIRC {password} Gateway host.example 198.51.100.3") == [
        f"ERROR :Closing link: {address} (Invalid WebIRC password)"
    ]
    assert client.link.closed


def test_a_gateway_may_prove_itself_by_its_certificate(webnet, gateway):
    webnet.ircd.secured(gateway.session, CERTFP)
    assert gateway.ask("WEBIRC * Gateway host.example 198.51.100.3") == []
    assert gateway.session.host == "host.example"
    assert gateway.session.certfp is None  # it was the gateway's


@pytest.mark.parametrize(
    ("gateway_is_secure", "options", "secure", "certfp"),
    [
        (True, ":secure", True, None),
        (True, "secure", True, None),
        (True, ":secure=examplevalue local-port=6697 remote-port=21726", True, None),
        (True, ":local-port=6697 remote-port=21726", False, None),
        (True, "", False, None),
        (False, ":secure", False, None),
        (True, f":secure certfp-sha-256={CERTFP.upper()}", True, CERTFP),
        (True, f":certfp-sha-256={CERTFP}", False, None),
        (False, f":secure certfp-sha-256={CERTFP}", False, None),
        (True, ":secure certfp-sha-256=nonsense unknown=\\s\\:", True, None),
    ],
)
def test_the_client_is_secure_only_if_both_of_its_ways_are(webnet, gateway, gateway_is_secure, options, secure, certfp):
    """Servers MUST ONLY treat the connection as secure if this flag is sent and the connection from the gateway to
    the server is also secure with TLS."""
    if gateway_is_secure:
        webnet.ircd.secured(gateway.session, OTHER)
    assert gateway.ask(f"WEBIRC hunter2 Gateway host.example 198.51.100.3 {options}".strip()) == []
    assert (gateway.session.secure, gateway.session.certfp) == (secure, certfp)


@pytest.mark.parametrize("before", ["NICK alice", "CAP LS 302", "CAP REQ :batch", "PASS x"])
def test_it_must_be_the_first_command(gateway, before):
    gateway.ask(before)
    assert gateway.ask("WEBIRC hunter2 Gateway host.example 198.51.100.3")[-1] == (
        f"ERROR :Closing link: {HERE} (WEBIRC must be the first command)"
    )


def test_an_address_that_is_none_ends_it(gateway):
    assert gateway.ask("WEBIRC hunter2 Gateway host.example nonsense") == [
        f"ERROR :Closing link: {HERE} (Invalid WebIRC address)"
    ]


def test_too_few_words_and_too_late(gateway):
    assert gateway.ask("WEBIRC hunter2 Gateway host.example") == [":chat.test 461 * WEBIRC :Not enough parameters"]
    register(gateway)
    assert gateway.ask("WEBIRC hunter2 Gateway host.example 198.51.100.3") == [
        ":chat.test 462 alice :You may not reregister"
    ]
