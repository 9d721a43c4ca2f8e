"""Replies, reactions, corrections and deletions."""

from __future__ import annotations

import pytest

from chatkit.client.events import FormWanted
from chatkit.client.marks import MAX_KINDS, MAX_QUOTING, MAX_REACTION, MAX_WAITING
from chatkit.client.model import Line, Reaction, Room
from tests.client.conversation import ALL_CAPS, Conversation, message

CAPS = f"{ALL_CAPS} draft/message-redaction account-tag"


@pytest.fixture
def talk() -> Conversation:
    """In #room with Bob, on a server that can delete; Bob said "text 1", Alice "text 2"."""
    conversation = Conversation()
    conversation.register(CAPS)
    conversation.enter(history=[message(1), message(2, nick="Alice")])
    conversation.taken()
    return conversation


def line(talk: Conversation, msgid: str) -> Line:
    return next(each for each in talk.room("#room").lines if each.msgid == msgid)


def texts(room: Room) -> list[str]:
    return [each.text or each.redacted for each in room.lines]


def tagmsg(number: int, *, nick: str = "Bob", to: str = "m1", **tags: str) -> str:
    pairs = ";".join(f"{key.replace('__', '/')}={value}" for key, value in tags.items())
    return f"@msgid=t{number};+reply={to};+{pairs} :{nick}!{nick.lower()}@there TAGMSG #room"


# Replies.


def test_an_answer_shows_what_it_answers(talk: Conversation) -> None:
    talk.server(message(3, "yes", **{"+reply": "m1"}))
    reply = line(talk, "m3").reply
    assert reply is not None
    assert (reply.msgid, reply.nick, reply.text, reply.line_id) == ("m1", "Bob", "text 1", line(talk, "m1").id)


def test_an_answer_to_what_is_not_here_is_one_all_the_same(talk: Conversation) -> None:
    talk.server(message(3, "yes", **{"+draft/reply": "m0"}))
    reply = line(talk, "m3").reply
    assert reply is not None
    assert (reply.msgid, reply.nick, reply.line_id) == ("m0", "", None)


def test_an_answer_is_filled_in_when_history_brings_what_it_answers(talk: Conversation) -> None:
    talk.server(message(3, "yes", **{"+reply": "m0"}))
    talk.core.load_older(talk.room("#room"))
    talk.batch("#room", [message(0, "the question")])
    reply = line(talk, "m3").reply
    assert reply is not None
    assert (reply.nick, reply.text) == ("Bob", "the question")


def test_reply_says_what_it_answers_with_both_tags(talk: Conversation) -> None:
    talk.say("/reply 2 indeed *so*")
    assert talk.sent() == ["@+reply=m1;+draft/reply=m1;label=1 PRIVMSG #room :indeed \x02so\x02"]
    pending = talk.room("#room").lines[-1]
    assert pending.reply is not None
    assert pending.reply.text == "text 1"
    talk.server(message(3, "indeed \x02so\x02", nick="Alice", label="1", **{"+reply": "m1"}))
    confirmed = line(talk, "m3")
    assert confirmed.reply == pending.reply
    assert [each.text for each in talk.room("#room").lines] == ["text 1", "text 2", "indeed so"]


def test_reply_without_words_makes_the_next_message_the_answer(talk: Conversation) -> None:
    talk.say("/reply Bob")
    composing = talk.room("#room").composing
    assert composing is not None
    assert composing.line.msgid == "m1"
    talk.say("indeed")
    assert talk.sent() == ["@+reply=m1;+draft/reply=m1;label=1 PRIVMSG #room indeed"]
    assert talk.room("#room").composing is None


# Reactions.


