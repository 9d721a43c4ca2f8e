"""The client on other people's servers: two that Debian has, each as it comes and one with its IRCv3 modules as well.

What these lack (history, echo, labels, tags) has to disappear without a word, and nothing may be lost or doubled.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chatkit.client.events import Event, FormWanted, StatusChanged
from chatkit.client.hub_driver import HubDriver
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.model import Ability, Line
from chatkit.client.options import ClientOptions, Start
from tests.client.servers import DEADLINE, Person
from tests.ircds import KINDS, Ircd

V3 = "InspIRCd with IRCv3"
LACKING: set[Ability] = {"history", "search", "redact", "edit", "markers", "multiline", "login", "register"}
TAGS: set[Ability] = {"reply", "react", "typing"}


@pytest.fixture(params=KINDS, ids=lambda name: name.replace(" ", "-"))
def ircd(request: pytest.FixtureRequest, tmp_path) -> Iterator[Ircd]:
    with Ircd(request.param, tmp_path) as ircd:
        yield ircd


@contextmanager
def alice_and_bob(ircd: Ircd) -> Iterator[tuple[Person, Person]]:
    """Both in #tea, which Alice opened."""
    with Person("Alice", ircd.address) as alice, Person("Bob", ircd.address) as bob:
        both(alice, bob, lambda: alice.runner.ready and bob.runner.ready)
        for person in (alice, bob):
            person.runner.join("#tea")
            person.room("#tea")
        both(alice, bob, lambda: {person.nick for person in alice.room("#tea").people} == {"Alice", "Bob"})
        yield alice, bob


def both(first: Person, second: Person, done: Callable[[], bool]) -> None:
    """Pump both until it is ``done``: each waits a little for itself, and then looks after the other."""

    def pumped() -> bool:
        second.seen += second.wait(0.02)[0]
        return done()

    first.until(pumped)


def lines(person: Person, room: str = "#tea") -> list[Line]:
    found = person.runner.chat.find(room)
    return [] if found is None else found.lines


def said(person: Person, room: str = "#tea") -> list[str]:
    """What was said in a room and is sure."""
    return [f"{line.nick}: {line.text}" for line in lines(person, room) if line.is_talk and line.state == "sent"]


def words_of(person: Person) -> list[str]:
    """All words that were said in #tea, however many lines they came in."""
    return [word for line in said(person) for word in line.removeprefix("Alice: ").split()]


def told(person: Person, room: str = "#tea") -> list[str]:
    """What happened in a room, in words."""
    return [line.text for line in lines(person, room) if not line.is_talk]


def test_people_talk_and_each_line_is_there_once(ircd):
    with alice_and_bob(ircd) as (alice, bob):
        tea = alice.room("#tea")
        for text in ("Hi Bob!", "Grüße, 山田 🍜", "/me waves", "//not a command"):
            alice.runner.say(tea, text)
        bob.runner.say(bob.room("#tea"), "Hi Alice!")
        both(alice, bob, lambda: len(said(alice)) >= 5 and len(said(bob)) >= 5)
        mine = ["Alice: Hi Bob!", "Alice: Grüße, 山田 🍜", "Alice: waves", "Alice: /not a command"]
        for person in (alice, bob):
            assert [line for line in said(person) if line.startswith("Alice")] == mine
            assert said(person).count("Bob: Hi Alice!") == 1
        assert [line.kind for line in lines(bob) if line.text == "waves"] == ["action"]


def test_a_long_line_arrives_whole(ircd):
    text = " ".join(f"word{number}" for number in range(150))
    with alice_and_bob(ircd) as (alice, bob):
        alice.runner.say(alice.room("#tea"), text)
        both(alice, bob, lambda: all(words_of(person) == text.split() for person in (alice, bob)))


def test_several_lines_arrive_in_order(ircd):
    with alice_and_bob(ircd) as (alice, bob):
        alice.runner.say(alice.room("#tea"), "one\ntwo\n\nthree")
        both(alice, bob, lambda: all(words_of(person) == ["one", "two", "three"] for person in (alice, bob)))


def test_a_talk_of_two(ircd):
    with alice_and_bob(ircd) as (alice, bob):
        alice.runner.say(alice.room("#tea"), "/msg Bob psst")
        both(alice, bob, lambda: said(bob, "Alice") == ["Alice: psst"])
        bob.runner.say(bob.room("Alice"), "what is it?")
        both(alice, bob, lambda: said(alice, "Bob") == ["Alice: psst", "Bob: what is it?"])


def test_who_runs_the_room_is_shown_and_may_do_what_others_are_refused(ircd):
    with alice_and_bob(ircd) as (alice, bob):
        assert [(person.nick, person.prefix) for person in alice.room("#tea").people] == [("Alice", "@"), ("Bob", "")]
        alice.runner.say(alice.room("#tea"), "/topic tea at five")
        both(alice, bob, lambda: bob.room("#tea").topic == "tea at five")
        alice.runner.say(alice.room("#tea"), "/mode #tea +m")
        both(alice, bob, lambda: "Alice let only people with a voice talk" in told(bob))

        bob.runner.say(bob.room("#tea"), "may I?")
        both(alice, bob, lambda: lines(bob)[-1].state == "failed" or "#tea" in " ".join(told(bob)[-1:]))
        assert "Bob: may I?" not in said(alice)

        alice.runner.say(alice.room("#tea"), "/kick Bob enough now")
        both(alice, bob, lambda: not bob.runner.chat.find("#tea").joined)
        assert any("Alice" in text and "enough now" in text for text in told(bob))
        both(alice, bob, lambda: [person.nick for person in alice.room("#tea").people] == ["Alice"])


