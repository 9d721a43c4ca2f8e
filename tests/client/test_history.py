"""Every message once, in one order, whatever happens to the connection."""

from __future__ import annotations

import pytest

from chatkit.client.events import LinesAppended, LinesPrepended, LinesRemoved, RoomAdded, UnreadChanged
from chatkit.client.history import TIMEOUT
from chatkit.client.talk import MAX_AHEAD_MS
from chatkit.proto.timestamps import format_time
from tests.client.conversation import START_MS, Conversation, message, view


def joined() -> Conversation:
    """The user is being put into #room; its history has been asked for and has not come."""
    talk = Conversation()
    talk.register()
    talk.server(":Alice!chatkit@here JOIN #room")
    return talk


def gap() -> Conversation:
    """The connection was lost after message 2, and the user is in #room again; the gap is not filled."""
    talk = Conversation()
    talk.register()
    talk.enter(history=[message(1), message(2)])
    talk.lose()
    talk.reconnect()
    talk.sent()
    talk.taken()
    talk.server(":Alice!chatkit@here JOIN #room")
    return talk


def test_joining_a_room_shows_its_last_messages() -> None:
    talk = joined()
    assert talk.sent()[0] == "CHATHISTORY LATEST #room * 100"
    talk.batch("#room", [message(1), message(2)])
    assert view(talk.room("#room")) == ["Bob: text 1", "Bob: text 2"]
    appended = [event for event in talk.taken() if isinstance(event, LinesAppended)]
    assert [event.old for event in appended] == [True]


def test_no_more_is_asked_for_than_the_server_gives() -> None:
    talk = Conversation()
    talk.register(isupport="CHATHISTORY=10")
    talk.server(":Alice!chatkit@here JOIN #room")
    assert talk.sent()[0] == "CHATHISTORY LATEST #room * 10"


def test_what_is_old_is_not_unread() -> None:
    talk = Conversation()
    talk.register()
    talk.enter("#first")
    talk.enter(history=[message(1)])
    assert talk.room("#room").unread == 0


def test_live_lines_wait_until_history_is_there() -> None:
    talk = joined()
    talk.server(message(3), ":Carol!c@there JOIN #room", message(4))
    assert view(talk.room("#room")) == []
    talk.batch("#room", [message(1), message(2), message(3)])
    assert view(talk.room("#room")) == [
        "Bob: text 1", "Bob: text 2", "Bob: text 3", "* Carol joined", "Bob: text 4",
    ]  # fmt: skip


def test_a_live_line_is_unread_even_if_history_has_it_too() -> None:
    talk = Conversation()
    talk.register()
    talk.enter("#first")
    talk.server(":Alice!chatkit@here JOIN #room", message(3))
    talk.batch("#room", [message(2), message(3)])
    assert talk.room("#room").unread == 1
    assert view(talk.room("#room")) == ["Bob: text 2", "Bob: text 3"]


def test_history_that_never_comes_holds_nothing_up() -> None:
    talk = joined()
    talk.server(message(1))
    talk.wait(TIMEOUT)
    assert view(talk.room("#room")) == ["Bob: text 1"]


def test_history_that_is_refused_holds_nothing_up() -> None:
    talk = joined()
    talk.server(message(1), ":irc.test FAIL CHATHISTORY INVALID_TARGET LATEST #room :Messages could not be retrieved")
    assert view(talk.room("#room")) == ["Bob: text 1"]
    assert not any(line.kind == "error" for room in talk.core.chat.rooms for line in room.lines)


def test_a_gap_is_filled_page_by_page_from_the_last_message_seen() -> None:
    talk = gap()
    assert talk.sent()[0] == "CHATHISTORY AFTER #room msgid=m2 100"
    talk.batch("#room", [message(3), message(4)])
    assert talk.sent()[-1] == "CHATHISTORY AFTER #room msgid=m4 100"
    talk.server(message(6))
    talk.batch("#room", [message(5), message(6)])
    assert talk.sent() == ["CHATHISTORY AFTER #room msgid=m6 100"]
    talk.server(message(7))
    talk.batch("#room", [])
    assert view(talk.room("#room")) == [f"Bob: text {number}" for number in range(1, 8)]
    assert not talk.room("#room").loading


