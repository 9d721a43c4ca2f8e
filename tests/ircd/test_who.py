"""WHO and WHOX: who is in a room, or fits a mask.

Spec: https://modern.ircdocs.horse/#who-message and https://ircv3.net/specs/extensions/whox
"""

import pytest

from tests.ircd.opers import an_oper
from tests.ircd.people import log_in, open_account


def who(nick: str, where: str, flags: str) -> str:
    return f":chat.test 352 bob {where} ~{nick} 127.0.0.1 chat.test {nick} {flags} :0 {nick.title()}"


def end_of_who(mask: str) -> str:
    return f":chat.test 315 bob {mask} :End of WHO list"


@pytest.mark.smoke
def test_who_lists_the_members_of_a_room(net, alice, bob):
    net.gather("#room", alice, bob)
    alice.send("AWAY :asleep", "MODE #room +v bob")
    assert bob.ask("WHO #ROOM") == [
        who("alice", "#room", "G@"),
        who("bob", "#room", "H+"),
        end_of_who("#ROOM"),
    ]


def test_who_finds_one_nick_exactly_and_many_by_a_mask(net, alice, bob):
    net.register("albert")
    assert bob.ask("WHO ALICE") == [who("alice", "*", "H"), end_of_who("ALICE")]
    assert bob.ask("WHO al*") == [who("alice", "*", "H"), who("albert", "*", "H"), end_of_who("al*")]
    for mask in ("127.0.0.?", "~*", "*", "0"):
        assert len(bob.ask(f"WHO {mask}")) == 4
    assert bob.ask("WHO Albert")[0] == who("albert", "*", "H")  # by real name, too
    assert len(bob.ask("WHO")) == 4


def test_who_answers_nothing_but_the_end_where_there_is_nothing(net, alice, bob):
    net.gather("#secret", alice)
    alice.send("MODE #secret +s")
    assert bob.ask("WHO #nowhere", "WHO #secret", "WHO nobody") == [
        end_of_who("#nowhere"),
        end_of_who("#secret"),
        end_of_who("nobody"),
    ]


def test_the_invisible_are_found_only_by_name_or_in_a_common_room(net, alice, bob):
    """Visible users are users who either aren't invisible or have a common channel with the requesting client."""
    net.gather("#a", alice)
    alice.send("MODE alice +i")
    assert bob.ask("WHO a*", "WHO #a") == [end_of_who("a*"), end_of_who("#a")]
    assert bob.ask("WHO alice")[0] == who("alice", "*", "H")
    net.gather("#a", bob)
    assert bob.ask("WHO a*")[0] == bob.ask("WHO #a")[0] == who("alice", "#a", "H@")


def test_who_shows_all_prefixes_with_multi_prefix(net, alice):
    bob = net.register("bob", "multi-prefix")
    net.gather("#room", alice, bob)
    alice.send("MODE #room +v alice")
    assert bob.ask("WHO alice")[0] == who("alice", "#room", "H@+")


def test_who_marks_operators_and_bots_after_the_away_flag(make_net):
    """Away status, then an asterisk for operators, then prefixes, then user mode characters (BOT=B)."""
    net = make_net(opers=[an_oper()])
    bob, robot = net.register("bob"), net.register("robot", "multi-prefix")
    net.gather("#room", robot, bob)
    robot.send("MODE robot +B", "OPER ada secret", "AWAY :off", "MODE #room +v robot")
    assert bob.ask("WHO robot")[0] == who("robot", "#room", "G*@B")
    assert robot.ask("WHO robot")[0] == who("robot", "#room", "G*@+B").replace(" bob ", " robot ")
    assert bob.ask("WHO * o", "WHO #room o", "WHO bob o")[::2] == [who("robot", "#room", "G*@B")] * 2 + [
        end_of_who("bob")
    ]


def test_who_of_a_room_names_that_room(net, alice, bob):
    """If the WHO command was given a channel, then the same channel MUST be returned in <channel>."""
    net.gather("#a", alice, bob)
    net.gather("#b", alice, bob)
    assert bob.ask("WHO #b")[0] == who("alice", "#b", "H@")
    assert bob.ask("WHO alice")[0] == who("alice", "#a", "H@")


