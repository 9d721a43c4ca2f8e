"""Which certificates are trusted, and which servers want nothing but encryption."""

from __future__ import annotations

from chatkit.client.trust import Pin, Sts, Trust

ONE, OTHER = Pin("ab" * 32), Pin("cd" * 32, vouched=True)


def test_a_pin_outlives_the_program() -> None:
    assert Trust().pin("chat.example", 6697) is None
    Trust().keep("Chat.Example", 6697, ONE)
    assert Trust().pin("chat.example", 6697) == ONE


def test_every_port_has_a_pin_of_its_own() -> None:
    trust = Trust(in_memory=True)
    trust.keep("chat.example", 6697, ONE)
    trust.keep("::1", 6697, OTHER)
    assert trust.pin("chat.example", 55555) is None
    assert trust.pin("::1", 6697) == OTHER


def test_a_new_pin_takes_the_place_of_the_old() -> None:
    trust = Trust(in_memory=True)
    trust.keep("chat.example", 6697, ONE)
    trust.keep("chat.example", 6697, OTHER)
    assert trust.pin("chat.example", 6697) == OTHER


def test_a_host_without_its_pin_is_still_one_that_was_encrypted() -> None:
    trust = Trust(in_memory=True)
    assert not trust.was_encrypted("chat.example")
    trust.keep("chat.example", 6697, ONE)
    trust.forget("chat.example", 6697)
    assert trust.pin("chat.example", 6697) is None
    assert trust.was_encrypted("CHAT.example")


def test_a_policy_holds_until_it_expires() -> None:
    """https://ircv3.net/specs/extensions/sts#the-duration-key"""
    Trust().keep_sts("chat.example", Sts(port=6697, until_ms=2_000, duration=1))
    assert Trust().sts("Chat.Example", now_ms=1_999) == Sts(6697, 2_000, 1)
    assert Trust().sts("chat.example", now_ms=2_000) is None


def test_a_duration_of_0_takes_a_policy_back() -> None:
    """ "A duration=0 value indicates a disabled STS persistence policy with an immediate expiry." """
    trust = Trust(in_memory=True)
    trust.keep_sts("chat.example", Sts(6697, 2_000, 1))
    trust.keep_sts("chat.example", Sts(6697, 0, 0))
    assert trust.sts("chat.example", now_ms=0) is None
