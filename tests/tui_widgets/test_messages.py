"""What can be done with a message, and what others did with it: by key, by mouse, on the screen."""

from __future__ import annotations

import pytest
from textual.events import AppBlur, AppFocus, Click, MouseMove

from chatkit.client.timeline import Row
from chatkit.tui_widgets.form_screen import FormScreen
from chatkit.tui_widgets.menu_screen import MenuScreen
from chatkit.tui_widgets.picker import Picker
from chatkit.tui_widgets.prompt import PromptField
from chatkit.tui_widgets.talk import TalkView
from tests.client.conversation import ALL_CAPS, message
from tests.tui_widgets.harness import SMALL, Face, room

CAPS = f"{ALL_CAPS} draft/message-redaction draft/multiline=max-bytes=4096"


def field(shown: Face) -> PromptField:
    return shown.app.screen_stack[1].query_one(PromptField)


def selected(shown: Face) -> Row:
    row = shown.app.screen_stack[1].query_one(TalkView).selected
    assert row is not None
    return row


async def click(shown: Face, text: str, button: int = 1, **offset: int) -> None:
    """Click where ``text`` begins on the screen."""
    row = shown.row_with(text)
    column = shown.rows()[row].index(text)
    await shown.pilot.click(offset=(column + offset.get("right", 0), row), button=button)
    await shown.drawn()


async def test_what_is_typed_right_behind_the_keys_of_a_reply_is_the_reply():
    async with room(caps=CAPS) as shown:
        await shown.server(message(1, "shall we?"))
        await shown.press("f5", "r", *"yes!")
        assert "↩ to Bob: shall we?" in shown.text()
        assert field(shown).text == "yes!"
        await shown.press("enter")
        assert "+reply=m1" in shown.talk.sent()[-1]
        assert "↩ to Bob" not in shown.text()


async def test_keys_act_on_what_those_before_them_selected_however_fast_they_come():
    async with room(caps=CAPS) as shown:
        await shown.server(message(1, "one"), message(2, "two"), message(3, "three"))
        for key in ("f5", "up", "k", "down", "r", *"yes!", "enter"):
            shown.app.simulate_key(key)
        await shown.until(lambda: any(line.text == "yes!" for line in shown.focus.lines))
        assert "+reply=m2" in shown.talk.sent()[-1]


@pytest.mark.parametrize("end", [("r", *"to two?", "enter"), ("escape",)], ids=["sent", "escape"])
async def test_the_newest_message_is_selected_anew_each_time(end: tuple[str, ...]):
    async with room(caps=CAPS) as shown:
        await shown.server(message(1, "one"), message(2, "two"), message(3, "three"))
        await shown.press("f5", "up")
        assert selected(shown).lines[0].text == "two"
        await shown.press(*end)
        await shown.server(message(4, "four"))
        await shown.press("f5")
        assert selected(shown).lines[0] is shown.focus.lines[-1]


async def test_the_selection_is_the_same_after_the_terminal_was_left():
    async with room(caps=CAPS) as shown:
        await shown.server(message(1, "one"), message(2, "two"))
        await shown.press("f5", "up")
        for event in (AppBlur(), AppFocus()):
            shown.app.post_message(event)
            await shown.drawn()
        assert selected(shown).lines[0].text == "one"


async def test_what_is_selected_first_is_seen():
    async with room(SMALL, history=[message(number) for number in range(1, 81)]) as shown:
        await shown.press("ctrl+home")
        assert "text 80" not in shown.text()
        await shown.press("f5")
        assert "text 80" in shown.text()


async def test_escape_takes_a_reply_back_and_leaves_the_text():
    async with room(caps=CAPS) as shown:
        await shown.server(message(1, "shall we?"))
        await shown.press("f5", "r", *"yes", "escape")
        assert "↩ to Bob" not in shown.text()
        assert field(shown).text == "yes"


async def test_reactions_stand_below_a_message_and_a_click_adds_or_takes_back():
    async with room(caps=CAPS) as shown:
        await shown.server(message(1, "done!"), "@+draft/react=👍;+draft/reply=m1 :Bob!b@there TAGMSG #room")
        assert "👍 1" in shown.text()
        await click(shown, "👍 1")
        assert any("+draft/react=👍" in line for line in shown.talk.sent())


async def test_a_reaction_is_picked_by_its_name():
    async with room(caps=CAPS) as shown:
        await shown.server(message(1, "done!"))
        await shown.press("f5", "plus", *"rocket", "enter")
        assert any("+draft/react=🚀" in line for line in shown.talk.sent())


async def test_what_a_message_answers_stands_above_it():
    async with room(caps=CAPS) as shown:
        await shown.server(message(1, "shall we?"), message(2, "yes", nick="Carol", **{"+reply": "m1"}))
        rows = shown.rows()
        assert "╭ Bob: shall we?" in rows[shown.row_with("Carol: yes") - 1]


async def test_what_was_deleted_says_so():
    async with room(caps=CAPS) as shown:
        await shown.server(message(1, "oops"), ":Bob!b@there REDACT #room m1 :spam")
        assert "oops" not in shown.text()
        assert "deleted" in shown.text()


async def test_deleting_asks_first():
    async with room(caps=CAPS) as shown:
        await shown.server(message(1, "mine", nick="Alice"))
        await shown.press("f5", "d")
        assert isinstance(shown.app.screen, FormScreen)
        assert not any("REDACT" in line for line in shown.talk.sent())


