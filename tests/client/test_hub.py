"""Several networks as one client: what is on the screen, what is asked, what is kept. No sockets and no threads."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from chatkit.client.address import Address
from chatkit.client.credentials import KEYRING, Credentials
from chatkit.client.events import (
    AlertRaised,
    FormWanted,
    InputWanted,
    Left,
    LineReached,
    LinesAppended,
    NetworkAdded,
    NetworkRemoved,
    RoomFocused,
    RowsChanged,
    SettingsChanged,
)
from chatkit.client.finder import Hit
from chatkit.client.forms import Form
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.model import Room
from chatkit.client.options import Start, Taste
from chatkit.client.settings import Network
from tests.client.conversation import message
from tests.client.typed_hub import TypedHub, kinds, network, typed_hub


def in_room(*labels: str, kept: Keepsakes | None = None) -> TypedHub:
    """A Hub in #room of each of these networks."""
    hub = typed_hub(*(network(label, address=Address(f"{label}.test")) for label in labels or ("home",)), kept=kept)
    for chat in hub.chats:
        talk = hub.talk_of(chat.label)
        talk.register()
        talk.enter()
    hub.pump()
    return hub


def room_of(hub: TypedHub, label: str, name: str = "#room") -> Room:
    return hub.talk_of(label).room(name)


