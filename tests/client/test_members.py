"""Who is where, in plain sentences."""

from __future__ import annotations

import pytest

from chatkit.client.events import PeopleChanged, RoomRemoved, RoomRenamed, TopicChanged
from tests.client.conversation import Conversation, message, view


def people(talk: Conversation, name: str = "#room") -> list[str]:
    return [person.prefix + person.nick + (" away" if person.away else "") for person in talk.room(name).people]


def test_people_are_sorted_by_rank_then_name() -> None:
    talk = Conversation()
    talk.register()
    talk.enter(people="zoe Alice +dave @+Bob @carol")
    assert people(talk) == ["@+Bob", "@carol", "+dave", "Alice", "zoe"]


def test_names_on_several_lines_are_one_list(talk: Conversation) -> None:
    talk.server(
        ":irc.test 353 Alice = #room :@Bob",
        ":irc.test 353 Alice = #room :Alice Carol!c@there",
        ":irc.test 366 Alice #room :End",
    )
    assert people(talk) == ["@Bob", "Alice", "Carol"]


def test_coming_and_going(talk: Conversation) -> None:
    talk.server(":Carol!c@there JOIN #room", ":Dave!d@there JOIN #room")
    talk.server(
        ":Carol!c@there PART #room :bye",
        ":Dave!d@there QUIT :Ping timeout",
        ":Eve!e@there QUIT :was never here",
    )
    assert people(talk) == ["@Bob", "Alice"]
    assert view(talk.room("#room")) == [
        "* Carol joined", "* Dave joined", "* Carol left (bye)", "* Dave left (Ping timeout)",
    ]  # fmt: skip


def test_who_comes_and_goes_is_told_line_by_line_and_folded_where_it_is_drawn(talk: Conversation) -> None:
    talk.server(":Carol!c@there JOIN #room", ":Carol!c@there PART #room")
    assert view(talk.room("#room")) == ["* Carol joined", "* Carol left"]


def test_somebody_thrown_off_the_server_is_said_to_be(talk: Conversation) -> None:
    talk.server(":Bob!b@there QUIT :Killed (chatkit (enough now))")
    assert view(talk.room("#room")) == ["* Bob was removed from the server by chatkit: enough now"]


def test_that_the_server_lets_go_of_oneself_is_not_said_room_by_room(talk: Conversation) -> None:
    talk.server(":Alice!a@here QUIT :Killed (chatkit (enough now))")
    assert view(talk.room("#room")) == []
    assert "Alice" in people(talk)


def test_many_changes_are_one_event(talk: Conversation) -> None:
    for number in range(100):
        talk.server(f":n{number}!u@there JOIN #room")
    assert sum(isinstance(event, PeopleChanged) for event in talk.taken()) == 1


def test_somebody_is_removed(talk: Conversation) -> None:
    talk.server(":Carol!c@there JOIN #room", ":Bob!b@there KICK #room Carol :spam")
    assert view(talk.room("#room"))[-1] == "* Carol was removed by Bob: spam"


def test_a_kick_without_a_reason_repeats_no_name(talk: Conversation) -> None:
    talk.server(":Bob!b@there KICK #room Alice :Bob")
    assert view(talk.room("#room"))[-1] == "* You were removed from #room by Bob"
    assert not talk.room("#room").joined
    talk.lose()
    assert "JOIN #room" not in talk.reconnect()


def test_a_new_name_keeps_rank_and_talk(talk: Conversation) -> None:
    talk.server(message(1, "hi", target="Alice"))
    talk.batch("Bob", [])
    talk.taken()
    talk.server(":Bob!b@there NICK Robert")
    assert people(talk) == ["@Robert", "Alice"]
    assert view(talk.room("#room"))[-1] == "* Bob is called Robert now"
    assert [event.old for event in talk.taken() if isinstance(event, RoomRenamed)] == ["Bob"]
    assert talk.room("Robert").is_direct


def test_the_own_new_name(talk: Conversation) -> None:
    talk.server(":Alice!c@here NICK Ally")
    assert talk.core.chat.nick == "Ally"
    assert people(talk) == ["@Bob", "Ally"]
    assert view(talk.room("#room"))[-1] == "* You are called Ally now"


