"""The small modules: addresses, splitting, completion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.client.address import Address, AddressError, parse_address, pin
from chatkit.client.defaults import user_nick
from chatkit.client.splitting import split_text
from tests.client.conversation import Conversation, message


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("chat.example", Address("chat.example", 55555, any_port=True)),
        ("nas.local", Address("nas.local", 55555)),
        ("chat.example:6667", Address("chat.example", 6667)),
        (" 127.0.0.1:1 ", Address("127.0.0.1", 1)),
        ("[::1]:6667", Address("::1", 6667)),
        ("[::1]", Address("::1", 55555)),
        ("::1", Address("::1", 55555)),
        ("irc://chat.example", Address("chat.example", 55555, scheme="irc", any_port=True)),
        ("IRC://chat.example:6667/#den", Address("chat.example", 6667, "#den", "irc")),
        ("irc://chat.example/den", Address("chat.example", 55555, "#den", "irc", any_port=True)),
        ("irc://chat.example/%23den", Address("chat.example", 55555, "#den", "irc", any_port=True)),
        ("ircs://chat.example", Address("chat.example", 55555, scheme="ircs", any_port=True)),
        ("ircs://chat.example:6697/den", Address("chat.example", 6697, "#den", "ircs")),
        ("ws://chat.example", Address("chat.example", 80, scheme="ws")),
        ("wss://chat.example", Address("chat.example", 443, scheme="wss")),
        ("WSS://[::1]:55555/chat?x=http://y", Address("::1", 55555, scheme="wss", path="/chat?x=http://y")),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "is not an address"),
        (":6667", "is not an address"),
        ("two words", "is not an address"),
        ("host:port", "is not a port"),
        ("host:0", "is not a port"),
        ("host:65536", "is not a port"),
        ("[::1", "is not an address"),
        ("[::1]x", "is not an address"),
        ("http://host", "is not a chat address"),
        ("://host", "is not a chat address"),
        ("wss://host/a b", "is not a path"),
        ("wss://host/ä", "is not a path"),
        ("ws://host:0", "is not a port"),
    ],
)
def test_what_is_no_address_is_said(text: str, part: str) -> None:
    with pytest.raises(AddressError, match=part.replace("(", r"\(")):
        parse_address(text)


def test_an_address_reads_back() -> None:
    for address in (
        Address("chat.example", 1),
        Address("chat.example", any_port=True),
        Address("chat.example", scheme="ircs", any_port=True),
        Address("::1", 6667),
        Address("::1", 6697, scheme="ircs"),
        Address("chat.example", 443, scheme="wss", path="/chat?x"),
    ):
        assert parse_address(str(address)) == address


def test_a_fingerprint_belongs_to_an_encrypted_address() -> None:
    place = Address("chat.example", scheme="ircs")
    assert pin(place, "AB:" * 31 + "AB").fingerprint == "ab" * 32
    assert pin(place, "") == place
    with pytest.raises(AddressError, match="'abc' is not a fingerprint"):
        pin(place, "abc")
    with pytest.raises(AddressError, match=r"write ircs://chat\.example:55555 or wss://chat\.example:55555"):
        pin(Address("chat.example", scheme="irc"), "ab" * 32)
    assert pin(Address("chat.example"), "ab" * 32).fingerprint == "ab" * 32  # nothing but TLS is tried then


def test_the_user_of_the_system_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "7 of 9")
    assert user_nick() == "of9"
    monkeypatch.setattr("getpass.getuser", lambda: {}["no such user"])
    assert user_nick() == "guest"


def test_text_is_cut_at_blanks() -> None:
    assert split_text("one two three", 8) == ["one two", "three"]
    assert split_text("short", 8) == ["short"]
    assert split_text("", 8) == []


def test_what_belongs_to_a_character_is_not_cut_off() -> None:
    assert split_text("a" * 7 + "e\u0301", 8) == ["a" * 7, "e\u0301"]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r")), st.integers(8, 40))
def test_pieces_fit_and_lose_only_blanks(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert all(0 < len(piece.encode()) <= limit for piece in pieces)
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")


def complete(talk: Conversation, text: str, times: int = 1) -> str:
    cursor = len(text)
    for _ in range(times):
        done = talk.core.complete(text, cursor)
        text, cursor = done.text, done.cursor
    return text[:cursor] + "|" + text[cursor:]


@pytest.fixture
def crowd() -> Conversation:
    talk = Conversation()
    talk.register()
    talk.enter("#rome")
    talk.enter("#room", people="Alice @Bob Carol Caroline bert")
    talk.core.set_focus(talk.room("#room"))
    return talk


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("b", "bert: |"),
        ("hi car", "hi Carol |"),
        ("hi @car", "hi @Carol |"),
        ("hi #ro", "hi #rome |"),
        ("/jo", "/join |"),
        ("/msg bo", "/msg Bob |"),
        ("xyz", "xyz|"),
        ("", "|"),
        ("ali", "ali|"),  # nobody calls himself
        ("[", "[|"),
    ],
)
def test_completion(crowd: Conversation, text: str, done: str) -> None:
    assert complete(crowd, text) == done


def test_completing_again_offers_the_next(crowd: Conversation) -> None:
    assert [complete(crowd, "b", times) for times in (1, 2, 3)] == ["bert: |", "Bob: |", "bert: |"]


def test_who_spoke_last_comes_first(crowd: Conversation) -> None:
    crowd.server(message(1, "hi", nick="Bob"))
    assert complete(crowd, "b") == "Bob: |"


def test_what_stands_behind_the_cursor_stays(crowd: Conversation) -> None:
    done = crowd.core.complete("hi bo there", 5)
    assert (done.text, done.cursor) == ("hi Bob there", 7)
    assert done.candidates == ("Bob ",)


def test_in_a_talk_the_other_one_is_meant(crowd: Conversation) -> None:
    crowd.core.set_focus(crowd.core.open_direct("Zoe"))
    assert complete(crowd, "z") == "Zoe: |"
