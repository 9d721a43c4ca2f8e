"""WHOIS and WHOWAS: all about one user, there or gone.

Spec: https://modern.ircdocs.horse/#whois-message and https://modern.ircdocs.horse/#whowas-message
"""

import pytest

from chatkit.ircd.whowas import REMEMBERED
from tests.ircd.opers import an_oper
from tests.ircd.people import begin, log_in, open_account


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
        ":chat.test 318 bob ALICE :End of /WHOIS list",
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
    """Some servers hide all channels of an invisible user that they do not share with the user who asks."""
    net.gather("#open,#closed", alice)
    alice.send("MODE #closed +s")
    assert bob.ask("WHOIS alice")[1] == ":chat.test 319 bob alice :@#open"
    alice.send("MODE alice +i")
    assert not any(" 319 " in line for line in bob.ask("WHOIS alice"))
    net.gather("#closed", bob)
    assert bob.ask("WHOIS alice")[1] == ":chat.test 319 bob alice :@#closed"


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
        ("WHOIS elsewhere.net alice", ["402 bob elsewhere.net :No such server", "318 bob alice :End of /WHOIS list"]),
    ],
)
def test_whois_of_nobody(net, alice, bob, line, answer):
    assert bob.ask(line) == [f":chat.test {text}" for text in answer]


@pytest.mark.parametrize("target", ["chat.test", "*.test", "alice"])
def test_whois_may_name_this_server_or_who_is_on_it(net, alice, bob, target):
    assert bob.ask(f"WHOIS {target} alice")[0].startswith(":chat.test 311 bob alice ")


def test_whois_names_its_parameter_at_the_end_as_it_was_given(net, alice, bob):
    """<nick> MUST be exactly the <nick> parameter sent by the client: the case MUST be preserved, and if the client
    sent multiple nicks, this MUST be the comma-separated list."""
    assert bob.ask("WHOIS aLiCe")[-1] == ":chat.test 318 bob aLiCe :End of /WHOIS list"
    lines = bob.ask("WHOIS alice,bob,nobody")
    assert lines[-1] == ":chat.test 318 bob alice,bob,nobody :End of /WHOIS list"
    assert [line.split(" ")[3] for line in lines if " 311 " in line] == ["alice"]


def test_whois_tells_account_bot_and_operator(make_net):
    net = make_net(opers=[an_oper()])
    carol, bob = log_in(net, open_account(net, "Carol")), net.register("bob")
    carol.send("MODE carol +B", "OPER ada secret")
    lines = bob.ask("WHOIS carol")
    assert lines[2:6] == [
        ":chat.test 313 bob Carol :is an IRC operator",
        ":chat.test 307 bob Carol :has identified for this nick",
        ":chat.test 330 bob Carol Carol :is logged in as",
        ":chat.test 335 bob Carol :is a bot",
    ]
    carol.send("NICK other")
    numerics = [line.split(" ")[1] for line in bob.ask("WHOIS other")]
    assert "330" in numerics
    assert "307" not in numerics


def secured(net, client, certfp: str | None = None):
    net.ircd.secured(client.session, certfp)
    return client


def register_over_tls(net, nick: str, certfp: str | None = None):
    client = secured(net, net.connect(), certfp)
    client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}")
    client.raw()
    return client


def test_whois_says_whether_the_way_is_secure_to_every_device(net, bob):
    """RPL_WHOISSECURE: the client is connecting in a way the server considers reasonably safe from eavesdropping."""
    account = open_account(net, "Carol")
    phone = secured(net, begin(net, account))
    phone.send("NICK Carol", "USER u 0 * :C")
    assert ":chat.test 671 bob Carol :is using a secure connection" in bob.ask("WHOIS carol")
    laptop = log_in(net, account)
    assert not any(" 671 " in line for line in bob.ask("WHOIS carol"))
    net.disconnect(laptop)
    assert any(" 671 " in line for line in bob.ask("WHOIS carol"))


def test_only_oneself_is_told_certificate_and_modes(net, bob):
    """Clients MUST only be sent RPL_WHOISCERTFP if they are using WHOIS on themselves or they are an operator."""
    dora = register_over_tls(net, "dora", "ab" * 32)
    own = dora.ask("WHOIS dora")
    assert f":chat.test 276 dora dora :has client certificate fingerprint {'ab' * 32}" in own
    assert ":chat.test 379 dora dora :is using modes +Z" in own
    assert not {"276", "338", "379"} & {line.split(" ")[1] for line in bob.ask("WHOIS dora")}


