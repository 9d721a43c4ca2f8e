"""MOTD, LUSERS, VERSION, ADMIN, TIME, INFO, LINKS and STATS.

Spec: https://modern.ircdocs.horse/#server-queries-and-commands
"""

import pytest

from tests.ircd.opers import an_oper
from tests.ircd.people import log_in, open_account


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


def test_lusers_counts_operators_and_who_is_always_on_once(make_net):
    net = make_net(opers=[an_oper()])
    account = open_account(net, "Carol", always_on=True)
    phone, laptop = log_in(net, account), log_in(net, account)
    bob = net.register("bob")
    bob.send("OPER ada secret")
    assert [line.split(" :")[0].split(" ")[3:] for line in bob.ask("LUSERS")][1:6:4] == [["1"], ["2", "2"]]
    net.disconnect(phone)
    net.disconnect(laptop)
    assert bob.ask("LUSERS")[5].startswith(":chat.test 265 bob 2 2 ")
    bob.send("MODE bob -o")
    assert bob.ask("LUSERS")[1] == ":chat.test 252 bob 0 :operator(s) online"


def test_lusers_of_another_server(bob):
    assert bob.ask("LUSERS * elsewhere.net") == [":chat.test 402 bob elsewhere.net :No such server"]
    assert len(bob.ask("LUSERS *", "LUSERS * chat.test")) == 14


def test_version_comes_with_isupport(bob):
    first, *rest = bob.ask("VERSION *.test")
    assert first == ":chat.test 351 bob chatkit-0 chat.test :chat for your own network"
    assert {line.split(" ")[1] for line in rest} == {"005"}


@pytest.mark.parametrize("command", ["VERSION", "ADMIN", "TIME", "INFO", "MOTD", "STATS u"])
def test_another_server_is_unknown(bob, alice, command):
    assert bob.ask(f"{command} elsewhere.net") == [":chat.test 402 bob elsewhere.net :No such server"]
    for here in ("chat.test", "*.test", "ALICE"):
        assert " 402 " not in bob.ask(f"{command} {here}")[0]


def test_admin_says_who_runs_the_server(make_net):
    network = {"location": "Berlin, Germany", "organisation": "Chess club", "email": "chess@example.org"}
    bob = make_net(network=network).register("bob")
    assert bob.ask("ADMIN") == [
        ":chat.test 256 bob chat.test :Administrative info",
        ":chat.test 257 bob :Berlin, Germany",
        ":chat.test 258 bob :Chess club",
        ":chat.test 259 bob :chess@example.org",
    ]


def test_admin_answers_where_nobody_has_said_so(bob):
    assert [line.split(" ")[1] for line in bob.ask("ADMIN")] == ["256", "257", "258", "259"]


def test_time(net, bob):
    net.move_clock(3661)
    assert bob.ask("TIME") == [":chat.test 391 bob chat.test 1800003661 0 :Fri Jan 15 2027 09:01:01 UTC"]


def test_info_and_links(bob):
    *lines, end = bob.ask("INFO")
    assert end == ":chat.test 374 bob :End of INFO list"
    assert {line.split(" ")[1] for line in lines} == {"371"}
    assert lines[0] == ":chat.test 371 bob :chatkit-0: chat for your own network"
    assert bob.ask("LINKS") == [
        ":chat.test 364 bob chat.test chat.test :0 chat for your own network",
        ":chat.test 365 bob * :End of /LINKS list",
    ]


# STATS


def test_stats_tells_how_long_it_runs_and_what_is_used(net, bob):
    net.move_clock(2 * 86400 + 3 * 3600 + 4 * 60 + 5)
    assert bob.ask("STATS u") == [
        ":chat.test 242 bob :Server Up 2 days 3:04:05",
        ":chat.test 219 bob u :End of /STATS report",
    ]
    bob.ask("AWAY", "AWAY", "NONSENSE")
    usage = bob.ask("STATS m")
    assert usage[0] == ":chat.test 212 bob AWAY 2"
    assert usage[-1] == ":chat.test 219 bob m :End of /STATS report"
    assert not any("NONSENSE" in line for line in usage)


def test_what_stats_keeps_for_operators(make_net):
    weak = an_oper("weak", **{"class": "weak"})
    ada = an_oper(hosts=["127.0.0.1", "10.0.0.0/8"])
    net = make_net(opers=[ada, weak], oper_classes={"weak": ["kill"]})
    bob = net.register("bob")
    end = [":chat.test 219 bob o :End of /STATS report"]
    assert bob.ask("STATS o") == [":chat.test 481 bob :Permission Denied- You're not an IRC operator", *end]
    bob.send("OPER weak secret")
    assert bob.ask("STATS o") == [":chat.test 723 bob stats :Insufficient oper privileges.", *end]
    bob.send("OPER ada secret")
    assert bob.ask("STATS o", "STATS p") == [
        ":chat.test 243 bob O 127.0.0.1 * ada all",
        ":chat.test 243 bob O 10.0.0.0/8 * ada all",
        ":chat.test 243 bob O * * weak weak",
        *end,
        ":chat.test 249 bob p :bob!~bob@127.0.0.1 (all) idle 0 seconds",
        ":chat.test 249 bob p :1 operator(s)",
        ":chat.test 219 bob p :End of /STATS report",
    ]


def test_stats_l_tells_operators_how_much_each_connection_sends_and_has_waiting(make_net):
    net = make_net(opers=[an_oper()])
    bob = net.connect()
    net.let_time_pass(5)
    bob.send("NICK bob", "USER bob 0 * :Bob")
    no_oper = ":chat.test 481 bob :Permission Denied- You're not an IRC operator"
    end = ":chat.test 219 bob l :End of /STATS report"
    bob.raw()
    assert bob.ask("STATS l") == [no_oper, end]
    bob.send("OPER ada secret")
    bob.link.queued = 77
    heard = sum(map(len, ["NICK bob", "USER bob 0 * :Bob", "STATS l", "OPER ada secret", "STATS l"]))
    assert bob.ask("STATS l") == [f":chat.test 211 bob bob[~bob@127.0.0.1] 77 * * 5 {heard} 5", end]


@pytest.mark.parametrize(("line", "letter"), [("STATS z", "z"), ("STATS :", "*"), ("STATS uptime", "u")])
def test_stats_always_ends(bob, line, letter):
    assert bob.ask(line)[-1] == f":chat.test 219 bob {letter} :End of /STATS report"
    assert bob.ask("STATS") == [":chat.test 461 bob STATS :Not enough parameters"]