def test_what_was_missed_is_unread() -> None:
    talk = gap()
    talk.core.set_focus(talk.core.chat.server)
    talk.batch("#room", [message(3), message(4, "Alice: are you there?")])
    talk.batch("#room", [])
    room = talk.room("#room")
    assert (room.unread, room.mentions) == (2, 1)
    assert any(isinstance(event, UnreadChanged) for event in talk.taken())


def test_a_server_that_repeats_itself_is_not_asked_for_ever() -> None:
    talk = gap()
    for _ in range(3):
        talk.batch("#room", [message(1), message(2)])
    assert sum(line.startswith("CHATHISTORY AFTER") for line in talk.sent()) == 1
    assert view(talk.room("#room")) == ["Bob: text 1", "Bob: text 2"]


def test_a_gap_that_cannot_be_filled_is_said_and_the_latest_shown() -> None:
    talk = gap()
    talk.sent()
    talk.server(":irc.test FAIL CHATHISTORY INVALID_MSGREFTYPE AFTER #room :no such msgid")
    assert talk.sent() == ["CHATHISTORY LATEST #room * 100"]
    talk.batch("#room", [message(2), message(8)])
    shown = view(talk.room("#room"))
    assert shown[0:2] == ["Bob: text 1", "Bob: text 2"]
    assert shown[2].startswith("* Messages from before this line may be missing")
    assert shown[3:] == ["Bob: text 8"]


def test_a_talk_with_somebody_who_is_not_back_yet_has_no_gap(talk: Conversation) -> None:
    talk.server(message(1, "psst", target="Alice"))
    talk.batch("Bob", [])
    talk.lose()
    assert "CHATHISTORY AFTER Bob msgid=m1 100" in talk.reconnect()
    talk.server(":irc.test FAIL CHATHISTORY INVALID_TARGET AFTER Bob :Messages could not be retrieved")
    assert view(talk.room("Bob")) == ["Bob: psst"]
    assert not any(line.startswith("CHATHISTORY LATEST Bob") for line in talk.sent())


def test_a_connection_lost_in_the_middle_of_a_gap_goes_on_from_there() -> None:
    talk = gap()
    talk.batch("#room", [message(3)])
    talk.server(message(9))
    talk.lose()
    talk.reconnect()
    talk.server(":Alice!chatkit@here JOIN #room")
    assert "CHATHISTORY AFTER #room msgid=m3 100" in talk.sent()
    talk.batch("#room", [message(8), message(9)])
    talk.batch("#room", [])
    assert view(talk.room("#room"))[2:] == ["Bob: text 3", "Bob: text 8", "Bob: text 9"]


def test_scrolling_back_prepends_until_there_is_no_more() -> None:
    talk = Conversation()
    talk.register()
    room = talk.enter(history=[message(5)])
    assert talk.core.load_older(room)
    assert talk.core.load_older(room)
    assert talk.sent() == ["CHATHISTORY BEFORE #room msgid=m5 100"]
    talk.server(message(6))  # not held back: it has nothing to do with what is older
    talk.batch("#room", [message(3), message(4)])
    assert any(isinstance(event, LinesPrepended) for event in talk.taken())
    assert view(room) == [f"Bob: text {number}" for number in (3, 4, 5, 6)]
    talk.core.load_older(room)
    assert talk.sent() == ["CHATHISTORY BEFORE #room msgid=m3 100"]
    talk.batch("#room", [])
    assert room.exhausted
    assert not talk.core.load_older(room)


def test_a_full_room_gets_no_older_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatkit.client.history.MAX_LINES", 2)
    talk = Conversation()
    talk.register()
    room = talk.enter(history=[message(1), message(2)])
    assert not talk.core.load_older(room)
    assert talk.sent() == []


def test_a_message_without_a_room_opens_a_talk_with_its_history() -> None:
    talk = Conversation()
    talk.register()
    talk.enter()
    talk.server(message(2, "hi", target="Alice"))
    assert talk.sent() == ["CHATHISTORY LATEST Bob * 100"]
    talk.batch("Bob", [message(1, "earlier", target="Alice"), message(2, "hi", target="Alice")])
    assert view(talk.room("Bob")) == ["Bob: earlier", "Bob: hi"]
    assert (talk.room("Bob").unread, talk.room("Bob").mentions) == (1, 1)