def test_operators_who_may_see_hosts_are_told_what_only_oneself_is(make_net):
    see, kill = an_oper("see", **{"class": "see"}), an_oper("kill", **{"class": "kill"})
    net = make_net(opers=[see, kill], oper_classes={"see": ["see-hosts"], "kill": ["kill"]})
    register_over_tls(net, "dora", "ab" * 32)
    told = {}
    for name in ("see", "kill"):
        client = net.register(name)
        client.send(f"OPER {name} secret")
        told[name] = {line.split(" ")[1] for line in client.ask("WHOIS dora")}
    assert {"276", "338", "379"} <= told["see"]
    assert not {"276", "338", "379"} & told["kill"]


def test_whois_shows_oneself_where_each_device_is(net):
    account = open_account(net, "Carol")
    phone = log_in(net, account)
    begin(net, account, address="192.0.2.7").send("NICK Carol", "USER u 0 * :C")
    assert [line.split(" ")[5] for line in phone.ask("WHOIS carol") if " 338 " in line] == ["127.0.0.1", "192.0.2.7"]


def test_whois_of_who_is_always_on_without_a_device(net, bob):
    account = open_account(net, "Carol", always_on=True)
    net.disconnect(log_in(net, account))
    numerics = [line.split(" ")[1] for line in bob.ask("WHOIS carol")]
    assert numerics == ["311", "312", "307", "330", "301", "317", "318"]


# WHOWAS


def whowas(nick: str, user: str) -> list[str]:
    return [
        f":chat.test 314 bob {nick} ~{user} 127.0.0.1 * :{user.title()}",
        f":chat.test 312 bob {nick} chat.test :Fri Jan 15 2027 08:00:00 UTC",
    ]


@pytest.mark.smoke
def test_whowas_tells_of_those_who_left_or_changed_their_nick_the_latest_first(net, bob):
    """The history is searched backward, returning the most recent entry first."""
    net.register("alice").send("QUIT")
    carol = net.register("carol")
    carol.send("NICK Alice", "NICK carol")
    assert bob.ask("WHOWAS ALICE") == [
        *whowas("Alice", "carol"),
        *whowas("alice", "alice"),
        ":chat.test 369 bob ALICE :End of WHOWAS",
    ]


@pytest.mark.parametrize(("count", "found"), [("1", 1), ("2", 2), ("9", 3), ("0", 3), ("-1", 3), ("x", 3), ("", 3)])
def test_whowas_gives_as_many_as_are_wanted(net, bob, count, found):
    """Up to <count> replies will be returned; otherwise, if it is no positive number, a full search is done."""
    for _ in range(3):
        net.register("alice").send("QUIT")
    assert len(bob.ask(f"WHOWAS alice :{count}")) == 2 * found + 1


def test_whowas_of_nobody(bob):
    assert bob.ask("WHOWAS nobody", "WHOWAS", "WHOWAS :", "WHOWAS bob") == [
        ":chat.test 406 bob nobody :There was no such nickname",
        ":chat.test 369 bob nobody :End of WHOWAS",
        *[":chat.test 431 bob :No nickname given"] * 2,
        ":chat.test 406 bob bob :There was no such nickname",
        ":chat.test 369 bob bob :End of WHOWAS",
    ]


def test_a_change_of_case_gives_no_nick_up(bob):
    bob.send("NICK Bob")
    assert " 406 " in bob.ask("WHOWAS bob")[0]


def test_whowas_shows_operators_the_address_and_everybody_the_account(make_net):
    net = make_net(opers=[an_oper()])
    bob = net.register("bob")
    log_in(net, open_account(net, "Carol")).send("QUIT")
    assert ":chat.test 330 bob Carol Carol :was logged in as" in bob.ask("WHOWAS carol")
    assert not any(" 338 " in line for line in bob.ask("WHOWAS carol"))
    bob.send("OPER ada secret")
    line = ":chat.test 338 bob Carol ~u@127.0.0.1 127.0.0.1 :was actually using host"
    assert line in bob.ask("WHOWAS carol")


def test_whowas_remembers_so_many(net, bob):
    net.register("alice").send("QUIT")
    user = bob.session.user
    for seq in range(REMEMBERED - 1):
        net.ircd.whowas.remember(user, seq)
    assert " 314 " in bob.ask("WHOWAS alice")[0]
    net.ircd.whowas.remember(user, REMEMBERED)
    assert " 406 " in bob.ask("WHOWAS alice")[0]
