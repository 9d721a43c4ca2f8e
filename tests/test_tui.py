"""The terminal client, as a person meets it: what the screen shows and what keys and mouse do."""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key, MouseScrollUp

from chatkit.client.address import Address
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.model import Room
from chatkit.client.options import ClientOptions, Start
from chatkit.tui import ChatApp
from chatkit.tui_widgets.form_screen import FormScreen
from chatkit.tui_widgets.help_screen import HelpScreen
from chatkit.tui_widgets.prompt import PromptField
from chatkit.tui_widgets.talk import TalkView
from tests.client.conversation import message
from tests.client.servers import running_server
from tests.conftest import Needs
from tests.sockets import DEADLINE, RawClient
from tests.terminal import Terminal
from tests.tui_widgets.harness import LARGE, SMALL, Face, face, room


def history(count: int, first: int = 1) -> list[str]:
    return [message(number) for number in range(first, first + count)]


def field(shown: Face) -> PromptField:
    return shown.app.screen.query_one(PromptField)


def talk_view(shown: Face) -> TalkView:
    return shown.app.screen.query_one(TalkView)


def shown_rooms(shown: Face) -> list[str]:
    return [" ".join(f"{row.name} {row.badge}".split()) for row in shown.app.screen.query_one("#rooms").rows]


# What is said.


@pytest.mark.smoke
async def test_a_message_is_shown_with_its_time_and_who_said_it():
    async with room() as shown:
        await shown.server(message(1, "Hi Alice!"))
        row = shown.rows()[shown.row_with("Bob: Hi Alice!")]
        assert row.split("Bob:")[0].strip("▌ ")[2] == ":"


async def test_actions_and_what_happens_read_as_sentences():
    async with room() as shown:
        await shown.server(
            message(1, "\x01ACTION waves\x01"), ":Dave!d@there JOIN #room", ":Bob!b@there TOPIC #room :trains"
        )
        text = shown.text()
        assert "* Bob waves" in text
        assert "→ Dave joined" in text
        assert "· Bob set the topic: trains" in text
        assert "trains" in shown.rows()[0], "the topic stands above the talk"


async def test_joins_are_quieter_than_talk():
    async with room() as shown:
        await shown.server(":Dave!d@there JOIN #room", message(1, "Welcome"))
        assert shown.style_of("Welcome").color != shown.style_of("→ Dave joined").color


async def test_everyone_has_a_colour_that_is_the_same_in_talk_and_list():
    async with room() as shown:
        await shown.server(message(1, "one", nick="Carol"), message(2, "two", nick="Bob"))
        talk, people = shown.style_of("Carol: ").color, shown.style_of("Carol").color
        assert talk == people
        assert talk != shown.style_of("Bob: ").color


async def test_a_line_that_names_the_user_stands_out_without_colours_too():
    async with room() as shown:
        await shown.server(message(1, "Alice, look"), message(2, "nothing"))
        assert "▌" in shown.rows()[shown.row_with("Alice, look")].split("Bob:")[0]
        assert "▌" not in shown.rows()[shown.row_with("nothing")].split("Bob:")[0]
        assert shown.style_of("Alice, look").bgcolor != shown.style_of("nothing").bgcolor


async def test_text_from_the_network_is_never_markup_nor_escape_sequences():
    async with room() as shown:
        await shown.server(
            message(1, "[red]x[/red] [@click=app.leave]y[/] $error \x1b[2J\x1b]0;title\x07 \u202eevil"),
            ":Bob!b@there TOPIC #room :[bold]topic[/bold]",
            ":[b]Eve[!e@there JOIN #room",
        )
        text = shown.text()
        assert "[red]x[/red] [@click=app.leave]y[/] $error" in text
        assert "[bold]topic[/bold]" in shown.rows()[0]
        assert "[b]Eve[" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text)


async def test_wide_characters_keep_the_columns_straight():
    async with room(SMALL) as shown:
        await shown.server(message(1, "你好世界" * 20), message(2, "🎉👍🏽❤️" * 30))
        widths = {strip.cell_length for strip in shown.app.screen._compositor.render_strips()}
        assert widths == {SMALL[0]}


async def test_days_are_told_apart():
    async with room(history=[message(-200_000, "long ago"), message(1, "today")]) as shown:
        rows = shown.rows()
        between = rows[shown.row_with("long ago") + 1 : shown.row_with("today")]
        assert [row.strip(" ")[:3] for row in between if row.strip()] == ["───"]


# What the user says.


