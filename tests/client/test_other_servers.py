"""Servers that Debian hasn't, line by line: Ergo, which has nearly everything, and Libera's Solanum, which has little.

What stands here was said by such servers. ``tests/test_foreign_servers.py`` has those that can be started.
"""

from __future__ import annotations

from typing import Any

from chatkit.client.model import Quote, Room
from tests.client.conversation import ISUPPORT, Conversation, message, view

ERGO_CAPS = (
    "account-notify account-tag away-notify batch cap-notify chghost draft/account-registration=before-connect "
    "draft/channel-rename draft/chathistory draft/event-playback draft/extended-isupport draft/languages=1,en "
    "draft/message-redaction draft/multiline=max-bytes=4096,max-lines=100 draft/no-implicit-names draft/persistence",
    "draft/pre-away draft/read-marker draft/relaymsg=/ echo-message ergo.chat/nope extended-join extended-monitor "
    "invite-notify labeled-response message-tags multi-prefix sasl=PLAIN,EXTERNAL,SCRAM-SHA-256 server-time setname "
    "standard-replies userhost-in-names znc.in/playback znc.in/self-message",
)
ERGO_TOKENS = (
    "AWAYLEN=390 BOT=B CASEMAPPING=ascii CHANLIMIT=#:100 CHANMODES=Ibe,k,fl,CEMRUimnstu CHANNELLEN=64 CHANTYPES=# "
    "CHATHISTORY=1000 ELIST=U EXCEPTS EXTBAN=,m FORWARD=f INVEX",
    "KICKLEN=390 MAXLIST=beI:60 MAXTARGETS=4 MODES MONITOR=100 MSGREFTYPES=msgid,timestamp NETWORK=ErgoTest NICKLEN=32 "
    "PREFIX=(qaohv)~&@%+ SAFELIST STATUSMSG=~&@%+ TOPICLEN=390 UTF8ONLY WHOX",
)
LIBERA_CAPS = (
    "account-notify away-notify chghost extended-join multi-prefix sasl=PLAIN,ECDSA-NIST256P-CHALLENGE,EXTERNAL tls "
    "account-tag cap-notify echo-message server-time solanum.chat/identify-msg solanum.chat/oper solanum.chat/realhost",
)
LIBERA_TOKENS = (
    "FNC WHOX KNOCK SAFELIST ELIST=CMNTU MONITOR=100 CALLERID=g ETRACE CHANTYPES=# EXCEPTS INVEX "
    "CHANMODES=eIbq,k,flj,CFLMPQRSTcgimnprstuz",
    "CHANLIMIT=#:250 PREFIX=(ov)@+ MAXLIST=bqeI:100 MODES=4 NETWORK=Libera.Chat STATUSMSG=@+ CASEMAPPING=rfc1459 "
    "NICKLEN=16 MAXNICKLEN=16 CHANNELLEN=50 TOPICLEN=390 DEAF=D",
)


def let_in(caps: tuple[str, ...], tokens: tuple[str, ...], **options: Any) -> Conversation:
    """From the dial to the end of the message of the day."""
    talk = Conversation(**options)
    talk.connect()
    for index, part in enumerate(caps, 1):
        talk.server(f":irc.test CAP * LS {'' if index == len(caps) else '* '}:{part}")
    for line in talk.sent():
        if line.startswith("CAP REQ "):
            talk.server(f":irc.test CAP * ACK :{line.removeprefix('CAP REQ ').removeprefix(':')}")
    assert "CAP END" in talk.sent()
    talk.server(
        ":irc.test 001 Alice :Welcome to the IRC Network Alice",
        *(f":irc.test 005 Alice {part} :are supported by this server" for part in tokens),
        ":irc.test 251 Alice :There are 2 users and 3 invisible on 1 server(s)",
        ":irc.test 422 Alice :MOTD File is missing",
    )
    talk.pong(talk.sent())
    return talk


def ergo(**options: Any) -> Conversation:
    return let_in(ERGO_CAPS, ERGO_TOKENS, **options)


def libera(**options: Any) -> Conversation:
    return let_in(LIBERA_CAPS, LIBERA_TOKENS, **options)


def texts(room: Room) -> list[str]:
    return [f"{line.nick}: {line.text}" if line.is_talk else f"* {line.text}" for line in room.lines]


def joined_ergo(history: list[str] | None = None) -> tuple[Conversation, Room]:
    """In #tea, which was read up to half past six."""
    talk = ergo()
    talk.core.join("#tea")
    talk.server(
        ":Alice!~u@abc.irc JOIN #tea * :Alice",
        ":irc.test 353 Alice = #tea :~Bob!~u@abc.irc Alice!~u@abc.irc",
        ":irc.test 366 Alice #tea :End of NAMES list",
        ":irc.test MARKREAD #tea timestamp=2027-01-15T06:30:00.000Z",
    )
    talk.batch("#tea", history or [])
    talk.pong(talk.sent())
    talk.sent()
    return talk, talk.room("#tea")


