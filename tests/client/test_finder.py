"""What was said, found again: in what is loaded, on the server, and however far back."""

from __future__ import annotations

import pytest

from chatkit.client.events import Found, LineReached
from chatkit.client.finder import MAX_REACH, TIMEOUT, Hit, Query, Search, parse_query
from chatkit.client.model import Room
from tests.client.conversation import EVERYTHING, START_MS, Conversation, message, view


@pytest.fixture
def talk() -> Conversation:
    talk = Conversation()
    talk.register(EVERYTHING)
    talk.enter(history=[message(10, "Tea is ready"), message(11, "Who wants tea?", nick="Eve"), message(12, "not I")])
    talk.sent()
    talk.taken()
    return talk


def texts(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.text for hit in hits]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("Tea time", Query(("tea", "time"))),
        ('say "Tea  time" now', Query(("say", "tea  time", "now"))),
        ('"open phrase', Query(("open phrase",))),
        ("from:Bob in:#Room tea", Query(("tea",), "bob", "#room")),
        ("FROM:bob", Query((), "bob")),
        ("from: in:", Query()),
        ("from", Query(("from",))),
        ("infrom:x", Query(("infrom:x",))),
    ],
)
def test_what_is_asked(text: str, query: Query) -> None:
    assert parse_query(text) == query


def test_all_words_must_occur_and_the_newest_comes_first(talk: Conversation) -> None:
    search = Search([talk.room("#room")])
    assert texts(search.find("TEA")) == ["Who wants tea?", "Tea is ready"]
    assert texts(search.find("tea is")) == ["Tea is ready"]
    assert texts(search.find('"is tea"')) == []
    assert search.find("  ") == ()


def test_it_says_where_and_what_matched(talk: Conversation) -> None:
    room = talk.room("#room")
    (hit,) = Search([room]).find("tea who")
    assert hit == Hit(room, "Eve", "Who wants tea?", START_MS + 11_000, room.lines[1].id, "m11", ((0, 3), (10, 13)))


def test_the_words_grow_and_shrink_as_one_types(talk: Conversation) -> None:
    search = Search([talk.room("#room")])
    found = {query: len(search.find(query)) for query in ("t", "te", "tea", "tea w", "tea", "not", "", "tea from:e")}
    assert found == {"t": 3, "te": 2, "tea": 2, "tea w": 1, "not": 1, "": 0, "tea from:e": 1}


def test_who_and_where_narrow_it(talk: Conversation) -> None:
    room, other = talk.room("#room"), talk.enter("#other", history=[message(20, "no tea here", target="#other")])
    search = Search([room, other])
    assert texts(search.find("tea")) == ["no tea here", "Who wants tea?", "Tea is ready"]
    assert texts(search.find("tea in:oth")) == ["no tea here"]
    assert texts(search.find("tea in:#r from:bo")) == ["Tea is ready"]
    assert texts(search.find("from:eve")) == ["Who wants tea?"]


def test_lines_that_come_meanwhile_are_found(talk: Conversation) -> None:
    room = talk.room("#room")
    search = Search([room])
    search.find("tea")
    talk.server(message(13, "more tea"))
    assert texts(search.find("tea"))[0] == "more tea"
    talk.core.journal.remove(room, room.lines[0].id)
    assert texts(search.find("tea")) == ["more tea", "Who wants tea?"]


def test_only_what_was_said_is_found(talk: Conversation) -> None:
    talk.server(":Bob!b@there TOPIC #room :tea and biscuits")
    assert texts(Search([talk.room("#room")]).find("biscuits")) == []


def test_there_is_an_end_of_what_is_shown(talk: Conversation) -> None:
    talk.server(*(message(number, "tea") for number in range(20, 30)))
    assert len(Search([talk.room("#room")], limit=5).find("tea")) == 5


# On the server.


def answer(talk: Conversation, *lines: str) -> None:
    talk.batch("", list(lines), kind="soju.im/search")


def found(talk: Conversation) -> list[Found]:
    return [event for event in talk.taken() if isinstance(event, Found)]


def test_the_server_is_asked_for_what_is_not_loaded(talk: Conversation) -> None:
    room = talk.room("#room")
    assert talk.core.finder.ask(room, 'from:bob "tea time" now')
    assert talk.sent() == [r"SEARCH in=#room;from=bob;text=tea\stime\snow"]
    answer(talk, message(1, "tea time is now"), message(10, "Tea is ready"), message(2, "tea", target="#nowhere"))
    (event,) = found(talk)
    assert event.query == 'from:bob "tea time" now'
    assert [(hit.text, hit.line_id) for hit in event.hits] == [
        ("Tea is ready", room.lines[0].id),
        ("tea time is now", None),
    ]
    assert event.hits[1].msgid == "m1"
    assert view(room)[0] == "Bob: Tea is ready"  # nothing was added


def test_everywhere_is_no_room_and_direct_talks_are_found_under_the_other_ones_name(talk: Conversation) -> None:
    talk.core.open_direct("Bob")
    talk.sent()
    talk.core.finder.ask(None, "tea")
    assert talk.sent() == ["SEARCH text=tea"]
    answer(talk, message(1, "tea", target="Alice"), message(2, "tea!", nick="Alice", target="Bob"))
    assert [hit.room.name for hit in found(talk)[0].hits] == ["Bob", "Bob"]


