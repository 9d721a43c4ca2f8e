"""Cloaks: members never see where others come from."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from chatkit.config import MAX_SUFFIX
from chatkit.ircd.cloaks import cloak
from chatkit.ircd.commands import COMMANDS
from chatkit.ircd.documents import restore
from chatkit.ircd.opers import OperClass
from chatkit.proto.names import HOST_LEN
from chatkit.store.records import HistoryQuery, Record
from tests.ircd.conftest import Net, make_oper

SECRET = b"s" * 32
ADDRESS, OTHER = "203.0.113.7", "198.51.100.9"
SHAPE = re.compile(r"[a-z2-7]{7}\.[a-z2-7]{7}\.[a-z2-7]{7}\.cloak")


def parts(address: str, secret: bytes = SECRET) -> list[str]:
    return cloak(secret, address, "cloak").split(".")[:3]


@pytest.fixture
def make_cloaked(make_net):
    return lambda **settings: make_net(cloaks={"mode": "on"}, **settings)


@pytest.fixture
def net(make_cloaked) -> Net:
    return make_cloaked()


def enter(net: Net, nick: str, address: str, caps: str = ""):
    """A registered client from ``address`` that has read its welcome."""
    client = net.connect(address)
    client.send(f"CAP REQ :{caps}", "CAP END", f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}")
    client.raw()
    return client


# What a cloak is.


@pytest.mark.parametrize("address", [ADDRESS, "2001:db8::1", "::ffff:203.0.113.7", "0::1", "127.0.0.1", "fe80::1%eth0"])
def test_a_cloak_has_three_parts_and_a_suffix(address):
    assert SHAPE.fullmatch(cloak(SECRET, address, "cloak"))


@pytest.mark.parametrize(
    ("first", "second", "common"),
    [
        ("203.0.113.7", "203.0.113.7", 3),
        ("203.0.113.7", "203.0.113.8", 2),
        ("203.0.113.7", "203.0.114.7", 1),
        ("203.0.113.7", "203.1.113.7", 0),
        ("2001:db8:1:2::3", "2001:db8:1:2:ffff::4", 3),
        ("2001:db8:1:2::3", "2001:db8:1:3::3", 2),
        ("2001:db8:1:2::3", "2001:db8:2:2::3", 1),
        ("2001:db8:1:2::3", "2001:db9:1:2::3", 0),
        ("::ffff:203.0.113.7", "203.0.113.7", 3),
    ],
)
def test_equal_parts_mean_the_same_network(first, second, common):
    pairs = list(zip(parts(first), parts(second), strict=True))
    assert [one == two for one, two in pairs] == [False] * (3 - common) + [True] * common


def test_the_longest_cloak_is_a_host_of_the_length_that_isupport_says():
    assert len(cloak(SECRET, ADDRESS, "x" * MAX_SUFFIX)) == HOST_LEN


def test_without_the_secret_a_cloak_cannot_be_made():
    assert not set(parts(ADDRESS)) & set(parts(ADDRESS, b"t" * 32))


def test_what_is_no_address_stays():
    assert cloak(SECRET, "localhost", "cloak") == "localhost"


# What members see.


def test_the_welcome_tells_the_host_that_others_see(net):
    client = net.connect(ADDRESS)
    client.send("NICK alice", "USER alice 0 * :Alice")
    host = next(line.split(" ")[3] for line in client.raw() if " 396 " in line)
    assert SHAPE.fullmatch(host)
    assert net.ircd.users["alice"].source == f"alice!~alice@{host}"


def test_a_cloak_outlives_a_restart(make_cloaked):
    first = make_cloaked()
    enter(first, "alice", ADDRESS)
    before = first.ircd.users["alice"].host
    second = make_cloaked()
    second.store.close()  # the same data directory
    second.store = first.store
    restore(second.ircd, first.store.documents)
    enter(second, "alice", ADDRESS)
    assert second.ircd.users["alice"].host == before


CAPS = (
    "account-notify account-tag away-notify batch chghost draft/chathistory draft/event-playback draft/multiline "
    "echo-message extended-join extended-monitor invite-notify message-tags multi-prefix server-time setname "
    "userhost-in-names soju.im/search"
)
FORMS = [
    "alice",
    "#room",
    "*",
    "*!*@*",
    "alice %tcuihsnfdlaor",
    "#room %tcuihsnfdlaor",
    "203.0.113.? %tcuihsnfdlaor",
    "203.0.113.*",
    "alice :hi",
    "#room :hi",
    "#room b",
    "#room +b alice",
    "LATEST #room * 50",
    "text=hello",
    "+ alice",
    "alice #room",
    "#room alice :out",
    "LIST alice",
    "INFO alice",
]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_no_command_tells_the_address_of_another(net, command):
    alice, bob = enter(net, "alice", ADDRESS, CAPS), enter(net, "bob", OTHER, CAPS)
    bob.send("JOIN #room", "MONITOR + alice")
    alice.send("JOIN #room", "PRIVMSG #room :hello", "PRIVMSG bob :hello", "AWAY :out")
    for form in ["", *FORMS]:
        if bob.session.gone:
            bob = enter(net, "bob", OTHER, CAPS)
        net.let_time_pass(1)
        bob.send(f"{command} {form}".strip())
    alice.send("NICK alicia", "SETNAME :Al", "AWAY", "JOIN #room", "PART #room :x", "QUIT :bye")
    bob.send("WHOWAS alice", "WHOWAS alicia")
    told = "\n".join(bob.raw())
    assert ADDRESS not in told, [line for line in told.split("\n") if ADDRESS in line]


def test_neither_history_nor_documents_that_members_read_have_it(net):
    alice, bob = enter(net, "alice", ADDRESS), enter(net, "bob", OTHER)
    net.gather("#room", alice, bob)
    alice.send("PRIVMSG #room :hello", "TOPIC #room :x", "MODE #room +b *!*@x", "KNOCK #room")
    stored = net.store.answer(HistoryQuery("#room", 50, events=True))
    assert stored
    assert all(isinstance(record, Record) and ADDRESS not in str(record) for record in stored)


def test_what_was_kept_when_there_were_no_cloaks_has_them_when_it_is_shown(make_net):
    net = make_net()
    alice, bob = enter(net, "alice", ADDRESS), enter(net, "bob", OTHER, CAPS)
    net.gather("#room", alice, bob)
    alice.send("PRIVMSG #room :hello", "TOPIC #room :x", "MODE #room +b *!*@x")
    assert ADDRESS in "\n".join(bob.raw())
    config = net.ircd.config
    net.ircd.config = replace(config, cloaks=replace(config.cloaks, mode="on"))
    bob.send("CHATHISTORY LATEST #room * 50", "TOPIC #room", "MODE #room b")
    told = bob.raw()
    hosts = [match[1] for line in told if (match := re.search(r"alice!~alice@(\S+)", line))]
    assert {line.split(" ")[1] for line in told} >= {"333", "367"}
    assert len(hosts) >= 5
    assert all(map(SHAPE.fullmatch, hosts))


def test_a_room_ban_of_a_network_does_not_find_out_who_is_in_it(net):
    """Else whoever runs a room would know any address after 32 bans."""
    alice, bob = enter(net, "alice", ADDRESS), enter(net, "bob", OTHER)
    net.gather("#room", bob)
    for mask in (f"*!*@{ADDRESS}", "*!*@203.0.113.0/24", "*!*@203.*", "*!*@0.0.0.0/0"):
        bob.send(f"MODE #room +b {mask}")
    assert "JOIN" in alice.ask("JOIN #room")[0]


def test_a_room_ban_of_a_cloaks_end_bans_the_network(net):
    alice, carl, bob = enter(net, "alice", ADDRESS), enter(net, "carl", "203.0.99.1"), enter(net, "bob", OTHER)
    net.gather("#room", bob)
    end = net.ircd.users["alice"].host.split(".", 2)[2]
    bob.send(f"MODE #room +b *!*@*.{end}")
    assert " 474 " in alice.ask("JOIN #room")[0]
    assert " 474 " in carl.ask("JOIN #room")[0]
    assert "JOIN" in enter(net, "dan", "203.1.113.7").ask("JOIN #room")[0]


def test_a_host_of_ones_own_is_no_way_around_a_ban_of_the_cloak(net):
    alice, bob = enter(net, "alice", ADDRESS), enter(net, "bob", OTHER)
    net.gather("#room", bob)
    user = net.ircd.users["alice"]
    bob.send(f"MODE #room +b *!*@{user.cloak}")
    user.host = "a.fine.example"
    assert " 474 " in alice.ask("JOIN #room")[0]


def test_oneself_and_operators_who_may_see_the_address(net):
    alice, bob = enter(net, "alice", ADDRESS), enter(net, "bob", OTHER)
    actually = f"338 {{}} alice ~alice@{ADDRESS} {ADDRESS}"
    assert any(actually.format("alice") in line for line in alice.ask("WHOIS alice"))
    assert not any(ADDRESS in line for line in bob.ask("WHOIS alice", "USERIP alice", "WHO alice %i"))
    make_oper(bob, OperClass("eyes", frozenset({"see-hosts"})))
    told = bob.ask("WHOIS alice", "USERIP alice", "WHO alice %i")
    assert sum(ADDRESS in line for line in told) == 3


def test_a_name_that_a_gateway_gives_is_hidden_too(make_cloaked):
    net = make_cloaked(webirc=[{"hosts": ["10.0.0.5"], "password": "hunter2"}])
    client = net.connect("10.0.0.5")
    client.send(f"WEBIRC hunter2 gate alice.example {ADDRESS}", "NICK alice", "USER alice 0 * :Alice")
    assert SHAPE.fullmatch(net.ircd.users["alice"].host)
    assert net.ircd.users["alice"].address == ADDRESS


def test_where_cloaks_are_off_the_address_is_the_host(make_net):
    net = make_net()
    enter(net, "alice", ADDRESS)
    assert net.ircd.users["alice"].source == f"alice!~alice@{ADDRESS}"