@pytest.mark.smoke
async def test_an_own_line_is_pending_until_its_echo_comes():
    async with room() as shown:
        await shown.write("Hi Bob!")
        assert "…" in shown.rows()[shown.row_with("Alice: Hi Bob!")]
        label = shown.talk.sent()[0].split()[0]
        await shown.server(f"{label};time=2027-01-15T08:00:01.000Z;msgid=m9 :Alice!a@here PRIVMSG #room :Hi Bob!")
        assert "…" not in shown.rows()[shown.row_with("Alice: Hi Bob!")]
        assert shown.text().count("Hi Bob!") == 1


async def fail(shown: Face, text: str = "Hi Bob!") -> None:
    await shown.write(text)
    label = shown.talk.sent()[0].split()[0]
    await shown.server(f"{label} :irc.test 404 Alice #room :Cannot send to channel")


async def test_a_line_that_was_not_sent_says_so_and_why():
    async with room() as shown:
        await fail(shown)
        row = shown.rows()[shown.row_with("Alice: Hi Bob!")]
        assert "not sent (you can't send to #room): click" in row


async def test_ctrl_r_sends_it_again():
    async with room() as shown:
        await fail(shown)
        await shown.press("ctrl+r")
        assert [line.split(" ", 1)[1] for line in shown.talk.sent()] == ["PRIVMSG #room :Hi Bob!"]
        assert "not sent" not in shown.text()


async def test_a_click_on_it_sends_it_again():
    async with room() as shown:
        await fail(shown)
        await shown.pilot.click(offset=(60, shown.row_with("Hi Bob!")))
        await shown.drawn()
        assert shown.talk.sent()[0].endswith("PRIVMSG #room :Hi Bob!")
        assert "not sent" not in shown.text()


async def test_several_lines_are_typed_with_alt_enter_and_sent_with_enter():
    async with room() as shown:
        await shown.press(*"one", "alt+enter", *"two")
        assert field(shown).text == "one\ntwo"
        await shown.press("enter")
        assert [line.split(" ", 1)[1] for line in shown.talk.sent()] == ["PRIVMSG #room one", "PRIVMSG #room two"]
        assert field(shown).text == ""


async def test_keys_that_come_faster_than_they_are_drawn_keep_their_order():
    async with room() as shown:
        for key in ("a", "b", "backspace", "c", "left", "x"):
            shown.app.simulate_key(key)
        await shown.until(lambda: len(field(shown).text) == 3)
        await shown.drawn()
        assert field(shown).text == "axc"


def test_alt_enter_is_no_enter_where_a_terminal_writes_it_as_escape_and_enter():
    ChatApp(Start(()), kept=Keepsakes.in_memory())
    keys = [event.key for event in XTermParser().feed("\x1b\r") if isinstance(event, Key)]
    assert keys == ["ctrl+j"]


async def test_tab_completes_and_cycles_and_shows_what_else_fits():
    async with room(people="Alice Carol Carlos") as shown:
        await shown.press(*"car", "tab")
        assert field(shown).text == "Carlos: "
        assert "Carlos · Carol" in shown.rows()[-1]
        await shown.press("tab")
        assert field(shown).text == "Carol: "
        await shown.press("x")
        assert "Carlos · Carol" not in shown.rows()[-1]


async def test_up_and_down_bring_back_what_was_sent():
    async with room() as shown:
        await shown.write("first")
        await shown.write("second")
        await shown.press(*"draft", "up")
        assert field(shown).text == "second"
        await shown.press("up", "up")
        assert field(shown).text == "first"
        await shown.press("down", "down")
        assert field(shown).text == "draft"


async def test_a_command_explains_itself_while_it_is_typed():
    async with room() as shown:
        await shown.press(*"/un")
        await shown.press("backspace")
        assert "/unban" in shown.rows()[-1]
        await shown.press("backspace", *"top")
        assert "/topic [#ROOM] [TEXT] · show the topic of a room, or set it" in shown.rows()[-1]
        await shown.press("x")
        assert "There is no command /topx" in shown.rows()[-1]
        await shown.press(*["backspace"] * 5)
        assert "help" in shown.rows()[-1]


async def test_what_was_begun_in_a_room_waits_there():
    async with room() as shown:
        await shown.press(*"half a")
        await shown.enter("#other")
        shown.hub.set_focus(shown.talk.room("#other"))
        await shown.drawn()
        assert field(shown).text == ""
        await shown.press("ctrl+p")
        assert field(shown).text == "half a"