def test_away_is_shown_and_survives_names(talk: Conversation) -> None:
    talk.server(":irc.test 352 Alice #room u h irc.test Bob G@ :0 Bob", ":Alice!c@here AWAY :lunch")
    assert people(talk) == ["@Bob away", "Alice away"]
    talk.server(":Alice!c@here AWAY", ":irc.test 353 Alice = #room :@Bob Alice", ":irc.test 366 Alice #room :End")
    assert people(talk) == ["@Bob away", "Alice"]


def test_of_a_direct_talk_it_is_said_that_the_other_one_is_away(talk: Conversation) -> None:
    bob = talk.core.open_direct("Bob")
    talk.batch("Bob", [])
    talk.server(":Bob!b@there AWAY :lunch", ":Bob!b@there AWAY :lunch")
    assert bob.away == "lunch"
    assert view(bob) == ["* Bob is away: lunch"]
    talk.server(":Bob!b@there AWAY")
    assert bob.away == ""
    assert view(bob) == ["* Bob is away: lunch", "* Bob is back"]
    assert view(talk.room("#room")) == []


def test_the_answer_that_somebody_is_away_is_kept_with_the_talk(talk: Conversation) -> None:
    bob = talk.core.open_direct("Bob")
    talk.server(":irc.test 301 Alice Bob :lunch")
    assert bob.away == "lunch"


def test_the_user_knows_to_be_away_until_coming_back(talk: Conversation) -> None:
    talk.say("/away tea")
    talk.server(":irc.test 306 Alice :You have been marked as being away")
    assert talk.core.chat.away == "tea"
    assert talk.said() == ["You are away now; /back when you return."]
    talk.say("/back")
    talk.server(":irc.test 305 Alice :You are no longer marked as being away")
    assert talk.core.chat.away == ""


def test_who_comes_back_to_the_server_is_not_away(talk: Conversation) -> None:
    talk.say("/away tea")
    talk.server(":irc.test 306 Alice :You have been marked as being away")
    talk.lose()
    talk.reconnect()
    assert talk.core.chat.away == ""


def test_accounts_come_with_joins_changes_and_messages(talk: Conversation) -> None:
    def accounts() -> dict[str, str]:
        return {person.nick: person.account for person in talk.room("#room").people}

    talk.server(":Carol!c@there JOIN #room carol :Carol C.", ":Dave!d@there JOIN #room * :Dave")
    assert accounts() == {"Alice": "", "Bob": "", "Carol": "carol", "Dave": ""}
    talk.server(":Carol!c@there ACCOUNT *", ":Dave!d@there ACCOUNT dave", message(1, account="bob"))
    assert accounts() == {"Alice": "", "Bob": "bob", "Carol": "", "Dave": "dave"}
    talk.server(":irc.test 353 Alice = #room :Alice @Bob", ":irc.test 366 Alice #room :End")
    assert accounts() == {"Alice": "", "Bob": "bob"}


def test_the_own_account_is_that_of_the_network(talk: Conversation) -> None:
    talk.server(":Alice!a@here ACCOUNT alice")
    assert talk.core.chat.account == "alice"


def test_another_host_changes_how_long_a_line_may_be(talk: Conversation) -> None:
    talk.server(":Alice!chatkit@here CHGHOST al in.the.clouds", ":Bob!b@there CHGHOST b elsewhere")
    assert talk.core.session.source == "Alice!al@in.the.clouds"


