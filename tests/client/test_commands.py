"""Slash commands: what they send, and what they say to whoever gets them wrong."""

from __future__ import annotations

import pytest

from chatkit.client.commands import ALIASES, COMMANDS
from chatkit.client.events import FormWanted, Left, NameNeeded, PanelWanted
from chatkit.client.remarks import STAYS
from chatkit.client.settings import ROWS, Network, Row
from tests.client.conversation import Conversation, message, view
from tests.client.typed_hub import TypedHub, typed_hub


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
        ("/report Bob is rude", "REPORT Bob :is rude"),
        ("/report #other spam", "REPORT #other spam"),
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
        ("/report Bob", "Write it as: /report N|NAME WHY"),
        ("/report 3 spam", "There is no message here to do that with."),
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
        (":irc.test 474 Alice #den :This room was closed: Spam", "#den: this room was closed: Spam."),
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
            "The name Bob belongs to an account: if it is yours, log in with /login Bob, then /nick Bob.",
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


# Commands about the program and all networks.


@pytest.fixture
def hub() -> TypedHub:
    hub = typed_hub(network="work")
    hub.talk.register()
    hub.talk.enter()
    hub.pump()
    hub.talk.sent()
    return hub


def answers(hub: TypedHub, typed: str) -> list[str]:
    """What is said to whoever typed it."""
    room = hub.talk.room("#room")
    before = {line.id for line in room.lines}
    hub.say(room, typed)
    return [line.text for line in room.lines if line.id not in before]


def test_a_setting_is_shown_and_changed(hub: TypedHub) -> None:
    assert answers(hub, "/set appearance.density") == [
        "The density is cosy. How much space stands between messages. /set appearance.density cosy|compact"
    ]
    assert answers(hub, "/set appearance.density compact") == ["The density is compact now."]
    assert hub.settings.appearance.density == "compact"
    assert answers(hub, "/theme light") == ["The theme is light now."]
    assert answers(hub, "/theme")[0].startswith("The theme is light. Colours.")
    assert len(answers(hub, "/set")) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_every_setting_is_said_in_words(hub: TypedHub, row: Row) -> None:
    """No key of the file, and no "yes"."""
    value = {"yesno": "yes", "number": "7", "time": "22:30"}.get(row.kind, row.choices[-1] if row.choices else "tea")
    (said,) = answers(hub, f"/set {row.key} {value}")
    assert said.endswith(" now.")
    assert said[0].isupper()
    assert row.key not in said
    assert (" on now." if row.kind == "yesno" else value) in said


def test_what_a_setting_is_now_stays_for_a_while_and_is_no_message(hub: TypedHub) -> None:
    room = hub.talk.room("#room")
    answers(hub, "/theme light")
    answers(hub, "/theme dark")
    assert view(room) == ["* The theme is dark now."]
    hub.say(room, "hi")
    assert view(room) == ["… Alice: hi"]
    answers(hub, "/theme light")
    assert view(room)[0] == "* The theme is light now."
    assert hub.next_deadline() is not None
    hub.talk.wait(STAYS)
    assert view(room) == ["… Alice: hi"]
    assert room.unread == 0


def test_a_remark_goes_with_its_room(hub: TypedHub) -> None:
    answers(hub, "/theme light")
    room = hub.talk.room("#room")
    hub.talk.server(":Alice!chatkit@here PART #room")
    hub.talk.wait(STAYS)
    assert room not in hub.rooms


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/set talk.markdwn", "There is no setting talk.markdwn; did you mean talk.markdown?"),
        ("/set talk.markdown perhaps", "Talk.markdown is yes or no."),
        (
            "/theme pink",
            "Write it as: /theme system|dark|light|contrast|solarized-dark|solarized-light",
        ),
        ("/dnd soon", "Write it as: /dnd 30m, /dnd 2h, /dnd tomorrow or /dnd off"),
        ("/dnd 0m", "Write it as: /dnd 30m, /dnd 2h, /dnd tomorrow or /dnd off"),
        ("/notify loudly", "Write it as: /notify all, /notify mentions or /notify none"),
        ("/notify", "You are told when somebody here mentions you."),
        ("/notify none", "You are told of nothing here."),
        ("/ignore", "You see what everybody says."),
        ("/ignore Eve", "You see nothing of Eve any more; /unignore Eve changes that."),
        ("/unignore Eve", "You see already what Eve says."),
        ("/network", "work: Connected to Testnet as Alice"),
        ("/network dance", "Write it as: /network [list|add|connect|disconnect|remove] [NAME] [ADDRESS]"),
        ("/network add home", "Write it as: /network add NAME ADDRESS"),
        ("/network add home 10.0.0.5", "home is saved: /connect home"),
        ("/network remove nowhere", "There is no network called nowhere: /network lists them."),
        ("/network disconnect nowhere", "There is no network called nowhere: /network lists them."),
        ("/trust", "No certificate was refused there."),
        ("/connect http://x", None),
        ("/lag", "That is not known yet."),
        ("/emoji tada", None),
        ("/emoji qqqq", "There is no emoji for qqqq."),
    ],
)
def test_what_a_command_of_the_program_answers(hub: TypedHub, typed: str, answer: str | None) -> None:
    (said, *_) = answers(hub, typed)
    assert said if answer is None else said == answer
    assert hub.talk.sent() == []