# Rooms and people.


async def two_rooms(shown: Face) -> Room:
    other = await shown.enter("#other")
    assert shown.focus.name == "#room"
    return other


async def test_badges_count_what_is_unread_and_who_was_named():
    async with room() as shown:
        await two_rooms(shown)
        await shown.server(message(1, target="#other"), message(2, target="#other"))
        assert "#other 2" in shown_rooms(shown)
        await shown.server(message(3, "Alice: you there?", target="#other"))
        assert "#other @1" in shown_rooms(shown)


async def test_keys_switch_rooms_and_what_was_missed_is_under_a_line():
    async with room() as shown:
        await two_rooms(shown)
        await shown.press("ctrl+n")
        await shown.server(message(1, "old", target="#other"))
        await shown.press("alt+up")
        await shown.server(message(2, "missed", target="#other"))
        await shown.press("alt+down")
        rows = shown.rows()
        assert rows[0].split()[1] == "#other"
        assert "New messages" in "".join(rows[shown.row_with("missed") - 2 : shown.row_with("missed")])
        assert "#other" in shown_rooms(shown), "the badge is gone"
        await shown.press("ctrl+p")
        await shown.press("ctrl+n")
        assert "New messages" not in shown.text(), "what was seen is not new the next time"


async def test_a_click_on_a_room_shows_it():
    async with room() as shown:
        await two_rooms(shown)
        await shown.pilot.click(offset=(3, shown.row_with("#other")))
        await shown.drawn()
        assert shown.focus.name == "#other"
        assert field(shown).has_focus, "one can go on typing"


async def test_a_click_on_a_person_opens_a_direct_talk():
    async with room() as shown:
        row = next(number for number, text in enumerate(shown.rows()) if text.endswith("Carol"))
        await shown.pilot.click(offset=(105, row))
        await shown.drawn()
        assert shown.focus.name == "Carol"
        assert "Direct talks" in shown_rooms(shown)


async def test_people_show_their_status_and_whether_they_are_away():
    async with room() as shown:
        await shown.server(":Bob!b@there AWAY :lunch")
        rows = shown.rows()
        assert rows[shown.row_with("@Bob")].endswith("away")
        assert any(row.endswith("+Carol") for row in rows)
        assert "3 people" in rows[0]


@pytest.mark.parametrize(("size", "heading"), [(LARGE, "People 3, 1 away"), (SMALL, "People 3")])
async def test_the_heading_of_the_people_is_as_long_as_there_is_space(size: tuple[int, int], heading: str):
    async with room(size) as shown:
        await shown.server(":Bob!b@there AWAY :lunch")
        assert " ".join(shown.rows()[0].split()).endswith(heading)


async def test_a_room_that_is_left_is_gone():
    async with room() as shown:
        await two_rooms(shown)
        await shown.server(":Alice!a@here PART #other")
        assert "#other" not in shown_rooms(shown)


# Scrolling.


async def test_scrolling_up_stays_where_it_is_while_lines_arrive_and_says_how_many():
    async with room(SMALL, history=history(60)) as shown:
        await shown.press("pageup")
        seen = shown.rows()[1]
        await shown.server(message(61), message(62))
        assert shown.rows()[1] == seen
        assert "↓ 2 new below" in shown.text()
        await shown.press("end")
        assert "text 62" in shown.text()
        assert "new below" not in shown.text()


async def test_the_word_of_new_lines_can_be_clicked():
    async with room(SMALL, history=history(60)) as shown:
        await shown.press("pageup")
        await shown.server(message(61))
        await shown.pilot.click(offset=(40, shown.row_with("↓ 1 new below")))
        await shown.drawn()
        assert "text 61" in shown.text()


async def test_saying_something_goes_to_the_end():
    async with room(SMALL, history=history(60)) as shown:
        await shown.press("pageup")
        await shown.write("hello")
        assert "Alice: hello" in shown.text()


async def test_at_the_top_older_lines_load_and_the_place_is_kept():
    async with room(SMALL, history=history(100, 101)) as shown:
        await shown.press("ctrl+home")
        assert shown.talk.sent() == ["CHATHISTORY BEFORE #room msgid=m101 100"]
        assert "Loading older messages" in shown.text()
        before = shown.row_with("text 101")
        await shown.history("#room", history(100))
        assert shown.row_with("text 101") == before
        assert "text 100" in shown.rows()[before - 1]
        await shown.press("pageup")
        assert "text 90" in shown.text()


