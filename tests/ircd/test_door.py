"""The door: who may connect, and who of those may become a user."""

from __future__ import annotations

import pytest

from chatkit.ircd import door
from chatkit.ircd.ban_index import ServerBan
from chatkit.ircd.events import Barred
from tests.ircd.conftest import FakeClient, Net

ADDRESS, NETWORK = "203.0.113.7", "2001:db8:1:2::/64"


def ask(net: Net, address: str = ADDRESS) -> str | None:
    """What the door says to whoever connects from ``address``."""
    return door.refusal(net.ircd, address, net.now)


def fill(net: Net, count: int, *addresses: str) -> list[FakeClient]:
    return [net.connect(addresses[number % len(addresses)]) for number in range(count)]


def test_so_many_connections_from_one_address(make_net):
    net = make_net(limits={"connections_per_address": 3})
    clients = fill(net, 3, ADDRESS)
    assert ask(net) == "Too many connections from your address"
    assert ask(net, "203.0.113.8") is None
    net.disconnect(clients[0])
    assert ask(net) is None


def test_all_addresses_of_a_64_count_as_one(make_net):
    net = make_net(limits={"connections_per_address": 3})
    fill(net, 3, "2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff::3")
    assert ask(net, "2001:db8:1:2::4") == "Too many connections from your address"
    assert ask(net, "2001:db8:1:3::1") is None


def test_an_address_may_connect_so_often_in_a_minute(make_net):
    net = make_net(limits={"connects_per_minute": 6})
    assert [ask(net) for _ in range(7)] == [*[None] * 6, "You connect too often: wait 10 s"]
    assert ask(net, "203.0.113.8") is None
    net.let_time_pass(10)
    assert ask(net) is None


def test_so_many_connections_in_all(make_net):
    net = make_net(limits={"connections": 3})
    clients = fill(net, 3, "127.0.0.1", ADDRESS, "localhost")
    assert [ask(net, address) for address in ("127.0.0.1", ADDRESS)] == ["The server is full"] * 2
    clients[0].send("QUIT")
    assert ask(net) is None


def test_never_more_than_there_are_file_descriptors_for(net):
    net.ircd.max_connections = 2
    fill(net, 2, "127.0.0.1")
    assert ask(net) == "The server is full"


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.8.9.1", "::1", "0::1", "localhost", "192.0.2.8", "10.1.1.1", "10.2.2.2"]
)
def test_who_is_exempt_is_not_counted_together(make_net, address):
    """This machine and Unix sockets unless told otherwise; and proxies and gateways, whose clients are many."""
    net = make_net(
        limits={
            "connections_per_address": 2,
            "connects_per_minute": 2,
            "exempt": ["127.0.0.0/8", "::1", "192.0.2.0/24"],
        },
        proxies={"trusted": ["10.1.0.0/16"]},
        webirc=[{"hosts": ["10.2.2.2"], "password": "hunter2"}],
    )
    fill(net, 5, address)
    assert [ask(net, address) for _ in range(5)] == [None] * 5


def test_who_is_banned_gets_no_further(net):
    net.ircd.bans.enter(ServerBan("1", "address", "ban", "203.0.113.0/24", reason="spam"))
    assert ask(net) == "You are banned: spam"
    assert ask(net, "203.0.114.7") is None


def test_nobody_comes_in_while_the_server_drains(net):
    net.ircd.draining = True
    assert ask(net, "127.0.0.1") == "The server is about to stop"


def test_who_is_refused_costs_no_session_and_is_logged_at_most_once_a_second(net):
    net.ircd.draining = True
    for _ in range(5):
        ask(net)
        ask(net, "203.0.113.8")
    net.settle()
    barred = [event for event in net.events if isinstance(event, Barred)]
    assert [(event.source, event.why) for event in barred] == [(ADDRESS, door.DRAINING), ("203.0.113.8", door.DRAINING)]
    assert not net.ircd.sessions
    net.let_time_pass(1)
    ask(net)
    net.settle()
    assert len([event for event in net.events if isinstance(event, Barred)]) == 3


def test_the_log_remembers_so_many_addresses(net, monkeypatch):
    monkeypatch.setattr(door, "MAX_NETWORKS", 3)
    net.ircd.draining = True
    for number in range(9):
        ask(net, f"203.0.113.{number}")
    assert len(net.ircd.door.told) == 3


# Who comes by a gateway or a proxy.


def webirc(client: FakeClient, address: str) -> list[str]:
    return client.ask(f"WEBIRC hunter2 gate host.example {address}")


def test_who_comes_by_a_gateway_is_counted_at_the_own_address(make_net):
    net = make_net(limits={"connections_per_address": 2}, webirc=[{"hosts": ["10.0.0.5"], "password": "hunter2"}])
    assert [webirc(net.connect("10.0.0.5"), ADDRESS) for _ in range(2)] == [[], []]
    assert webirc(net.connect("10.0.0.5"), ADDRESS) == [
        "ERROR :Closing link: 10.0.0.5 (Too many connections from your address)"
    ]
    assert webirc(net.connect("10.0.0.5"), "203.0.113.8") == []
    assert ask(net) == "Too many connections from your address"


def test_the_last_place_is_for_one_who_comes_by_a_gateway_too(make_net):
    net = make_net(limits={"connections": 1}, webirc=[{"hosts": ["10.0.0.5"], "password": "hunter2"}])
    assert webirc(net.connect("10.0.0.5"), ADDRESS) == []
    assert ask(net) == "The server is full"


# Who becomes a user.


def register(net: Net, nick: str, address: str = ADDRESS) -> list[str]:
    return net.connect(address).ask(f"NICK {nick}", f"USER {nick} 0 * :x")


def test_so_many_users_come_from_one_address_in_a_minute(make_net):
    net = make_net(limits={"registrations_per_minute": 2})
    assert all(" 001 " in register(net, nick)[0] for nick in ("ann", "bob"))
    text = "Too many are coming in: wait 30 s"
    assert register(net, "carl") == [
        f":chat.test 263 carl USER :{text}",
        f"ERROR :Closing link: {ADDRESS} ({text})",
    ]
    assert " 001 " in register(net, "dan", "203.0.113.8")[0]
    assert " 001 " in register(net, "eve", "127.0.0.1")[0]
    net.let_time_pass(30)
    assert " 001 " in register(net, "carl")[0]


def test_so_many_users_come_in_all_in_a_minute(make_net):
    net = make_net(limits={"registrations_in_all": 2})
    told = [register(net, f"u{number}", f"203.0.113.{number}") for number in range(3)]
    assert [lines[0].split(" ")[1] for lines in told] == ["001", "001", "263"]


def test_a_nick_that_is_taken_does_not_count(make_net):
    net = make_net(limits={"registrations_per_minute": 2})
    register(net, "ann")
    client = net.connect(ADDRESS)
    assert " 433 " in client.ask("NICK ann", "USER x 0 * :x")[0]
    assert " 001 " in client.ask("NICK bob")[0]
