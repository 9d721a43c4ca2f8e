"""How to reach a server, and whether it is the one: the decisions, without a connection."""

from __future__ import annotations

import pytest

from chatkit.client.address import Address, parse_address, pin
from chatkit.client.model import Security
from chatkit.client.security import (
    Accept,
    AcceptNew,
    Refuse,
    Shown,
    StsValue,
    Way,
    format_way,
    groups,
    judge,
    parse_sts,
    parse_way,
    ways,
)
from tests.client.conversation import Conversation

OLD, NEW = "a" * 64, "b" * 64


def tried(text: str, **how: object) -> list[str]:
    return [format_way(way) for way in ways(parse_address(text), **how)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", ["irc:55555"]),  # nobody can listen in on this machine
        ("localhost:7000", ["irc:7000"]),
        ("192.168.1.5", ["ircs:55555", "irc:55555"]),
        ("nas.local", ["ircs:55555", "irc:55555"]),
        ("nas", ["ircs:55555", "irc:55555"]),
        ("chat.example:7000", ["ircs:7000", "irc:7000"]),
        ("chat.example:6697", ["ircs:6697"]),
        ("chat.example:6667", ["irc:6667"]),
        ("irc.libera.chat", ["ircs:6697", "ircs:55555", "irc:55555", "irc:6667"]),
        ("irc://nas", ["irc:55555"]),
        ("ircs://nas", ["ircs:55555"]),
        ("irc://chat.example", ["irc:55555", "irc:6667"]),
        ("ircs://chat.example", ["ircs:6697", "ircs:55555"]),
        ("ircs://chat.example:6667", ["ircs:6667"]),
        ("ws://chat.example", ["irc:80"]),
        ("wss://chat.example", ["ircs:443"]),
    ],
)
def test_tls_comes_first_where_others_could_listen_in(address: str, expected: list[str]) -> None:
    assert tried(address) == expected


def test_what_was_encrypted_once_is_not_tried_in_the_clear() -> None:
    assert tried("192.168.1.5", encrypted_before=True) == ["ircs:55555"]
    assert tried("irc.libera.chat", encrypted_before=True) == ["ircs:6697", "ircs:55555"]
    assert tried("chat.example:6667", encrypted_before=True) == ["ircs:6667"]


def test_whoever_writes_irc_means_it() -> None:
    assert tried("irc://192.168.1.5", encrypted_before=True) == ["irc:55555"]


def test_a_policy_names_the_port() -> None:
    assert tried("irc://chat.example", sts_port=7001) == ["ircs:7001"]


def test_a_fingerprint_needs_a_certificate() -> None:
    address = pin(parse_address("127.0.0.1"), NEW)
    assert [format_way(way) for way in ways(address)] == ["ircs:55555"]


def test_one_of_several_ways_has_less_time() -> None:
    several, one = ways(Address("192.168.1.5")), ways(Address("127.0.0.1"))
    assert max(way.timeout for way in several) < one[0].timeout


@pytest.mark.parametrize("text", ["", "ircs", "ircs:x", "gopher:70", "ircs:"])
def test_what_is_no_way_is_not_taken_for_one(text: str) -> None:
    assert parse_way(text) is None
    assert parse_way("ircs:6697") == Way(6697, tls=True)


def shown(fingerprint: str, *, vouched: bool = False) -> Shown:
    return Shown(fingerprint, vouched, "" if vouched else "self-signed certificate")


def test_a_certificate_that_is_met_first_is_the_one_from_now_on() -> None:
    assert judge(shown(NEW)) == AcceptNew()
    assert judge(shown(OLD), OLD) == Accept("pinned")


def test_another_one_is_refused_and_the_user_asked() -> None:
    verdict = judge(shown(NEW), OLD)
    assert isinstance(verdict, Refuse)
    assert verdict.ask


def test_an_authority_may_vouch_for_a_new_one() -> None:
    assert judge(shown(NEW, vouched=True), OLD) == Accept("vouched")