# Ergo.


def test_ergo_offers_what_it_can_and_no_more():
    can = ergo().core.chat.can
    assert can >= {"history", "reply", "react", "redact", "edit", "typing", "markers", "multiline", "register"}
    assert "search" not in can


def test_names_with_hosts_in_them_are_names_all_the_same():
    _talk, tea = joined_ergo()
    assert [(person.nick, person.prefix) for person in tea.people] == [("Bob", "~"), ("Alice", "")]


def test_what_came_after_the_marker_is_unread():
    _talk, tea = joined_ergo(
        [
            "@time=2027-01-15T06:20:00.000Z;msgid=a;account=bob :Bob!~u@abc.irc PRIVMSG #tea :read elsewhere",
            "@time=2027-01-15T06:40:00.000Z;msgid=b;account=bob :Bob!~u@abc.irc PRIVMSG #tea :not yet",
        ]
    )
    assert texts(tea)[:2] == ["Bob: read elsewhere", "Bob: not yet"]
    assert tea.unread_from == next(line.id for line in tea.lines if line.msgid == "b")


def test_an_answer_quotes_what_stands_in_the_same_page():
    _talk, tea = joined_ergo(
        [
            "@time=2027-01-15T06:20:00.000Z;msgid=a;account=bob :Bob!~u@abc.irc PRIVMSG #tea :cake?",
            "@time=2027-01-15T06:20:10.000Z;msgid=b;+reply=a :Carol!~u@abc.irc PRIVMSG #tea :yes",
        ]
    )
    asked, answer = tea.lines
    assert answer.reply == Quote(msgid="a", nick="Bob", text="cake?", line_id=asked.id)


def test_joins_in_the_history_are_lines_and_change_nobody():
    _talk, tea = joined_ergo(
        [
            "@time=2027-01-15T06:20:00.000Z;msgid=a :Carol!~u@abc.irc JOIN #tea * :Carol",
            "@time=2027-01-15T06:21:00.000Z;msgid=b :Carol!~u@abc.irc PRIVMSG #tea :hi",
            "@time=2027-01-15T06:22:00.000Z;msgid=c :Carol!~u@abc.irc QUIT :bye",
        ]
    )
    assert [line.kind for line in tea.lines][:3] == ["join", "message", "quit"]
    assert {person.nick for person in tea.people} == {"Alice", "Bob"}


def test_an_own_message_is_sure_when_its_label_comes_back_and_stands_there_once():
    talk, tea = joined_ergo()
    talk.say("Hi", tea)
    label = next(line for line in talk.sent() if "PRIVMSG" in line).split()[0]
    talk.server(f"{label};msgid=x;time=2027-01-15T08:00:00.000Z :Alice!~u@abc.irc PRIVMSG #tea Hi")
    assert texts(tea)[-1] == "Alice: Hi"
    assert [line.state for line in tea.lines if line.text == "Hi"] == ["sent"]


def test_several_lines_are_one_message():
    talk, tea = joined_ergo()
    talk.server(
        ":Bob!~u@abc.irc BATCH +m draft/multiline #tea",
        "@batch=m :Bob!~u@abc.irc PRIVMSG #tea :one",
        "@batch=m :Bob!~u@abc.irc PRIVMSG #tea :two, which",
        "@batch=m;draft/multiline-concat :Bob!~u@abc.irc PRIVMSG #tea : goes on",
        ":irc.test BATCH -m",
    )
    assert texts(tea)[-1] == "Bob: one\ntwo, which goes on"


def test_what_is_taken_back_says_who_did_it():
    talk, tea = joined_ergo()
    talk.server("@msgid=r1 :Bob!~u@abc.irc PRIVMSG #tea :oops", "@msgid=r2 :Bob!~u@abc.irc REDACT #tea r1 :wrong room")
    (line,) = [line for line in tea.lines if line.msgid == "r1"]
    assert not line.text
    assert "Bob" in line.redacted
    assert "wrong room" in line.redacted


def test_a_bouncer_that_puts_the_user_into_rooms_unasked_does_not_take_the_focus_for_each():
    talk, tea = joined_ergo()
    talk.server(
        ":Alice!~u@abc.irc JOIN #biscuits * :Alice",
        ":irc.test 353 Alice = #biscuits :Alice!~u@abc.irc",
        ":irc.test 366 Alice #biscuits :End of NAMES list",
        ":irc.test MARKREAD #biscuits timestamp=*",
    )
    assert talk.core.chat.focus is tea
    assert talk.room("#biscuits").joined


# Libera.


