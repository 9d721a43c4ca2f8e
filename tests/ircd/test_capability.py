"""CAP. Spec: https://ircv3.net/specs/extensions/capability-negotiation"""

import msgspec
import pytest

from chatkit.ircd import offers
from chatkit.proto import capabilities as cap


def names_of(lines: list[str]) -> list[str]:
    """What the lines of CAP list, without values."""
    return [word.partition("=")[0] for line in lines for word in line.rpartition(" :")[2].split(" ")]


@pytest.mark.smoke
def test_ls_lists_what_can_be_had_and_suspends_registration(net):
    bob = net.connect()
    lines = bob.ask("CAP LS 302", "NICK bob", "USER bob 0 * :Bob")
    assert names_of(lines) == list(offers.offers(net.ircd, bob.session))
    assert {"batch", "message-tags", "draft/multiline", "sasl"} <= set(names_of(lines))
    bob.send("CAP END")
    assert "001" in bob.commands()


def test_req_suspends_registration_too(net):
    bob = net.connect()
    assert bob.ask("CAP REQ :multi-prefix", "NICK bob", "USER bob 0 * :Bob") == [
        ":chat.test CAP * ACK :multi-prefix",
    ]
    bob.send("CAP END")
    assert "001" in bob.commands()


def test_list_and_unknown_subcommands_do_not_suspend_it(net):
    bob = net.connect()
    assert bob.ask("CAP LIST", "CAP FOO") == [
        ":chat.test CAP * LIST :",
        ":chat.test 410 * FOO :Invalid CAP command",
    ]
    bob.send("NICK bob", "USER bob 0 * :Bob")
    assert "001" in bob.commands()


def test_cap_is_accepted_at_any_time(net):
    bob = net.register("bob")
    assert bob.ask("CAP LS")[0].startswith(":chat.test CAP bob LS :account-notify ")
    assert bob.ask("CAP REQ :batch", "CAP LIST", "CAP END", "CAP FOO", "CAP") == [
        ":chat.test CAP bob ACK :batch",
        ":chat.test CAP bob LIST :batch",
        ":chat.test 410 bob FOO :Invalid CAP command",
        ":chat.test 461 bob CAP :Not enough parameters",
    ]


def test_a_request_is_accepted_as_a_whole_or_rejected_entirely(net):
    bob = net.register("bob", "batch")
    assert bob.ask("CAP REQ :-batch server-time nonsense", "CAP LIST") == [
        ":chat.test CAP bob NAK :-batch server-time nonsense",
        ":chat.test CAP bob LIST :batch",
    ]
    assert bob.ask("CAP REQ :-batch server-time ", "CAP LIST") == [
        ":chat.test CAP bob ACK :-batch server-time ",
        ":chat.test CAP bob LIST :server-time",
    ]


@pytest.mark.parametrize("words", ["batch", "-server-time", "batch batch", "server-time -server-time"])
def test_what_changes_nothing_is_acknowledged_too(net, words):
    """The server MUST continue processing the REQ subcommand as though handling this capability was successful."""
    bob = net.register("bob", "batch")
    assert bob.ask(f"CAP REQ :{words}", "CAP LIST") == [
        f":chat.test CAP bob ACK :{words}",
        ":chat.test CAP bob LIST :batch",
    ]


def test_capability_names_are_case_sensitive(net):
    assert net.register("bob").ask("CAP REQ :Batch") == [":chat.test CAP bob NAK :Batch"]


@pytest.mark.parametrize("version", ["302", "307", "999999999999"])
def test_version_302_or_newer_implies_cap_notify_for_good(net, version):
    """Servers MUST NOT disable the cap-notify capability if the client requests CAP LS with a version of 302."""
    bob = net.register("bob")
    bob.send(f"CAP LS {version}", "CAP LS")
    assert bob.ask("CAP LIST", "CAP REQ :-cap-notify", "CAP REQ :cap-notify") == [
        ":chat.test CAP bob LIST :cap-notify",
        ":chat.test CAP bob NAK :-cap-notify",
        ":chat.test CAP bob ACK :cap-notify",
    ]


def test_an_older_client_may_have_cap_notify_and_give_it_back(net):
    bob = net.register("bob", "cap-notify")
    assert bob.ask("CAP LS nonsense")[0].startswith(":chat.test CAP bob LS :")
    assert bob.ask("CAP REQ :-cap-notify") == [":chat.test CAP bob ACK :-cap-notify"]


@pytest.fixture
def few(monkeypatch):
    """A server with three capabilities, one of them with a value."""
    rows = [cap.BY_NAME[name] for name in ("batch", "cap-notify", "draft/multiline", "sasl")]
    monkeypatch.setattr(offers, "CAPABILITIES", rows)
    monkeypatch.setattr(offers, "VALUES", {"sasl": lambda ircd, session: "PLAIN"})


def test_values_are_for_those_who_ask_with_version_302(net, few):
    """If a client sends a lower CAP version, servers SHOULD return a reply consistent with the request's version."""
    bob = net.register("bob")
    assert bob.ask("CAP LS", "CAP LS 302", "CAP LS 301", "CAP LS") == [
        ":chat.test CAP bob LS :batch cap-notify sasl",
        ":chat.test CAP bob LS :batch cap-notify draft/multiline sasl=PLAIN",
        ":chat.test CAP bob LS :batch cap-notify sasl",
        ":chat.test CAP bob LS :batch cap-notify sasl",
    ]


