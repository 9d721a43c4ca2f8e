"""WHO, WHOIS, USERHOST, ISON, MOTD, LUSERS, VERSION and RPL_ISUPPORT.

Spec: https://modern.ircdocs.horse/#server-queries-and-commands and https://modern.ircdocs.horse/#user-based-queries
"""

import pytest

from chatkit.proto import modes, names
from chatkit.proto.isupport import parse_tokens


def who(nick: str, where: str, flags: str) -> str:
    return f":chat.test 352 bob {where} ~{nick} 127.0.0.1 chat.test {nick} {flags} :0 {nick.title()}"


def end_of_who(mask: str) -> str:
    return f":chat.test 315 bob {mask} :End of WHO list"


# WHO


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
    for mask in ("127.0.0.?", "~*", "chat.test", "*", "0"):
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


# WHOIS


@pytest.mark.smoke
def test_whois_tells_who_somebody_is(net, alice, bob):
    net.gather("#room,#other", alice)
    alice.send("AWAY :asleep")
    net.move_clock(61)
    assert bob.ask("WHOIS ALICE") == [
        ":chat.test 311 bob alice ~alice 127.0.0.1 * :Alice",
        ":chat.test 319 bob alice :@#room @#other",
        ":chat.test 312 bob alice chat.test :chat for your own network",
        ":chat.test 301 bob alice :asleep",
        ":chat.test 317 bob alice 61 1800000000 :seconds idle, signon time",
        ":chat.test 318 bob alice :End of /WHOIS list",
    ]


def test_speaking_ends_idling_and_pinging_does_not(net, alice, bob):
    net.move_clock(60)
    alice.send("PING x")
    assert " 317 bob alice 60 " in bob.ask("WHOIS alice")[2]
    alice.send("PRIVMSG bob :hi")
    assert " 317 bob alice 0 " in bob.ask("WHOIS alice")[2]


def test_ones_own_address_is_shown_to_oneself(bob, alice):
    line = ":chat.test 338 bob bob ~bob@127.0.0.1 127.0.0.1 :is actually using host"
    assert line in bob.ask("WHOIS bob")
    assert not any(" 338 " in line for line in bob.ask("WHOIS alice"))


def test_whois_hides_secret_rooms_and_those_of_the_invisible(net, alice, bob):
    net.gather("#open,#closed", alice)
    alice.send("MODE #closed +s")
    assert bob.ask("WHOIS alice")[1] == ":chat.test 319 bob alice :@#open"
    alice.send("MODE alice +i")
    assert not any(" 319 " in line for line in bob.ask("WHOIS alice"))
    net.gather("#closed", bob)
    assert bob.ask("WHOIS alice")[1] == ":chat.test 319 bob alice :@#open @#closed"


def test_whois_of_somebody_in_many_rooms_comes_whole_in_many_lines(make_net):
    net = make_net(limits={"commands_burst": 1000})
    alice, bob = net.register("alice"), net.register("bob")
    rooms = [f"#{'r' * 60}{number:02}" for number in range(30)]
    net.gather(",".join(rooms[:7]), alice)
    for room in rooms[7:]:
        net.gather(room, alice)
    lines = [line for line in bob.ask("WHOIS alice") if " 319 " in line]
    assert " ".join(line.partition(" :")[2] for line in lines).split(" ") == ["@" + room for room in rooms]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("WHOIS", ["431 bob :No nickname given"]),
        ("WHOIS :", ["431 bob :No nickname given"]),
        ("WHOIS nobody", ["401 bob nobody :No such nick/channel", "318 bob nobody :End of /WHOIS list"]),
        ("WHOIS elsewhere.net alice", ["402 bob elsewhere.net :No such server"]),
    ],
)
def test_whois_of_nobody(net, alice, bob, line, answer):
    assert bob.ask(line) == [f":chat.test {text}" for text in answer]


@pytest.mark.parametrize("target", ["chat.test", "*.test", "alice"])
def test_whois_may_name_this_server_or_who_is_on_it(net, alice, bob, target):
    assert bob.ask(f"WHOIS {target} alice")[0].startswith(":chat.test 311 bob alice ")


# USERHOST, ISON


def test_userhost_takes_up_to_five_nicks(net, alice, bob):
    alice.send("AWAY :asleep")
    assert bob.ask("USERHOST alice nobody BOB a b alice") == [
        ":chat.test 302 bob :alice=-~alice@127.0.0.1 bob=+~bob@127.0.0.1",
    ]
    assert bob.ask("USERHOST nobody", "USERHOST") == [
        ":chat.test 302 bob :",
        ":chat.test 461 bob USERHOST :Not enough parameters",
    ]