def test_what_is_typed_while_it_searches_is_asked_afterwards(talk: Conversation) -> None:
    for query in ("t", "te", "tea"):
        assert talk.core.finder.ask(None, query)
    assert talk.sent() == ["SEARCH text=t"]
    answer(talk)
    assert talk.sent() == ["SEARCH text=tea"]
    answer(talk)
    assert [event.query for event in found(talk)] == ["t", "tea"]


def test_a_search_that_fails_finds_nothing(talk: Conversation) -> None:
    talk.core.finder.ask(None, "tea")
    talk.server("FAIL SEARCH INTERNAL_ERROR :The search could not be run")
    assert [event.hits for event in found(talk)] == [()]
    talk.core.finder.ask(None, "tea")
    talk.wait(TIMEOUT)
    assert [event.hits for event in found(talk)] == [()]
    talk.core.finder.ask(None, "tea")
    talk.lose()
    assert [event.hits for event in found(talk)] == [()]


def test_an_answer_that_nobody_waits_for_is_dropped(talk: Conversation) -> None:
    answer(talk, message(1))
    assert found(talk) == []
    assert view(talk.room("#room"))[0] == "Bob: Tea is ready"


@pytest.mark.parametrize("query", ["", "in:#room"])
def test_nothing_is_not_asked_for(talk: Conversation, query: str) -> None:
    assert not talk.core.finder.ask(None, query)


def test_a_server_that_cannot_is_not_asked() -> None:
    talk = Conversation()
    talk.register()
    assert not talk.core.finder.ask(None, "tea")


# The way to a line.


def reached(talk: Conversation) -> list[tuple[Room, str | None]]:
    found = []
    for event in talk.taken():
        if isinstance(event, LineReached):
            line = talk.core.journal.find(event.room, event.line_id or 0)
            found.append((event.room, None if line is None else line.text))
    return found


def test_a_line_that_is_here_is_reached_at_once(talk: Conversation) -> None:
    room = talk.room("#room")
    assert talk.core.finder.reach(room, msgid="m11")
    assert reached(talk) == [(room, "Who wants tea?")]
    assert talk.core.finder.reach(room, time_ms=START_MS + 10_500)
    assert reached(talk) == [(room, "Who wants tea?")]


def test_older_pages_are_loaded_until_it_is_here(talk: Conversation) -> None:
    room = talk.room("#room")
    assert talk.core.finder.reach(room, msgid="m3", time_ms=START_MS + 3000)
    assert talk.sent() == ["CHATHISTORY BEFORE #room msgid=m10 100"]
    talk.batch("#room", [message(6), message(7)])
    assert talk.sent() == ["CHATHISTORY BEFORE #room msgid=m6 100"]
    assert reached(talk) == []
    talk.batch("#room", [message(2), message(3), message(4)])
    assert reached(talk) == [(room, "text 3")]
    assert talk.sent() == []


def test_a_time_is_reached_with_its_first_line(talk: Conversation) -> None:
    room = talk.room("#room")
    talk.core.finder.reach(room, time_ms=START_MS + 3500)
    talk.batch("#room", [message(3), message(4)])
    assert reached(talk) == [(room, "text 4")]


def test_a_message_that_is_gone_leads_to_where_it_stood(talk: Conversation) -> None:
    room = talk.room("#room")
    talk.core.finder.reach(room, msgid="gone", time_ms=START_MS + 3500)
    talk.batch("#room", [message(3), message(4)])
    assert reached(talk) == [(room, "text 4")]


@pytest.mark.parametrize("way", ["no more", "lost", "silence", "too far"])
def test_what_cannot_be_reached_is_said(talk: Conversation, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    room = talk.room("#room")
    monkeypatch.setattr("chatkit.client.finder.MAX_REACH", 2 if way == "too far" else MAX_REACH)
    assert talk.core.finder.reach(room, msgid="m1", time_ms=START_MS + 1000)
    if way == "no more":
        talk.batch("#room", [])
    elif way == "lost":
        talk.lose()
    elif way == "silence":
        talk.wait(TIMEOUT)
    else:
        talk.batch("#room", [message(5), message(6)])
    assert reached(talk) == [(room, None)]
    assert view(room)[-1].startswith("* That message can't be shown")


def test_without_history_nothing_is_reached() -> None:
    talk = Conversation()
    talk.register(caps="")
    talk.server(":Alice!a@here JOIN #room", ":Bob!b@there PRIVMSG #room :hi")
    talk.taken()
    assert not talk.core.finder.reach(talk.room("#room"), msgid="m1")
    assert reached(talk) == [(talk.room("#room"), None)]


def test_a_time_before_the_first_line_of_all_is_that_line(talk: Conversation) -> None:
    room = talk.room("#room")
    talk.core.finder.reach(room, time_ms=START_MS)
    assert talk.sent() == ["CHATHISTORY BEFORE #room msgid=m10 100"]
    talk.batch("#room", [])
    assert reached(talk) == [(room, "Tea is ready")]
