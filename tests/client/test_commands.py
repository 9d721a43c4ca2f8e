"""Slash commands: what they send, and what they say to whoever gets them wrong."""

from __future__ import annotations

import pytest

from chatkit.client.commands import ALIASES, COMMANDS
from chatkit.client.events import Left, NameNeeded
from tests.client.conversation import Conversation, view


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("/join #den", "JOIN #den"),
        ("/j den key", "JOIN #den key"),
        ("/part", "PART #room"),
        ("/part #room see you", "PART #room :see you"),
        ("/part see you", "PART #room :see you"),
        ("/nick Carol", "NICK Carol"),
        ("/topic Hello there", "TOPIC #room :Hello there"),
        ("/topic #other", "TOPIC #other"),
        ("/who Bob", "WHOIS Bob"),
        ("/who #other", "NAMES #other"),
        ("/whois Bob", "WHOIS Bob"),
        ("/list", "LIST"),
        ("/away", "AWAY away"),
        ("/away at lunch", "AWAY :at lunch"),
        ("/back", "AWAY"),
        ("/kick Bob being rude", "KICK #room Bob :being rude"),
        ("/kick #other Bob", "KICK #other Bob"),
        ("/ban Bob", "MODE #room +b Bob"),
        ("/ban", "MODE #room +b"),
        ("/unban Bob", "MODE #room -b Bob"),
        ("/invite Bob", "INVITE Bob #room"),
        ("/invite Bob #other", "INVITE Bob #other"),
        ("/mode +t", "MODE #room +t"),
        ("/mode #other", "MODE #other"),
        ("/raw VERSION", "VERSION"),
        ("/QUOTE privmsg #room :a b", "PRIVMSG #room :a b"),
        ("/me waves", "@label=1 PRIVMSG #room :\x01ACTION waves\x01"),
        ("/notice #room hi", "@label=1 NOTICE #room hi"),
        ("/quit", "QUIT"),
        ("/quit see you", "QUIT :see you"),
    ],
)
def test_what_a_command_sends(talk: Conversation, typed: str, sent: str) -> None:
    talk.say(typed)
    assert talk.sent()[0] == sent


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/jion #x", "There is no command /jion: did you mean /join? To say it, write //jion"),
        ("/zzzzzz", "There is no command /zzzzzz: /help lists them. To say it, write //zzzzzz"),
        ("/msg", "Write it as: /msg NAME TEXT"),
        ("/msg Bob", "Write it as: /msg NAME TEXT"),
        ("/join", "Write it as: /join #ROOM [KEY]"),
        ("/kick", "Write it as: /kick [#ROOM] NAME [REASON]"),
        ("/raw", "Write it as: /raw LINE"),
        ("/retry", "Nothing here has failed to be sent."),
        ("/older", "There is nothing older here."),
        ("/part #nowhere", "You are not in #nowhere."),
        ("/msg #nowhere hi", "You are not in #nowhere: /join #nowhere to enter it."),
        ("/help nonsense", "There is no command /nonsense: /help lists them. To say it, write //nonsense"),
        ("/topic", "#room has no topic."),
        ("/who", "In #room: @Bob, Alice"),
        ("/invite :x #room", "Write it as: /invite NAME [#ROOM]"),
    ],
)
def test_what_a_command_answers(talk: Conversation, typed: str, answer: str) -> None:
    talk.say(typed)
    assert talk.sent() == []
    assert view(talk.room("#room"))[-1] == "* " + answer


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (":irc.test 471 Alice #den :Cannot join channel (+l)", "#den is full."),
        (":irc.test 473 Alice #den :Cannot join channel (+i)", "#den is closed: you need an invitation."),
        (":irc.test 474 Alice #den :Cannot join channel (+b)", "You are banned from #den."),
        (":irc.test 475 Alice #den :Cannot join channel (+k)", "#den needs a key: /join #den KEY."),
        (":irc.test 433 Alice Bob :Nickname is already in use", "The name Bob is taken."),
        (":irc.test 482 Alice #room :You're not channel operator", "Only operators of #room may do that."),
        (":irc.test 421 Alice FOO :Unknown command", "This server does not know FOO."),
        (":irc.test 599 Alice x :Something unheard of", "Something unheard of."),
        (":irc.test FAIL KICK NOPE :You may not do that", "You may not do that."),
        (":irc.test 317 Alice Bob 200 0 :seconds idle", "Bob has said nothing for 3 minutes"),
        (":irc.test 306 Alice :You have been marked as being away", "You are away now; /back when you return."),
        (":irc.test 324 Alice #room +nt", "The settings of #room are +nt"),
        (":irc.test 900 Alice Alice!c@here Ann :You are now logged in as Ann", "You are logged in as Ann."),
        (":irc.test 348 Alice #room *!*@good Bob!b@there 1", "*!*@good is excepted from the bans of #room"),
        (":irc.test 346 Alice #room *!*@good Bob!b@there 1", "*!*@good needs no invitation to #room"),
        (":irc.test 713 Alice #den :Channel is open.", "#den is open: /join #den."),
        (
            ":irc.test 433 Alice Bob :Nickname belongs to an account",
            "The name Bob belongs to an account: if it is yours, log in with /msg NickServ IDENTIFY Bob PASSWORD,"
            " then /nick Bob.",
        ),
        (":irc.test 777 Alice one two :three", "One two three."),
    ],
)
def test_answers_are_sentences(talk: Conversation, line: str, sentence: str) -> None:
    talk.server(line)
    assert view(talk.room("#room"))[-1] == "* " + sentence