def test_a_room_can_be_told_of_in_full(hub: TypedHub) -> None:
    answers(hub, "/notify all")
    assert hub.talk.room("#room").alerts == "all"
    answers(hub, "/pin")
    assert hub.talk.room("#room").pinned


def test_do_not_disturb_for_a_while(hub: TypedHub) -> None:
    now_ms = hub.talk.core.time_ms
    assert "No notifications before" in answers(hub, "/dnd")[0]
    assert hub.settings.alerts.until == now_ms + 3_600_000
    answers(hub, "/dnd 30m")
    assert hub.settings.alerts.until == now_ms + 1_800_000
    assert answers(hub, "/dnd off") == ["Notifications are on."]
    assert hub.settings.alerts.until == 0


def test_whom_one_ignores_one_hears_again(hub: TypedHub) -> None:
    answers(hub, "/ignore Bob")
    hub.talk.server(message(1, "unheard"))
    answers(hub, "/unignore bob")
    hub.talk.server(message(2, "heard"))
    assert [line.text for line in hub.talk.room("#room").lines if line.is_talk] == ["heard"]


def test_a_further_network_is_connected_to(hub: TypedHub) -> None:
    answers(hub, "/connect 10.0.0.5:6667")
    assert [chat.label for chat in hub.chats] == ["work", "10.0.0.5:6667"]
    answers(hub, "/network add home 10.0.0.6")
    answers(hub, "/connect HOME")
    assert [chat.label for chat in hub.chats][-1] == "home"
    answers(hub, "/network remove home")
    assert hub.settings.network("home") is None


def test_logout_tells_the_service_and_forgets_the_password_only_if_asked(hub: TypedHub) -> None:
    hub.talk.core.set_account("alice")
    hub.save_network(Network("work", "10.0.0.1", account="alice"))
    answers(hub, "/logout")
    assert hub.talk.sent() == ["PRIVMSG NickServ LOGOUT"]
    assert answers(hub, "/logout forget") == ["Its password is in the keyring no more."]
    assert answers(hub, "/logout please") == ["Write it as: /logout [forget]"]
    hub.save_network(Network("work", "10.0.0.1", account="alice", password_from="ask"))  # noqa: S106  # where it is
    assert answers(hub, "/logout forget") == [
        "Its password is not in the keyring: what is in the settings stays there."
    ]


@pytest.mark.parametrize(("typed", "title"), [("/login", "Log in to Testnet"), ("/register", "An account on Testnet")])
def test_a_password_is_asked_for_in_a_form(hub: TypedHub, typed: str, title: str) -> None:
    answers(hub, f"{typed} alice")
    (form,) = [event.form for event in hub.pump() if isinstance(event, FormWanted)]
    assert form.title == title
    assert form.fields[0].value == "alice"
    assert [field.kind for field in form.fields if "assword" in field.label and field.key != "keep"] == ["password"]


@pytest.mark.parametrize(
    ("typed", "panel"),
    [("/search cats", "search"), ("/settings", "settings"), ("/keys", "keys"), ("/palette", "palette")],
)
def test_a_command_asks_the_face_for_a_panel(hub: TypedHub, typed: str, panel: str) -> None:
    answers(hub, typed)
    assert [event.name for event in hub.pump() if isinstance(event, PanelWanted)] == [panel]


def test_clear_takes_the_lines_away_and_older_brings_them_back(hub: TypedHub) -> None:
    hub.talk.server(message(1), message(2))
    assert answers(hub, "/clear") == []
    assert hub.talk.room("#room").lines == []
    hub.talk.sent()
    answers(hub, "/older")
    (asked,) = hub.talk.sent()
    assert asked.startswith("CHATHISTORY BEFORE #room timestamp=")
    hub.talk.batch("#room", [message(1), message(2)])
    assert [line.text for line in hub.talk.room("#room").lines if line.is_talk] == ["text 1", "text 2"]


def test_markread_reads_one_room_or_all(hub: TypedHub) -> None:
    hub.talk.enter("#den")
    hub.set_focus(hub.talk.room("#room"))
    hub.talk.server(message(1, target="#den"))
    assert hub.talk.room("#den").unread == 1
    answers(hub, "/markread all")
    assert hub.talk.room("#den").unread == 0


def test_every_command_of_the_program_survives_anything_behind_it(hub: TypedHub) -> None:
    for row in COMMANDS.values():
        if row.of_hub:
            for rest in ("", " ", " x", " :x", " #room", " add", " a b c d", " \x00", " é\u202e", " " + "9" * 5000):
                answers(hub, f"/{row.name}{rest}")


def test_without_a_window_a_command_of_it_says_so(talk: Conversation) -> None:
    talk.say("/theme dark")
    assert view(talk.room("#room")) == ["* That works in a chat window only."]


def test_every_row_is_whole() -> None:
    for row in COMMANDS.values():
        assert row.help
        assert not row.help.endswith(".")
        assert row.function.__doc__
        assert len(row.args) <= max(1, len(row.usage.split()))
