"""SEARCH. Spec: https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md"""

import pytest

from chatkit.proto.timestamps import format_time

CAPS = "soju.im/search batch message-tags server-time"
START_MS = 1_800_000_000_000


@pytest.fixture
def net(make_net):
    return make_net(history={"page": 4})


@pytest.fixture
def alice(net):
    return net.register("alice")


@pytest.fixture
def bob(net):
    return net.register("bob", CAPS)


@pytest.fixture
def talk(net, alice, bob):
    """One message a second from the start on, in two rooms and a conversation."""
    net.gather("#Room", alice, bob)
    net.gather("#two", bob)
    for client, line in (
        (alice, "PRIVMSG #room :the quick fox"),  # 0
        (bob, "PRIVMSG #room :the lazy dog"),  # 1
        (bob, "NOTICE #two :a quick dog"),  # 2
        (alice, "PRIVMSG bob :quick, secretly"),  # 3
        (alice, "PRIVMSG #room :nothing here"),  # 4
    ):
        client.send(line)
        net.move_clock(1)
    alice.raw()
    bob.raw()


def texts(lines: list[str]) -> list[str]:
    """The messages of an answer, and nothing else in it but its batch."""
    reference = lines[0].partition(" BATCH +")[2].partition(" ")[0]
    assert lines[0] == f":chat.test BATCH +{reference} soju.im/search"
    assert lines[-1] == f":chat.test BATCH -{reference}"
    assert all(f"batch={reference}" in line.split(" ")[0] for line in lines[1:-1])
    return [line.partition(" :")[2].partition(" :")[2] for line in lines[1:-1]]


def at(number: int) -> str:
    return format_time(START_MS + number * 1000)


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        ("text=quick", ["the quick fox", "a quick dog", "quick, secretly"]),
        ("text=QUICK", ["the quick fox", "a quick dog", "quick, secretly"]),
        (r"text=quick\sdog", ["a quick dog"]),
        ("text=quick;in=#ROOM", ["the quick fox"]),
        ("text=quick;in=alice", ["quick, secretly"]),
        ("text=quick;from=Bob", ["a quick dog"]),
        ("from=alice", ["the quick fox", "quick, secretly", "nothing here"]),
        ("in=#room", ["the quick fox", "the lazy dog", "nothing here"]),
        (f"after={at(3)}", ["quick, secretly", "nothing here"]),  # at or after this time
        (f"before={at(1)}", ["the quick fox", "the lazy dog"]),  # at or before this time
        (f"after={at(1)};before={at(2)}", ["the lazy dog", "a quick dog"]),
        ("text=quick;limit=2", ["a quick dog", "quick, secretly"]),
        (f"after={at(0)};limit=2", ["the quick fox", "the lazy dog"]),  # searched from that time
        (f"before={at(3)};limit=2", ["a quick dog", "quick, secretly"]),
        (f"after={at(0)};limit=100", ["the quick fox", "the lazy dog", "a quick dog", "quick, secretly"]),  # the page
        ("text=cat", []),
        ("text=?!", []),
        ("from=nobody", []),
        ("before=2010-01-01T00:00:00.000Z;in=#room", []),
    ],
)
def test_messages_are_found_that_match_all_attributes(bob, talk, attributes, found):
    assert texts(bob.ask(f"SEARCH {attributes}")) == found


def test_a_message_comes_back_as_it_was_sent(net, alice, bob):
    """When provided, the msgid tag MUST be the msgid tag as originally sent."""
    net.gather("#room", alice, bob)
    alice.send("PRIVMSG #room :hello there")
    live = bob.raw()
    bob.send("SEARCH text=hello")
    assert [line.partition(";")[2] for line in bob.raw()[1:-1]] == [line.removeprefix("@") for line in live]


def test_what_was_said_a_moment_ago_is_found(net, bob):
    net.gather("#room", bob)
    assert texts(bob.ask("PRIVMSG #room :now", "SEARCH text=now")) == ["now"]


