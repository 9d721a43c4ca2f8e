"""Completion of nicks, rooms, commands, their arguments and emoji; and the hints beside what is typed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chatkit.client import emoji
from chatkit.client.hints import Hint
from tests.client.conversation import Conversation
from tests.client.typed_hub import TypedHub, typed_hub


@pytest.fixture
def crowd() -> Conversation:
    talk = Conversation()
    talk.register()
    talk.enter(people="Alice @Bob bert Zoe")
    talk.enter("#den")
    talk.core.set_focus(talk.room("#room"))
    return talk


@pytest.fixture
def hub() -> TypedHub:
    hub = typed_hub(network="work")
    hub.talk.register()
    hub.talk.enter(people="Alice @Bob bert")
    hub.pump()
    return hub


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("/kick b", "/kick bert "),
        ("/kick #room zo", "/kick #room Zoe "),
        ("/join #d", "/join #den "),
        ("/invite Bob #r", "/invite Bob #room "),
        ("/help jo", "/help join "),
        ("/theme so", "/theme solarized-dark "),
        ("/set talk.pa", "/set talk.paste_lines "),
        ("/set talk.markdown n", "/set talk.markdown no "),
        ("/set appearance.theme li", "/set appearance.theme light "),
        ("/connect wo", "/connect work "),
        ("/network con", "/network connect "),
        ("/notify men", "/notify mentions "),
        ("/dnd tom", "/dnd tomorrow "),
        ("/msg Bob hi z", "/msg Bob hi Zoe "),
        ("/topic welcome to #d", "/topic welcome to #den "),
        ("/who zzz", "/who zzz"),
        ("/back x", "/back x"),
        ("party :tad", "party 🎉 "),
        (":thumbsu", "👍 "),
        ("at 12:3", "at 12:3"),
        (":t", ":t"),
        ("first\nzo", "first\nZoe "),
        ("//me", "//me"),
    ],
)
def test_the_word_before_the_cursor_is_completed(crowd: Conversation, text: str, done: str) -> None:
    assert crowd.core.complete(text, len(text), networks=("work", "home")).text == done


def test_the_next_one_is_offered_when_asked_again(crowd: Conversation) -> None:
    first = crowd.core.complete("/theme ", 7)
    second = crowd.core.complete(first.text, first.cursor)
    assert (first.text, second.text) == ("/theme system ", "/theme dark ")


def test_a_hub_knows_the_names_of_networks(hub: TypedHub) -> None:
    assert hub.complete("/connect w", 10).text == "/connect work "


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("/jo", Hint("/join #ROOM [KEY]", "enter a room, or make it")),
        ("/k", Hint(choices=("/kick", "/keys"))),
        ("/kick b", Hint("/kick [#ROOM] NAME [REASON]", "remove somebody from a room", ("bert", "Bob"), (14, 18))),
        (
            "/kick #room b",
            Hint("/kick [#ROOM] NAME [REASON]", "remove somebody from a room", ("bert", "Bob"), (14, 18)),
        ),
        ("/kick Bob he", Hint("/kick [#ROOM] NAME [REASON]", "remove somebody from a room", (), (19, 27))),
        ("/jion ", Hint(help="There is no command /jion: did you mean /join? To say it, write //jion")),
        ("hi :tad", Hint(choices=("🎉 tada", "🥴 woozy_face"))),
        ("hello", None),
        ("//me", None),
        ("/", Hint(choices=("/msg",))),
    ],
)
def test_hints_say_how_to_go_on(hub: TypedHub, text: str, hint: Hint | None) -> None:
    found = hub.hint(text, len(text))
    if text in ("hi :tad", "/"):  # the first choice is what matters
        found = found and Hint(choices=found.choices[:1])
        hint = hint and Hint(choices=hint.choices[:1])
    assert found == hint


@pytest.mark.parametrize(
    ("word", "first"),
    [("thumbsu", "👍"), ("tada", "🎉"), ("heart", "❤️"), ("pizza", "🍕"), ("smile", "😄"), ("fire", "🔥")],
)
def test_emoji_are_found_by_what_people_call_them(word: str, first: str) -> None:
    assert emoji.find(word)[0][1] == first
    assert len(emoji.find("a")) == 20
    assert emoji.find("nothing-like-that") == ()


def test_a_name_of_an_emoji_is_made_into_it_only_where_it_is_a_word() -> None:
    assert emoji.replaced("yes :+1: :tada:, no:tada: ::tada:: :nosuch:") == "yes 👍 🎉, no:tada: ::tada:: :nosuch:"
    assert emoji.named(":heart:") == "❤️"
    assert emoji.named("x" * 1000) == ""


def test_the_table_of_emoji_is_not_loaded_at_the_start() -> None:
    code = "import sys, chatkit.client.hub; sys.exit('emoji' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
