"""CAP. Spec: https://ircv3.net/specs/extensions/capability-negotiation"""

import pytest

from chatkit.ircd.handlers import capability
from chatkit.proto import capabilities as cap

ALL = " ".join(row.name for row in cap.CAPABILITIES)


@pytest.mark.smoke
def test_ls_lists_what_can_be_had_and_suspends_registration(net):
    bob = net.connect()
    assert bob.ask("CAP LS 302", "NICK bob", "USER bob 0 * :Bob") == [f":chat.test CAP * LS :{ALL}"]
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
    assert bob.ask("CAP LS", "CAP REQ :batch", "CAP LIST", "CAP END", "CAP FOO", "CAP") == [
        f":chat.test CAP bob LS :{ALL}",
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
def with_value(monkeypatch):
    monkeypatch.setattr(cap, "CAPABILITIES", (cap.Capability("sasl", 1 << 40, "PLAIN", ""), *cap.CAPABILITIES[:1]))


def test_values_are_for_those_who_ask_with_version_302(net, with_value):
    """If a client sends a lower CAP version, servers SHOULD return a reply consistent with the request's version."""
    bob = net.register("bob")
    assert bob.ask("CAP LS", "CAP LS 302", "CAP LS 301", "CAP LS") == [
        ":chat.test CAP bob LS :sasl away-notify",
        ":chat.test CAP bob LS :sasl=PLAIN away-notify",
        ":chat.test CAP bob LS :sasl away-notify",
        ":chat.test CAP bob LS :sasl away-notify",
    ]


def test_all_but_the_last_of_several_lines_have_an_asterisk(net, monkeypatch):
    monkeypatch.setattr(capability, "LINE_ROOM", 24)
    monkeypatch.setattr(cap, "CAPABILITIES", cap.CAPABILITIES[:3])
    bob = net.connect()
    assert bob.ask("CAP LS 302", "CAP REQ :away-notify batch", "CAP LIST") == [
        ":chat.test CAP * LS * :away-notify batch",
        ":chat.test CAP * LS :cap-notify",
        ":chat.test CAP * ACK :away-notify batch",
        ":chat.test CAP * LIST * :away-notify batch",
        ":chat.test CAP * LIST :cap-notify",
    ]


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
