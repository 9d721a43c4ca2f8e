"""The desktop client, as a person meets it: what the window shows and what keys and mouse do."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from tkinter import ttk

import pytest
import ttkbootstrap

from chatkit import gui_tk
from chatkit.client import events, notice
from chatkit.client.address import Address
from chatkit.client.alerts import Alert
from chatkit.client.forms import Form
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.kept import Kept
from chatkit.client.options import ClientOptions, Start
from chatkit.client.remembered import Remembered
from chatkit.client.settings import ROWS
from chatkit.gui_widgets import stretch, system
from chatkit.gui_widgets.geometry import FILE_NAME, Geometry
from chatkit.gui_widgets.jump_button import LATEST
from chatkit.gui_widgets.menus import Choices
from chatkit.gui_widgets.palette import PALETTES
from chatkit.gui_widgets.talk import BEGINNING
from tests.client.conversation import ALL_CAPS, message
from tests.client.servers import Person, running_server
from tests.client.typed_hub import network
from tests.gui_widgets.harness import DEADLINE, Shown, room, window
from tests.gui_widgets.test_looks import READABLE, contrast

pytestmark = pytest.mark.usefixtures("xvfb")


@pytest.fixture(autouse=True)
def light(monkeypatch):
    """Whatever the desktop of whoever runs the tests is set to."""
    monkeypatch.setattr(system, "prefers_dark", lambda: False)


def history(count: int, first: int = 1) -> list[str]:
    return [message(number) for number in range(first, first + count)]


def echo(number: int, label: str, text: str) -> str:
    return f"@label={label};msgid=e{number} :Alice!a@here PRIVMSG #room :{text}"


def choose(choices: Choices, label: str) -> None:
    """Do what the entry of a menu does."""
    next(choice for choice in choices if choice and choice.label == label).action()


def label_of(shown: Shown) -> str:
    sent = shown.talk.sent()
    return next(line for line in sent if "PRIVMSG" in line).split()[0].removeprefix("@label=")


# What is said.


@pytest.mark.smoke
def test_a_message_is_shown_with_its_time_and_who_said_it():
    with room() as shown:
        shown.server(message(1, "Hi Alice!"))
        assert "Bob: Hi Alice!" in shown.lines()
        assert shown.text().splitlines()[-1][2] == ":"


def test_actions_and_what_happens_read_as_sentences():
    with room() as shown:
        shown.server(message(1, "\x01ACTION waves\x01"), ":Dave!d@there JOIN #room", ":Bob!b@there TOPIC #room :trains")
        assert shown.lines()[-3:] == ["* Bob waves", "→ Dave joined", "· Bob set the topic: trains"]
        assert shown.view.header.topic == "trains"


def test_joins_are_quieter_than_talk():
    with room() as shown:
        shown.server(":Dave!d@there JOIN #room", message(1, "Welcome"))
        assert "quiet" in shown.tags("Dave joined")
        assert "quiet" not in shown.tags("Welcome")


def test_a_line_that_names_the_user_stands_out():
    with room() as shown:
        shown.server(message(1, "Alice, look"), message(2, "nothing"))
        assert "mentioned" in shown.tags("Alice, look")
        assert "mentioned" not in shown.tags("nothing")


@pytest.mark.parametrize(
    "text", ["[exit] $x {", "}{ \\n \\", "\x1b[31mred\x1b]0;title\x07", "a" * 3000, "\u202eevil", '{a b} "c']
)
def test_text_from_the_network_is_only_text(text):
    with room() as shown:
        shown.server(message(1, text), message(2, "after", nick="Eve"))
        assert len(shown.lines()) == 2
        assert "\x1b" not in shown.text()
        assert shown.lines()[-1] == "Eve: after"


def test_an_own_line_is_dim_until_the_server_has_it():
    with room() as shown:
        shown.type("Hi")
        shown.press("<Return>")
        assert "pending" in shown.tags("Hi")
        shown.server(echo(1, label_of(shown), "Hi"))
        assert "pending" not in shown.tags("Hi")
        assert shown.lines() == ["Alice: Hi"]


def test_a_line_that_was_not_sent_says_why_and_a_click_sends_it_again():
    with room() as shown:
        shown.type("Hi")
        shown.press("<Return>")
        shown.server(f"@label={label_of(shown)} :irc.test 404 Alice #room :Cannot send to channel")
        assert shown.lines() == ["Alice: Hi  not sent: you can't send to #room – click to retry"]
        shown.click_text("click to retry")
        shown.server(echo(1, label_of(shown), "Hi"))
        assert shown.lines() == ["Alice: Hi"]


def test_a_new_day_is_announced():
    with room() as shown:
        shown.server(message(1), message(2 * 24 * 60 * 60))
        days = [line for line in shown.text().splitlines() if "\t" not in line and "20" in line]
        assert len(days) == 2


def test_a_time_that_no_clock_shows_is_not_the_end():
    with room() as shown:
        shown.server("@time=0001-01-01T00:00:00.000Z;msgid=x :Bob!b@there PRIVMSG #room :old")
        assert shown.lines() == ["Bob: old"]


def test_a_click_on_an_address_opens_it():
    with room() as shown:
        opened: list[str] = []
        shown.view.touch.on_link = opened.append
        shown.server(message(1, "see https://example.org/a?b=c."))
        shown.click_text("example.org")
        assert opened == ["https://example.org/a?b=c"]


def test_what_is_selected_can_be_copied():
    with room() as shown:
        shown.server(message(1, "copy me"))
        text = shown.view.talk.text
        start = text.search("copy me", "1.0")
        text.tag_add("sel", start, f"{start} + 7 chars")
        shown.press("<<Copy>>", text)
        assert shown.view.root.clipboard_get() == "copy me"


# Scrolling.


def test_the_end_stays_in_sight():
    with room(history=history(80)) as shown:
        for number in range(101, 141):
            shown.server(message(number))
        assert shown.in_sight("text 140") is not None
        assert shown.view.talk.following


def test_who_reads_further_up_stays_there_and_is_told_of_new_messages():
    with room(history=history(80)) as shown:
        shown.press("<Prior>")
        place = shown.in_sight("text 50")
        assert place is not None
        shown.server(*history(30, first=101))
        assert shown.in_sight("text 50") == place
        jump = shown.view.talk._jump
        assert jump.label == "30 new messages"
        shown.click(jump, 5, 5)
        assert shown.in_sight("text 130") is not None
        assert jump.label == ""


def test_without_new_messages_there_is_a_way_down_too():
    with room(history=history(80)) as shown:
        shown.press("<Prior>")
        assert shown.view.talk._jump.label == LATEST
        shown.press("<Escape>")
        assert shown.view.talk.following


def test_near_the_top_older_messages_are_loaded_and_the_place_is_kept():
    with room(history=history(100, first=201)) as shown:
        shown.talk.sent()
        for _ in range(12):
            shown.press("<Prior>")
        assert any(line.startswith("CHATHISTORY BEFORE #room") for line in shown.talk.sent())
        place = shown.in_sight("text 205")
        assert place is not None
        shown.history("#room", history(100, first=101))
        assert shown.in_sight("text 205") == place
        shown.until(lambda: shown.lines()[0] == "Bob: text 101")
        assert shown.in_sight("text 205") == place
        shown.history("#room", [])


def test_older_messages_are_not_called_new():
    with room(history=history(100, first=201)) as shown:
        for _ in range(12):
            shown.press("<Prior>")
        shown.history("#room", history(100, first=101))
        assert shown.view.talk._jump.label == LATEST


def test_the_beginning_of_a_room_is_called_so():
    with room(history=[]) as shown:
        shown.server(message(1))
        assert shown.text().splitlines()[0] == BEGINNING


def test_a_long_room_is_shown_in_stretches_that_follow_the_reader():
    with room(history=[]) as shown:
        shown.server(*history(3000))
        assert len(shown.view.talk.text.rows) <= stretch.TAIL + stretch.SLACK
        for _ in range(250):
            shown.press("<Prior>")
            assert len(shown.view.talk.text.rows) <= stretch.LIMIT
            if shown.in_sight("text 1\n") is not None:
                break
        assert shown.in_sight("text 1\n") is not None
        for _ in range(400):
            shown.press("<Next>")
            if shown.view.talk.following:
                break
        assert shown.in_sight("text 3000") is not None


def test_ten_thousand_lines_leave_the_window_time_for_its_user():
    with room(history=[]) as shown:
        beats = []

        def beat() -> None:
            beats.append(len(shown.runner.inbox))
            shown.view.root.after(1, beat)

        beat()
        shown.server(*history(10_000))
        assert shown.in_sight("text 10000") is not None
        assert max(shown.runner.pumped) <= gui_tk.PUMP_LIMIT
        assert len(set(beats)) >= 10_000 / gui_tk.PUMP_LIMIT * 0.8, "the user's turn comes after almost every pump"


def test_resizing_keeps_the_end_in_sight():
    with room(history=history(80)) as shown:
        shown.resize(700, 420)
        assert shown.in_sight("text 80") is not None
        shown.resize(1100, 720)
        assert shown.in_sight("text 80") is not None


# Rooms.


def test_rooms_show_what_is_unread_there():
    with room() as shown:
        shown.enter("#other", people="Alice Bob")
        shown.server(message(1, target="#other"), message(2, "Alice!", target="#other"))
        assert shown.rooms()[1:] == ["ROOMS", "room", "other", "2"]
        assert shown.view.root.title() == "(1) #room – chatkit"
        shown.press("<Alt-Down>")
        assert "2" not in shown.rooms()
        assert shown.view.root.title() == "#other – chatkit"


def test_a_click_opens_a_room():
    with room() as shown:
        shown.enter("#other", people="Alice Bob")
        index = [getattr(item, "name", item) for item in shown.view.rooms.items].index("#other")
        shown.click(shown.view.rooms.canvas, *shown.view.rooms.row_box(index))
        assert shown.view.header.title == "#other"
        assert shown.view.composer.hint == "Message #other"


def test_rooms_are_reached_by_keys():
    with room() as shown:
        shown.enter("#other", people="Alice Bob")
        shown.server(message(1, "Alice!", target="#other"))
        shown.press("<Alt-a>")
        assert shown.view.header.title == "#other"
        shown.press("<Alt-Up>")
        assert shown.view.header.title == "#room"
        shown.press("<Up>", shown.view.rooms.canvas)
        shown.press("<Down>", shown.view.rooms.canvas)
        shown.press("<Down>", shown.view.rooms.canvas)
        shown.press("<Return>", shown.view.rooms.canvas)
        assert shown.view.header.title == "#other"


def test_a_room_is_joined_from_the_window():
    with room() as shown:
        shown.view.add_room.press()
        shown.drawn()
        card = shown.view.card
        card.fields.fill(card.fields.field_keys[0], "design")
        shown.press("<Return>", card.fields.first())
        assert "JOIN #design" in shown.talk.sent()
        assert not card.shown


def test_a_room_that_was_left_is_gone():
    with room() as shown:
        shown.enter("#other", people="Alice Bob")
        other = shown.talk.room("#other")
        shown.press("<Alt-Down>")
        shown.type("only for here")
        choose(shown.view.controls.menus.room(other), "Leave")
        assert "PART #other" in shown.talk.sent()
        shown.server(":Alice!a@here PART #other")
        assert "other" not in shown.rooms()
        assert shown.view.composer.value == "", "what was meant for one room is not said in another"


# People.


def test_people_are_listed_by_rank_and_counted():
    with room(people="Alice +Carol @Bob Dave") as shown:
        assert [person.nick for person in shown.view.people.items] == ["Bob", "Carol", "Alice", "Dave"]
        assert shown.view.people.heading == "4 people"
        assert {"operator", "voice"} <= set(shown.people())


def test_a_double_click_opens_a_direct_talk():
    with room() as shown:
        shown.click(shown.view.people.canvas, *shown.view.people.row_box(0), times=2)
        assert shown.view.header.title == "Bob"
        assert not shown.view.people_shown


def test_people_have_a_menu():
    with room() as shown:
        choices = shown.view.controls.menus.person(shown.hub.focus, "Bob")
        choose(choices, "About")
        assert "WHOIS Bob" in shown.talk.sent()
        choose(choices, "Mention")
        shown.drawn()
        assert shown.view.composer.value == "Bob: "
        choose(choices, "Copy name")
        assert shown.view.root.clipboard_get() == "Bob"
        choose(choices, "Message")
        shown.drawn()
        assert shown.view.header.title == "Bob"


def test_a_list_of_thousands_draws_only_what_is_seen():
    names = [f"user{number:04}" for number in range(3000)]
    with room() as shown:
        lines = (" ".join(names[first : first + 30]) for first in range(0, 3000, 30))
        shown.server(*(f":irc.test 353 Alice = #room :{line}" for line in lines), ":irc.test 366 Alice #room :End")
        assert len(shown.people()) < 60
        shown.view.people.see(2999)
        shown.drawn()
        assert shown.people()[-1] == "user2999"


def test_people_give_way_in_a_narrow_window():
    with room() as shown:
        assert shown.view.people_shown
        shown.resize(600, 420)
        assert not shown.view.people_shown
        shown.resize(1000, 600)
        assert shown.view.people_shown
        shown.press("<F3>")
        assert not shown.view.people_shown


# Typing.


def test_tab_completes_and_cycles():
    with room(people="Alice Bob Bert 🙂Bo") as shown:
        shown.type("b")
        shown.press("<Tab>")
        first = shown.view.composer.value
        shown.press("<Tab>")
        assert {first, shown.view.composer.value} == {"Bert: ", "Bob: "}
        shown.type("hi")
        assert shown.view.composer.value.endswith(": hi")


def test_completion_goes_on_where_the_cursor_was():
    with room() as shown:
        shown.view.composer.put("🙂🙂 bo", " please")
        shown.press("<Tab>", shown.view.composer.text)
        shown.type("x")
        assert shown.view.composer.value == "🙂🙂 Bob xplease"


def test_without_a_word_tab_goes_on_to_the_next_widget():
    with room() as shown:
        shown.press("<Tab>", shown.view.composer.text)
        assert shown.view.root.focus_get() is not shown.view.composer.text


def test_what_was_sent_comes_back_with_up():
    with room() as shown:
        for text in ("one", "two"):
            shown.type(text)
            shown.press("<Return>")
        shown.type("draft")
        shown.press("<Up>")
        assert shown.view.composer.value == "two"
        shown.press("<Up>")
        assert shown.view.composer.value == "one"
        shown.press("<Down>")
        shown.press("<Down>")
        assert shown.view.composer.value == "draft"


def test_several_lines_make_the_field_grow_and_are_sent():
    with room() as shown:
        shown.type("a")
        shown.press("<Shift-Return>")
        shown.type("b")
        assert int(shown.view.composer.text.cget("height")) == 2
        shown.press("<Return>")
        assert [line.replace("Alice: ", "") for line in shown.lines()] == ["a", "b"]
        assert int(shown.view.composer.text.cget("height")) == 1


def test_every_room_keeps_its_draft():
    with room() as shown:
        shown.enter("#other", people="Alice Bob")
        shown.type("here")
        shown.press("<Alt-Down>")
        assert shown.view.composer.value == ""
        shown.press("<Alt-Up>")
        assert shown.view.composer.value == "here"


def test_what_is_typed_before_there_is_a_room_goes_along_to_the_first_one():
    with window() as shown:
        shown.talk.register()
        shown.drawn()
        shown.type("hi")
        shown.enter()
        assert shown.view.header.title == "#room"
        assert shown.view.composer.value == "hi"


def test_typing_while_reading_goes_to_the_composer():
    with room() as shown:
        shown.press("<Key-x>", shown.view.talk.text)
        assert shown.view.composer.value == "x"


def test_an_emoji_is_found_by_its_name_and_typed():
    with room() as shown:
        shown.type("Great")
        shown.view.composer.on_emoji()
        palette = shown.view.palette
        palette.entry.insert(0, "tada")
        shown.press("<KeyRelease-a>", palette.entry)
        assert palette.titles[0].startswith("🎉")
        shown.press("<Return>", palette.entry)
        assert shown.view.composer.value == "Great🎉"


def test_commands_work_and_unknown_ones_are_explained():
    with room() as shown:
        shown.type("/jion x")
        shown.press("<Return>")
        assert "/join" in shown.lines()[-1]
        assert "error" in shown.tags("/join")


# Names.


def test_a_name_is_asked_for_inside_the_window():
    with window(name="carol") as shown:
        card = shown.view.card
        assert "What should people call you?" in card.words
        assert card.fields.values() == {"name": "carol"}
        card.fields.fill("name", "")
        shown.press("<Return>", card.fields.first())
        assert card.shown, "nothing is no name"
        card.fields.fill("name", " Carla ")
        shown.press("<Return>", card.fields.first())
        assert not card.shown
        assert shown.chat.nick == "Carla"
        assert shown.view.composer.nick == "Carla"


def test_a_taken_name_is_said_and_another_one_offered():
    with window() as shown:
        shown.talk.connect()
        shown.server(":irc.test CAP * LS :", ":irc.test 433 * Alice :Nickname is already in use.")
        card = shown.view.card
        assert "The name Alice is taken." in card.words
        shown.press("<Escape>")
        assert card.shown, "there is no way round it"
        assert card.fields.values() == {"name": "Alice_"}
        shown.press("<Return>", card.fields.first())
        assert "NICK Alice_" in shown.talk.sent()


# The connection.


def test_the_status_bar_says_how_it_is_and_offers_to_try():
    with room() as shown:
        assert shown.view.status.words == "Connected to Testnet as Alice"
        shown.talk.lose()
        shown.drawn()
        assert shown.view.status.words.startswith("The connection was lost")
        assert "trying again in" in shown.view.status.words
        assert shown.view.status.can_retry
        shown.talk.reconnect()
        shown.drawn()
        assert not shown.view.status.can_retry


# The window.


def test_colours_can_be_changed_and_are_remembered():
    kept = Keepsakes.in_memory()
    with room(history=history(5), kept=kept) as shown:
        before = shown.view.talk.text.cget("background")
        shown.press("<F4>")
        assert shown.view.talk.text.cget("background") != before
        assert shown.view.talk.text.cget("highlightthickness") == 0
        assert kept.settings.current.appearance.theme == "dark"
    with window(kept=kept) as shown:
        assert shown.view.look.dark


def test_the_window_is_as_large_as_it_was():
    kept = Kept(FILE_NAME, Geometry, in_memory=True)
    with window(geometry=kept) as shown:
        shown.resize(812, 555)
        shown.press("<F2>")
        shown.desktop.quit()
    with window(geometry=kept) as shown:
        shown.until(lambda: (shown.view.root.winfo_width(), shown.view.root.winfo_height()) == (812, 555))
        assert not shown.view.rooms_shown


def test_text_can_be_larger():
    with room() as shown:
        before = shown.view.look.fonts["talk"].cget("size")
        shown.press("<Control-plus>")
        assert shown.view.look.fonts["talk"].cget("size") == before + 1
        shown.press("<Control-minus>")
        assert shown.view.look.fonts["talk"].cget("size") == before


def test_the_keys_are_explained():
    with room() as shown:
        shown.press("<F1>")
        settings = shown.settings()
        assert settings.pages.chosen == "Keys"
        shown.press("<Escape>", settings)
        assert not settings.winfo_exists()
        shown.press("<F4>", shown.view.composer.text)  # nobody repaints what is gone
        assert shown.view.look.dark


def test_a_question_mark_in_the_talk_explains_the_keys():
    with room() as shown:
        shown.press("<question>", shown.view.talk.text)
        assert shown.settings().pages.chosen == "Keys"


def test_keys_lead_from_part_to_part():
    with room() as shown:
        shown.view.composer.text.focus_force()
        seen = []
        for _ in range(4):
            shown.press("<F6>")
            seen.append(shown.view.root.focus_get())
        view = shown.view
        assert seen == [view.rooms.canvas, view.talk.text, view.people.canvas, view.composer.text]


def test_an_exception_in_a_callback_is_logged_and_the_window_lives_on(caplog):
    with room() as shown:
        shown.view.root.report_callback_exception = shown.desktop._report
        shown.view.root.after(0, lambda: 1 / 0)
        with caplog.at_level(logging.ERROR):
            shown.drawn()
        assert "ZeroDivisionError" in caplog.text
        shown.server(message(1, "still here"))
        assert "Bob: still here" in shown.lines()


def test_closing_the_window_quits_politely():
    with room() as shown:
        runner = shown.runner
        shown.press("<Control-q>")
        assert "QUIT" in shown.talk.sent()
        assert not shown.view.root.winfo_viewable()
        shown.talk.lose("EOF")
        runner.wake()
        shown.desktop.run()
        assert runner.stopped


# Messages.


MODERN = f"{ALL_CAPS} draft/message-redaction standard-replies"


def spoken(caps: str = MODERN) -> AbstractContextManager[Shown]:
    """A room of a server that can do all there is, in which Bob said something."""
    return room(history=[message(1, "Lunch?"), message(2, "At noon", nick="Eve")], caps=caps)


def test_the_message_under_the_mouse_has_buttons():
    with spoken() as shown:
        shown.hover("Lunch?")
        bar = shown.view.touch.bar
        assert bar.line is not None
        assert bar.line.text == "Lunch?"
        bar.on_reply(bar.line)
        shown.drawn()
        assert shown.view.compose_bar.words == "Replying to Bob: Lunch?"
        shown.type("yes")
        shown.press("<Return>")
        assert any("+draft/reply=m1" in line and line.endswith("PRIVMSG #room yes") for line in shown.talk.sent())
        assert shown.view.compose_bar.words == ""


def test_escape_takes_an_answer_back():
    with spoken() as shown:
        shown.hub.compose(shown.talk.room("#room"), "reply", shown.talk.room("#room").lines[0])
        shown.drawn()
        shown.press("<Escape>")
        assert shown.view.compose_bar.words == ""


def test_a_server_that_can_do_nothing_has_no_buttons_for_it():
    with room(caps="echo-message") as shown:
        shown.server(message(1))
        choices = shown.view.controls.menus.message(shown.talk.room("#room").lines[-1], "")
        labels = [choice.label for choice in choices if choice]
        assert "Reply" not in labels
        assert "Copy" in labels


def test_one_reacts_and_a_click_takes_it_back():
    with spoken() as shown:
        shown.hover("Lunch?")
        bar = shown.view.touch.bar
        bar.on_react(bar.line, *shown.on_screen("Lunch?"))
        shown.drawn()
        assert shown.view.emoji.shown
        shown.view.emoji.choose("👍")
        assert any("+draft/react=👍" in line for line in shown.talk.sent())
        shown.server("@+draft/react=👍;+draft/reply=m1;msgid=t1 :Alice!a@here TAGMSG #room")
        assert "own-reaction" in shown.tags("👍")
        shown.click_text("👍")
        assert any("+draft/unreact=👍" in line for line in shown.talk.sent())


def test_what_an_answer_answers_is_shown_and_reached_by_a_click():
    with room(history=[message(1, "Lunch?"), *history(100, first=2)]) as shown:
        shown.server("@msgid=x;+draft/reply=m1 :Eve!e@there PRIVMSG #room :yes")
        assert "↪ Bob: Lunch?" in shown.text()
        shown.click_text("↪ Bob")
        assert shown.in_sight("Lunch?\n") is not None


def test_messages_are_chosen_by_keys_and_answered_with_one():
    with spoken() as shown:
        shown.press("<Control-Up>")
        assert "chosen" in shown.tags("At noon")
        shown.press("<Up>")
        assert "chosen" in shown.tags("Lunch?")
        assert "chosen" not in shown.tags("At noon")
        shown.press("<Key-r>")
        assert shown.view.compose_bar.words == "Replying to Bob: Lunch?"
        assert shown.view.root.focus_get() is shown.view.composer.text
        assert "chosen" not in shown.tags("Lunch?")


def test_choosing_begins_at_the_newest_message_again_once_one_was_sent_or_the_keyboard_was_elsewhere():
    with spoken() as shown:
        shown.press("<Control-Up>")
        shown.press("<Up>")
        assert "chosen" in shown.tags("Lunch?")
        shown.view.composer.text.focus_force()
        shown.until(lambda: shown.view.touch.chosen is None)
        shown.press("<Control-Up>", shown.view.composer.text)
        assert "chosen" in shown.tags("At noon")
        shown.press("<Control-Up>")
        assert "chosen" in shown.tags("Lunch?"), "again, it goes up"
        shown.type("four")
        shown.press("<Return>", shown.view.composer.text)
        assert shown.view.touch.chosen is None
        shown.press("<Control-Up>")
        assert "chosen" in shown.tags("four")


def test_the_chosen_message_is_copied_with_a_key():
    with spoken() as shown:
        shown.press("<Control-Up>")
        shown.press("<Key-c>")
        assert shown.view.root.clipboard_get() == "At noon"
        shown.press("<Escape>")
        assert "chosen" not in shown.tags("At noon")


def test_the_last_own_message_is_edited():
    with spoken() as shown:
        shown.server("@msgid=e1 :Alice!a@here PRIVMSG #room :teh end")
        shown.press("<Alt-e>")
        assert shown.view.composer.value == "teh end"
        assert shown.view.compose_bar.words.startswith("Editing")
        shown.press("<Escape>")
        assert shown.view.composer.value == ""


def test_a_message_is_deleted_after_a_question():
    with spoken() as shown:
        shown.server("@msgid=e1 :Alice!a@here PRIVMSG #room :oops")
        choose(shown.view.controls.menus.message(shown.talk.room("#room").lines[-1], ""), "Delete…")
        shown.drawn()
        card = shown.view.card
        assert card.shown
        shown.press("<Return>", card.fields.first())
        assert card.shown, "what does harm takes one more key"
        card.accept()
        assert any(line.startswith("REDACT #room e1") for line in shown.talk.sent())
        shown.server(":Alice!a@here REDACT #room e1 :spam")
        assert "oops" not in shown.text()


def test_a_spoiler_is_shown_by_a_click():
    with room(history=[]) as shown:
        shown.server(message(1, "it was ||the butler||"))
        assert "spoiler" in shown.tags("the butler")
        shown.click_text("the butler")
        assert "spoiler" not in shown.tags("the butler")


def test_marks_and_colours_are_shown():
    with room(history=[]) as shown:
        shown.server(message(1, "*loud* and `x = 1`"), message(2, "and \x0304red\x03."))
        assert "font:b" in shown.tags("loud")
        assert "mono" in shown.tags("x = 1")
        assert any(tag.startswith("fore:") for tag in shown.tags("red"))


def test_joins_are_folded_and_opened_by_a_click():
    with room(history=[]) as shown:
        shown.server(":Dan!d@there JOIN #room", ":Eve!e@there JOIN #room")
        assert len(shown.lines()) == 1
        shown.click_text("joined")
        assert [line for line in shown.lines() if "Dan joined" in line] == ["→ Dan joined"]


def test_a_line_stands_above_what_was_not_seen():
    with room(history=[]) as shown:
        shown.enter("#other", people="Alice Bob")
        shown.server(message(1, "old"))
        shown.press("<Alt-Down>")
        shown.server(message(2, "new"))
        shown.press("<Alt-Up>")
        text = shown.text()
        assert text.index("old") < text.index("New messages") < text.index("new\n")


def test_who_is_typing_is_said_below_the_talk():
    with spoken() as shown:
        shown.server("@+typing=active :Bob!b@there TAGMSG #room")
        assert shown.view.typing.words == "Bob is typing…"
        shown.server(message(5, "done"))
        assert shown.view.typing.words == ""


# What opens.


def test_the_palette_finds_rooms_and_goes_there():
    with room() as shown:
        shown.enter("#other", people="Alice Bob")
        shown.press("<Control-k>")
        palette = shown.view.palette
        palette.entry.insert(0, "other")
        shown.press("<KeyRelease-r>", palette.entry)
        assert "#other" in palette.titles[0]
        shown.press("<Return>", palette.entry)
        assert shown.view.header.title == "#other"
        assert not palette.shown
        assert shown.view.root.focus_get() is shown.view.composer.text


def test_search_finds_while_one_types_and_jumps_there():
    with room(history=[message(1, "the needle"), *history(300, first=2)]) as shown:
        shown.press("<Control-f>")
        search = shown.view.search
        search.entry.insert(0, "needle")
        shown.press("<KeyRelease-e>", search.entry)
        shown.until(lambda: search.words == "1 found")
        assert shown.in_sight("the needle") is None
        shown.press("<Return>", search.entry)
        assert shown.in_sight("the needle") is not None
        assert not shown.view.talk.following
        shown.press("<Escape>", search.entry)
        assert not search.shown


def test_search_again_looks_everywhere():
    with room(history=[]) as shown:
        shown.enter("#other", people="Alice Bob")
        shown.server(message(1, "the needle"))
        shown.press("<Alt-Down>")
        shown.press("<Control-f>")
        search = shown.view.search
        search.entry.insert(0, "needle")
        shown.press("<KeyRelease-e>", search.entry)
        shown.until(lambda: search.words == "nothing")
        shown.press("<Control-f>")
        shown.until(lambda: search.words == "1 found")


def test_help_comes_as_one_types():
    with room() as shown:
        shown.type("/ki")
        assert any("kick" in words for words in shown.view.hints.words)
        shown.type("ck ")
        assert shown.view.hints.words[0].startswith("/kick")
        for _ in range(6):
            shown.press("<BackSpace>", shown.view.composer.text)
        assert shown.view.hints.words == []


def test_settings_are_changed_in_a_window():
    kept = Keepsakes.in_memory()
    with room(kept=kept, history=history(3)) as shown:
        shown.press("<F8>")
        settings = shown.settings()
        box = settings.controls["appearance.theme"]
        box.set("dark")
        box.event_generate("<<ComboboxSelected>>")
        shown.drawn()
        assert kept.settings.current.appearance.theme == "dark"
        assert shown.view.look.dark
        assert settings.winfo_exists()
        settings.controls["appearance.folds"].invoke()
        shown.drawn()
        assert not kept.settings.current.appearance.folds


def test_every_setting_can_be_changed_there():
    with room() as shown:
        shown.press("<F8>")
        settings, found = shown.settings(), set()
        for page in settings.pages.items:
            settings.open_page(page)
            shown.drawn()
            found |= settings.controls.keys()
        of_no_use = {"appearance.terminal_notice", "alerts.bell", "talk.say_typing"}  # in a window
    assert found == {row.key for row in ROWS} - of_no_use


def test_a_mistake_in_a_setting_is_said_beside_it():
    with room() as shown:
        shown.press("<F8>")
        settings = shown.settings()
        settings.open_page("Notifications")
        entry = settings.controls["alerts.quiet_from"]
        entry.insert(0, "late")
        shown.press("<Return>", entry)
        assert any("22:30" in text for text in shown.labels(settings))
        assert shown.hub.settings.alerts.quiet_from == ""


def test_the_clock_has_twelve_hours_where_that_is_wanted():
    with room(history=history(2)) as shown:
        shown.hub.set("appearance.clock", "12")
        shown.drawn()
        assert any(line.split("\t")[0].endswith(("am", "pm")) for line in shown.text().splitlines())


def test_a_long_paste_is_asked_about_and_comes_back_when_refused():
    with room() as shown:
        text = "\n".join(str(number) for number in range(30))
        shown.view.composer.put(text)
        shown.press("<Return>", shown.view.composer.text)
        assert shown.view.card.shown
        shown.press("<Escape>")
        assert not shown.view.card.shown
        assert shown.view.composer.value == text


def test_questions_come_one_after_the_other():
    with room() as shown:
        answers: list[str] = []
        for title in ("one", "two"):
            shown.hub.ask(Form(title, "", "OK", lambda values, title=title: answers.append(title)))
        shown.drawn()
        assert shown.view.card.words == "one"
        shown.view.card.accept()
        assert shown.view.card.words == "two"
        shown.view.card.accept()
        assert answers == ["one", "two"]
        assert not shown.view.card.shown


def test_the_rooms_of_a_server_are_a_list_to_choose_from():
    with room() as shown:
        shown.type("/list")
        shown.press("<Return>")
        shown.server(
            ":irc.test 322 Alice #trains 12 :All aboard", ":irc.test 322 Alice #cats 3 :", ":irc.test 323 Alice :End"
        )
        assert shown.view.palette.titles == ["#trains", "#cats"]
        shown.view.palette.accept()
        assert "JOIN #trains" in shown.talk.sent()


def test_a_place_is_offered_where_no_address_was_given():
    with window(name="carol", pick=True) as shown:
        places = shown.view.places
        assert places.shown
        shown.view.show()
        shown.until(lambda: shown.view.root.focus_get() is places.name)  # who is new types a name first
        assert places.name.get() == "carol"
        places.address.insert(0, "not an address!")
        shown.press("<Return>", places.address)
        assert places.words
        places.address.delete(0, "end")
        places.address.insert(0, "irc.example.org")
        shown.press("<Return>", places.address)
        assert not places.shown
        assert [str(shown.runner.options.address.host), shown.chat.nick] == ["irc.example.org", "carol"]


def test_a_server_that_asks_for_a_password_is_answered_in_a_card_and_the_page_says_so_where_it_is_not():
    with window() as shown:
        shown.talk.connect()
        shown.server(":irc.test 464 * :Password incorrect")
        card, fields = shown.view.card, shown.view.card.fields
        assert "This server asks for a password:" in card.words
        assert (fields.input("password").cget("show"), shown.view.root.focus_get()) == ("•", fields.input("password"))
        shown.press("<Escape>", fields.input("password"))
        assert not card.shown
        assert "This server asks for a password. “Try now”, below, tries again." in shown.text()
        shown.view.status.on_retry()
        shown.talk.wait(0)
        shown.talk.connect()
        shown.server(":irc.test 464 * :Password incorrect")
        assert card.shown, "whoever tries again is asked again"
        fields.fill("password", "sesame")
        shown.press("<Return>", fields.input("password"))
        shown.talk.wait(0)
        shown.talk.register()
        shown.enter()
        assert not card.shown
        assert "sesame" not in shown.text()
        assert shown.view.root.focus_get() is shown.view.composer.text


def test_enter_behind_the_name_goes_to_the_place_that_is_marked():
    kept = Keepsakes.in_memory()
    kept.recent.add(Remembered("other.example:6697", "Zoe"))
    kept.recent.add(Remembered("chat.example:6697", "carol"))
    with window(name="carol", pick=True, kept=kept) as shown:
        places = shown.view.places
        shown.view.show()
        shown.until(lambda: shown.view.root.focus_get() is places.name)
        assert places.list.marked.address == "chat.example:6697"
        shown.press("<Down>", places.name)
        assert places.list.marked.address == "other.example:6697"
        assert places.list.is_chosen(places.list.marked)
        shown.press("<Key-x>", places.address)
        places.address.event_generate("<KeyRelease-x>")
        assert not places.list.is_chosen(places.list.marked), "Enter goes to the address that was typed"
        shown.press("<BackSpace>", places.address)
        places.address.event_generate("<KeyRelease-BackSpace>")
        shown.press("<Return>", places.name)
        assert not places.shown
        assert [str(shown.runner.options.address.host), shown.chat.nick] == ["other.example", "Zoe"]


# Several networks.


def test_networks_are_headings_of_their_rooms():
    with window(network("home"), network("work")) as shown:
        for label in ("home", "work"):
            talk = shown.hub.talk_of(label)
            talk.register()
            talk.enter(f"#{label}", people="Alice Bob")
        shown.drawn()
        assert [getattr(room, "name", room) for room in shown.view.rooms.items if room.kind != "server"] == [
            "#home",
            "#work",
        ]
        assert len(shown.view.rooms.items) == 4
        shown.hub.set_focus(shown.hub.talk_of("work").room("#work"))
        shown.drawn()
        assert shown.view.header.title == "#work"
        shown.type("hi")
        shown.press("<Return>")
        assert any(line.endswith("PRIVMSG #work hi") for line in shown.hub.talk_of("work").sent())
        assert not any("PRIVMSG" in line for line in shown.hub.talk_of("home").sent())


def test_the_settings_list_the_networks():
    with window(network("home"), network("work")) as shown:
        shown.press("<F8>")
        settings = shown.settings()
        settings.open_page("Networks")
        assert [row.name for row in settings.networks()] == ["home", "work"]
        assert {"home", "work"} <= set(shown.labels(settings))


def test_who_forgets_the_last_network_is_asked_where_to_go():
    with window(network("home")) as shown:
        shown.talk.register()
        shown.enter()
        runner = shown.runner
        choose(shown.view.controls.menus.room(shown.chat.server), "Leave and forget")
        runner.talk.lose("EOF")
        runner.wake()
        shown.until(lambda: shown.view.places.shown)
        shown.press("<Escape>")
        assert shown.view.places.shown, "there is nowhere to go back to"


def test_another_place_can_be_left_unchosen():
    with room() as shown:
        shown.hub.emit(events.PanelWanted("places"))
        shown.drawn()
        assert shown.view.places.shown
        shown.press("<Escape>")
        assert not shown.view.places.shown


def test_networks_of_one_name_are_told_apart():
    with window(network("home"), network("work")) as shown:
        for label in ("home", "work"):
            shown.hub.talk_of(label).register()
        shown.drawn()
        assert shown.rooms() == ["home", "work"]


# Being told.


def test_a_mention_while_one_looks_elsewhere_is_told_to_the_desktop(monkeypatch):
    told: list[Alert] = []
    monkeypatch.setattr(notice, "send", told.append)
    with room(history=[]) as shown:
        monkeypatch.setattr(shown.view.root, "focus_displayof", lambda: None)
        shown.desktop._look()
        shown.server("@msgid=n1 :Bob!b@there PRIVMSG #room :Alice, look")
        assert [alert.room.name for alert in told] == ["#room"]


def test_what_is_said_while_another_window_has_the_keyboard_is_unread(monkeypatch):
    with room(history=[]) as shown:
        monkeypatch.setattr(shown.view.root, "focus_displayof", lambda: None)
        shown.desktop._look()
        shown.server(message(1))
        assert shown.talk.room("#room").unread == 1
        monkeypatch.setattr(shown.view.root, "focus_displayof", lambda: shown.view.root)
        shown.desktop._look()
        assert shown.talk.room("#room").unread == 0


def test_quick_and_safe_is_said_at_the_bottom():
    with room() as shown:
        shown.chat.security, shown.chat.lag_ms = "pinned", 40
        shown.view.draw(shown.hub, ("status",))
        assert shown.view.status.lag == "40 ms"
        assert "certificate" in shown.view.status.lock


# From outside.


def test_without_a_display_it_says_so(monkeypatch, capsys):
    monkeypatch.delenv("DISPLAY")
    assert gui_tk.run(Start((ClientOptions("Alice"),))) == 1
    assert capsys.readouterr().err == "chatkit: no display: use --tui or --plain\n"


def test_without_tkinter_it_says_which_package_is_missing(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tkinter", None)
    assert gui_tk.run(Start((ClientOptions("Alice"),))) == 1
    assert "apt install python3-tk" in capsys.readouterr().err


@contextmanager
def joined(address: Address, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The real program, which does not outlive its test."""
    program = subprocess.Popen([sys.executable, "-m", "chatkit", "join", str(address), "--gui", *arguments])
    try:
        yield program
    finally:
        program.kill()
        program.wait()