def test_a_reaction_is_added_and_taken_back(talk: Conversation) -> None:
    talk.server(tagmsg(1, draft__react="👍"), tagmsg(2, nick="Eve", draft__react="👍"), tagmsg(3, draft__react="🎉"))
    assert line(talk, "m1").reactions == (Reaction("👍", ("Bob", "Eve")), Reaction("🎉", ("Bob",)))
    talk.server(tagmsg(4, draft__unreact="👍"), tagmsg(5, draft__unreact="🎉"))
    assert line(talk, "m1").reactions == (Reaction("👍", ("Eve",)),)


def test_reacting_twice_alike_counts_once(talk: Conversation) -> None:
    talk.server(tagmsg(1, draft__react="👍"), tagmsg(2, draft__react="👍"))
    assert line(talk, "m1").reactions == (Reaction("👍", ("Bob",)),)


def test_react_sends_a_reaction_and_the_same_again_takes_it_back(talk: Conversation) -> None:
    talk.say("/react :thumbsup:")
    assert talk.sent() == ["@+reply=m1;+draft/reply=m1;+draft/react=👍 TAGMSG #room"]
    assert line(talk, "m1").reactions == ()  # the echo brings it
    talk.server(tagmsg(1, nick="Alice", draft__react="👍"))
    assert line(talk, "m1").reactions == (Reaction("👍", ("Alice",), mine=True),)
    talk.say("/react Bob thumbsup")
    assert talk.sent() == ["@+reply=m1;+draft/reply=m1;+draft/unreact=👍 TAGMSG #room"]


@pytest.mark.parametrize(
    ("typed", "msgid"),
    [
        ("/react 👍", "m1"),  # the last of somebody else
        ("/react 👍 Alice", "m2"),
        ("/react Alice 👍", "m2"),
        ("/react thumbsup @bob", "m1"),
        ("/react 1 👍", "m2"),
        ("/react 👍 2", "m1"),
    ],
)
def test_whose_message_it_is_may_stand_before_the_emoji_or_behind_it(
    talk: Conversation, typed: str, msgid: str
) -> None:
    talk.say(typed)
    assert talk.sent() == [f"@+reply={msgid};+draft/reply={msgid};+draft/react=👍 TAGMSG #room"]


def test_where_only_oneself_has_spoken_that_is_the_last_message() -> None:
    talk = Conversation()
    talk.register(CAPS)
    talk.enter(history=[message(1, nick="Alice")])
    talk.say("/react 👍")
    assert talk.sent() == ["@+reply=m1;+draft/reply=m1;+draft/react=👍 TAGMSG #room"]


@pytest.mark.parametrize("typed", ["/react", "/react Carol 👍", "/react 👍 👍", "/react Bob so much 👍"])
def test_what_can_be_no_reaction_is_answered_with_how_to_write_one(talk: Conversation, typed: str) -> None:
    talk.say(typed)
    assert talk.sent() == []
    assert texts(talk.room("#room"))[-1] == "Write it as: /react [N|NAME] EMOJI"


def test_without_echo_a_reaction_is_seen_at_once() -> None:
    talk = Conversation()
    talk.register(CAPS.replace("echo-message ", ""))
    talk.enter()
    talk.server(message(1))
    talk.say("/react 🎉")
    assert line(talk, "m1").reactions == (Reaction("🎉", ("Alice",), mine=True),)


def test_a_reaction_waits_for_the_message_that_history_brings(talk: Conversation) -> None:
    talk.server(tagmsg(1, to="m0", draft__react="👍"))
    talk.core.load_older(talk.room("#room"))
    talk.batch("#room", [message(0)])
    assert line(talk, "m0").reactions == (Reaction("👍", ("Bob",)),)


def test_a_page_of_history_brings_its_reactions(talk: Conversation) -> None:
    talk.core.load_older(talk.room("#room"))
    talk.batch("#room", [message(0), tagmsg(9, to="m0", draft__react="👍")])
    assert line(talk, "m0").reactions == (Reaction("👍", ("Bob",)),)


