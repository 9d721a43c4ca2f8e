"""The desktop client, as a person meets it: what the window shows and what keys and mouse do."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chatkit import gui_tk
from chatkit.client.address import Address
from chatkit.client.options import ClientOptions
from chatkit.gui_widgets import settings, shown_lines, system
from chatkit.gui_widgets.jump_button import LATEST
from chatkit.gui_widgets.talk import BEGINNING
from tests.client.conversation import message
from tests.client.servers import Person, running_server
from tests.gui_widgets.harness import DEADLINE, Shown, room, window

pytestmark = pytest.mark.usefixtures("xvfb")


@pytest.fixture(autouse=True)
def light(monkeypatch):
    """Whatever the desktop of whoever runs the tests is set to."""
    monkeypatch.setattr(system, "prefers_dark", lambda: False)


def history(count: int, first: int = 1) -> list[str]:
    return [message(number) for number in range(first, first + count)]


def echo(number: int, label: str, text: str) -> str:
    return f"@label={label};msgid=e{number} :Alice!a@here PRIVMSG #room :{text}"


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
        shown.server(message(1, text), message(2, "after"))
        assert len(shown.lines()) == 2
        assert "\x1b" not in shown.text()
        assert shown.lines()[-1] == "Bob: after"


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
        shown.view.talk.on_link = opened.append
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


def test_at_the_top_older_messages_are_loaded_and_the_place_is_kept():
    with room(history=history(100, first=201)) as shown:
        shown.runner.asked_older.clear()
        for _ in range(12):
            shown.press("<Prior>")
        assert shown.runner.asked_older
        place = shown.in_sight("text 201")
        assert place is not None
        shown.history("#room", history(100, first=101))
        assert shown.in_sight("text 201") == place
        assert shown.lines()[0] == "Bob: text 101"
        shown.history("#room", [])


def test_the_beginning_of_a_room_is_called_so():
    with room(history=[]) as shown:
        shown.server(message(1))
        assert shown.text().splitlines()[0] == BEGINNING


def test_a_long_room_is_shown_in_stretches_that_follow_the_reader():
    with room(history=[]) as shown:
        shown.server(*history(3000))
        assert len(shown.view.talk.rows) <= shown_lines.TAIL + shown_lines.SLACK + 2
        for _ in range(250):
            shown.press("<Prior>")
            assert len(shown.view.talk.rows) <= shown_lines.LIMIT + 2
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
        shown.press("<Control-j>")
        shown.view.card.entry.insert(0, "design")
        shown.press("<Return>", shown.view.card.entry)
        assert "JOIN #design" in shown.talk.sent()
        assert not shown.view.card.shown


def test_a_room_that_was_left_is_gone():
    with room() as shown:
        shown.enter("#other", people="Alice Bob")
        other = shown.talk.room("#other")
        shown.press("<Alt-Down>")
        shown.type("only for here")
        leave = next(choice for choice in shown.view.controls.room_choices(other) if choice and choice.label == "Leave")
        leave.action()
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
        choices = [choice for choice in shown.view.controls.person_choices("Bob") if choice]
        assert [choice.label for choice in choices] == ["Message Bob", "About Bob", "Mention", "Copy name"]
        choices[1].action()
        assert "WHOIS Bob" in shown.talk.sent()
        choices[2].action()
        assert shown.view.composer.value == "Bob "
        choices[3].action()
        assert shown.view.root.clipboard_get() == "Bob"


def test_a_list_of_thousands_draws_only_what_is_seen():
    names = " ".join(f"user{number:04}" for number in range(3000))
    with room(people=names) as shown:
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
        shown.press("<F9>")
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


def test_several_lines_make_the_field_grow_and_are_sent_as_messages():
    with room() as shown:
        shown.type("a")
        shown.press("<Shift-Return>")
        shown.type("b")
        assert int(shown.view.composer.text.cget("height")) == 2
        shown.press("<Return>")
        assert shown.lines() == ["Alice: a", "Alice: b"]
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


def test_commands_work_and_unknown_ones_are_explained():
    with room() as shown:
        shown.type("/jion x")
        shown.press("<Return>")
        assert "/join" in shown.lines()[-1]
        assert "error" in shown.tags(shown.lines()[-1])


# Names.


def test_a_name_is_asked_for_inside_the_window():
    with window(name="carol") as shown:
        card = shown.view.card
        assert "What should people call you?" in card.words
        assert card.entry.get() == "carol"
        card.entry.delete(0, "end")
        shown.press("<Return>", card.entry)
        assert card.shown, "nothing is no name"
        card.entry.insert(0, " Carla ")
        shown.press("<Return>", card.entry)
        assert not card.shown
        assert shown.runner.chat.nick == "Carla"
        assert shown.view.composer.nick == "Carla"


def test_a_taken_name_is_said_and_another_one_offered():
    with window() as shown:
        shown.talk.connect()
        shown.server(":irc.test CAP * LS :", ":irc.test 433 * Alice :Nickname is already in use.")
        assert "The name Alice is taken." in shown.view.card.words
        shown.press("<Escape>")
        assert shown.view.card.shown, "there is no way round it"
        assert shown.view.card.entry.get() == "Alice_"
        shown.press("<Return>", shown.view.card.entry)
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
    with room(history=history(5)) as shown:
        before = shown.view.talk.text.cget("background")
        shown.view.header.on_theme()
        shown.drawn()
        assert shown.view.talk.text.cget("background") != before
        assert shown.view.talk.text.cget("highlightthickness") == 0
        shown.desktop.quit()
    assert settings.load().theme == "dark"
    with window() as shown:
        assert shown.view.look.dark


def test_the_window_is_as_large_as_it_was():
    with window() as shown:
        shown.resize(812, 555)
        shown.desktop.quit()
    with window() as shown:
        shown.until(lambda: (shown.view.root.winfo_width(), shown.view.root.winfo_height()) == (812, 555))


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
        assert shown.view.card.words == "Keys"
        shown.press("<Escape>")
        assert not shown.view.card.shown


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
        shown.press("<Control-q>")
        assert "QUIT" in shown.talk.sent()
        assert not shown.view.root.winfo_viewable()
        shown.talk.lose("EOF")
        shown.runner.wake()
        shown.desktop.run()
        assert shown.runner.stopped


# From outside.


def test_without_a_display_it_says_so(monkeypatch, capsys):
    monkeypatch.delenv("DISPLAY")
    assert gui_tk.run(ClientOptions("Alice"), None) == 1
    assert capsys.readouterr().err == "chatkit: no display: use --tui or --plain\n"


def test_without_tkinter_it_says_which_package_is_missing(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tkinter", None)
    assert gui_tk.run(ClientOptions("Alice"), None) == 1
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
