"""MONITOR and extended-monitor.

Spec: https://ircv3.net/specs/extensions/monitor and https://ircv3.net/specs/extensions/extended-monitor
"""

import pytest

from tests.ircd.people import log_in, open_account

BOB = "bob!~bob@127.0.0.1"


@pytest.mark.smoke
def test_adding_targets_says_who_is_there_and_who_is_not(net, alice, bob):
    assert alice.ask("MONITOR + Bob,carol,dave") == [
        f":chat.test 730 alice :{BOB}",
        ":chat.test 731 alice :carol,dave",
    ]


def test_targets_in_the_list_are_not_added_again(net, alice, bob):
    """Targets already in the list MUST NOT be added again."""
    alice.send("MONITOR + bob,BOB")
    assert alice.ask("MONITOR + Bob") == []
    assert alice.ask("MONITOR L") == [":chat.test 732 alice :bob", ":chat.test 733 alice :End of MONITOR list"]


@pytest.mark.smoke
def test_coming_and_going_is_told(net, alice):
    alice.ask("MONITOR + Bob")
    bob = net.register("bob")
    assert alice.received() == [f":chat.test 730 * :{BOB}"]
    bob.send("QUIT")
    assert alice.received() == [":chat.test 731 * :bob"]


def test_a_change_of_nick_is_a_going_and_a_coming(net, alice, bob):
    alice.ask("MONITOR + bob,rob")
    bob.send("NICK rob")
    assert alice.received() == [":chat.test 731 * :bob", ":chat.test 730 * :rob!~bob@127.0.0.1"]
    bob.send("NICK ROB")
    assert alice.received() == []


def test_removing_and_clearing_are_silent_and_end_the_news(net, alice):
    """No output will be returned for use of this command."""
    alice.ask("MONITOR + bob,carol,dave")
    assert alice.ask("MONITOR - bob,nobody") == []
    net.register("bob")
    assert alice.received() == []
    assert alice.ask("MONITOR C") == []
    net.register("carol")
    assert alice.received() == []
    assert net.ircd.watchers == {}


def test_the_state_of_the_whole_list_can_be_asked_for(net, alice, bob):
    alice.ask("MONITOR + bob,carol")
    assert alice.ask("MONITOR S") == [f":chat.test 730 alice :{BOB}", ":chat.test 731 alice :carol"]
    assert alice.ask("MONITOR l")[0] == ":chat.test 732 alice :bob,carol"
    alice.send("MONITOR C")
    assert alice.ask("MONITOR S", "MONITOR L") == [":chat.test 733 alice :End of MONITOR list"]


def test_a_full_list_refuses_what_it_cannot_take(make_net):
    net = make_net(limits={"monitor_targets": 2})
    alice = net.register("alice")
    assert alice.ask("MONITOR + a,b,c,d") == [
        ":chat.test 731 alice :a,b",
        ":chat.test 734 alice 2 c,d :Monitor list is full.",
    ]
    assert alice.ask("MONITOR + a") == []
    alice.send("MONITOR - a")
    assert alice.ask("MONITOR + c") == [":chat.test 731 alice :c"]
    assert "MONITOR=2" in " ".join(alice.ask("VERSION"))


def test_lists_are_split_into_lines_that_fit(net, alice):
    nicks = [f"{'n' * 28}{i}" for i in range(10, 40)]
    for i in range(0, 30, 10):
        alice.send("MONITOR + " + ",".join(nicks[i : i + 10]))
    alice.raw()
    lines = alice.ask("MONITOR L")
    assert len(lines) > 2
    assert ",".join(line.partition(" :")[2] for line in lines[:-1]).split(",") == nicks


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("MONITOR", ["461 alice MONITOR :Not enough parameters"]),
        ("MONITOR +", ["461 alice MONITOR :Not enough parameters"]),
        ("MONITOR -", ["461 alice MONITOR :Not enough parameters"]),
        ("MONITOR + :", ["461 alice MONITOR :Not enough parameters"]),
        ("MONITOR X bob", ["400 alice MONITOR X :Use one of + - C L S"]),
        ("MONITOR + #room,*!*@*,1x,,", []),
        ("MONITOR - #room,,", []),
    ],
)
def test_bad_parameters(net, alice, line, answer):
    """For this specification, 'target' MUST be a valid nick."""
    assert alice.ask(line) == [f":chat.test {text}" for text in answer]
    assert alice.session.monitored == {}


def test_the_unregistered_monitor_nobody(net):
    assert net.connect().ask("MONITOR + bob") == [":chat.test 451 * :You have not registered"]


def test_who_is_gone_is_told_nothing_and_leaves_no_trace(net, alice):
    alice.ask("MONITOR + bob")
    alice.send("QUIT")
    net.register("bob")
    assert net.ircd.watchers == {}


def test_who_stays_without_a_device_is_online(net, alice):
    account = open_account(net, "Carol", always_on=True)
    alice.ask("MONITOR + carol")
    carol = log_in(net, account)
    assert alice.received() == [":chat.test 730 * :Carol!~u@127.0.0.1"]
    carol.send("QUIT")
    log_in(net, account)
    assert alice.received() == []


def test_each_device_has_a_list_of_its_own(net):
    account = open_account(net, "Carol")
    first, second = log_in(net, account), log_in(net, account)
    first.ask("MONITOR + bob")
    net.register("bob")
    assert first.received() == [f":chat.test 730 * :{BOB}"]
    assert second.received() == []


EXTENDED = "extended-monitor away-notify chghost setname"


def test_extended_monitor_tells_more_of_those_who_share_no_room(net, bob):
    """When enabled, the client will get AWAY, ACCOUNT, CHGHOST and SETNAME notifications for monitored nicks."""
    alice, plain = net.register("alice", EXTENDED), net.register("plain", "away-notify setname")
    for client in (alice, plain):
        client.ask("MONITOR + bob")
    bob.send("AWAY :lunch", "AWAY", "SETNAME :Robert")
    assert alice.received() == [f":{BOB} AWAY :lunch", f":{BOB} AWAY", f":{BOB} SETNAME :Robert"]
    assert plain.received() == []


def test_extended_monitor_tells_nothing_twice_and_nothing_that_was_not_asked_for(net, bob):
    alice, partly = net.register("alice", EXTENDED), net.register("partly", "extended-monitor")
    net.gather("#room", alice, bob)
    for client in (alice, partly):
        client.ask("MONITOR + bob")
    bob.send("AWAY :lunch")
    assert alice.received() == [f":{BOB} AWAY :lunch"]
    assert partly.received() == []


def test_who_comes_away_is_told_as_such(net):
    alice = net.register("alice", EXTENDED)
    alice.ask("MONITOR + bob")
    bob = net.connect()
    bob.send("CAP REQ :draft/pre-away", "AWAY :asleep", "NICK bob", "USER bob 0 * :Bob", "CAP END")
    assert alice.received() == [f":chat.test 730 * :{BOB}", f":{BOB} AWAY :asleep"]