def test_who_matches_whole_sources_and_accounts(net, bob):
    log_in(net, open_account(net, "Carol"), nick="c")
    line = ":chat.test 352 bob * ~u 127.0.0.1 chat.test c H :0 Somebody"
    assert bob.ask("WHO c!~u@127.*", "WHO car?l")[::2] == [line, line]


def test_operators_may_find_the_invisible_and_what_is_secret(make_net):
    net = make_net(opers=[an_oper()])
    alice, ada = net.register("alice"), net.register("ada")
    net.gather("#secret", alice)
    alice.send("MODE alice +i", "MODE #secret +s")
    assert [line.split(" ")[1] for line in ada.ask("WHO al*", "WHO #secret")] == ["315", "315"]
    ada.send("OPER ada secret")
    assert [line.split(" ")[1:4:2] for line in ada.ask("WHO al*", "WHO #secret")][::2] == [["352", "#secret"]] * 2


def test_who_in_an_auditorium_shows_those_with_a_prefix_alone(net, alice, bob):
    net.gather("#room", alice)
    alice.send("MODE #room +u")
    carol = net.register("carol")
    net.gather("#room", bob, carol)
    assert [line.split(" ")[7] for line in bob.ask("WHO #room")[:-1]] == ["alice", "bob"]
    assert len(alice.ask("WHO #room")) == 4
    assert bob.ask("WHO carol")[0] == who("carol", "*", "H")


# WHOX


@pytest.mark.smoke
def test_whox_gives_the_fields_that_were_asked_for_in_their_order(net, alice, bob):
    """Servers MUST send the fields in the order specified, and exactly those that the client requested."""
    net.gather("#room", alice)
    net.move_clock(61)
    assert bob.ask("WHO alice %tcuihsnfdlaor,42", "WHO alice %roadlfnshiuct,042", "WHO alice %na") == [
        ":chat.test 354 bob 42 #room ~alice 255.255.255.255 127.0.0.1 chat.test alice H@ 0 61 0 n/a :Alice",
        end_of_who("alice"),
        ":chat.test 354 bob 042 #room ~alice 255.255.255.255 127.0.0.1 chat.test alice H@ 0 61 0 n/a :Alice",
        end_of_who("alice"),
        ":chat.test 354 bob alice 0",
        end_of_who("alice"),
    ]


def test_whox_shows_account_and_ones_own_address(net, bob):
    carol = log_in(net, open_account(net, "Carol"))
    assert carol.ask("WHO carol %nai")[0] == ":chat.test 354 Carol 127.0.0.1 Carol Carol"
    assert bob.ask("WHO carol %nai")[0] == ":chat.test 354 bob 255.255.255.255 Carol Carol"


def test_whox_shows_operators_every_address(make_net):
    net = make_net(opers=[an_oper()])
    net.register("alice")
    ada = net.register("ada")
    ada.send("OPER ada secret")
    assert ada.ask("WHO alice %i")[0] == ":chat.test 354 ada 127.0.0.1"


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        ("%nzZ9", "alice"),  # unknown fields are ignored
        ("%tn,1234", "0 alice"),  # "at most 3 characters"
        ("%tn,x", "0 alice"),
        ("%tn", "0 alice"),
        ("%c", "*"),  # no room to show
        ("%r", ":Alice"),
        ("o%n", None),
    ],
)
def test_whox_with_odd_requests(net, alice, bob, request_, reply):
    expected = [f":chat.test 354 bob {reply}"] if reply is not None else []
    assert bob.ask(f"WHO alice {request_}") == [*expected, end_of_who("alice")]


def test_who_lists_who_is_always_on_or_has_several_devices_once(make_net):
    net = make_net()
    account = open_account(net, "Carol", always_on=True)
    phone, laptop = log_in(net, account), log_in(net, account)
    bob = net.register("bob")
    assert len(bob.ask("WHO carol")) == len(bob.ask("WHO c*")) == 2
    net.disconnect(phone)
    net.disconnect(laptop)
    assert bob.ask("WHO c* %nf")[0] == ":chat.test 354 bob Carol G"
