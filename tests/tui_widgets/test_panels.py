"""What opens over the talk: palette, search, settings, places, forms; and the parts that keys go to."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chatkit.client import dialogs
from chatkit.client.events import FormWanted, PanelWanted
from chatkit.client.forms import Field, Form
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.places import HERE, Place, Places
from chatkit.client.remembered import Remembered
from chatkit.client.settings import ROWS
from chatkit.tui_widgets.form_screen import FormScreen
from chatkit.tui_widgets.keycaps import keycap, written
from chatkit.tui_widgets.notices import notice
from chatkit.tui_widgets.opening import can_open
from chatkit.tui_widgets.places_screen import PlacesScreen
from chatkit.tui_widgets.prompt import PromptField
from chatkit.tui_widgets.search_bar import SearchBar
from chatkit.tui_widgets.settings_screen import ELSEWHERE, SettingsScreen
from chatkit.tui_widgets.typing_line import typing_words
from tests.client.conversation import message
from tests.client.typed_hub import network
from tests.tui_widgets.harness import LARGE, SMALL, Face, discreet, face, room


def prompt(shown: Face) -> PromptField:
    return shown.app.screen.query_one(PromptField)


async def test_the_palette_goes_to_a_room_by_a_part_of_its_name():
    async with room() as shown:
        await shown.enter("#python")
        await shown.press("ctrl+k", *"pyth", "enter")
        assert shown.focus.name == "#python"


async def test_keys_behind_the_one_that_opens_the_palette_are_typed_into_it():
    async with room() as shown:
        await shown.enter("#python")
        for key in ("ctrl+k", "p", "y", "t", "h"):
            shown.app.simulate_key(key)
        await shown.until(lambda: "pyth" in shown.text())
        await shown.press("escape")


async def test_search_finds_while_one_types_and_goes_there():
    async with room(SMALL, history=[message(number) for number in range(1, 61)]) as shown:
        await shown.press("ctrl+f", *"text 23")
        await shown.until(lambda: "1 found" in shown.text())
        await shown.press("enter")
        await shown.until(lambda: any("text 23" in row and "Search" not in row for row in shown.rows()))
        assert "Search" not in shown.text()
        assert shown.app.screen.query_one(PromptField).has_focus


async def test_search_asked_for_twice_looks_everywhere():
    async with room() as shown:
        await shown.press("ctrl+f")
        assert "Search #room" in shown.text()
        await shown.press("ctrl+f")
        assert "Search everywhere" in shown.text()
        await shown.press("escape")
        assert "Search" not in shown.text()


async def test_search_that_finds_nothing_says_where_it_looked_and_how_to_look_everywhere():
    async with room(SMALL) as shown:
        await shown.press("ctrl+f", *"zzz")
        await shown.until(lambda: "nothing here · ^F everywhere" in shown.text())
        await shown.press("ctrl+f")
        await shown.until(lambda: "nothing found" in shown.text())


async def test_hits_in_the_rooms_of_servers_name_the_network():
    async with room() as shown:
        await shown.press("ctrl+f")
        await shown.press("ctrl+f", *"connected")
        await shown.until(lambda: " found" in shown.text())
        assert "://" not in shown.text()


async def test_settings_are_changed_where_they_stand_and_hold_at_once():
    async with room() as shown:
        await shown.press("f8")
        assert isinstance(shown.app.screen, SettingsScreen)
        await shown.press("right")
        assert shown.hub.settings.appearance.theme == "dark"
        await shown.press("right")
        assert not shown.app.current_theme.dark
        await shown.press("escape")
        assert not isinstance(shown.app.screen, SettingsScreen)


async def test_every_setting_that_a_terminal_has_is_on_the_page():
    async with room((120, 70)) as shown:
        await shown.press("f8")
        rows = {row.key for row in shown.app.screen.query_one("RowList").rows}  # type: ignore[attr-defined]
        assert {row.key for row in ROWS} - ELSEWHERE <= rows


async def test_without_an_address_one_chooses_where_to_go():
    async with face(pick=True, name="ann") as shown:
        assert isinstance(shown.app.screen, PlacesScreen)
        assert "Where do you want to go?" in shown.text()
        await shown.press("tab", "tab", *"chat.example.org", "enter")
        assert shown.runners[0].options.address.host == "chat.example.org"
        assert shown.runners[0].options.nick == "ann"


@pytest.mark.parametrize("kept", [[], [Remembered("chat.example:6697", "Ann")]], ids=["new", "was-there"])
async def test_who_types_on_the_first_page_types_a_name_and_enter_goes(kept: list[Remembered]):
    keepsakes = discreet()
    for place in kept:
        keepsakes.recent.add(place)
    async with face(pick=True, name="Ann", kept=keepsakes) as shown:
        await shown.press(*"Dan", "enter")
        assert shown.runners[0].options.nick == "Dan"


async def test_the_arrows_choose_a_place_from_the_field_for_the_name_and_its_own_name_is_used_there():
    kept = discreet()
    kept.recent.add(Remembered("other.example:6697", "Zoe"))
    kept.recent.add(Remembered("chat.example:6697", "Ann"))
    async with face(pick=True, name="Ann", kept=kept) as shown:
        await shown.press("down", "enter")
        options = shown.runners[0].options
        assert (options.nick, options.address.host) == ("Zoe", "other.example")


async def test_the_first_words_after_the_first_page_stand_where_one_types():
    async with face(SMALL, pick=True, name="ann") as shown:
        await shown.press("enter")
        shown.talk.register(nick="ann")
        await shown.enter(people="ann")
        await shown.press(*"Hello from xterm, I am Ann")
        assert prompt(shown).text == "Hello from xterm, I am Ann"
        assert not shown.app.screen.query_one(SearchBar).display


async def test_what_is_typed_before_one_is_in_a_room_is_not_lost():
    async with face(SMALL, pick=True, name="ann") as shown:
        await shown.press("enter", *"hel")
        shown.talk.register(nick="ann")
        await shown.enter(people="ann")
        await shown.press(*"lo")
        assert prompt(shown).text == "hello"


async def type_ahead(shown: Face, *keys: str) -> None:
    """Type faster than anything is drawn."""
    for key in keys:
        shown.app.simulate_key(key)
    await shown.drawn()


@pytest.mark.parametrize(
    ("keys", "where"),
    [(("enter",), "127.0.0.1"), (("tab", "tab", *"chat.example.org", "enter"), "chat.example.org")],
    ids=["place", "address"],
)
async def test_what_is_typed_right_behind_the_enter_that_joins_is_the_first_message(keys: tuple[str, ...], where: str):
    async with face(pick=True, name="ann") as shown:
        await type_ahead(shown, *"Zoe", *keys, *"Hello, I am Zoe")
        await shown.until(lambda: prompt(shown).text == "Hello, I am Zoe")
        options = shown.runners[0].options
        assert (options.nick, options.address.host) == ("Zoe", where)


async def test_what_is_typed_right_behind_a_form_is_no_part_of_it():
    async with room() as shown:
        asked, given = form()
        shown.hub.ask(asked)
        await shown.until(lambda: "Password" in shown.text())
        await type_ahead(shown, *"me", "enter", *"secret", "enter", *"hello")
        assert given == [{"account": "me", "password": "secret"}]
        assert prompt(shown).text == "hello"


async def test_the_palette_finds_what_was_typed_however_fast_and_says_nothing_of_what_comes_behind():
    async with room() as shown:
        tea = await shown.enter("#tea")
        await shown.enter("#tease")
        await type_ahead(shown, "ctrl+k", *"#tea", "enter", *"secret", "enter")
        await shown.until(lambda: shown.hub.focus is tea)
        assert prompt(shown).text == ""
        assert not any("secret" in line for line in shown.talk.sent())


async def test_nothing_is_sent_by_an_enter_that_was_typed_before_one_could_see_where():
    async with room() as shown:
        asked, given = form()
        shown.hub.ask(asked)
        await shown.until(lambda: "Password" in shown.text())
        await type_ahead(shown, *"me", "enter", *"secret", "enter", *"hello", "enter")
        assert given == [{"account": "me", "password": "secret"}]
        assert prompt(shown).text == "hello"
        assert not any("hello" in line for line in shown.talk.sent())


async def test_a_place_that_is_found_nearby_does_not_take_the_mark_from_the_one_that_had_it(
    monkeypatch: pytest.MonkeyPatch,
):
    places = [HERE]
    monkeypatch.setattr(Places, "list", lambda _places: tuple(places))
    async with face(pick=True, name="ann") as shown:
        screen = shown.app.screen
        assert isinstance(screen, PlacesScreen)
        places.insert(0, Place("lan", "stranger", "192.0.2.9:55555"))
        screen.look_again()
        await shown.drawn()
        assert "stranger" in shown.text()
        places.clear()  # what is drawn is what counts
        await shown.press("enter")
        assert shown.runners[0].options.address.host == "127.0.0.1"


async def test_who_goes_nowhere_leaves():
    async with face(pick=True, name="ann") as shown:
        assert "Esc leaves" in shown.text()
        await shown.pilot.press("escape")
        await shown.until(lambda: shown.app._exit)


async def test_another_place_may_be_left_unchosen():
    async with room() as shown:
        shown.hub.emit(PanelWanted("places"))
        await shown.until(lambda: "Esc goes back" in shown.text())
        await shown.press("escape", *"hi")
        assert prompt(shown).text == "hi"


async def test_who_folds_the_rooms_away_while_they_have_the_keyboard_types_a_message():
    async with room() as shown:
        await shown.press("f6")
        assert shown.app.screen.query_one("#rooms").has_focus
        await shown.press("f2", *"hi")
        assert prompt(shown).text == "hi"


async def test_nothing_stands_behind_the_question_where_to_go():
    async with face(pick=True, name="ann") as shown:
        assert "Join a room" not in shown.text()
        await shown.press("tab", "tab", *"chat.example.org", "enter")
        await shown.until(lambda: "Join a room" in shown.text())


async def test_this_computer_is_named_once():
    async with face(SMALL, pick=True, name="ann") as shown:
        assert shown.text().count("This computer") == 1


async def test_all_of_a_long_form_is_seen_on_a_small_screen():
    async with room(SMALL) as shown:
        shown.hub.ask(dialogs.register(shown.hub, shown.chat))
        await shown.until(lambda: "Cancel" in shown.text())
        for part in (
            "An account on",
            "Account",
            "Email",
            "Password",
            "The same again",
            "keyring",
            "Register",
            "Cancel",
        ):
            assert part in shown.text()
        await shown.press("escape")


async def test_title_and_buttons_of_a_form_stay_where_its_fields_do_not_fit():
    async with room((80, 12)) as shown:
        shown.hub.ask(dialogs.register(shown.hub, shown.chat))
        await shown.until(lambda: "Cancel" in shown.text())
        await shown.press("tab", "tab", "tab", "tab")
        for part in ("An account on", "keyring", "Register", "Cancel"):
            assert part in shown.text()
        await shown.press("escape")


async def test_an_address_that_is_none_is_refused_in_words():
    async with face(pick=True, name="ann") as shown:
        await shown.press("tab", "tab", *"ftp://x", "enter")
        assert isinstance(shown.app.screen, PlacesScreen)
        assert not shown.runners


async def test_several_networks_are_headings_in_the_list():
    async with face(others=(network("libera"),)) as shown:
        rooms = [row.name for row in shown.app.screen.query_one("#rooms").rows]  # type: ignore[attr-defined]
        assert len(shown.hub.chats) == 2
        assert "libera" in " ".join(rooms)


def form(**how: object) -> tuple[Form, list[dict[str, str]]]:
    given: list[dict[str, str]] = []
    fields = (Field("account", "Account"), Field("password", "Password", kind="password"))
    return Form("Log in", "To Testnet.", "Log in", given.append, fields, **how), given  # type: ignore[arg-type]


async def test_what_comes_right_behind_tab_goes_to_the_next_field():
    async with room() as shown:
        asked, given = form()
        shown.hub.ask(asked)
        await shown.until(lambda: "Password" in shown.text())
        for key in (*"me", "tab", *"secret", "enter"):
            shown.app.simulate_key(key)
        await shown.until(lambda: bool(given))
        assert given == [{"account": "me", "password": "secret"}]


async def test_a_form_is_filled_in_field_by_field_and_hides_passwords():
    async with room() as shown:
        question, given = form()
        shown.app.screen.apply([FormWanted(question)])  # type: ignore[attr-defined]
        await shown.drawn()
        await shown.press(*"alice", "enter", *"secret")
        assert "secret" not in shown.text()
        await shown.press("enter")
        assert given == [{"account": "alice", "password": "secret"}]
        assert not isinstance(shown.app.screen, FormScreen)


async def test_a_form_says_what_is_missing():
    async with room() as shown:
        question, given = form()
        shown.app.screen.apply([FormWanted(question)])  # type: ignore[attr-defined]
        await shown.drawn()
        await shown.press("tab", *"secret", "enter")
        assert "Please fill in: Account" in shown.text()
        assert given == []


async def test_a_dangerous_answer_is_not_given_by_accident():
    async with room() as shown:
        cancelled: list[bool] = []
        question, given = form(danger=True, cancel=lambda: cancelled.append(True))
        shown.app.screen.apply([FormWanted(question)])  # type: ignore[attr-defined]
        await shown.drawn()
        await shown.press("enter")
        assert given == []
        assert cancelled == [True]


async def test_the_keyboard_goes_round_the_parts_of_the_screen():
    async with room(LARGE) as shown:
        parts = []
        for _ in range(4):
            await shown.press("f6")
            parts.append(type(shown.app.focused).__name__)
        assert parts == ["RoomList", "TalkView", "PeopleList", "PromptField"]


async def test_rooms_and_people_are_chosen_by_key_too():
    async with room(LARGE) as shown:
        await shown.enter("#other")
        await shown.press("f6", "down", "enter")
        assert shown.focus.name == "#other"
        await shown.press("ctrl+p", "f6", "f6", "f6", "m")
        assert "Message" in shown.text()


async def test_the_theme_of_the_settings_is_the_one_on_the_screen():
    kept = Keepsakes.in_memory()
    kept.settings.set("appearance.theme", "solarized-light")
    async with face(kept=kept) as shown:
        assert shown.app.current_theme.name == "chatkit-solarized-light"


@pytest.mark.parametrize(
    ("key", "shown"),
    [("ctrl+k", "^K"), ("f5", "F5"), ("alt+down", "Alt+↓"), ("plus", "+"), ("ctrl+home", "^Home"), ("r", "r")],
)
def test_keys_are_written_as_people_write_them(key: str, shown: str):
    assert written(key) == shown


def test_the_key_of_an_action_is_known():
    assert keycap("palette") == "^K"
    assert keycap("nothing of that kind") == ""


@pytest.mark.parametrize(
    ("nicks", "words"),
    [
        ((), ""),
        (("Bob",), "Bob is typing…"),
        (("Bob", "Eve"), "Bob and Eve are typing…"),
        (("Bob", "Eve", "Al"), "Bob, Eve and Al are typing…"),
        (("a", "b", "c", "d"), "several people are typing…"),
    ],
)
def test_who_is_typing_is_said_in_words(nicks: tuple[str, ...], words: str):
    assert typing_words(nicks) == words


@pytest.mark.parametrize("way", ["osc9", "osc99", "osc777"])
def test_a_notice_has_nothing_of_the_network_but_printable_text(way: str):
    written = notice(way, "Bob\x1b]0;evil\x07", "4;3;\x9b31m\u202ehi\n")
    inside = written.replace("\x1b]", "").replace("\x1b\\", "").removesuffix("\x07")
    assert inside.isprintable()
    assert "hi" in inside


def test_where_no_notices_are_wanted_there_are_none():
    assert notice("none", "Bob", "hi") == ""


@pytest.mark.parametrize(
    ("environ", "opens"),
    [({"DISPLAY": ":0"}, True), ({}, False), ({"DISPLAY": ":10", "SSH_CONNECTION": "1"}, False)],
)
def test_links_open_only_where_there_is_a_desktop(environ: dict[str, str], opens: bool):
    assert can_open(environ, "linux") is opens


def test_what_is_slow_to_import_waits_until_it_is_needed():
    code = "import sys, chatkit.tui; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    late = {"keyring", "zeroconf", "emoji", "tomlkit", "websockets", "cryptography", "tkinter", "click"}
    late |= {f"chatkit.tui_widgets.{name}_screen" for name in ("help", "form", "menu", "settings", "places", "palette")}
    assert not late & set(loaded)