async def test_the_beginning_of_a_room_is_told_and_not_asked_for_again():
    async with room(SMALL, history=history(40)) as shown:
        await shown.press("ctrl+home")
        await shown.history("#room", [])
        shown.talk.sent()
        await shown.press("ctrl+home", "pageup")
        assert "This is where #room begins" in shown.text()
        assert shown.talk.sent() == []


async def test_the_wheel_scrolls_and_asks_for_older_lines_at_the_top():
    async with room(SMALL, history=history(3)) as shown:
        await shown.pilot._post_mouse_events([MouseScrollUp], offset=(40, 10))
        await shown.drawn()
        assert shown.talk.sent()[0].startswith("CHATHISTORY BEFORE #room")


async def test_home_and_end_scroll_unless_there_is_text_to_move_in():
    async with room(SMALL, history=history(60)) as shown:
        await shown.press("home")
        assert "text 1" in shown.text()
        await shown.press("end")
        assert "text 60" in shown.text()
        await shown.press(*"ab", "home", "x")
        assert field(shown).text == "xab"
        assert "text 60" in shown.text()


async def test_each_room_remembers_its_place():
    async with room(SMALL, history=history(60)) as shown:
        await two_rooms(shown)
        await shown.press("pageup")
        seen = shown.rows()[1:20]
        await shown.press("ctrl+n", "ctrl+p")
        assert shown.rows()[1:20] == seen


async def test_tens_of_thousands_of_lines_are_drawn_by_the_screenful():
    async with room(SMALL) as shown:
        for start in range(0, 20_000, 1000):
            await shown.server(*(message(number) for number in range(start, start + 1000)))
        assert "text 19999" in shown.text()
        await shown.press("pageup")
        assert "text 19980" in shown.text()
        await shown.press("ctrl+home")
        assert len(shown.focus.lines) > 15_000
        assert talk_view(shown).scroll_offset.y == 0


# The screen.


async def test_small_screens_fold_the_panels_away_and_keys_bring_them_back():
    async with room() as shown:
        assert "People" in shown.text()
        await shown.resize(70, 20)
        assert "People" not in shown.text()
        assert "Rooms" in shown.text()
        await shown.resize(40, 12)
        assert "Rooms" not in shown.text()
        await shown.press("f2")
        assert "Rooms" in shown.text()
        await shown.press("f2")
        assert "Rooms" not in shown.text()
        await shown.resize(250, 70)
        assert "People" in shown.text()


async def test_resizing_wraps_anew_and_keeps_the_place():
    async with room(history=[message(number, f"text {number} " + "word " * 30) for number in range(1, 61)]) as shown:
        await shown.press("pageup")
        first = next(match[0] for row in shown.rows()[1:] if (match := re.search(r"text \d\d", row)))
        await shown.resize(*SMALL)
        assert first in "\n".join(shown.rows()[:6])
        await shown.press("end")
        await shown.resize(*(SMALL[0], 12))
        assert "word" in shown.rows()[-4], "the end stays in sight"


async def test_status_says_in_words_how_the_connection_is():
    async with face() as shown:
        assert "Connecting to 127.0.0.1:55555" in shown.rows()[-1]
        shown.talk.register()
        await shown.drawn()
        assert "● Connected to Testnet as Alice" in shown.rows()[-1]
        shown.talk.lose()
        await shown.drawn()
        assert "The connection was lost: connection reset by peer" in shown.rows()[-1]
        assert "reconnecting" in shown.rows()[-1]


async def test_the_own_name_stands_before_what_is_typed():
    async with room() as shown:
        assert "Alice ❯" in shown.rows()[-2]
        await shown.server(":Alice!a@here NICK Alicia")
        assert "Alicia ❯" in shown.rows()[-2]


async def test_light_and_dark_can_be_changed():
    async with room() as shown:
        await shown.server(message(1, "hello"))
        dark = shown.style_of("Bob: ").color
        assert shown.app.current_theme.dark
        await shown.press("f4")
        assert not shown.app.current_theme.dark
        assert shown.style_of("Bob: ").color != dark