def wait_for(holds: Callable[[], bool]) -> None:
    """For what a thread does."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def form_of(hub: TypedHub) -> Form:
    forms = [event.form for event in hub.pump() if isinstance(event, FormWanted)]
    assert len(forms) == 1
    return forms[0]


# One network.


def test_what_is_typed_before_there_is_a_room_goes_along_to_the_first_one() -> None:
    hub = typed_hub()
    hub.talk.register()
    hub.pump()
    server = hub.focus
    assert server is not None
    hub.typed(server, "hi")
    room = hub.talk.enter()
    hub.pump()
    assert (hub.focus, room.draft, server.draft) == (room, "hi", "")


def test_who_types_a_servers_password_may_have_it_kept_once_it_was_right() -> None:
    kept = Keepsakes.in_memory()
    hub = typed_hub(kept=kept)
    hub.talk.connect()
    hub.talk.server(":irc.test 464 * :Password incorrect")
    form = form_of(hub)
    assert [(field.key, field.kind) for field in form.fields] == [("password", "password"), ("keep", "yesno")]
    assert form.submit({"password": "", "keep": "yes"}) is not None, "it is asked again"
    assert form.submit({"password": "sesame", "keep": "yes"}) is None
    assert not kept.settings.current.networks
    hub.talk.wait(0)
    hub.talk.register()
    hub.pump()
    (saved,) = kept.settings.current.networks
    assert (saved.address, saved.server_password_from) == ("127.0.0.1:55555", "keyring")
    wait_for(lambda: kept.credentials.find_servers(saved) == "sesame")


def test_who_has_said_where_a_servers_password_is_is_not_overruled() -> None:
    kept = Keepsakes.in_memory()
    network = Network("127.0.0.1:55555", "127.0.0.1:55555", "Alice", server_password_from="command:pass irc")  # noqa: S106
    kept.settings.save_network(network)
    hub = typed_hub(kept=kept)
    hub.talk.connect()
    hub.talk.server(":irc.test 464 * :Password incorrect")
    form_of(hub).submit({"password": "sesame", "keep": "yes"})
    hub.talk.wait(0)
    hub.talk.register()
    hub.pump()
    assert kept.settings.current.networks == (network,)


def test_a_servers_password_that_was_wrong_is_not_kept_after_all() -> None:
    kept = Keepsakes.in_memory()
    hub = typed_hub(kept=kept)
    hub.talk.connect()
    hub.talk.server(":irc.test 464 * :Password incorrect")
    form_of(hub).submit({"password": "wrong", "keep": "yes"})
    hub.talk.wait(0)
    hub.talk.connect()
    hub.talk.server(":irc.test 464 * :Password incorrect")
    form_of(hub)
    hub.talk.core.reconnect()
    hub.talk.wait(0)
    hub.talk.register()
    hub.pump()
    assert not kept.settings.current.networks


def test_a_network_that_is_removed_takes_its_passwords_along() -> None:
    kept = Keepsakes.in_memory()
    network = Network("libera", "chat.example", account="alice", password_from=KEYRING, server_password_from=KEYRING)
    kept.settings.save_network(network)
    kept.credentials.keep(network, "hunter2")
    kept.credentials.keep_servers(network, "sesame")
    typed_hub(kept=kept).drop_network("libera")
    wait_for(lambda: kept.credentials.find_servers(network) is kept.credentials.find(network) is None)


class NoVault:
    """A keyring that keeps nothing."""

    def get(self, _name: str) -> None:
        return None

    def put(self, _name: str, _password: str) -> bool:
        return False

    def drop(self, _name: str) -> None:
        pass


def test_where_there_is_no_keyring_it_is_said_that_the_password_is_not_kept() -> None:
    kept = msgspec.structs.replace(Keepsakes.in_memory(), credentials=Credentials(NoVault()))
    hub = typed_hub(kept=kept)
    hub.talk.connect()
    hub.talk.server(":irc.test 464 * :Password incorrect")
    form_of(hub).submit({"password": "sesame", "keep": "yes"})
    hub.talk.wait(0)
    hub.talk.register()
    room = hub.talk.enter()
    wait_for(lambda: bool(hub.pump()) and any("no keyring here" in line.text for line in room.lines))


def test_what_nobody_would_hear_is_given_back() -> None:
    hub = typed_hub()
    server = hub.focus
    assert server is not None
    hub.say(server, "hello?")
    assert InputWanted(server, "hello?") in hub.pump()


def test_what_is_said_comes_as_a_line_and_as_rows_to_draw() -> None:
    hub = in_room()
    hub.talk.server(message(1, "Hi"))
    assert kinds(hub.pump()) == ["LinesAppended", "RowsChanged"]
    rows = hub.timelines.of(room_of(hub, "home")).rows
    assert [line.text for row in rows for line in row.lines] == ["Hi"]


def test_whoever_talks_sees_it_at_once() -> None:
    hub = in_room()
    assert hub.focus is not None
    hub.say(hub.focus, "Hello")
    assert "LinesAppended" in kinds(hub.pump())
    assert hub.talk.sent() == ["@label=1 PRIVMSG #room Hello"]


def test_the_face_is_woken_once_until_it_pumps() -> None:
    woken: list[None] = []
    hub = TypedHub(Start((network(),)), lambda: woken.append(None))
    hub.start()
    hub.talk.register()
    hub.talk.enter()
    hub.pump()
    hub.pump()  # for what the first has woken it
    woken.clear()
    assert hub.focus is not None
    hub.say(hub.focus, "one")
    hub.say(hub.focus, "two")
    assert len(woken) == 1
    hub.pump()
    hub.say(hub.focus, "three")
    assert len(woken) == 2


def test_a_long_paste_is_asked_about_first() -> None:
    hub = in_room()
    assert hub.focus is not None
    text = "\n".join(f"line {number}" for number in range(6))
    hub.say(hub.focus, text)
    form = form_of(hub)
    assert form.title == "Send 6 lines?"
    assert hub.talk.sent() == []
    assert form.cancel is not None
    form.cancel()
    assert InputWanted(hub.focus, text) in hub.pump()
    assert form.submit({}) is None
    assert len([line for line in hub.talk.sent() if "PRIVMSG" in line]) == 6


def test_five_lines_are_no_long_paste() -> None:
    hub = in_room()
    assert hub.focus is not None
    hub.say(hub.focus, "1\n2\n3\n4\n5")
    assert not [event for event in hub.pump() if isinstance(event, FormWanted)]


def test_what_was_typed_and_not_sent_is_there_the_next_time() -> None:
    kept = Keepsakes.in_memory()
    hub = in_room(kept=kept)
    room = room_of(hub, "home")
    hub.typed(room, "I was about to")
    again = in_room(kept=kept)
    assert room_of(again, "home").draft == "I was about to"
    again.say(room_of(again, "home"), "say it")
    assert room_of(in_room(kept=kept), "home").draft == ""


def test_an_answer_names_what_it_answers_and_ends_with_it() -> None:
    hub = in_room()
    room = room_of(hub, "home")
    hub.talk.server(message(7, "Who's there?"))
    hub.compose(room, "reply", room.lines[-1])
    assert room.composing is not None
    hub.say(room, "Me")
    assert "+draft/reply=m7" in hub.talk.sent()[0]
    assert room.composing is None


def test_what_is_to_be_edited_is_put_where_one_types() -> None:
    hub = in_room()
    room = room_of(hub, "home")
    hub.say(room, "teh")
    hub.compose(room, "edit", room.lines[-1])
    assert InputWanted(room, "teh") in hub.pump()
    hub.compose(room, None)
    assert room.composing is None


def test_what_is_out_of_sight_is_unread_until_the_user_looks_again() -> None:
    hub = in_room()
    room = room_of(hub, "home")
    hub.look(False)
    hub.talk.server(message(1, "Alice: are you there?"))
    assert (room.unread, room.mentions) == (1, 1)
    assert any(isinstance(event, AlertRaised) for event in hub.pump())
    hub.look(True)
    assert (room.unread, room.mentions) == (0, 0)
    assert room.unread_from == room.lines[-1].id


def test_what_is_in_sight_alerts_nobody() -> None:
    hub = in_room()
    hub.talk.server(message(1, "Alice: are you there?"))
    assert not [event for event in hub.pump() if isinstance(event, AlertRaised)]


def test_a_setting_holds_at_once_and_is_told() -> None:
    hub = in_room()
    assert hub.runner_of(hub.chats[0]).core.taste.typing
    hub.set("talk.typing", False)
    assert not hub.runner_of(hub.chats[0]).core.taste.typing
    assert SettingsChanged(hub.settings) in hub.pump()


def test_rows_are_drawn_anew_where_the_user_wants_them_another_way() -> None:
    hub = in_room()
    hub.talk.server(message(1, "one"), message(2, "two"))
    hub.pump()
    hub.set("appearance.groups", False)
    assert [event.room for event in hub.pump() if isinstance(event, RowsChanged)] == [room_of(hub, "home")]


def test_a_pinned_room_stands_first_and_that_is_kept() -> None:
    kept = Keepsakes.in_memory()
    hub = in_room(kept=kept)
    hub.talk.enter("#zoo")
    hub.pin(room_of(hub, "home", "#zoo"), pinned=True)
    hub.set_alerts(room_of(hub, "home", "#zoo"), "all")
    assert [room.name for room in hub.rooms][1:] == ["#zoo", "#room"]
    again = in_room(kept=kept)
    again.talk.enter("#zoo")
    again.pump()
    assert [room.name for room in again.rooms][1:] == ["#zoo", "#room"]
    assert room_of(again, "home", "#zoo").alerts == "all"


def test_a_question_of_the_network_is_answered_there() -> None:
    hub = typed_hub()
    hub.talk.register("draft/account-registration")
    hub.pump()
    hub.register(hub.chats[0], "al", "al@example.org", "correct horse")
    hub.talk.sent()
    hub.talk.server(":irc.test REGISTER VERIFICATION_REQUIRED al :Look into your mail")
    form = form_of(hub)
    assert form.submit({"code": "1234"}) is None
    assert hub.talk.sent() == ["VERIFY al 1234"]


def test_a_line_that_was_found_is_gone_to() -> None:
    hub = in_room("one", "two")
    hub.talk_of("two").server(message(1, "needle"))
    room = room_of(hub, "two")
    hits = hub.search().find("needle")
    assert [hit.room for hit in hits] == [room]
    hub.pump()
    hub.go_to(hits[0])
    assert kinds(hub.pump())[-2:] == ["RoomFocused", "LineReached"]
    assert hub.focus is room


def test_a_line_that_is_not_loaded_is_asked_for() -> None:
    hub = in_room()
    room = hub.talk.enter("#old", history=[message(50, target="#old")])
    hub.go_to(Hit(room, "Bob", "old", 1, msgid="m1"))
    assert any(line.startswith("CHATHISTORY") for line in hub.talk.sent())
    assert not [event for event in hub.pump() if isinstance(event, LineReached)]


# Several networks.


def test_rooms_of_several_networks_have_ids_of_their_own() -> None:
    hub = in_room("one", "two")
    ids = [room.id for room in hub.rooms]
    assert len(ids) == len(set(ids)) == 4


def test_only_the_network_on_the_screen_is_watched() -> None:
    hub = in_room("one", "two")
    assert [chat.watched for chat in hub.chats] == [True, False]
    hub.talk_of("two").server(message(1, "psst"))
    other = room_of(hub, "two")
    assert other.unread == 1
    hub.pump()
    hub.set_focus(other)
    assert [chat.watched for chat in hub.chats] == [False, True]
    assert other.unread == 0
    assert [event.room for event in hub.pump() if isinstance(event, RoomFocused)] == [other]


def test_a_room_that_was_in_focus_once_is_not_read_by_looking_at_another_of_its_network() -> None:
    hub = in_room("one", "two")
    talk = hub.talk_of("two")
    talk.enter("#other")
    talk.server(message(1))
    hub.pump()
    hub.set_focus(talk.room("#other"))
    assert talk.room("#room").unread == 1
    assert [event.room for event in hub.pump() if isinstance(event, RoomFocused)] == [talk.room("#other")]


def test_whoever_has_gone_elsewhere_is_not_fetched_by_a_network_that_comes_later() -> None:
    hub = in_room("one")
    hub.connect(network("two"))
    hub.set_focus(hub.chats[0].server)
    talk = hub.talk_of("two")
    talk.register()
    talk.enter("#tea")
    hub.pump()
    assert hub.focus is hub.chats[0].server


def test_what_was_new_is_so_no_more_once_the_user_has_turned_to_another_network() -> None:
    hub = in_room("one", "two")
    room = room_of(hub, "one")
    hub.look(False)
    hub.talk_of("one").server(message(1))
    hub.look(True)
    assert room.unread_from is not None
    hub.set_focus(room_of(hub, "two"))
    assert room.unread_from is None


def test_a_network_in_the_background_does_not_take_the_screen() -> None:
    hub = in_room("one", "two")
    hub.talk_of("two").server(":Alice!c@here PART #room")
    hub.talk_of("two").enter("#elsewhere")
    assert not [event for event in hub.pump() if isinstance(event, RoomFocused)]
    assert hub.focus is room_of(hub, "one")


def test_a_network_that_the_user_asks_for_takes_the_screen_when_it_is_there() -> None:
    hub = in_room("one")
    chat = hub.connect(network("two"))
    assert kinds(hub.pump())[0] == "NetworkAdded"
    assert hub.focus is room_of(hub, "one")
    talk = hub.talk_of("two")
    talk.register()
    talk.enter("#tea")
    hub.pump()
    assert hub.focus is talk.room("#tea")
    assert hub.chats[1] is chat


def test_the_page_of_a_server_that_has_no_room_yet_is_shown_once_and_nothing_of_it_is_unread() -> None:
    hub = in_room("one")
    chat = hub.connect(network("two"))
    talk = hub.talk_of("two")
    talk.connect()
    talk.server(":irc.two NOTICE * :*** Looking up your hostname", ":irc.two NOTICE AUTH :*** Found it")
    assert (chat.server.unread, chat.server.unread_from) == (0, None)
    talk.server(":irc.two 001 Alice :Welcome", ":irc.two 372 Alice :- Hello", ":irc.two 376 Alice :End")
    hub.pump()
    assert hub.focus is chat.server
    talk.server(":irc.two NOTICE Alice :This nick is registered")
    assert (chat.server.unread, chat.server.unread_from) == (0, None)
    talk.enter("#tea")
    hub.pump()
    assert hub.focus is talk.room("#tea")


def test_whoever_types_on_is_not_fetched_by_a_network_that_comes_later() -> None:
    hub = in_room("one")
    room = room_of(hub, "one")
    hub.connect(network("two"))
    hub.typed(room, "")  # as after everything that was sent
    hub.typed(room, "so as I")
    hub.talk_of("two").register()
    hub.talk_of("two").enter("#tea")
    hub.pump()
    assert hub.focus is room


def test_a_person_tells_others_that_they_type_and_a_bot_does_not() -> None:
    hub = in_room("one")
    hub.talk.sent()
    hub.typed(room_of(hub, "one"), "h")
    assert hub.talk.sent() == ["@+typing=active TAGMSG #room"]
    assert not Taste().typing


def test_whoever_asks_for_a_network_twice_has_it_once() -> None:
    hub = in_room("one")
    chat = hub.connect(network("two"))
    assert hub.connect(network("two")) is chat
    assert [event.chat for event in hub.pump() if isinstance(event, NetworkAdded)] == [chat]


def test_a_network_with_other_settings_takes_the_place_of_the_old_one() -> None:
    hub = in_room("one")
    before, talk = hub.chats[0], hub.talk_of("one")
    chat = hub.connect(network("one", address=Address("elsewhere.test")))
    assert chat is not before
    assert talk.sent() == ["QUIT"]
    talk.lose()
    assert NetworkRemoved(before) in hub.pump()
    assert hub.chats == [chat]


def test_the_next_room_may_be_one_of_the_next_network() -> None:
    hub = in_room("one", "two")
    hub.set_focus(room_of(hub, "one"))
    hub.step(1)
    assert hub.focus is hub.chats[1].server
    hub.step(-1)
    assert hub.focus is room_of(hub, "one")


def test_the_next_unread_room_is_one_with_a_mention_if_there_is_one() -> None:
    hub = in_room("one", "two")
    hub.talk_of("one").enter("#other")
    hub.talk_of("one").server(message(1, target="#other"))
    hub.talk_of("two").server(message(2, "Alice!"))
    hub.step(1, unread=True)
    assert hub.focus is room_of(hub, "two")
    hub.step(1, unread=True)
    assert hub.focus is room_of(hub, "one", "#other")


def test_a_network_that_is_left_stays_in_the_list_and_comes_back() -> None:
    hub = in_room("one", "two")
    chat = hub.chats[1]
    hub.disconnect(chat)
    assert hub.talk_of("two").sent() == ["QUIT"]
    hub.talk_of("two").lose()
    assert not [event for event in hub.pump() if isinstance(event, Left | NetworkRemoved)]
    assert (chat.status.state, chat.status.retry_at) == ("offline", None)
    hub.reconnect(chat)
    hub.talk_of("two").wait(0)
    assert "JOIN #room" in hub.talk_of("two").register()


def test_a_network_that_is_forgotten_goes_from_the_list_and_the_settings() -> None:
    kept = Keepsakes.in_memory()
    kept.settings.save_network(Network("two", "two.test"))
    hub = in_room("one", "two", kept=kept)
    chat, talk = hub.chats[1], hub.talk_of("two")
    hub.set_focus(talk.room("#room"))
    hub.forget(chat)
    talk.lose()
    assert NetworkRemoved(chat) in hub.pump()
    assert hub.settings.networks == ()
    assert hub.focus is room_of(hub, "one")


def test_whoever_quits_leaves_all_networks_and_is_told_once() -> None:
    hub = in_room("one", "two")
    talks = hub.talk_of("one"), hub.talk_of("two")
    assert hub.focus is not None
    hub.say(hub.focus, "/quit lunch")
    talks[0].lose()
    hub.pump()
    assert [talk.sent()[-1].split()[0] for talk in talks] == ["QUIT", "QUIT"]
    talks[1].lose()
    assert [event for event in hub.pump() if isinstance(event, Left)]
    assert hub.chats == []


def test_a_flood_in_one_network_leaves_time_for_the_other() -> None:
    hub = in_room("one", "two")
    flooded = hub.typed_runner(hub.chats[0])
    flooded.inbox.extend(message(number) for number in range(1, 400))
    hub.talk_of("two").server(message(1, "quiet"))
    shown = hub.pump(limit=100)
    rooms = {event.room.chat.label for event in shown if isinstance(event, LinesAppended)}
    assert rooms == {"one", "two"}
    assert flooded.inbox