def type_when_shown(xdotool: str, *keys: tuple[str, ...]) -> None:
    """Real keys, once a window of ours is on the screen."""
    found = [xdotool, "search", "--sync", "--onlyvisible", "--name", "chatkit"]
    number = subprocess.run(found, check=True, capture_output=True, timeout=DEADLINE).stdout.split()[0].decode()
    for step in (("mousemove", "--window", number, "200", "200"), *keys):
        subprocess.run([xdotool, *step], check=True, timeout=DEADLINE)


def test_two_people_talk_over_a_real_server(tmp_path, needs):
    xdotool = needs("xdotool")
    with running_server(tmp_path) as address, Person("Bob", address) as bob:
        bob.say("Hi Alice!")
        with joined(address, "--nick", "Alice") as program:
            bob.until(lambda: bob.room().person("Alice") is not None)
            type_when_shown(xdotool, ("type", "--delay", "20", "Hi Bob!"), ("key", "Return"))
            bob.until(lambda: "Alice: Hi Bob!" in bob.talk())
            type_when_shown(xdotool, ("key", "ctrl+q"))
            assert program.wait(DEADLINE) == 0
        bob.until(lambda: bob.room().person("Alice") is None)


def test_the_first_name_is_typed_with_real_keys(tmp_path, needs):
    xdotool = needs("xdotool")
    with running_server(tmp_path) as address, Person("Bob", address) as bob:
        bob.room()
        with joined(address) as program:
            type_when_shown(xdotool, ("key", "ctrl+a"), ("type", "--delay", "20", "Zoe"), ("key", "Return"))
            bob.until(lambda: bob.room().person("Zoe") is not None)
            program.send_signal(signal.SIGINT)
            assert program.wait(DEADLINE) == 130


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
@pytest.mark.parametrize("kind", ["primary", "danger", "danger-outline", "secondary-outline"])
def test_what_stands_on_buttons_can_be_read_in_every_theme(palette, kind):
    with window() as shown:
        shown.view.look.use(palette)
        button = ttkbootstrap.Button(shown.view.root, bootstyle=kind)
        style, name = ttk.Style(shown.view.root), str(button.cget("style"))
        for state in ([], ["hover"]):
            ink, ground = (str(ttk.Style.lookup(style, name, of, state)) for of in ("foreground", "background"))
            assert contrast(ink, ground) >= READABLE