def test_ison_tells_who_of_them_is_there(net, alice, bob):
    assert bob.ask("ISON ALICE nobody bob", "ISON :nobody alice", "ISON x", "ISON") == [
        ":chat.test 303 bob :alice bob",
        ":chat.test 303 bob :alice",
        ":chat.test 303 bob :",
        ":chat.test 461 bob ISON :Not enough parameters",
    ]


def test_an_answer_of_many_nicks_is_never_cut_in_one(net):
    nicks = ["n" * 31 + letter for letter in "abcdefghijklmno"]
    clients = [net.register(nick) for nick in nicks]
    lines = clients[0].ask("ISON " + " ".join(nicks))
    assert len(lines) == 2
    assert " ".join(line.partition(" :")[2] for line in lines).split(" ") == nicks


# The server


def test_without_a_message_of_the_day_that_is_said(bob):
    assert bob.ask("MOTD", "MOTD chat.test", "MOTD bob", "MOTD elsewhere.net") == [
        *[":chat.test 422 bob :There is no message of the day"] * 3,
        ":chat.test 402 bob elsewhere.net :No such server",
    ]


def test_the_message_of_the_day_comes_line_by_line(make_net):
    bob = make_net(motd=("Welcome!", "", "ü" * 300)).register("bob")
    start, one, two, three, end = bob.ask("MOTD")
    assert start == ":chat.test 375 bob :- chat.test Message of the day -"
    assert [one, two, end] == [
        ":chat.test 372 bob :- Welcome!",
        ":chat.test 372 bob :- ",
        ":chat.test 376 bob :End of /MOTD command.",
    ]
    assert set(three.partition(":- ")[2]) == {"ü"}


def test_lusers_counts(net, alice, bob):
    net.connect()
    net.gather("#room", alice)
    net.register("carol").send("MODE carol +i", "QUIT")
    alice.send("MODE alice +i")
    assert bob.ask("LUSERS") == [
        ":chat.test 251 bob :There are 1 users and 1 invisible on 1 servers",
        ":chat.test 252 bob 0 :operator(s) online",
        ":chat.test 253 bob 1 :unknown connection(s)",
        ":chat.test 254 bob 1 :channels formed",
        ":chat.test 255 bob :I have 2 clients and 0 servers",
        ":chat.test 265 bob 2 3 :Current local users 2, max 3",
        ":chat.test 266 bob 2 3 :Current global users 2, max 3",
    ]


def test_version_comes_with_isupport(bob):
    first, *rest = bob.ask("VERSION *.test")
    assert first == ":chat.test 351 bob chatkit-0 chat.test :chat for your own network"
    assert [line.split(" ")[1] for line in rest] == ["005", "005"]
    assert bob.ask("VERSION elsewhere.net") == [":chat.test 402 bob elsewhere.net :No such server"]


@pytest.fixture
def isupport(bob):
    lines = bob.ask("VERSION")[1:]
    return parse_tokens(token for line in lines for token in line.split(" :")[0].split(" ")[3:])


def test_isupport_tells_the_limits_that_hold(isupport):
    assert isupport["NETWORK"] == "chat.test"
    assert isupport["CASEMAPPING"] == "ascii"
    assert isupport["NICKLEN"] == str(names.NICK_LEN)
    assert isupport["CHANNELLEN"] == str(names.CHANNEL_LEN)
    assert isupport["TOPICLEN"] == str(names.TOPIC_LEN)
    assert isupport["CHANMODES"] == "b,k,l,imnst"
    assert isupport["PREFIX"] == "(ov)@+"
    assert isupport["MODES"] == str(modes.MAX_MODES)
    assert isupport["CHATHISTORY"] == "200"
    assert isupport["MSGREFTYPES"] == "msgid,timestamp"
    assert isupport["UTF8ONLY"] == ""


def test_targmax_is_what_messages_take(net, bob, isupport):
    limits = dict(item.split(":") for item in isupport["TARGMAX"].split(","))
    most = int(limits["PRIVMSG"])
    assert len(bob.ask(f"PRIVMSG {','.join(['bob'] * most)} :hi")) == most
    assert bob.ask(f"PRIVMSG {','.join(['bob'] * (most + 1))} :hi")[0].split(" ")[1] == "407"


@pytest.mark.parametrize("line", ["NONSENSE", "nonsense a b", "ÄÖÜ", "999"])
def test_what_is_no_command_is_named(bob, line):
    word = line.split(" ")[0]
    shown = word.upper() if word.isascii() else word
    assert bob.ask(line) == [f":chat.test 421 bob {shown} :Unknown command"]
