"""The actions of the menus: which fit, and what they do; and the forms that they ask."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from chatkit.client import dialogs, events
from chatkit.client.actions import ACTIONS, Target, menu, palette
from chatkit.client.actions.messages import in_ascii
from chatkit.client.actions.people import mentioning
from chatkit.client.forms import NO, YES, Form
from chatkit.client.model import Line, Room
from chatkit.client.settings import Network, SettingError
from tests.client.conversation import ALL_CAPS, ISUPPORT, message
from tests.client.typed_hub import TypedHub, typed_hub

CAPS = f"{ALL_CAPS} draft/message-redaction"


def a_hub(caps: str = CAPS, people: str = "@Alice Bob") -> TypedHub:
    hub = typed_hub(network="work")
    hub.talk.register(caps)
    hub.talk.enter(people=people, history=[message(1, "see https://x.org/a"), message(2, nick="Alice")])
    hub.pump()
    hub.talk.sent()
    return hub


@pytest.fixture
def hub() -> TypedHub:
    return a_hub()


def room(hub: TypedHub) -> Room:
    return hub.talk.room("#room")


def line(hub: TypedHub, number: int) -> Line:
    return next(each for each in room(hub).lines if each.msgid == f"m{number}")


def ids(target: Target, scope: str) -> list[str]:
    return [action.id for action in menu(target, scope) if action is not None]


def do(hub: TypedHub, action_id: str, target: Target) -> list[str]:
    """Choose an action. Returns what is sent."""
    action = ACTIONS[action_id]
    assert action.fits(target)
    action.run(hub, target)
    return hub.talk.sent()


def asked(hub: TypedHub) -> Form:
    (form,) = [event.form for event in hub.pump() if isinstance(event, events.FormWanted)]
    return form


def told(hub: TypedHub, kind: type[Any]) -> list[Any]:
    return [event for event in hub.pump() if isinstance(event, kind)]


def test_the_menu_of_anothers_message(hub: TypedHub) -> None:
    assert ids(Target(room(hub), line(hub, 1)), "message") == [
        "reply", *(f"react_{number}" for number in range(1, 7)), "react", "copy", "open_link", "copy_link",
        "mark_unread", "redact",
    ]  # fmt: skip


def test_the_menu_of_an_own_message(hub: TypedHub) -> None:
    found = ids(Target(room(hub), line(hub, 2)), "message")
    assert {"edit", "redact", "copy"} <= set(found)
    assert "open_link" not in found


def test_who_keeps_no_order_deletes_only_what_is_his() -> None:
    hub = a_hub(people="Alice @Bob")
    assert "redact" not in ids(Target(room(hub), line(hub, 1)), "message")
    assert "redact" in ids(Target(room(hub), line(hub, 2)), "message")
    assert not {"kick", "ban", "op"} & set(ids(Target(room(hub), nick="Bob"), "person"))


def test_what_a_server_lacks_disappears_quietly() -> None:
    hub = a_hub("")
    hub.talk.server(message(3))
    said = room(hub).lines[-1]
    assert ids(Target(room(hub), said), "message") == ["copy", "mark_unread"]


def test_separators_stand_between_groups_only(hub: TypedHub) -> None:
    for scope in ("app", "network", "room", "message", "person"):
        rows = menu(Target(room(hub), line(hub, 1), "Bob"), scope)
        assert rows[0] is not None
        assert rows[-1] is not None
        assert (None, None) not in list(itertools.pairwise(rows))


def test_every_action_that_asks_says_so_by_its_title(hub: TypedHub) -> None:
    target = Target(room(hub), line(hub, 1), "Bob")
    for action in ACTIONS.values():
        if action.title.endswith("…") and action.fits(target):
            action.run(hub, target)
            assert isinstance(asked(hub), Form), action.id


def test_actions_without_their_target_do_nothing(hub: TypedHub) -> None:
    for action in ACTIONS.values():
        if action.scope in ("message", "person", "room", "network"):
            assert not action.fits(Target(None))
            action.run(hub, Target(None))
    assert hub.talk.sent() == []


def test_what_is_done_with_a_message(hub: TypedHub) -> None:
    theirs, own = Target(room(hub), line(hub, 1)), Target(room(hub), line(hub, 2))
    assert do(hub, "react_1", theirs) == ["@+reply=m1;+draft/reply=m1;+draft/react=👍 TAGMSG #room"]
    do(hub, "reply", theirs)
    assert room(hub).composing is not None
    do(hub, "edit", own)
    assert [event.text for event in told(hub, events.InputWanted)] == ["text 2"]
    do(hub, "copy", theirs)
    assert told(hub, events.CopyWanted) == [events.CopyWanted("see https://x.org/a")]
    do(hub, "open_link", theirs)
    assert told(hub, events.LinkWanted) == [events.LinkWanted("https://x.org/a")]
    do(hub, "mark_unread", theirs)
    assert (room(hub).unread, room(hub).unread_from) == (1, line(hub, 1).id)


def test_the_link_under_the_pointer_comes_first(hub: TypedHub) -> None:
    do(hub, "copy_link", Target(room(hub), line(hub, 1), link="https://other.org"))
    assert told(hub, events.CopyWanted) == [events.CopyWanted("https://other.org")]


def test_a_link_that_deceives_is_shown_as_the_network_knows_it(hub: TypedHub) -> None:
    fake = "https://аpple.com/x"  # its first letter is Cyrillic
    assert in_ascii(fake) == "https://xn--pple-43d.com/x"
    assert in_ascii("https://apple.com/ü") == "https://apple.com/ü"
    assert "copy_ascii_link" in ids(Target(room(hub), line(hub, 1), link=fake), "message")
    assert in_ascii("https://" + "ü" * 100) == "https://" + "ü" * 100


def test_what_it_answers_is_gone_to(hub: TypedHub) -> None:
    hub.talk.server(message(3, "yes", **{"+reply": "m1"}))
    hub.pump()
    do(hub, "go_to_quoted", Target(room(hub), line(hub, 3)))
    assert told(hub, events.LineReached) == [events.LineReached(room(hub), line(hub, 1).id)]


@pytest.mark.parametrize(
    ("action", "sent"),
    [("about", "WHOIS Bob"), ("op", "MODE #room +o Bob")],
)
def test_what_is_done_with_a_person(hub: TypedHub, action: str, sent: str) -> None:
    assert do(hub, action, Target(room(hub), nick="Bob")) == [sent]


def test_a_talk_with_a_person_is_opened(hub: TypedHub) -> None:
    do(hub, "message", Target(room(hub), nick="Bob"))
    assert hub.focus is hub.talk.room("Bob")


def test_nobody_talks_to_or_ignores_himself(hub: TypedHub) -> None:
    assert ids(Target(room(hub), nick="alice"), "person") == ["about"]


def test_a_mention_joins_what_is_typed(hub: TypedHub) -> None:
    assert mentioning("", "Bob") == "Bob: "
    assert mentioning("ask ", "Bob") == "ask Bob "


def test_somebody_is_ignored(hub: TypedHub) -> None:
    do(hub, "ignore", Target(room(hub), nick="Bob"))
    assert hub.settings.talk.ignored == ("Bob",)
    hub.talk.server(message(9, "unheard"))
    assert "unheard" not in [each.text for each in room(hub).lines]


def test_what_is_done_with_a_room(hub: TypedHub) -> None:
    target = Target(room(hub))
    do(hub, "alerts_all", target)
    assert room(hub).alerts == "all"
    assert "alerts_all" not in ids(target, "room")
    do(hub, "pin", target)
    assert room(hub).pinned
    do(hub, "unpin", target)
    assert not room(hub).pinned
    assert do(hub, "leave", target) == ["PART #room"]


def test_what_is_done_with_a_network(hub: TypedHub) -> None:
    target = Target(hub.chats[0].server)
    assert do(hub, "list_rooms", target) == ["LIST"]
    assert do(hub, "disconnect", target) == ["QUIT"]
    hub.talk.lose()
    assert "reconnect" in ids(target, "network")
    assert "disconnect" not in ids(target, "network")


def test_do_not_disturb_is_turned_on_and_off(hub: TypedHub) -> None:
    target = Target(room(hub))
    do(hub, "do_not_disturb", target)
    assert hub.settings.alerts.until == hub.talk.core.time_ms + 3_600_000
    do(hub, "do_not_disturb", target)
    assert hub.settings.alerts.until == 0
    do(hub, "quiet_tomorrow", target)
    assert hub.talk.core.time_ms < hub.settings.alerts.until <= hub.talk.core.time_ms + 25 * 3_600_000


def test_a_setting_that_cannot_be_saved_is_said_and_breaks_nothing(
    hub: TypedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_key: str, _value: object) -> None:
        raise SettingError("settings.toml has a mistake in line 3")

    monkeypatch.setattr(hub.kept.settings, "set", refuse)
    do(hub, "quiet_off", Target(room(hub)))
    next(choice for choice in palette(hub, "fold joins") if choice.kind == "setting").run()
    assert [each.text for each in room(hub).lines[-2:]] == ["Settings.toml has a mistake in line 3."] * 2


# Forms.


def values(form: Form, **changes: str) -> dict[str, str]:
    return {field.key: field.value for field in form.fields} | changes


@pytest.mark.parametrize(
    ("make", "answer", "sent"),
    [
        (lambda hub: dialogs.topic(hub, room(hub)), {"topic": "Hello\nthere"}, ["TOPIC #room :Hello there"]),
        (lambda hub: dialogs.topic(hub, room(hub)), {"topic": ""}, ["TOPIC #room :"]),
        (lambda hub: dialogs.kick(hub, room(hub), "Bob"), {"reason": "being rude"}, ["KICK #room Bob :being rude"]),
        (lambda hub: dialogs.kick(hub, room(hub), "Bob"), {}, ["KICK #room Bob"]),
        (lambda hub: dialogs.ban(hub, room(hub), "Bob"), {}, ["MODE #room +b Bob", "KICK #room Bob"]),
        (lambda hub: dialogs.ban(hub, room(hub), "Bob"), {"kick": NO}, ["MODE #room +b Bob"]),
        (lambda hub: dialogs.invite(hub, room(hub)), {"nick": "Eve"}, ["INVITE Eve #room"]),
        (lambda hub: dialogs.invite_to(hub, room(hub), "Eve"), {}, ["INVITE Eve #room"]),
        (lambda hub: dialogs.join(hub, room(hub).chat), {"room": "den"}, ["JOIN #den"]),
        (lambda hub: dialogs.delete(hub, room(hub), line(hub, 2)), {"reason": "oops"}, ["REDACT #room m2 oops"]),
        (
            lambda hub: dialogs.react(hub, room(hub), line(hub, 1)),
            {"emoji": ":tada:"},
            ["@+reply=m1;+draft/reply=m1;+draft/react=🎉 TAGMSG #room"],
        ),
        (
            lambda hub: dialogs.room_modes(hub, room(hub)),
            {"i": YES, "t": NO, "key": "sesame", "limit": "-"},
            ["MODE #room +i-t+k-l sesame"],
        ),
        (lambda hub: dialogs.room_modes(hub, room(hub)), {"key": "-", "limit": "9"}, ["MODE #room -k+l - 9"]),
        (lambda hub: dialogs.room_modes(hub, room(hub)), {}, []),
    ],
)
def test_an_answered_form_is_carried_out(hub: TypedHub, make: Any, answer: dict[str, str], sent: list[str]) -> None:
    form = make(hub)
    assert form.submit(values(form, **answer)) is None
    assert [each for each in hub.talk.sent() if not each.startswith("PING")] == sent


@pytest.mark.parametrize("answer", ["", "  ", "two words"])
def test_a_form_that_was_not_understood_asks_again(hub: TypedHub, answer: str) -> None:
    again = dialogs.invite(hub, room(hub)).submit({"nick": answer})
    assert again is not None
    assert again.text == "One word is needed here."
    assert hub.talk.sent() == []


def test_the_settings_of_a_room_are_those_that_its_server_has(hub: TypedHub) -> None:
    kinds = ISUPPORT.partition("CHANMODES=")[2].split()[0].split(",")[3]
    form = dialogs.room_modes(hub, room(hub))
    assert {field.key for field in form.fields} == {*kinds, "key", "limit"}


def test_a_name_with_a_line_break_is_not_sent(hub: TypedHub) -> None:
    form = dialogs.kick(hub, room(hub), "Bob\r\nQUIT")
    form.submit(values(form))
    assert hub.talk.sent() == []


def test_an_account_is_made_only_with_a_password_typed_twice(hub: TypedHub) -> None:
    form = dialogs.register(hub, hub.chats[0])
    missing = form.submit(values(form))
    assert missing is not None
    assert missing.text == "A password is needed."
    typed = {"password": "one", "again": "two"}
    different = form.submit(values(form, **typed))
    assert different is not None
    assert different.text == "The two passwords are not the same."
    assert not any("one" in field.value for field in different.fields)


def test_a_network_is_added_and_changed(hub: TypedHub) -> None:
    form = dialogs.network(hub)
    wrong = form.submit(values(form, name="home", address="two words"))
    assert wrong is not None
    assert "not an address" in wrong.text
    assert form.submit(values(form, name="home", address="10.0.0.5", rooms="#a, #b", now=NO)) is None
    saved = hub.settings.network("home")
    assert saved is not None
    assert (saved.address, saved.rooms) == ("10.0.0.5", ("#a", "#b"))
    renamed = dialogs.network(hub, saved)
    assert renamed.submit(values(renamed, name="den", now=NO)) is None
    assert [network.name for network in hub.kept.settings.current.networks] == ["den"]
    assert isinstance(hub.kept.settings.current.networks[0], Network)