def test_after_a_lost_connection_it_asks_who_wrote() -> None:
    talk = Conversation()
    talk.register()
    talk.enter()
    talk.server(message(5))
    talk.lose()
    sent = talk.reconnect()
    assert next(line for line in sent if "TARGETS" in line).startswith(
        f"CHATHISTORY TARGETS timestamp={format_time(START_MS + 4999)} timestamp="
    )
    talk.taken()
    talk.batch("", [f":irc.test CHATHISTORY TARGETS {who} {format_time(START_MS)}" for who in ("#room", "Carol")],
               kind="draft/chathistory-targets")  # fmt: skip
    assert [event.room.name for event in talk.taken() if isinstance(event, RoomAdded)] == ["Carol"]
    talk.batch("Carol", [message(6, "call me", nick="Carol", target="Alice")])
    talk.batch("Carol", [])
    assert view(talk.room("Carol")) == ["Carol: call me"]
    assert talk.room("Carol").unread == 1


def test_open_talks_get_their_gap_filled_too() -> None:
    talk = Conversation()
    talk.register()
    talk.server(message(2, "hi", target="Alice"))
    talk.batch("Bob", [])
    talk.lose()
    assert "CHATHISTORY AFTER Bob msgid=m2 100" in talk.reconnect()


def test_since_loads_everything_from_then_on() -> None:
    talk = Conversation(since_ms=START_MS, history=0)
    talk.register()
    talk.server(":Alice!chatkit@here JOIN #room")
    assert talk.sent()[0] == f"CHATHISTORY AFTER #room timestamp={format_time(START_MS)} 100"
    talk.batch("#room", [message(1)])
    talk.batch("#room", [message(2)])
    talk.batch("#room", [])
    assert view(talk.room("#room")) == ["Bob: text 1", "Bob: text 2"]


def test_a_server_without_history_is_not_asked() -> None:
    talk = Conversation()
    talk.register(caps="")
    talk.server(":Alice!c@here JOIN #room", ":Bob!b@there PRIVMSG #room :hi")
    assert talk.sent() == []
    assert view(talk.room("#room")) == ["Bob: hi"]
    assert not talk.core.load_older(talk.room("#room"))


def test_a_message_that_comes_twice_is_shown_once(talk: Conversation) -> None:
    talk.server(message(1), message(1))
    assert view(talk.room("#room")) == ["Bob: text 1"]