def joined_libera() -> tuple[Conversation, Room]:
    talk = libera()
    talk.core.join("#tea")
    talk.server(
        ":Alice!~chatkit@user/alice JOIN #tea * :Alice",
        ":irc.test 353 Alice @ #tea :Alice @Bob +Carol",
        ":irc.test 366 Alice #tea :End of /NAMES list.",
    )
    talk.pong(talk.sent())
    talk.sent()
    return talk, talk.room("#tea")


def test_libera_has_no_history_so_none_is_asked_for_and_none_is_offered():
    talk, tea = joined_libera()
    assert not talk.core.chat.can & {"history", "search", "reply", "react", "redact", "edit", "typing", "multiline"}
    talk.wait(60)
    assert not talk.core.load_older(tea)
    assert not [line for line in talk.sent() if "CHATHISTORY" in line or "MARKREAD" in line or "TAGMSG" in line]


def test_an_echo_without_a_label_confirms_the_line_it_is():
    talk, tea = joined_libera()
    talk.say("Hi", tea)
    talk.say("Hi", tea)
    assert [line for line in talk.sent() if "PRIVMSG" in line] == ["PRIVMSG #tea Hi"] * 2
    talk.server("@time=2027-01-15T08:00:00.000Z :Alice!~chatkit@user/alice PRIVMSG #tea :Hi")
    assert [line.state for line in tea.lines if line.text == "Hi"] == ["sent", "pending"]
    talk.server("@time=2027-01-15T08:00:01.000Z :Alice!~chatkit@user/alice PRIVMSG #tea :Hi")
    assert [line.state for line in tea.lines if line.text == "Hi"] == ["sent", "sent"]


def test_a_room_that_wants_accounts_says_so_in_words():
    talk = libera()
    talk.core.join("#closed")
    talk.server(
        ":irc.test 477 Alice #closed :Cannot join channel (+r) - you need to be logged into your NickServ account"
    )
    said = " ".join(line.text for room in talk.core.chat.rooms for line in room.lines)
    assert "#closed" in said
    assert "477" not in said


def test_services_speak_in_the_servers_room_or_a_talk_but_raise_no_error():
    talk, _tea = joined_libera()
    talk.server(
        ":NickServ!NickServ@services.libera.chat NOTICE Alice :This nickname is registered.",
        ":ChanServ!ChanServ@services.libera.chat NOTICE #tea :[#tea] Welcome!",
        ":irc.test 396 Alice user/alice :is now your hidden host (set by services.)",
        ":Alice MODE Alice :+Ziw",
    )
    assert not [line for room in talk.core.chat.rooms for line in room.lines if line.kind == "error"]
    shown = [line.text for room in talk.core.chat.rooms for line in room.lines]
    assert shown.count("This nickname is registered.") == 1
    assert shown.count("[#tea] Welcome!") == 1


RFC1459 = f"{ISUPPORT} CASEMAPPING=rfc1459"


def rfc1459(**options: Any) -> Conversation:
    """A client on a network as Libera.Chat, in ``#a[b]`` with ``Bob|``."""
    talk = Conversation(**options)
    talk.register(isupport=RFC1459)
    talk.enter("#a[b]", "Alice @Bob|")
    return talk


def test_brackets_and_braces_are_one_letter_where_the_network_says_so() -> None:
    talk = rfc1459()
    room = talk.room("#A{B}")
    assert room is talk.room("#a[b]")
    talk.server(message(1, "hi", nick="Bob\\", target="#a{b}"))
    assert view(room)[-1] == "Bob\\: hi"
    assert room.person("bob|") is room.person("BOB\\")
    talk.server(":Bob\\!b@there QUIT")
    assert [person.nick for person in room.people] == ["Alice"]


def test_a_room_named_before_the_network_says_how_it_folds_is_still_that_room() -> None:
    talk = Conversation(rooms=("#a{b}",))
    talk.register(isupport=RFC1459)
    talk.server(":Alice!chatkit@here JOIN #a[b]")
    talk.lose()
    assert "JOIN #a{b}" in talk.reconnect(isupport=RFC1459)


def test_own_names_are_known_in_every_way_to_write_them() -> None:
    talk = Conversation(nick="Al[ice]")
    talk.register(nick="Al[ice]", isupport=RFC1459)
    talk.enter("#room", "Al[ice] @Bob")
    talk.server(message(1, "al{ice}: look"), message(2, "~al{ice}~ too"), message(3, "^al{ice} not"))
    assert [line.highlight for line in talk.room("#room").lines[-3:]] == [True, True, False]
    assert talk.core.is_me("AL{ICE}")


def test_elsewhere_they_are_two() -> None:
    talk = Conversation()
    talk.register()
    talk.enter("#a[b]")
    assert talk.core.chat.find("#a{b}") is None