def test_the_fingerprint_that_was_given_is_the_only_one() -> None:
    assert judge(shown(NEW), given=NEW) == Accept("pinned")
    verdict = judge(shown(OLD, vouched=True), OLD, given=NEW)
    assert isinstance(verdict, Refuse)
    assert not verdict.ask


def test_a_stored_password_is_not_sent_to_a_stranger() -> None:
    verdict = judge(shown(NEW), stored_password=True)
    assert isinstance(verdict, Refuse)
    assert verdict.ask
    assert judge(shown(OLD), OLD, stored_password=True) == Accept("pinned")
    assert judge(shown(NEW, vouched=True), stored_password=True) == Accept("vouched")


def test_under_a_policy_there_is_no_way_around_a_certificate_that_can_not_be_checked() -> None:
    """Spec: "there should be no immediate user recourse"."""
    for known in ("", OLD):
        verdict = judge(shown(NEW), known, sts=True)
        assert isinstance(verdict, Refuse)
        assert not verdict.ask
    assert judge(shown(NEW, vouched=True), sts=True) == Accept("vouched")
    assert judge(shown(OLD), OLD, sts=True) == Accept("pinned")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("port=6697", StsValue(6697, None)),
        ("duration=2592000,preload", StsValue(None, 2592000)),
        ("unknown,duration=0,foo=bar,port=7000", StsValue(7000, 0)),
        ("port=0,duration=-1", StsValue()),
        ("port=70000,duration=soon", StsValue()),
        ("", StsValue()),
    ],
)
def test_tokens_that_are_not_understood_are_ignored(value: str, expected: StsValue) -> None:
    assert parse_sts(value) == expected


def opened(security: Security) -> Conversation:
    talk = Conversation()
    assert talk.core.take_dial()
    talk.core.opened(security)
    talk.sent()
    return talk


def test_a_policy_in_the_clear_has_the_client_come_back_encrypted_at_once() -> None:
    """Spec: "it MUST close the insecure connection and reconnect securely on the stated port"."""
    talk = opened("")
    talk.server(":irc.test CAP * LS :sts=port=6697,duration=60 batch")
    assert talk.sent() == []  # and never asks for it
    assert talk.core.transport_policy.take_port() == 6697
    assert talk.core.transport_policy.take_seconds() is None
    assert talk.core.take_hangup()
    talk.wait(0)
    assert talk.core.take_dial()


def test_a_policy_that_comes_encrypted_is_remembered() -> None:
    talk = opened("vouched")
    talk.server(":irc.test CAP * LS :sts=port=6697,duration=60 batch")
    assert talk.sent() == ["CAP REQ batch"]
    assert talk.core.transport_policy.take_port() is None
    assert talk.core.transport_policy.take_seconds() == 60


@pytest.mark.parametrize(("security", "value"), [("", "duration=60"), ("vouched", "port=6697"), ("local", "port=6697")])
def test_a_policy_without_its_part_for_this_connection_is_none(security: Security, value: str) -> None:
    """Spec: "If any required part is missing ..., clients MUST continue as if no STS policy was advertised"."""
    talk = opened(security)
    talk.server(f":irc.test CAP * LS :sts={value}")
    assert talk.sent() == ["CAP END"]
    assert talk.core.transport_policy.take_port() is None
    assert talk.core.transport_policy.take_seconds() is None


def test_a_new_policy_counts_and_del_does_not() -> None:
    talk = opened("pinned")
    talk.server(":irc.test CAP * LS :sts=duration=60", ":irc.test CAP * NEW :sts=duration=0")
    assert talk.core.transport_policy.take_seconds() == 0
    talk.server(":irc.test CAP * DEL :sts")
    assert "sts" in talk.core.session.offered
    assert talk.core.transport_policy.take_seconds() is None


def test_fingerprints_can_be_compared_by_eye() -> None:
    assert groups("0123456789ab") == "0123 4567 89ab"