def test_a_room_keeps_a_bounded_number_of_lines(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatkit.client.journal.MAX_LINES", 100)
    monkeypatch.setattr("chatkit.client.journal.TRIM", 10)
    room = talk.room("#room")
    talk.server(*(message(number) for number in range(101)))
    assert [line.text for line in room.lines] == [f"text {number}" for number in range(10, 101)]
    assert [event.ids for event in talk.taken() if isinstance(event, LinesRemoved)] == [tuple(range(1, 11))]
    assert not room.exhausted
    assert talk.core.journal.by_msgid(room, "m5") is None
    assert talk.core.journal.by_msgid(room, "m10") is room.lines[0]


def event(number: int, line: str, nick: str = "Bob", **tags: str) -> str:
    """Something other than talk in a page of history."""
    return message(number, nick=nick, **tags).replace(f"PRIVMSG #room :text {number}", line)


def test_what_happened_is_part_of_the_history() -> None:
    talk = Conversation()
    talk.register()
    room = talk.enter(
        history=[
            event(1, "JOIN #room bob :Bob B."),
            message(2),
            event(3, "TOPIC #room :tea"),
            event(4, "MODE #room +v-o Carol Bob"),
            event(5, "NICK Rob"),
            event(6, "KICK #room Carol :enough", nick="Rob"),
            event(7, "PART #room :bye", nick="Rob"),
            event(8, "QUIT :gone", nick="Dave"),
            event(9, "RENAME #room #other :better", nick="Eve"),
        ]
    )
    assert view(room) == [
        "* Bob joined", "Bob: text 2", "* Bob set the topic: tea", "* Bob gave Carol a voice",
        "* Bob took operator rights from Bob", "* Bob is called Rob now", "* Carol was removed by Rob: enough",
        "* Rob left (bye)", "* Dave left (gone)", "* Eve renamed #room to #other: better",
    ]  # fmt: skip


def test_who_gave_up_the_users_name_before_is_not_the_user() -> None:
    talk = Conversation()
    talk.register()
    room = talk.enter(history=[event(1, "NICK Carol", nick="Alice"), event(2, "NICK Alice", nick="Ally")])
    assert view(room) == ["* Alice is called Carol now", "* You are called Alice now"]


def test_what_happened_once_changes_nothing_now() -> None:
    talk = Conversation()
    talk.register()
    room = talk.enter(history=[event(1, "KICK #room Alice"), event(2, "NICK Eve"), event(3, "TOPIC #room :old")])
    assert room.joined
    assert sorted(person.nick for person in room.people) == ["Alice", "Bob"]
    assert room.topic == ""
    assert (room.unread, room.unread_from) == (0, None)


def test_that_the_user_came_and_went_is_no_news() -> None:
    talk = Conversation()
    talk.register()
    room = talk.enter(history=[event(1, "JOIN #room", nick="Alice"), event(2, "QUIT :gone", nick="Alice"), message(3)])
    assert view(room) == ["Bob: text 3"]


def test_what_cannot_be_told_from_what_came_live_is_left_out() -> None:
    talk = Conversation()
    talk.register()
    room = talk.enter(history=[":Carol!c@there JOIN #room", message(2)])
    assert view(room) == ["Bob: text 2"]


def test_what_came_live_is_not_told_again() -> None:
    talk = gap()
    talk.server(event(4, "TOPIC #room :tea"))
    talk.batch("#room", [message(3), event(4, "TOPIC #room :tea")])
    talk.batch("#room", [])
    assert view(talk.room("#room"))[2:] == ["Bob: text 3", "* Bob set the topic: tea"]


def test_a_page_of_nothing_to_show_is_gone_on_behind() -> None:
    talk = Conversation()
    talk.register()
    room = talk.enter(history=[message(50)])
    talk.core.load_older(room)
    talk.sent()
    talk.batch("#room", [event(40, "JOIN #room", nick="Alice"), event(41, "TAGMSG #room")])
    assert not room.exhausted
    assert talk.core.load_older(room)
    assert talk.sent() == ["CHATHISTORY BEFORE #room msgid=m40 100"]


def test_a_gap_of_nothing_to_show_is_gone_on_behind() -> None:
    talk = gap()
    talk.sent()
    talk.batch("#room", [event(3, "JOIN #room", nick="Alice"), event(4, "TAGMSG #room")])
    assert talk.sent() == ["CHATHISTORY AFTER #room msgid=m4 100"]
    talk.batch("#room", [event(3, "JOIN #room", nick="Alice"), event(4, "TAGMSG #room")])
    assert talk.sent() == []
    assert not talk.room("#room").loading


def test_a_gap_without_end_is_not_filled_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatkit.client.history.MAX_PAGES", 3)
    talk = gap()
    for number in range(3, 10):
        talk.batch("#room", [message(number)])
    assert [line for line in talk.sent() if "AFTER" in line] == [
        f"CHATHISTORY AFTER #room msgid=m{number} 100" for number in (2, 3, 4)
    ]


def test_reactions_and_deletions_of_a_page_belong_to_its_messages() -> None:
    talk = Conversation()
    talk.register()
    tags = {"+reply": "m1", "+draft/react": "👍"}
    room = talk.enter(
        history=[
            message(1),
            message(2),
            event(3, "TAGMSG #room", nick="Eve", **tags),
            event(4, "REDACT #room m2 :spam"),
        ]
    )
    assert [reaction.text for reaction in room.lines[0].reactions] == ["👍"]
    assert (room.lines[1].text, room.lines[1].redacted) == ("", "Bob deleted this: spam")


def test_a_time_that_is_far_ahead_is_not_believed(talk: Conversation) -> None:
    talk.server(message(1, time="2999-01-01T00:00:00.000Z"))
    assert talk.room("#room").lines[0].time_ms == START_MS + MAX_AHEAD_MS


def test_a_deletion_of_a_line_that_is_held_back_is_not_lost() -> None:
    talk = joined()
    talk.server(message(2), ":Bob!b@there REDACT #room m2")
    talk.batch("#room", [message(1), message(2)])
    assert [line.redacted for line in talk.room("#room").lines] == ["", "Bob deleted this"]


def test_a_page_that_nobody_asked_for_is_dropped(talk: Conversation) -> None:
    talk.batch("#room", [message(1)])
    talk.batch("#nowhere", [message(2)])
    assert view(talk.room("#room")) == []