def test_a_room_with_too_many_people_leaves_the_rest_out(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatkit.client.incoming.members.MAX_PEOPLE", 4)
    talk.server(*(f":n{number}!u@there JOIN #room" for number in range(10)))
    assert len(talk.room("#room").members) == 4
    talk.server(":irc.test 353 Alice = #room :a b c", ":irc.test 353 Alice = #room :d e f")
    talk.server(":irc.test 366 Alice #room :End")
    assert people(talk) == ["a", "b", "c", "d"]


def test_a_network_with_too_many_rooms_opens_no_more(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatkit.client.model.MAX_ROOMS", 3)
    talk.server(message(1, nick="Carol", target="Alice"))
    talk.server(message(2, nick="Dave", target="Alice"), ":Alice!a@here JOIN #more")
    assert [room.name for room in talk.core.chat.rooms[1:]] == ["#room", "Carol"]
    assert talk.room("Carol").unread == 0  # its history is still to come
    talk.server(":Alice!a@here PART #room", ":Alice!a@here JOIN #more")
    assert talk.room("#more").joined


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("+o Alice", ["* Bob made Alice an operator"]),
        ("+v-o Alice Bob", ["* Bob gave Alice a voice", "* Bob took operator rights from Bob"]),
        ("+b *!*@evil", ["* Bob banned *!*@evil"]),
        ("+k secret", ["* Bob locked the room with a key"]),
        ("+l 10", ["* Bob limited the room to 10 people"]),
        ("-l", ["* Bob lifted the limit on the number of people"]),
        ("+i-t", ["* Bob closed the room to the uninvited", "* Bob let everyone change the topic"]),
        ("+b-b m:eve!*@* ~m:eve!*@*", ["* Bob muted m:eve!*@*", "* Bob let ~m:eve!*@* talk again"]),
        ("+RM", ["* Bob let only people with an account come in", "* Bob let only people with an account talk"]),
        ("+Z {0} {1}", []),
        ("+b {0}", ["* Bob banned {0}"]),
    ],
)
@pytest.mark.parametrize("tags", ["", "@msgid=m1 "])
def test_modes_in_words(talk: Conversation, change: str, words: list[str], tags: str) -> None:
    talk.server(":irc.test 005 Alice CHANMODES=b,k,l,imnstRM :are supported by this server")
    talk.server(f"{tags}:Bob!b@there MODE #room {change}")
    assert view(talk.room("#room")) == words


def test_a_renamed_room_stays_what_it_is(talk: Conversation) -> None:
    room = talk.room("#room")
    talk.server("@msgid=r1 :Bob!b@there RENAME #room #hall :larger now")
    assert talk.core.chat.find("#hall") is room is talk.core.chat.focus
    assert talk.core.chat.find("#room") is None
    assert view(room) == ["* Bob renamed #room to #hall: larger now"]
    assert people(talk, "#hall") == ["@Bob", "Alice"]
    talk.core.say(room, "Hi")
    assert talk.sent()[-1].endswith("PRIVMSG #hall Hi")
    talk.lose()
    talk.wait(2)
    assert "JOIN #hall" in talk.register()


def test_a_room_left_behind_makes_way_for_one_that_gets_its_name(talk: Conversation) -> None:
    other = talk.enter("#hall")
    talk.server(":Bob!b@there KICK #hall Alice")
    assert not other.joined
    talk.server(":Bob!b@there RENAME #room #hall :")
    assert [room.name for room in talk.core.chat.rooms if room.kind == "channel"] == ["#hall"]
    assert view(talk.room("#hall")) == ["* Bob renamed #room to #hall"]


@pytest.mark.parametrize("line", ["RENAME #room x", "RENAME #room :#a b", "RENAME #room", "RENAME #nowhere #hall :"])
def test_a_rename_to_what_is_no_room_changes_nothing(talk: Conversation, line: str) -> None:
    talk.server(f":Bob!b@there {line}")
    assert view(talk.room("#room")) == []


def test_a_knock_says_who_knocks_and_how_to_open(talk: Conversation) -> None:
    talk.server(":irc.test 710 Alice #room Eve!e@there :has asked for an invite. (let me in)")
    assert view(talk.room("#room")) == ["* Eve asks to be let into #room (let me in): /invite Eve #room"]


def test_whoever_is_sent_on_to_another_room_sees_that_one(talk: Conversation) -> None:
    talk.core.say(talk.room("#room"), "/join #full")
    talk.server(":irc.test 470 Alice #full #overflow :Forwarding to another channel")
    room = talk.enter("#overflow")
    assert talk.core.chat.focus is room