def test_a_name_that_is_taken_is_varied_where_nobody_can_be_asked(ircd):
    with (
        Person("Alice", ircd.address, rooms=("#tea",)) as alice,
        Person("Alice", ircd.address, rooms=("#tea",), rename=True) as other,
    ):
        alice.room("#tea")
        other.room("#tea")
        assert {alice.runner.chat.nick, other.runner.chat.nick} >= {"Alice"}
        assert alice.runner.chat.nick != other.runner.chat.nick


def test_what_is_typed_while_the_server_is_away_goes_out_in_order_and_once(ircd):
    with alice_and_bob(ircd) as (alice, bob):
        alice.say("before", "#tea")
        both(alice, bob, lambda: said(bob) == ["Alice: before"])
        ircd.kill()
        both(alice, bob, lambda: {alice.runner.chat.status.state, bob.runner.chat.status.state} == {"offline"})
        for text in ("one", "two", "three"):
            alice.runner.say(alice.runner.chat.find("#tea"), text)
        ircd.start()
        bob.runner.reconnect()
        bob.until(lambda: bob.runner.chat.find("#tea").joined)  # Alice is not pumped, and stays away
        alice.runner.reconnect()
        both(alice, bob, lambda: alice.runner.settled and len(said(bob)) >= 4)
        assert said(alice) == said(bob) == ["Alice: before", "Alice: one", "Alice: two", "Alice: three"]


def test_names_are_one_where_the_server_takes_them_for_one(ircd):
    with alice_and_bob(ircd) as (alice, bob):
        bob.runner.join("#a[b]")
        bob.room("#a[b]")
        alice.runner.join("#a{b}")
        alice.room("#a{b}")
        folded = alice.runner.core.session.tokens.get("CASEMAPPING", "ascii") != "ascii"
        bob.say("anybody?", "#a[b]")
        if folded:
            both(alice, bob, lambda: said(alice, "#a{b}") == ["Bob: anybody?"])
            assert alice.runner.chat.find("#a[b]") is alice.runner.chat.find("#A{B}")
        else:
            alice.say("nobody?", "#a{b}")
            both(alice, bob, lambda: said(alice, "#a{b}") == ["Alice: nobody?"])
            assert alice.runner.chat.find("#a[b]") is None


def test_what_the_server_lacks_is_not_offered(ircd):
    with alice_and_bob(ircd) as (alice, _bob):
        assert not alice.runner.chat.can & LACKING
        assert alice.runner.chat.can & TAGS == (TAGS if ircd.name == V3 else set())


def test_a_reaction_needs_tags_and_is_explained_without(ircd):
    with alice_and_bob(ircd) as (alice, bob):
        bob.runner.say(bob.room("#tea"), "cake?")
        both(alice, bob, lambda: "Bob: cake?" in said(alice))
        alice.runner.say(alice.room("#tea"), "/react Bob 👍")
        if ircd.name == V3:
            both(alice, bob, lambda: any(line.reactions for line in lines(bob)))
            (line,) = [line for line in lines(bob) if line.reactions]
            assert (line.text, line.reactions[0].text, line.reactions[0].nicks) == ("cake?", "👍", ("Alice",))
        else:
            both(alice, bob, lambda: any(line.kind == "error" for line in lines(alice)))


def test_no_command_of_ours_is_met_by_the_servers_words_for_unknown_ones(ircd):
    with alice_and_bob(ircd) as (alice, bob):
        for typed in (
            "/lag",
            "/whois Bob",
            "/away at lunch",
            "/markread",
            "/search tea",
            "/edit tea",
            "/delete",
            "done",
        ):
            alice.runner.say(alice.room("#tea"), typed)
        both(alice, bob, lambda: "Alice: done" in said(bob))
        everything = [line.text for room in alice.runner.chat.rooms for line in room.lines]
        assert not [text for text in everything if "nknown command" in text]


def test_a_certificate_that_nobody_vouches_for_is_pinned_and_refused_when_it_changes(tmp_path):
    kept = Keepsakes.in_memory()
    with Ircd(V3, tmp_path) as ircd:
        start = Start((ClientOptions("Alice", ircd.tls_address),))
        with HubDriver(start, kept=kept) as driver:
            until(driver, lambda event: isinstance(event, StatusChanged) and event.status.state == "online")
            assert driver.hub.chats[0].security == "pinned"
        ircd.kill()
        ircd.change_certificate()
        ircd.start()
        with HubDriver(start, kept=kept) as driver:
            asked = until(driver, lambda event: isinstance(event, FormWanted))
            assert asked.form.danger
            assert driver.hub.chats[0].status.state == "offline"


def until(driver: HubDriver, wanted: Callable[[Event], bool]) -> Any:
    """The first event that is ``wanted``."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        for event in driver.wait(0.2)[0]:
            if wanted(event):
                return event
    raise AssertionError("it never came")