def test_a_reaction_that_is_deleted_is_gone(talk: Conversation) -> None:
    talk.server(tagmsg(1, draft__react="👍"), ":Bob!bob@there REDACT #room t1")
    assert line(talk, "m1").reactions == ()


def test_reactions_are_bounded_and_safe(talk: Conversation) -> None:
    talk.server(*(tagmsg(number, draft__react=f"r{number}") for number in range(100)))
    talk.server(tagmsg(200, draft__react="\x1b[2J\u202e\x02" + "x" * 500))
    reactions = line(talk, "m1").reactions
    assert len(reactions) == MAX_KINDS
    assert all(len(reaction.text) <= MAX_REACTION and "\x1b" not in reaction.text for reaction in reactions)


def test_marks_of_what_never_comes_are_not_kept_for_ever(talk: Conversation) -> None:
    for number in range(3 * MAX_WAITING):
        talk.server(
            tagmsg(number, to=f"never{number}", draft__react="👍"), tagmsg(number, to="same", draft__react="👍")
        )
    assert len(talk.core.marks._waiting) <= MAX_WAITING
    assert all(len(changes) <= MAX_WAITING for changes in talk.core.marks._waiting.values())


def test_a_flood_of_answers_to_one_message_is_bounded(talk: Conversation) -> None:
    for number in range(10, 10 + 2 * MAX_QUOTING):
        talk.server(message(number, **{"+reply": "m1"}))
    talk.server(":Bob!bob@there REDACT #room m1")
    assert all(len(ids) <= MAX_QUOTING for ids in talk.core.marks._quoting.values())
    last = line(talk, f"m{9 + 2 * MAX_QUOTING}").reply
    assert last is not None
    assert last.text == ""


# Deletions.


def test_a_deleted_message_keeps_its_place_and_says_who(talk: Conversation) -> None:
    talk.server(":Bob!bob@there REDACT #room m1 :spam")
    gone = line(talk, "m1")
    assert (gone.text, gone.spans, gone.raw, gone.redacted) == ("", (), "", "Bob deleted this: spam")
    talk.server(":Alice!chatkit@here REDACT #room m2")
    assert texts(talk.room("#room")) == ["Bob deleted this: spam", "You deleted this"]


def test_what_quoted_a_deleted_message_shows_it_no_more(talk: Conversation) -> None:
    talk.server(message(3, "yes", **{"+reply": "m1"}), ":Bob!bob@there REDACT #room m1")
    reply = line(talk, "m3").reply
    assert reply is not None
    assert reply.text == ""


def test_a_deletion_waits_for_the_message_that_history_brings(talk: Conversation) -> None:
    talk.server(":Bob!bob@there REDACT #room m0")
    talk.core.load_older(talk.room("#room"))
    talk.batch("#room", [message(0, "secret")])
    assert texts(talk.room("#room")) == ["Bob deleted this", "text 1", "text 2"]


def test_a_message_of_another_room_is_not_deleted(talk: Conversation) -> None:
    """ "Clients MUST ignore it" where the msgid is "not in the target's history"."""
    talk.enter("#other")
    talk.server(":Bob!bob@there REDACT #other m1")
    assert line(talk, "m1").text == "text 1"


def agree(talk: Conversation) -> list[str]:
    """Say yes to what is asked. Returns what is asked."""
    forms = [event.form for event in talk.taken() if isinstance(event, FormWanted)]
    for form in forms:
        assert form.submit({}) is None
    return [f"{form.title} {form.text}" for form in forms]


def test_delete_asks_the_user_and_then_the_server(talk: Conversation) -> None:
    talk.say("/delete")
    talk.say("/delete Bob being rude")
    talk.say("/delete 2")
    assert talk.sent() == []
    assert agree(talk) == [
        f"Delete this message for everyone? {said}" for said in ("Alice: text 2", *["Bob: text 1"] * 2)
    ]
    assert talk.sent() == ["REDACT #room m2", "REDACT #room m1 :being rude", "REDACT #room m1"]
    assert texts(talk.room("#room")) == ["text 1", "text 2"]  # until the server says so