def test_the_list_of_rooms_begins_with_the_largest(talk: Conversation) -> None:
    talk.server(
        ":irc.test 321 Alice Channel :Users  Name",
        ":irc.test 322 Alice #small 1 :",
        ":irc.test 322 Alice #large 12 :all sorts",
        ":irc.test 323 Alice :End of /LIST",
    )
    assert view(talk.room("#room")) == ["* #large: 12 people – all sorts", "* #small: 1 person", "* 2 rooms in all."]


def test_joining_a_room_one_is_in_shows_it(talk: Conversation) -> None:
    talk.enter("#other")
    talk.say("/join #other")
    assert talk.sent() == []
    assert talk.core.chat.focus is talk.room("#other")


def test_joining_another_room_shows_it_once_the_server_agrees(talk: Conversation) -> None:
    talk.say("/join #other")
    assert talk.core.chat.focus is talk.room("#room")
    talk.enter("#other")
    assert talk.core.chat.focus is talk.room("#other")


def test_a_message_to_a_person_does_not_move_the_focus(talk: Conversation) -> None:
    talk.say("/msg Bob psst")
    talk.batch("Bob", [])
    assert talk.sent()[-1] == "@label=1 PRIVMSG Bob psst"
    talk.say("/msg Bob again")
    assert talk.core.chat.focus is talk.room("#room")
    assert view(talk.room("#room")) == ["* Your talk with Bob is on a page of its own: /query Bob shows it."]


def test_a_talk_is_opened_and_closed(talk: Conversation) -> None:
    talk.say("/query Bob")
    assert talk.core.chat.focus is talk.room("Bob")
    talk.say("/close")
    assert talk.core.chat.find("Bob") is None
    assert talk.core.chat.focus is talk.room("#room")


def test_without_a_connection_it_says_so() -> None:
    talk = Conversation()
    talk.say("/who Bob")
    assert view(talk.core.chat.server) == ["* You are not connected."]


def test_rooms_may_be_asked_for_before_there_is_a_connection() -> None:
    talk = Conversation()
    talk.say("/join #den")
    assert "JOIN #den" in talk.register()


def test_another_name_may_be_chosen_before_there_is_a_connection() -> None:
    talk = Conversation()
    talk.say("/nick Carol")
    talk.wait(0)
    assert "NICK Carol" in talk.connect()


def test_a_name_of_two_words_is_refused_and_the_old_one_is_kept(talk: Conversation) -> None:
    talk.say("/nick Bob Smith")
    assert view(talk.room("#room")) == ["* The name Bob Smith can't be used: a name is one word."]
    talk.lose()
    talk.wait(2)
    assert "NICK Alice" in talk.connect()
    assert not any(isinstance(event, NameNeeded) for event in talk.taken())


def test_help_has_a_line_for_every_command(talk: Conversation) -> None:
    talk.say("/help")
    shown = view(talk.room("#room"))
    assert len(shown) == len(COMMANDS)
    assert all(any(line.startswith(f"* /{name}") for line in shown) for name in COMMANDS)


def test_every_command_survives_anything_behind_it(talk: Conversation) -> None:
    for name in sorted(ALIASES.keys() - {"quit", "exit", "bye"}):
        for rest in ("", " ", " x", " :x", " #room", " #room :x y", " a b c d", " \x00", " #", " é\u202e"):
            talk.say(f"/{name}{rest}", talk.core.chat.rooms[0])
            if room := talk.core.chat.find("#room"):
                talk.say(f"/{name}{rest}", room)
    for line in talk.sent():
        assert "\0" not in line
    assert not any(isinstance(event, Left) for event in talk.taken())