def test_ranks_follow_modes(talk: Conversation) -> None:
    talk.server(":Bob!b@there MODE #room +v-o+o Bob Bob Alice")
    assert people(talk) == ["@Alice", "+Bob"]


def test_topics(talk: Conversation) -> None:
    talk.server(":irc.test 332 Alice #room :old")
    assert talk.room("#room").topic == "old"
    assert view(talk.room("#room")) == []
    talk.server(":Bob!b@there TOPIC #room :new", ":Bob!b@there TOPIC #room :")
    assert view(talk.room("#room")) == ["* Bob set the topic: new", "* Bob took the topic away"]
    assert sum(isinstance(event, TopicChanged) for event in talk.taken()) == 1


def test_leaving_a_room_moves_the_focus(talk: Conversation) -> None:
    talk.enter("#other")
    talk.core.leave(talk.room("#room"))
    assert talk.sent() == ["PART #room"]
    talk.server(":Alice!c@here PART #room")
    assert talk.core.chat.focus is talk.room("#other")
    assert any(isinstance(event, RoomRemoved) for event in talk.taken())


def test_an_invitation_says_how_to_follow_it(talk: Conversation) -> None:
    talk.server(":Bob!b@there INVITE Alice #den")
    assert view(talk.room("#room")) == ["* Bob invites you to #den: /join #den"]


def test_mentions_are_highlights_and_counted(talk: Conversation) -> None:
    talk.enter("#other")
    talk.core.set_focus(talk.room("#other"))
    talk.server(message(1, "alice: look"), message(2, "malice"), message(3, "Alice_ is another"), message(4, "hi"))
    room = talk.room("#room")
    assert [line.highlight for line in room.lines] == [True, False, False, False]
    assert (room.unread, room.mentions) == (4, 1)
    talk.core.set_focus(room)
    assert (room.unread, room.mentions) == (0, 0)


def test_actions_and_notices(talk: Conversation) -> None:
    talk.server(
        message(1, "\x01ACTION waves\x01"),
        ":Bob!b@there NOTICE #room :beep",
        ":Bob!b@there PRIVMSG Alice :\x01VERSION\x01",
        ":irc.test NOTICE Alice :The server restarts at noon",
    )
    lines = talk.room("#room").lines
    assert [(line.kind, line.nick, line.text) for line in lines] == [
        ("action", "Bob", "waves"),
        ("notice", "Bob", "beep"),
        ("notice", "irc.test", "The server restarts at noon"),
    ]
    assert talk.core.chat.find("Bob") is None


def test_a_message_to_the_operators_of_a_room_is_in_that_room(talk: Conversation) -> None:
    talk.server(":Bob!b@there PRIVMSG @#room :ops only")
    assert view(talk.room("#room")) == ["Bob: ops only"]


def test_nothing_from_the_network_reaches_a_face_raw(talk: Conversation) -> None:
    evil = "\x1b[31m\x07red\u202e"
    talk.server(
        f":B\x1bob!b@there PRIVMSG #room :{evil}",
        f":Bob!b@there TOPIC #room :{evil}",
        ":Ev\x1bil!e@there JOIN #room",
        f":Bob!b@there KICK #room Carol :{evil}",
        f":irc.test 404 Alice #room :{evil}",
        f":irc.test 999 Alice :{evil}",
        f":irc.test NOTICE Alice :{evil}",
        f":Bob!b@there INVITE Alice #{evil}",
        f":Bob!b@there MODE #room +b {evil}",
        f":Ev\x1bil!e@there PRIVMSG Alice :{evil}",
        f":irc.test 322 Alice #{evil} 3 :{evil}",
        ":irc.test 323 Alice :End",
    )
    room = talk.room("#room")
    texts = [text for each in talk.core.chat.rooms for line in each.lines for text in (line.text, line.nick, line.room)]
    texts += [room.topic, *(person.nick for person in room.people), *(each.name for each in talk.core.chat.rooms)]
    assert texts
    assert not any(char in text for text in texts for char in "\x1b\x07\u202e")