# Corrections.


def test_an_own_edit_takes_the_old_place_and_the_old_one_is_deleted(talk: Conversation) -> None:
    talk.server(message(3))
    talk.say("/edit better *words*")
    assert talk.sent() == ["@+reply=m2;+draft/edit=m2;label=1 PRIVMSG #room :better \x02words\x02"]
    talk.server(message(4, "better \x02words\x02", nick="Alice", label="1", **{"+reply": "m2", "+draft/edit": "m2"}))
    assert talk.sent() == ["REDACT #room m2"]
    talk.server(":Alice!alice@there REDACT #room m2")
    assert texts(talk.room("#room")) == ["text 1", "better words", "text 3"]
    new = line(talk, "m4")
    assert (new.edited, new.reply, new.redacted, new.state) == (True, None, "", "sent")


def test_what_was_edited_can_be_reacted_to_and_deleted(talk: Conversation) -> None:
    talk.say("/edit better")
    talk.server(message(4, "better", nick="Alice", label="1", **{"+reply": "m2", "+draft/edit": "m2"}))
    talk.server(":Alice!alice@there REDACT #room m2", tagmsg(1, to="m4", draft__react="👍"))
    assert line(talk, "m4").reactions == (Reaction("👍", ("Bob",)),)
    talk.sent()
    talk.say("/delete")
    assert agree(talk)
    assert talk.sent() == ["REDACT #room m4"]
    talk.server(":Alice!alice@there REDACT #room m4")
    assert texts(talk.room("#room")) == ["text 1", "You deleted this"]


def test_an_edit_puts_the_old_words_where_one_types(talk: Conversation) -> None:
    talk.server(message(3, "\x02old\x02 `x`", nick="Alice"))
    talk.say("/edit")
    wanted = [event for event in talk.taken() if type(event).__name__ == "InputWanted"]
    assert [event.text for event in wanted] == ["*old* `x`"]  # type: ignore[union-attr]  # it is an InputWanted
    talk.say("new")
    assert talk.sent() == ["@+reply=m3;+draft/edit=m3;label=1 PRIVMSG #room new"]


def test_somebody_elses_edit_is_seen_in_its_place(talk: Conversation) -> None:
    talk.server(message(3, "text one", **{"+reply": "m1", "+draft/edit": "m1"}), ":Bob!bob@there REDACT #room m1")
    assert texts(talk.room("#room")) == ["text one", "text 2"]
    assert line(talk, "m3").edited


def test_an_edit_can_be_edited(talk: Conversation) -> None:
    talk.server(
        message(3, "second", **{"+draft/edit": "m1"}),
        ":Bob!bob@there REDACT #room m1",
        message(4, "third", **{"+draft/edit": "m3"}),
        ":Bob!bob@there REDACT #room m3",
    )
    assert texts(talk.room("#room")) == ["third", "text 2"]


@pytest.mark.parametrize("liar", [":Eve!eve@there", ":Bob!eve@elsewhere", ":Alice2!chatkit@here"])
def test_a_lie_about_whose_message_it_was_changes_nothing(talk: Conversation, liar: str) -> None:
    talk.server(f"@msgid=m9;+draft/edit=m1 {liar} PRIVMSG #room :I never said that")
    assert texts(talk.room("#room")) == ["text 1", "text 2", "I never said that"]
    assert not line(talk, "m9").edited


def test_who_has_the_same_account_may_edit_from_elsewhere(talk: Conversation) -> None:
    talk.server(message(5, "by phone", nick="Eve", account="eve"))
    talk.server("@msgid=m6;account=eve;+draft/edit=m5 :Eve2!other@place PRIVMSG #room :by computer")
    assert texts(talk.room("#room"))[-1] == "by computer"


