"""The command palette, and the order in which it finds things."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.client import events
from chatkit.client.actions import Choice, palette
from chatkit.client.address import Address
from chatkit.client.ranking import best, fit
from tests.client.conversation import message
from tests.client.typed_hub import TypedHub, network, typed_hub


@pytest.fixture
def hub() -> TypedHub:
    hub = typed_hub(network("work"), network("home"))
    for name in ("work", "home"):
        hub.talk_of(name).register()
    hub.talk.enter("#den")
    hub.talk.enter("#room", people="Alice @Bob bert")
    hub.set_focus(hub.talk.room("#room"))
    hub.pump()
    return hub


def titles(hub: TypedHub, query: str) -> list[str]:
    return [choice.title for choice in palette(hub, query)]


def choose(hub: TypedHub, query: str, kind: str) -> Choice:
    choice = next(choice for choice in palette(hub, query) if choice.kind == kind)
    choice.run()
    return choice


def test_without_a_word_it_offers_unread_rooms_first(hub: TypedHub) -> None:
    hub.talk.server(message(1, target="#den"))
    hub.pump()
    first = palette(hub, "")[0]
    assert (first.title, first.kind, first.detail) == ("#den", "room", "work · 1 unread")


def test_a_room_is_gone_to(hub: TypedHub) -> None:
    choose(hub, "den", "room")
    assert hub.focus is hub.talk.room("#den")


def pages(hub: TypedHub) -> list[tuple[str, str]]:
    return [(choice.title, choice.detail) for choice in palette(hub, "") if choice.kind == "room"]


def test_a_servers_own_page_is_called_what_the_list_calls_it_and_its_network_not_said_twice() -> None:
    hub = typed_hub(network(address=Address("127.0.0.1", 6697, scheme="irc")))
    hub.talk.register()
    hub.talk.enter("#den")
    hub.pump()
    assert pages(hub) == [("Testnet", "")]


def test_networks_of_one_name_are_told_apart() -> None:
    hub = typed_hub(network(address=Address("127.0.0.1", 6697)), network("work"))
    for talk in (hub.talk, hub.talk_of("work")):
        talk.register()
    hub.talk.enter("#den")
    hub.pump()
    assert pages(hub) == [("127.0.0.1:6697", ""), ("work", "")]
    hub.set_focus(hub.chats[1].server)
    assert pages(hub) == [("127.0.0.1:6697", ""), ("#den", "127.0.0.1:6697")]


def test_somebody_is_talked_to(hub: TypedHub) -> None:
    choose(hub, "bo", "person")
    assert hub.focus is hub.talk.room("Bob")


def test_an_action_is_done_and_its_key_shown(hub: TypedHub) -> None:
    choice = choose(hub, "search here", "action")
    assert choice.key == "search"
    assert [event.name for event in hub.pump() if isinstance(event, events.PanelWanted)] == ["search"]


def test_a_command_is_put_where_one_types(hub: TypedHub) -> None:
    choose(hub, "/who", "command")
    assert [event.text for event in hub.pump() if isinstance(event, events.InputWanted)] == ["/who "]


def test_a_setting_is_changed(hub: TypedHub) -> None:
    assert choose(hub, "fold joins", "setting").title == "Fold joins and leaves: yes"
    assert not hub.settings.appearance.folds
    choose(hub, "theme light", "setting")
    assert hub.settings.appearance.theme == "light"


@pytest.mark.parametrize(("sign", "kind"), [("#", "room"), ("@", "person"), ("/", "command"), (">", "action")])
def test_a_sign_narrows_it(hub: TypedHub, sign: str, kind: str) -> None:
    assert {choice.kind for choice in palette(hub, sign)} == {kind}


def test_what_was_typed_can_be_shown_bold(hub: TypedHub) -> None:
    choice = palette(hub, "> quit")[0]
    assert [choice.title[start:end] for start, end in choice.ranges] == ["Quit"]


def test_nothing_that_fits_is_nothing(hub: TypedHub) -> None:
    assert palette(hub, "zzzzqqqq") == ()


def test_a_hub_without_networks_has_a_palette_too() -> None:
    hub = typed_hub()
    hub.quit()
    hub.pump()
    assert "Settings" in titles(hub, "settings")


def test_the_best_fit_comes_first() -> None:
    names = ["#denmark", "#gardening", "#den", "Do not disturb", "Eden", "Hidden things"]
    assert [name for name, _ in best("den", names, str, 10)] == [
        "#den",
        "#denmark",
        "#gardening",
        "Eden",
        "Hidden things",
    ]
    assert [name for name, _ in best("dnd", names, str, 10)] == ["Do not disturb"]
    assert [name for name, _ in best("hidden th", names, str, 10)] == ["Hidden things"]


@given(st.text(max_size=30), st.text(max_size=60))
def test_what_fitted_is_in_the_text(query: str, text: str) -> None:
    found = fit(query, text)
    if found is not None:
        places = [place for each in found.ranges for place in each]
        assert places == sorted(set(places))
        assert all(0 <= place <= len(text) for place in places)


@given(st.text(min_size=1, max_size=30))
def test_every_text_fits_itself(text: str) -> None:
    assert fit(text, text) is not None


def test_thousands_of_people_are_found_without_a_pause(hub: TypedHub) -> None:
    for hundred in range(30):
        names = " ".join(f"person{hundred * 100 + number}" for number in range(100))
        hub.talk.server(f":irc.test 353 Alice = #room :Alice {names}")
    hub.talk.server(":irc.test 366 Alice #room :End")
    found = palette(hub, "@person2999")
    assert found[0].title == "person2999"
    assert len(palette(hub, "@person")) <= 60
