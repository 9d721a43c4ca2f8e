"""Clients that send too fast: a token bucket delays them, then drops them. Nobody else waits."""

import pytest

LIMITS = {"commands_per_second": 10, "commands_burst": 20, "recvq_lines": 50}


@pytest.fixture
def net(make_net):
    return make_net(limits=LIMITS)


@pytest.fixture
def alice(net):
    alice = net.register("alice")
    net.move_clock(10)  # its bucket is full again
    return alice


def tokens(client) -> list[int]:
    """The numbers that its PINGs, answered meanwhile, had."""
    return [int(line.rpartition(":")[2]) for line in client.raw()]


def pings(*numbers: int) -> list[str]:
    return [f"PING {number}" for number in numbers]


@pytest.mark.smoke
def test_a_burst_goes_through_and_the_rest_follows_at_the_rate(net, alice):
    alice.send(*pings(*range(40)))
    assert tokens(alice) == [*range(20)]
    net.move_clock(0.05)
    assert tokens(alice) == []
    net.move_clock(0.06)
    assert tokens(alice) == [20]
    net.move_clock(1)
    assert tokens(alice) == [*range(21, 31)]
    net.move_clock(10)
    assert tokens(alice) == [*range(31, 40)]
    assert net.ircd.throttled == {}


def test_lines_that_come_while_others_wait_keep_their_place(net, alice):
    alice.send(*pings(*range(25)))
    for number in range(25, 30):
        net.let_time_pass(0.1)  # so that one more may go through: the first that waits, not the one that comes now
        alice.send(f"PING {number}")
    net.move_clock(10)
    assert tokens(alice) == [*range(30)]


def test_a_slow_typist_never_waits(net, alice):
    for number in range(100):
        net.move_clock(0.1)
        alice.send(f"PING {number}")
        assert tokens(alice) == [number]


def test_the_bucket_never_holds_more_than_the_burst(net, alice):
    net.move_clock(10)
    alice.send(*pings(*range(30)))
    assert tokens(alice) == [*range(20)]


def test_others_do_not_wait_for_somebody_who_must(net, alice):
    bob = net.register("bob")
    alice.send(*pings(*range(60)))
    assert bob.ask("PING x") == [":chat.test PONG chat.test :x"]


@pytest.mark.smoke
def test_10000_commands_at_once_cost_their_sender_the_connection_and_nobody_else_anything(net, alice):
    bob = net.register("bob")
    net.gather("#room", bob, alice)
    net.move_clock(10)
    alice.raw(), bob.raw()
    alice.send(*["PRIVMSG #room :spam"] * 10_000)
    assert alice.received() == ["ERROR :Closing link: 127.0.0.1 (Excess flood)"]
    assert alice.link.closed
    assert bob.received() == [
        *[":alice!~alice@127.0.0.1 PRIVMSG #room :spam"] * 20,
        ":alice!~alice@127.0.0.1 QUIT :Excess flood",
    ]
    net.move_clock(10)
    alice.send("PRIVMSG #room :more")
    assert bob.received() == []


def test_as_many_may_wait_as_recvq_lines_says(net, alice):
    alice.send(*pings(*range(70)))
    assert not alice.link.closed
    alice.send("PING x")
    assert alice.link.closed


def test_as_many_bytes_may_wait_as_recvq_bytes_says(make_net):
    """Lines may have 4 KiB of tags: a thousand of them from each of many strangers would fill the memory."""
    net = make_net(limits={**LIMITS, "recvq_lines": 1000, "recvq_bytes": 10_000})
    stranger = net.connect()
    stranger.send(*["PING x"] * 20, f"@{'x' * 4000} PING x", f"@{'x' * 4000} PING x")
    assert not stranger.link.closed
    stranger.send(f"@{'x' * 4000} PING x")
    assert stranger.raw()[-1] == "ERROR :Closing link: 127.0.0.1 (Excess flood)"


def test_a_rate_of_0_means_as_many_as_one_likes(make_net):
    net = make_net(limits={"commands_per_second": 0, "recvq_lines": 1})
    alice = net.register("alice")
    alice.send(*pings(*range(10_000)))
    assert tokens(alice) == [*range(10_000)]


@pytest.mark.parametrize("line", ["NAMES #room", "WHO #room", "WHO *x*", "LIST", "NICK alice{}", "AWAY :{}"])
def test_a_command_that_goes_through_many_counts_as_many(net, alice, monkeypatch, line):
    """Else a burst of them would hold everybody up for seconds where there are thousands."""
    monkeypatch.setattr("chatkit.ircd.ircd.LOOKED_AT_A_COMMAND", 1)
    net.gather("#room", *(net.register(f"user{number}") for number in range(9)), alice)
    for number in range(9):
        net.gather(f"#room{number}", net.register(f"other{number}"))
    net.move_clock(10)
    alice.raw()
    alice.send(*(line.format(number) for number in range(20)))
    waiting = len(alice.session.pending)
    assert waiting >= 18
    net.move_clock(10)
    assert len(alice.session.pending) < waiting


def test_a_room_is_named_once_however_often_it_is_asked_for(net, alice):
    net.gather("#room", alice)
    assert alice.ask("NAMES " + ",".join(["#room", "#ROOM"] * 30)) == [
        ":chat.test 353 alice = #room :@alice",
        ":chat.test 366 alice #room :End of /NAMES list",
    ]


def test_the_unregistered_are_throttled_too(net):
    stranger = net.connect()
    stranger.send(*pings(*range(30)))
    assert tokens(stranger) == [*range(20)]
    stranger.send(*pings(*range(100)))
    assert stranger.raw() == ["ERROR :Closing link: 127.0.0.1 (Excess flood)"]


def test_what_waits_is_forgotten_with_its_client(net, alice):
    alice.send(*pings(*range(30)))
    net.disconnect(alice)
    alice.raw()
    net.move_clock(10)
    assert alice.raw() == []
    assert net.ircd.throttled == {}


def test_quit_in_the_middle_ends_it(net, alice):
    alice.send(*pings(0, 1), "QUIT", *pings(2, 3))
    assert alice.raw()[2:] == ["ERROR :Closing link: 127.0.0.1 (Quit: )"]


def test_what_waits_behind_an_answer_from_the_store_comes_after_it_and_is_bounded(net):
    bob = net.register("bob", "draft/chathistory batch")
    net.gather("#room", bob)
    net.move_clock(10)
    net.slow = True
    bob.send(*pings(0, 1), "CHATHISTORY LATEST #room * 1", *pings(2, 3))
    bob.send(*pings(4))
    net.move_clock(5)
    assert tokens(bob) == [0, 1]
    net.answer()
    batch, end, *rest = bob.raw()
    assert " BATCH +" in batch
    assert " BATCH -" in end
    assert [line.rpartition(":")[2] for line in rest] == ["2", "3", "4"]
    bob.send("CHATHISTORY LATEST #room * 1", *pings(*range(51)))
    assert bob.raw() == ["ERROR :Closing link: 127.0.0.1 (Excess flood)"]
    net.answer()
    assert bob.raw() == []