async def test_no_color_leaves_no_colour(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    async with room() as shown:
        await shown.server(message(1, "Alice: hello"))
        strips = shown.app.screen._compositor.render_strips()
        filtered = [
            segment
            for strip in strips
            for segment in strip.apply_filter(shown.app._filters[-1], shown.app.background_colors[0])
        ]
        colours = {(segment.style.color, segment.style.bgcolor) for segment in filtered if segment.style}
        assert all((colour is None or colour.is_default) for pair in colours for colour in pair)


async def test_the_keys_are_on_a_page_of_their_own():
    async with room() as shown:
        await shown.press("f1")
        assert "complete a name" in shown.text()
        await shown.press("escape")
        assert "complete a name" not in shown.text()
        await shown.press("?")
        assert "complete a name" in shown.text()
        await shown.press("?")
        assert field(shown).text == "?"


async def test_keys_that_come_too_fast_for_the_page_of_keys_end_it_once():
    async with room() as shown:
        await shown.press("f1")
        for _ in range(3):
            shown.app.post_message(Key("q", "q"))
        await shown.until(lambda: not isinstance(shown.app.screen, HelpScreen))
        await shown.drawn()
        assert field(shown).has_focus


async def test_marked_text_is_copied_and_not_the_end():
    async with room() as shown:
        await shown.server(message(1, "take this " + "along " * 20 + "please"))
        row = shown.row_with("take this")
        await shown.pilot.mouse_down(offset=(25, row))
        await shown.pilot.hover(offset=(90, row + 2))
        await shown.pilot.mouse_up(offset=(90, row + 2))
        await shown.press("ctrl+c")
        assert shown.app.clipboard.endswith("along please")
        assert "\n" not in shown.app.clipboard, "rows of one line are one line"
        assert shown.chat.status.state == "online"


async def test_marked_wide_text_is_copied_as_it_is():
    async with room() as shown:
        await shown.server(message(1, "你好世界 again"))
        row = shown.row_with("你好")
        column = shown.rows()[row].index("你好")
        await shown.pilot.mouse_down(offset=(column, row))
        await shown.pilot.hover(offset=(column + 2, row))
        await shown.pilot.mouse_up(offset=(column + 2, row))
        assert shown.app.screen.get_selected_text() == "你好"
        assert shown.style_of("你").bgcolor != shown.style_of("世").bgcolor


async def test_what_is_marked_in_the_prompt_is_copied():
    async with room() as shown:
        await shown.press(*"ab", "shift+left", "ctrl+c")
        assert shown.app.clipboard == "b"
        assert shown.talk.sent() == []


# Coming and going.


@pytest.mark.smoke
async def test_a_name_is_asked_for_with_one_filled_in():
    async with face(name="ann") as shown:
        assert "Under what name" in shown.text()
        assert shown.runner is None, "nobody connects before there is a name"
        await shown.press(*"Zoe", "enter")
        assert shown.runner.options.nick == "Zoe"
        assert shown.runner.started


async def test_the_suggested_name_is_taken_with_enter():
    async with face(name="ann") as shown:
        await shown.press("enter")
        assert shown.runner.options.nick == "ann"


async def test_an_empty_name_is_no_name():
    async with face(name="ann") as shown:
        await shown.press("backspace", "enter")
        assert "Please type a name" in shown.text()


async def test_a_name_that_is_taken_is_asked_for_again_with_the_reason():
    async with face() as shown:
        shown.talk.connect()
        await shown.server(":irc.test CAP * LS :", ":irc.test 433 * Alice :Nickname is already in use.")
        assert "The name Alice is taken." in shown.text()
        assert "Alice_" in shown.text()
        shown.talk.sent()
        await shown.press(*"Ally", "enter")
        assert "NICK Ally" in shown.talk.sent()


async def test_escape_in_the_name_form_ends_the_program():
    async with face(name="ann") as shown:
        await shown.press("escape")
        await shown.until(lambda: not shown.app.is_running)
        assert shown.app.return_code == 0


async def test_whoever_is_in_keeps_the_old_name_where_the_new_one_is_none():
    async with room() as shown:
        await shown.write("/nick :bad")
        assert "The name :bad can't be used" in shown.text()
        assert "Alice ❯" in shown.text()
        assert shown.talk.sent() == []


async def test_keys_that_come_too_fast_for_the_name_form_end_it_once():
    async with face() as shown:
        shown.talk.connect()
        await shown.server(":irc.test CAP * LS :", ":irc.test 433 * Alice :Nickname is already in use.")
        for _ in range(2):
            shown.app.post_message(Key("enter", "\r"))
        await shown.until(lambda: not isinstance(shown.app.screen, FormScreen))
        await shown.drawn()
        assert field(shown).has_focus


async def test_without_a_name_nobody_gets_in():
    async with face() as shown:
        shown.talk.connect()
        await shown.server(":irc.test CAP * LS :", ":irc.test 433 * Alice :Nickname is already in use.")
        await shown.press("escape")
        shown.talk.lose()
        shown.runner.wake()
        await shown.until(lambda: not shown.app.is_running)


async def test_a_server_that_asks_for_a_password_is_given_it_and_nobody_sees_it():
    async with face() as shown:
        shown.talk.connect()
        await shown.server(":irc.test 464 * :Password incorrect")
        await shown.until(lambda: "This server asks for a password:" in shown.text())
        await shown.press(*"sesame")
        assert "sesame" not in shown.text()
        await shown.press("enter")
        shown.talk.wait(0)
        assert "PASS sesame" in shown.talk.connect()


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
async def test_quitting_says_good_bye_first(key: str):
    async with room() as shown:
        await shown.pilot.press(key)
        await shown.pilot.pause()
        assert shown.talk.sent() == ["QUIT"]
        shown.talk.lose()
        shown.runner.wake()
        await shown.until(lambda: not shown.app.is_running)
        assert shown.app.return_code == 0


async def test_quitting_twice_does_not_wait():
    async with room() as shown:
        await shown.pilot.press("ctrl+q", "ctrl+q")
        await shown.until(lambda: not shown.app.is_running)


async def test_a_signal_to_end_says_good_bye_too():
    async with room() as shown:
        os.kill(os.getpid(), signal.SIGTERM)
        await shown.until(lambda: shown.talk.sent() == ["QUIT"])


async def test_slash_quit_ends_the_program():
    async with face() as shown:
        shown.talk.lose()
        await shown.pilot.press(*"/quit", "enter")
        await shown.until(lambda: not shown.app.is_running)


# The real thing: sockets, threads, a terminal.


@pytest.fixture
def address(tmp_path: Path) -> Iterator[Address]:
    with running_server(tmp_path / "data") as where:
        yield where


async def test_it_talks_to_a_real_server_and_leaves_no_thread(address: Address):
    app = ChatApp(Start((ClientOptions("Alice", address, remember=False),)), kept=Keepsakes.in_memory())
    with RawClient(address.port) as bob:
        bob.register("Bob")
        async with app.run_test(size=LARGE) as pilot:
            shown = Face(app, pilot)
            await shown.until(lambda: "2 people" in shown.text())
            bob.send("PRIVMSG #lobby :Hi Alice!")
            await shown.until(lambda: "Bob: Hi Alice!" in shown.text())
            await pilot.press(*"Hi Bob!", "enter")
            await shown.until(lambda: re.search(r"\d\d:\d\d +Alice: Hi Bob!", shown.text()) is not None)


@pytest.fixture
def terminal(needs: Needs, address: Address) -> Iterator[Terminal]:
    needs("tmux")
    join = shlex.join([sys.executable, "-m", "chatkit", "join", str(address)])
    terminal = Terminal(f"chatkit-{uuid.uuid4().hex}", ["sh", "-c", f"{join}; echo status $?; exec cat"], 80, 24)
    yield terminal
    terminal.close()


def test_in_a_terminal_it_asks_for_a_name_talks_and_leaves_the_terminal_as_it_was(terminal: Terminal):
    terminal.wait_for("Under what name")
    terminal.type("Zoe", "Enter")
    terminal.wait_for("Connected to chatkit as Zoe")
    terminal.line("Hi all, 你好!")
    terminal.wait_for(lambda screen: re.search(r"\d\d:\d\d Zoe: Hi all, 你好!", screen) is not None)
    terminal.type("C-q")
    assert "Zoe" not in terminal.wait_for("status 0")
    terminal.line("typed afterwards")
    assert terminal.wait_for("typed afterwards").count("typed afterwards") >= 1


def test_closing_the_terminal_ends_it_and_tells_the_server(needs: Needs, address: Address):
    needs("tmux")
    join = [sys.executable, "-m", "chatkit", "join", str(address), "--nick", "Zoe"]
    terminal = Terminal(f"chatkit-{uuid.uuid4().hex}", join, 80, 24)
    with RawClient(address.port) as bob:
        try:
            bob.register("Bob")
            terminal.wait_for("Connected to chatkit as Zoe")
            process = os.pidfd_open(terminal.pid())
        finally:
            terminal.close()
        ended, _, _ = select.select([process], [], [], DEADLINE)  # readable when it has ended
        os.close(process)
        assert ended
        bob.until(lambda line: line.startswith(":Zoe!") and " QUIT " in line)