def test_events_are_no_messages(net, alice, bob):
    net.gather("#room", bob)
    alice.send("JOIN #room", "TOPIC #room :about")
    bob.send("TOPIC #room :about")
    bob.raw()
    assert texts(bob.ask("SEARCH in=#room")) == []


def test_only_what_one_may_read_is_found(net, talk, bob):
    carol = net.register("carol", CAPS)
    assert texts(carol.ask("SEARCH text=quick")) == []
    net.gather("#two", carol)
    assert texts(carol.ask("SEARCH text=quick")) == ["a quick dog"]
    bob.send("PART #room")
    bob.raw()
    assert texts(bob.ask("SEARCH text=quick")) == ["a quick dog", "quick, secretly"]


@pytest.mark.parametrize("place", ["#two", "#nowhere", "nobody", "", "*"])
def test_where_one_may_not_read_one_may_not_search(net, talk, place):
    carol = net.register("carol", CAPS)
    assert carol.ask(f"SEARCH in={place};text=quick") == [
        ":chat.test FAIL SEARCH INVALID_PARAMS in :Invalid parameters",
    ]


@pytest.mark.parametrize(
    ("params", "context"),
    [
        ("", ""),
        (":", ""),
        ("text=a b", ""),
        ("words=a", " words"),
        ("text=", " text"),
        ("from", " from"),
        ("after=yesterday", " after"),
        ("before=1800000000", " before"),
        ("limit=0", " limit"),
        ("limit=-1", " limit"),
        ("limit=many", " limit"),
        ("limit=٣", " limit"),
        ("text=quick;limit=x", " limit"),
    ],
)
def test_invalid_selectors_are_named(bob, talk, params, context):
    assert bob.ask(f"SEARCH {params}") == [f":chat.test FAIL SEARCH INVALID_PARAMS{context} :Invalid parameters"]


@pytest.mark.parametrize("attributes", ["text=quick", "text=quick;in=#room", "text=quick;in=nobody"])
def test_a_search_that_fails_is_an_internal_error(net, bob, talk, attributes):
    net.broken = True
    assert bob.ask(f"SEARCH {attributes}") == [":chat.test FAIL SEARCH INTERNAL_ERROR :The search could not be run"]
    net.broken = False


def test_without_batch_the_lines_come_bare(net):
    """Servers SHOULD NOT enforce that clients support all related capabilities."""
    bob = net.register("bob", "soju.im/search")
    net.gather("#room", bob)
    bob.send("PRIVMSG #room :hi")
    assert bob.ask("SEARCH text=hi") == [":bob!~bob@127.0.0.1 PRIVMSG #room :hi"]


def test_without_the_capability_there_is_no_such_command(net):
    assert net.register("bob").ask("SEARCH text=a") == [":chat.test 421 bob SEARCH :Unknown command"]


def test_a_search_costs_several_commands(make_net):
    net = make_net(limits={"commands_per_second": 1, "commands_burst": 10})
    bob = net.register("bob", CAPS)
    net.move_clock(60)
    answers = bob.ask(*["SEARCH text=a"] * 4)
    assert len(answers) == 4  # two batches
    net.move_clock(60)
    assert len(bob.raw()) == 4


def test_who_is_kicked_while_the_search_runs_does_not_read_what_it_found(net, talk, alice, bob):
    net.slow = True
    bob.send("SEARCH text=quick")
    alice.send("KICK #room bob")
    net.slow = False
    net.answer()
    found = [line for line in bob.received() if " PRIVMSG " in line or " NOTICE " in line]
    assert found
    assert not any("#Room" in line for line in found)


def test_so_many_searches_of_one_address_wait(make_net):
    net = make_net(limits={"waiting_per_address": 1})
    first, second, third = (net.register(nick, CAPS) for nick in ("ann", "bea", "cleo"))
    net.slow = True
    for client in (first, second, third):
        client.send("SEARCH text=quick")
    assert third.received() == [":chat.test FAIL SEARCH INTERNAL_ERROR :Too many are searching: try again in a while"]
    net.slow = False
    net.answer()
    assert "FAIL" not in str(first.received() + second.received())