async def test_the_keys_of_a_selected_message_stand_below_and_how_to_get_out():
    async with room(SMALL, caps=CAPS) as shown:
        await shown.server(message(1, "see http://example.org"), message(2, "mine", nick="Alice"))
        await shown.press("f5")
        assert "r reply  e edit  + react  d delete  c copy  Enter more  Esc back" in shown.rows()[-1]
        await shown.press("up")
        assert "r reply  + react  c copy  o open  Enter more  Esc back" in shown.rows()[-1]
        await shown.resize(40, 24)
        assert shown.rows()[-1].split("  ")[-1] == "Esc back", "it is never left out"
        await shown.press("escape")
        assert "reply" not in shown.rows()[-1]


async def test_keys_that_the_server_makes_nothing_of_are_not_named():
    async with room(SMALL, caps="") as shown:
        await shown.server(message(1, "one"))
        await shown.press("f5")
        assert shown.rows()[-1].endswith("c copy  Enter more  Esc back")
        assert "reply" not in shown.rows()[-1]


@pytest.mark.parametrize("typed", ["/away", "well, yes", "山田"])
async def test_what_means_nothing_to_a_selected_message_is_typed(typed):
    async with room(caps=CAPS) as shown:
        await shown.server(message(1, "one"))
        await shown.press("f5")
        for key in typed:
            shown.app.simulate_key(key)
        await shown.until(lambda: field(shown).text == typed)
        assert field(shown).has_focus


async def test_selecting_goes_up_and_down_and_lets_go_at_the_end():
    async with room() as shown:
        await shown.server(message(1, "one"), message(2, "two", nick="Carol"))
        await shown.press("f5", "up")
        ground = shown.style_of("one").bgcolor
        assert ground != shown.style_of("two").bgcolor
        await shown.press("down", "down")
        assert shown.style_of("one").bgcolor != ground
        assert field(shown).has_focus


async def test_the_other_button_opens_a_menu_of_what_can_be_done():
    async with room(caps=CAPS) as shown:
        await shown.server(message(1, "shall we?"))
        await click(shown, "shall we?", button=3)
        assert isinstance(shown.app.screen, MenuScreen)
        assert "Reply" in shown.text()
        await click(shown, "Reply")
        assert "↩ to Bob: shall we?" in shown.text()


async def test_without_the_means_of_a_server_nothing_is_offered():
    async with room(caps="") as shown:
        await shown.server(":Bob!b@there PRIVMSG #room :hi")
        await click(shown, "hi", button=3)
        text = shown.text()
        assert "Copy" in text
        assert "Reply" not in text
        assert "React" not in text


async def test_the_message_under_the_mouse_has_buttons():
    async with room(caps=CAPS) as shown:
        await shown.server(message(1, "shall we?"))
        row = shown.row_with("shall we?")
        await shown.pilot._post_mouse_events([MouseMove], offset=(60, row))
        await shown.drawn()
        assert "↩" in shown.rows()[row]
        await click(shown, "↩")
        assert "↩ to Bob: shall we?" in shown.text()


async def test_a_name_in_the_talk_can_be_clicked_to_speak_to_its_owner():
    async with room() as shown:
        await shown.server(message(1, "hi"))
        await click(shown, "Bob: ")
        assert field(shown).text == "Bob: "


@pytest.mark.parametrize("link", ["https://example.org/a", "http://example.org"])
async def test_links_are_links_of_the_terminal_too(link: str):
    async with room() as shown:
        await shown.server(message(1, f"see {link} now"))
        style = shown.style_of(link)
        assert style.link == link
        assert style.underline


async def test_a_click_on_a_link_opens_it_or_copies_it_where_there_is_no_desktop(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SSH_CONNECTION", "1")
    async with room() as shown:
        await shown.server(message(1, "see https://example.org now"))
        await click(shown, "https://example.org")
        assert shown.app.clipboard == "https://example.org"
        assert "copied" in shown.rows()[-1]


async def test_spoilers_are_hidden_until_they_are_clicked():
    async with room() as shown:
        await shown.server(message(1, "it was ||the butler||"))
        assert "butler" not in shown.text()
        await click(shown, "▒")
        assert "the butler" in shown.text()


async def test_marks_are_shown_as_what_they_mean():
    async with room() as shown:
        await shown.server(message(1, "*bold* and `code`"), message(2, "and \x0304red\x03"))
        assert shown.style_of("bold").bold
        assert shown.style_of("red").color is not None
        assert shown.style_of("red").color != shown.style_of("and").color
        assert shown.style_of("code").bgcolor != shown.style_of("and").bgcolor


async def test_a_fold_opens_and_closes_with_a_click():
    async with room() as shown:
        await shown.server(":Dave!d@there JOIN #room", ":Eve!d@there JOIN #room")
        assert "Dave and Eve joined" in shown.text()
        await click(shown, "Dave and Eve")
        assert "→ Eve joined" in shown.text()


async def test_typing_is_said_on_the_edge_of_the_talk_and_moves_nothing():
    async with room(caps=CAPS) as shown:
        await shown.server(message(1, "hi"))
        before = shown.row_with("hi")
        await shown.server("@+typing=active :Bob!b@there TAGMSG #room")
        assert "Bob is typing…" in shown.text()
        assert shown.row_with("hi") == before


async def test_nothing_is_clicked_on_an_empty_talk():
    async with room() as shown:
        await shown.pilot._post_mouse_events([Click], offset=(60, 5), button=1)
        await shown.press("f5", "r", "enter", "escape")
        assert not isinstance(shown.app.screen, Picker)