def test_all_but_the_last_of_several_lines_have_an_asterisk(make_net):
    net = make_net(name="x" * 63)
    bob = net.connect()
    lines = bob.ask("CAP LS 302")
    assert len(lines) > 1
    assert all(f" CAP * LS {star}:" in line for line, star in zip(lines, ["* "] * (len(lines) - 1) + [""], strict=True))
    for name in names_of(lines):
        bob.send(f"CAP REQ {name}")
    bob.raw()
    *more, last = bob.ask("CAP LIST")
    assert all(" CAP * LIST * :" in line for line in more)
    assert " CAP * LIST :" in last
    assert len(names_of([*more, last])) > 25


def test_clients_without_302_get_one_line_in_which_drafts_stand_last(make_net):
    """ "If a client has not indicated support for 302 features, the server MUST NOT send these new features." """
    (line,) = make_net(name="x" * 63).connect().ask("CAP LS")
    found = names_of([line])
    assert {"account-tag", "batch", "message-tags", "server-time", "userhost-in-names"} <= set(found)
    assert found == sorted(found, key=lambda name: ("/" in name, name))
    assert "=" not in line


def test_a_request_that_is_too_long_for_one_answer_is_answered_in_several(make_net):
    """If an ACK is spread across multiple lines, a client MUST NOT change capabilities until the last ACK."""
    net = make_net(name="x" * 63)
    bob = net.register("b" * 32)
    words = " ".join(["batch", "-batch"] * 38)
    lines = bob.ask(f"CAP REQ :{words}")
    assert len(lines) == 2
    assert " ".join(line.rpartition(":")[2] for line in lines) == words
    assert all(" ACK :" in line for line in lines)


def test_a_request_of_nothing_is_acknowledged(net):
    assert net.register("bob").ask("CAP REQ :", "CAP REQ") == [":chat.test CAP bob ACK :"] * 2


@pytest.mark.parametrize("word", ["sts", "-sts", "batch=1", "=", "-", "--batch", "ACK"])
def test_what_is_no_capability_is_refused(net, word):
    assert net.register("bob").ask(f"CAP REQ :batch {word}") == [f":chat.test CAP bob NAK :batch {word}"]


@pytest.mark.parametrize("subcommand", ["ACK", "NAK", "NEW", "DEL", "CLEAR", ":", ":a b"])
def test_what_only_servers_say_is_no_command(net, subcommand):
    (answer,) = net.register("bob").ask(f"CAP {subcommand}")
    assert answer.startswith(":chat.test 410 bob ")
    assert answer.endswith(" :Invalid CAP command")


# cap-notify.


def reconfigure(net, **settings):
    before = offers.notified_offers(net.ircd)
    net.ircd.config = msgspec.convert(
        {"name": "chat.test", "rooms": {"autojoin": []}, **settings}, type(net.ircd.config)
    )
    offers.offers_changed(net.ircd, before)
    net.settle()


def test_what_is_no_longer_offered_is_taken_from_those_who_have_it(net):
    """Servers MUST cancel any capability-specific behavior for a client after sending the CAP DEL message."""
    bob = net.register("bob", "cap-notify draft/relaymsg batch")
    reconfigure(net, messages={"relay": "off"})
    assert bob.raw() == [":chat.test CAP bob DEL :draft/relaymsg"]
    assert bob.ask("CAP LIST", "RELAYMSG #room a/b :c") == [
        ":chat.test CAP bob LIST :batch cap-notify",
        ":chat.test 421 bob RELAYMSG :Unknown command",
    ]
    reconfigure(net, messages={"relay": "operators"})
    assert bob.raw() == [":chat.test CAP bob NEW :draft/relaymsg"]


def test_a_value_that_changed_is_news_for_those_who_know_values(net):
    """The NEW subcommand can also update the value of an existing capability."""
    bob, old, stranger = net.register("bob"), net.register("old", "cap-notify"), net.connect()
    bob.send("CAP LS 302"), stranger.send("CAP LS 302")
    bob.raw(), stranger.raw()
    reconfigure(net, messages={"multiline_lines": 7})
    assert bob.raw() == [":chat.test CAP bob NEW :draft/multiline=max-bytes=16384,max-lines=7"]
    assert stranger.raw() == [":chat.test CAP * NEW :draft/multiline=max-bytes=16384,max-lines=7"]
    assert old.raw() == []


def test_news_is_only_for_those_who_asked_for_it(net):
    """NEW and DEL MUST ONLY be sent to clients that have negotiated CAP version 302 or enabled cap-notify."""
    bob = net.register("bob", "batch")
    reconfigure(net, messages={"relay": "off"})
    assert bob.raw() == []


def test_a_capability_that_is_asked_for_later_counts_from_then_on(net):
    alice, bob = net.register("alice"), net.register("bob")
    net.gather("#room", alice, bob)
    alice.send("CAP REQ :server-time")
    alice.raw()
    bob.send("PRIVMSG #room :one")
    alice.send("CAP REQ :-server-time")
    bob.send("PRIVMSG #room :two")
    assert alice.received() == [
        "@time=T :bob!~bob@127.0.0.1 PRIVMSG #room :one",
        ":chat.test CAP alice ACK :-server-time",
        ":bob!~bob@127.0.0.1 PRIVMSG #room :two",
    ]
