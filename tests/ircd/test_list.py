"""LIST, and the conditions that it knows (ELIST).

Spec: https://modern.ircdocs.horse/#list-message and https://modern.ircdocs.horse/#elist-parameter
"""

import pytest

from tests.ircd.opers import an_oper


@pytest.mark.smoke
def test_list_shows_rooms_members_and_topics(net, alice, bob):
    net.gather("#a,#b", alice)
    net.gather("#b", bob)
    alice.send("TOPIC #a :first")
    alice.raw()
    assert bob.ask("LIST") == [
        ":chat.test 321 bob Channel :Users  Name",
        ":chat.test 322 bob #a 1 :first",
        ":chat.test 322 bob #b 2 :",
        ":chat.test 323 bob :End of /LIST",
    ]
    assert bob.ask("LIST #B,#nowhere,,x")[1:-1] == [":chat.test 322 bob #b 2 :"]


def test_list_hides_secret_rooms_from_all_but_their_members_and_operators(make_net):
    net = make_net(opers=[an_oper()])
    alice, bob = net.register("alice"), net.register("bob")
    net.gather("#a", alice)
    alice.send("MODE #a +s")
    assert [line.split(" ")[1] for line in bob.ask("LIST", "LIST #a")] == ["321", "323"] * 2
    assert alice.ask("LIST")[1] == ":chat.test 322 alice #a 1 :"
    bob.send("OPER ada secret")
    assert bob.ask("LIST")[1] == ":chat.test 322 bob #a 1 :"


@pytest.fixture
def listed(net):
    """Rooms with 1, 2 and 3 members, made 30, 20 and 10 minutes ago, topics set 25 and 5 minutes ago."""
    clients = [net.register(nick) for nick in ("alice", "bob", "carol")]
    net.gather("#one", *clients[:1])
    net.let_time_pass(300)
    clients[0].send("TOPIC #one :old")
    net.let_time_pass(300)
    net.gather("#two", *clients[:2])
    net.let_time_pass(600)
    net.gather("#three-news", *clients)
    net.let_time_pass(300)
    clients[0].send("TOPIC #three-news :new")
    net.let_time_pass(300)
    return lambda text: [line.split(" ")[3] for line in clients[0].ask(f"LIST {text}")[1:-1]]


@pytest.mark.parametrize(
    ("text", "rooms"),
    [
        (">1", ["#two", "#three-news"]),
        ("<3", ["#one", "#two"]),
        (">1,<3", ["#two"]),
        (">0", ["#one", "#two", "#three-news"]),
        # "created either less than val minutes ago, or more than val minutes ago, respectively"
        ("C<15", ["#three-news"]),
        ("C>15", ["#one", "#two"]),
        ("c>15,c<25", ["#two"]),
        # A room without a topic fits neither.
        ("T<10", ["#three-news"]),
        ("T>10", ["#one"]),
        ("t<60", ["#one", "#three-news"]),
        ("*news*", ["#three-news"]),
        ("#t*", ["#two", "#three-news"]),
        ("#t??", ["#two"]),
        ("!*news*", ["#one", "#two"]),
        ("#t*,!*news*", ["#two"]),
        ("#t*,#one", ["#one", "#two", "#three-news"]),
        ("#one,#two >1", ["#two"]),
        ("#one,>1", []),
        ("#nowhere", []),
        (">x", []),
        ("!", ["#one", "#two", "#three-news"]),
    ],
)
def test_list_takes_conditions(listed, text, rooms):
    assert listed(text) == rooms


def test_isupport_names_the_conditions(bob):
    assert any(" ELIST=CMNTU " in line for line in bob.ask("VERSION"))


def test_a_list_never_costs_a_client_its_connection(make_net):
    """SAFELIST: the server ensures that a client may perform the LIST command without being disconnected."""
    net = make_net(limits={"sendq_bytes": 4096})
    alice, bob, carol = net.register("alice"), net.register("bob"), net.register("carol", "standard-replies")
    net.gather("#a,#b,#c,#d,#e,#f", alice)
    net.gather("#e", bob)
    *lines, notice = bob.ask("LIST")
    assert [line.split(" ")[3] for line in lines[1:-1]] == ["#e", "#a", "#b", "#c"]
    text = "These are the 4 largest of 6 rooms; ask for fewer of them"
    assert notice == f":chat.test NOTICE bob :{text}"
    assert carol.ask("LIST")[-1] == f":chat.test NOTE LIST TRUNCATED :{text}"


def test_a_list_of_many_rooms_counts_as_several_commands(net, alice, bob):
    net.gather("#a,#b", alice)
    before = bob.session.allowance
    net.ircd.channels.update({f"#{number}": net.ircd.channels["#a"] for number in range(1000)})
    bob.send("LIST")
    for number in range(1000):
        del net.ircd.channels[f"#{number}"]
    assert before - bob.session.allowance > 5


def test_many_conditions_and_masks_count_as_several_commands(net, alice, bob):
    net.gather("#a", alice)
    for words in (["!*a*b?"] * 40, ["*a*b?"] * 40, [">1"] * 100):
        before = bob.session.allowance
        net.ircd.channels.update({f"#{number}": net.ircd.channels["#a"] for number in range(1000)})
        bob.send(f"LIST {','.join(words)}")
        for number in range(1000):
            del net.ircd.channels[f"#{number}"]
        assert before - bob.session.allowance > 14
