"""PERSISTENCE.

Spec: https://github.com/ircv3/ircv3-specifications/pull/503
"""

import pytest

from chatkit.ircd.accounts import DOCUMENT
from tests.ircd.people import begin, log_in, open_account

CAPS = "draft/persistence"


@pytest.mark.parametrize(
    ("policy", "wanted", "status"),
    [
        ("opt-in", None, "DEFAULT OFF"),
        ("opt-in", True, "ON ON"),
        ("opt-in", False, "OFF OFF"),
        ("opt-out", None, "DEFAULT ON"),
        ("off", True, "ON OFF"),
    ],
)
def test_the_status_is_what_is_wanted_and_what_is(make_net, policy, wanted, status):
    net = make_net(accounts={"always_on": policy})
    alice = log_in(net, open_account(net, "Alice", always_on=wanted))
    assert alice.ask("PERSISTENCE GET") == [f":chat.test PERSISTENCE STATUS {status}"]


def test_the_status_comes_between_the_last_005_and_the_message_of_the_day(net):
    """After the last 005 numeric but before either 376 RPL_ENDOFMOTD or 422 ERR_NOMOTD."""
    alice = begin(net, open_account(net, "Alice", always_on=True), CAPS)
    lines = alice.ask("NICK Alice", "USER u 0 * :x")
    found = [line.split(" ")[1] for line in lines]
    assert ":chat.test PERSISTENCE STATUS ON ON" in lines
    assert max(i for i, word in enumerate(found) if word == "005") < found.index("PERSISTENCE") < found.index("422")
    guest = net.connect()
    assert "PERSISTENCE" not in " ".join(guest.ask(f"CAP REQ :{CAPS}", "NICK bob", "USER b 0 * :b", "CAP END")[1:])


def test_what_is_wanted_is_set_and_told_to_the_other_devices(net):
    account = open_account(net, "Alice")
    first, second, plain = log_in(net, account), log_in(net, account, CAPS), log_in(net, account)
    assert first.ask("PERSISTENCE SET on") == [":chat.test PERSISTENCE STATUS ON ON"]
    assert second.received() == [":chat.test PERSISTENCE STATUS ON ON"]
    assert plain.received() == []
    assert b'"always_on":true' in dict(net.store.documents(DOCUMENT))[account.key]
    for client in (first, second, plain):
        client.send("QUIT")
    assert "alice" in net.ircd.users
    again = log_in(net, account)
    assert again.ask("PERSISTENCE SET DEFAULT") == [":chat.test PERSISTENCE STATUS DEFAULT OFF"]
    again.send("QUIT")
    assert net.ircd.users == {}


def test_another_user_of_the_account_can_send_the_one_away_that_stays(net, bob):
    account = open_account(net, "Alice", always_on=True)
    alice, phone = log_in(net, account), log_in(net, account, nick="phone")
    net.gather("#room", alice, bob)
    alice.send("QUIT")
    phone.send("PERSISTENCE SET OFF")
    assert bob.received() == [":Alice!~u@127.0.0.1 QUIT :No longer always on"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("PERSISTENCE", ["INVALID_PARAMETERS :Use GET, or SET with ON, OFF or DEFAULT"]),
        ("PERSISTENCE SET", ["INVALID_PARAMETERS :Use GET, or SET with ON, OFF or DEFAULT"]),
        ("PERSISTENCE SET MAYBE", ["INVALID_PARAMETERS :Use GET, or SET with ON, OFF or DEFAULT"]),
        ("PERSISTENCE FROBNICATE", []),
    ],
)
def test_bad_parameters(net, line, answer):
    """Implementations SHOULD ignore unrecognized subcommands."""
    alice = log_in(net, open_account(net, "Alice"))
    assert alice.ask(line) == [f":chat.test FAIL PERSISTENCE {text}" for text in answer]


@pytest.mark.parametrize("line", ["PERSISTENCE GET", "PERSISTENCE SET ON"])
def test_guests_cannot_stay(net, bob, line):
    assert bob.ask(line) == [":chat.test FAIL PERSISTENCE ACCOUNT_REQUIRED :An account is required"]


@pytest.mark.parametrize(("policy", "offered"), [("off", False), ("opt-in", True)])
def test_the_capability_is_offered_where_anybody_may_stay(make_net, policy, offered):
    net = make_net(accounts={"always_on": policy})
    assert (CAPS in " ".join(net.connect().ask("CAP LS 302"))) is offered