def test_a_message_that_claims_a_known_id_does_not_take_it_over(talk: Conversation) -> None:
    talk.server("@msgid=m1 :Eve!eve@there PRIVMSG #room :mine now")
    talk.server("@msgid=m9;+draft/edit=m1 :Eve!eve@there PRIVMSG #room :changed")
    assert line(talk, "m1").text == "text 1"


def test_an_edit_whose_old_message_is_gone_stands_at_its_own_time() -> None:
    talk = Conversation()
    talk.register(CAPS)
    talk.enter(history=[message(1, "new words", **{"+reply": "m0", "+draft/edit": "m0"})])
    (only,) = talk.room("#room").lines
    assert (only.text, only.edited) == ("new words", True)


# Reports.


def test_a_report_of_somebody_who_spoke_is_about_the_last_message(talk: Conversation) -> None:
    talk.say("/report Bob is rude")
    assert talk.sent() == ["REPORT #room m1 :is rude"]
    talk.server("NOTE REPORT REPORTED :Your report has reached 1 operator")
    assert talk.said()[-1] == "Your report has reached 1 operator."


def test_of_a_message_that_the_server_no_longer_has_the_person_is_reported(talk: Conversation) -> None:
    talk.say("/report Bob is rude")
    talk.sent()
    talk.server(":irc.test FAIL REPORT UNKNOWN_MSGID #room m1 :This message does not exist or is too old")
    assert talk.sent() == ["REPORT Bob :is rude"]
    assert talk.said() == ["The server no longer has that message, so the report is about Bob."]
    talk.server(":irc.test FAIL REPORT UNKNOWN_MSGID #room m1 :This message does not exist or is too old")
    assert talk.sent() == []
    assert talk.said()[-1] == "This message does not exist or is too old."


def test_another_refusal_of_a_report_is_said(talk: Conversation) -> None:
    talk.say("/report Bob is rude")
    talk.sent()
    talk.server(":irc.test FAIL REPORT INVALID_TARGET #room m1 :You read nothing there")
    assert (talk.sent(), talk.said()) == ([], ["You read nothing there."])


# Servers that can't.


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/react 👍", "This server carries no reactions."),
        ("/reply hi", "Nobody would see what this answers: this server has no replies."),
        ("/edit x", "A message can't be changed on this server."),
        ("/delete", "A message can't be deleted on this server."),
    ],
)
def test_what_a_server_cannot_is_said(typed: str, answer: str) -> None:
    talk = Conversation()
    talk.register("server-time")
    talk.enter()
    talk.say(typed)
    assert talk.sent() == []
    assert talk.room("#room").lines[-1].text == answer


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/reply 9 x", "There are only 2 messages here."),
        ("/react", "Write it as: /react [N|NAME] EMOJI"),
        ("/react 1 2 3", "Write it as: /react [N|NAME] EMOJI"),
    ],
)
def test_a_mark_that_misses_is_said(talk: Conversation, typed: str, answer: str) -> None:
    talk.say(typed)
    assert talk.sent() == []
    assert talk.room("#room").lines[-1].text == answer


def test_a_direct_talk_has_marks_too(talk: Conversation) -> None:
    talk.server("@msgid=d1 :Bob!bob@there PRIVMSG Alice :psst")
    room = talk.room("Bob")
    talk.batch("Bob", [])
    talk.sent()
    talk.server("@msgid=t1;+reply=d1;+draft/react=👍 :Bob!bob@there TAGMSG Alice")
    assert room.lines[-1].reactions == (Reaction("👍", ("Bob",)),)
    talk.server(":Bob!bob@there REDACT Alice d1")
    assert room.lines[-1].redacted == "Bob deleted this"
    talk.server("@+reply=x;+draft/react=👍 :Eve!e@f TAGMSG Alice", "@+typing=active :Eve!e@f TAGMSG Alice")
    assert talk.core.chat.find("Eve") is None  # none of these opens a talk
