"""Every capability alone and in every combination: who watches a conversation sees what it asked for, and no more.

One conversation is watched by many at once, each with other capabilities. What they must and must not see stands in the
tables; that all of them understand the same is what ``Screen`` and the plain text are for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatkit.proto.message import Message
from tests.examples import examples
from tests.ircd.conftest import FakeClient, Net
from tests.ircd.logging_in import WORD, make_account
from tests.ircd.screens import Halls, Screen, watched
from tests.ircd.states import EVERYTHING, a_net, enable

Caps = frozenset[str]
Sign = Callable[[Message], bool]

EVERY_FOURTH = slice(None, None, 4)  # of the 630 pairs that there are


# The conversation: bob runs #room, cleo has an account, may gets one on the way, dave is kicked, eve is outside, and so
# is zed, whom everybody monitors.

SCRIPT = f"""
cleo JOIN #room
may JOIN #room
dave JOIN #room
bob MODE bob +B
bob PRIVMSG #room :I am a bot
may @+draft/reply=x PRIVMSG #room :hello
cleo NOTICE #room :from an account
may BATCH +1 draft/multiline #room
may @batch=1 PRIVMSG #room :one
may @batch=1 PRIVMSG #room :
may @batch=1 PRIVMSG #room :two, and
may @batch=1;draft/multiline-concat PRIVMSG #room : the rest of two
may BATCH -1
may @+draft/react=x;+draft/reply=y TAGMSG #room
may AWAY :gone
may PRIVMSG #room :I am not here
may AWAY
may SETNAME :Maya
may NICK maya
may NS IDENTIFY ann {WORD}
may METADATA * SET url :https://example.org
may OPER ada secret
may PRIVMSG #room :as an operator
bob TOPIC #room :what it is about
bob MODE #room +vv maya bob
bob INVITE eve #room
bob RELAYMSG #room x/y :from elsewhere
bob KICK #room dave :out
zed AWAY :far away
zed SETNAME :Zeddy
zed NS IDENTIFY zoe {WORD}
zed OPER ada secret
zed METADATA * SET url :https://example.net
zed NICK zod
"""
SPOKEN = [
    "I am a bot",
    "hello",
    "from an account",
    "one",
    "two, and",
    " the rest of two",
    "I am not here",
    "as an operator",
    "from elsewhere",
    "after it was renamed",
]


class Theatre:
    """The conversation, and those who watch it: each with its capabilities and all that it was sent meanwhile."""

    def __init__(self, net: Net, houses: Iterable[Caps]) -> None:
        self.net = net
        make_account(net, "ann", WORD)
        make_account(net, "cleo", WORD)
        make_account(net, "zoe", WORD)
        self.actors = {nick: self._actor(nick) for nick in ("bob", "may", "dave", "eve", "zed")}
        self.actors["cleo"] = self._cleo()
        self.actors["bob"].send("JOIN #room")
        self.screens = {caps: self._watcher(number, caps) for number, caps in enumerate(houses)}
        self._make_keepers()

    def _actor(self, nick: str) -> FakeClient:
        client = self.net.register(nick)
        enable(client, EVERYTHING)
        return client

    def _cleo(self) -> FakeClient:
        client = self._actor("cleo_")
        client.send(f"NS IDENTIFY cleo {WORD}", "NICK cleo")
        return client

    def _watcher(self, number: int, caps: Caps) -> Screen:
        client = self.net.connect()
        enable(client, sorted(caps))
        screen = Screen(client, Halls())
        client.send(f"NICK w{number}", "USER w 0 * :W", "CAP END", "JOIN #room", "MONITOR + zed", "METADATA * SUB url")
        return screen

    def _make_keepers(self) -> None:
        """Watchers are half operators: they hear of invitations."""
        for screen in self.screens.values():
            self.actors["bob"].send(f"MODE #room +h {screen.client.session.nick}")

    def perform(self) -> dict[Caps, list[Message]]:
        """What each of them sees of it."""
        for screen in self.screens.values():
            screen.read()
        for line in SCRIPT.strip().split("\n"):
            self._act(*line.split(" ", 1))
        said = next(line for line in self.actors["may"].raw() if line.endswith(" PRIVMSG #room :hello"))
        self._act("may", f"REDACT #room {said.partition('msgid=')[2].partition(';')[0].partition(' ')[0]} :wrong")
        self._act("bob", "RENAME #room #hall :moved")
        self._act("bob", "PRIVMSG #hall :after it was renamed")
        self._act("may", "QUIT :bye")
        seen = {caps: screen.read() for caps, screen in self.screens.items()}
        for screen in self.screens.values():
            screen.check()
        return seen

    def _act(self, nick: str, line: str) -> None:
        self.actors[nick].send(line)

    def ask(self, caps: Caps, line: str) -> list[Message]:
        """What one of the watchers is answered."""
        screen = self.screens[caps]
        screen.read()
        screen.client.send(line)
        return screen.read()


# What is seen of the conversation.


def told(command: str, *words: str, params: int = 0) -> Sign:
    """A message of ``command`` with all of ``words`` in it, and so many parameters, if that is given."""

    def fits(message: Message) -> bool:
        text = " ".join([message.source or "", *message.params])
        return message.command == command and all(word in text for word in words) and params in (0, len(message.params))

    return fits


# Whoever has all of these capabilities sees this, and nobody else does.
SEEN: dict[str, tuple[str, Sign]] = {
    "JOIN with account and real name": ("extended-join", told("JOIN", "cleo!", "cleo", "Cleo_", params=3)),
    "CHGHOST": ("chghost", told("CHGHOST", "maya!", "staff.example.org")),
    "SETNAME": ("setname", told("SETNAME", "may!", "Maya")),
    "ACCOUNT": ("account-notify", told("ACCOUNT", "maya!", "ann")),
    "AWAY": ("away-notify", told("AWAY", "may!", "gone")),
    "AWAY when back": ("away-notify", lambda message: message.command == "AWAY" and not message.params),
    "INVITE": ("invite-notify", told("INVITE", "bob!", "eve", "#room")),
    "RENAME": ("draft/channel-rename", told("RENAME", "#room", "#hall", "moved")),
    "REDACT": ("draft/message-redaction", told("REDACT", "#room", "wrong")),
    "TAGMSG": ("message-tags", told("TAGMSG", "may!", "#room")),
    "METADATA": ("draft/metadata-2", told("METADATA", "maya", "url")),
    "a multiline batch": ("draft/multiline batch", told("BATCH", "draft/multiline", "#room")),
    "AWAY of who is monitored": ("extended-monitor away-notify", told("AWAY", "zed!")),
    "SETNAME of who is monitored": ("extended-monitor setname", told("SETNAME", "zed!")),
    "ACCOUNT of who is monitored": ("extended-monitor account-notify", told("ACCOUNT", "zed!")),
    "CHGHOST of who is monitored": ("extended-monitor chghost", told("CHGHOST", "zed!")),
}
# Whoever lacks one of these capabilities sees this instead, and nobody else does.
INSTEAD: dict[str, tuple[str, Sign]] = {
    "JOIN alone": ("extended-join", told("JOIN", "cleo!", params=1)),
    "QUIT for CHGHOST": ("chghost", told("QUIT", "maya!", "Changing host")),
    "JOIN for CHGHOST": ("chghost", told("JOIN", "maya!", "staff.example.org", "#room")),
    "PART for RENAME": ("draft/channel-rename", told("PART", "#room", "moved")),
    "JOIN for RENAME": ("draft/channel-rename", told("JOIN", "#hall")),
}
# What everybody sees, whatever it negotiated.
ALWAYS: dict[str, Sign] = {
    "NICK": told("NICK", "may!", "maya"),
    "TOPIC": told("TOPIC", "what it is about"),
    "MODE": told("MODE", "+vv", "maya"),
    "KICK": told("KICK", "dave", "out"),
    "QUIT": told("QUIT", "maya!", "Quit: bye"),
    "RPL_MONOFFLINE": told("731", "zed"),
}
# Tags, and of which capabilities any one brings them; "+" is for all client-only tags.
TAGS: dict[str, tuple[str, ...]] = {
    "time": ("server-time",),
    "account": ("account-tag",),
    "msgid": ("message-tags",),
    "bot": ("message-tags",),
    "+": ("message-tags",),
    "draft/oper": ("draft/oper-tag",),
    "draft/relaymsg": ("draft/relaymsg", "message-tags"),
    "batch": ("draft/multiline batch",),
    "draft/multiline-concat": ("draft/multiline batch",),
}
METADATA_BATCH = "draft/metadata-2 batch"  # comes with the room, to those who are shown it anew in place of RENAME
PLAIN = {
    "PRIVMSG",
    "NOTICE",
    "JOIN",
    "PART",
    "QUIT",
    "NICK",
    "MODE",
    "TOPIC",
    "KICK",
    "353",
    "366",
    "332",
    "333",
    "731",
}
NEGOTIATED = {sign.split(" ")[0] for sign in SEEN if sign.isupper()} | {"BATCH", "MARKREAD", "CHGHOST"}


def has(caps: Caps, wanted: str) -> bool:
    return caps >= set(wanted.split(" "))


def check_seen(caps: Caps, seen: list[Message]) -> None:
    """Hold what one of them saw against the tables."""
    for name, (needs, sign) in SEEN.items():
        assert any(map(sign, seen)) is has(caps, needs), f"{name}: {sorted(caps)}"
    for name, (needs, sign) in INSTEAD.items():
        assert any(map(sign, seen)) is not has(caps, needs), f"{name}: {sorted(caps)}"
    for name, sign in ALWAYS.items():
        assert any(map(sign, seen)), f"{name}: {sorted(caps)}"
    assert {message.command for message in seen} <= PLAIN | NEGOTIATED
    found = {"+" if tag.startswith("+") else tag for message in seen for tag in message.tags}
    wanted = {tag for tag, ways in TAGS.items() if any(has(caps, way) for way in ways)}
    if has(caps, METADATA_BATCH):
        wanted |= found & {"batch"}
    assert found == wanted, sorted(caps)
    check_text(caps, seen)


def check_text(caps: Caps, seen: list[Message]) -> None:
    """All read the same, in the same order; in a batch there is an empty line too, which nobody can be sent alone."""
    texts = [message.params[1] for message in seen if message.command in ("PRIVMSG", "NOTICE")]
    assert [text for text in texts if text] == SPOKEN
    assert ("" in texts) is has(caps, "draft/multiline batch")
    if "server-time" in caps:  # inside a batch it is the batch that has the tags
        assert all("time" in message.tags or "batch" in message.tags for message in seen if _is_by_a_person(message))


def _is_by_a_person(message: Message) -> bool:
    return "!" in (message.source or "") and not (message.command == "BATCH" and message.params[0].startswith("-"))


# What each asks, and what the answer shows of its capabilities.


def has_tag(tag: str) -> Sign:
    return lambda message: tag in message.tags


UNKNOWN = told("421")
ASKED: dict[str, tuple[tuple[str, Sign], ...]] = {
    "CHATHISTORY LATEST #hall * 50": (
        ("draft/chathistory", told("PRIVMSG", "I am a bot")),
        ("draft/chathistory batch", told("BATCH", "chathistory")),
        # Without a batch around them, events would seem to happen now.
        ("draft/chathistory draft/event-playback batch", told("TOPIC", "what it is about")),
    ),
    "@label=L PING x": (("labeled-response batch", has_tag("label")),),
    "PRIVMSG #hall :mine": (("echo-message", told("PRIVMSG", "mine")),),
    "@+draft/react=x TAGMSG #hall": (("message-tags echo-message", told("TAGMSG", "#hall")),),
    "SETNAME :Mine": (("setname", told("SETNAME", "Mine")),),
    "NAMES #hall": (
        ("multi-prefix", told("353", "@+bob")),
        ("userhost-in-names", told("353", "bob!~bob@127.0.0.1")),
    ),
    "JOIN #mine": (("draft/read-marker", told("MARKREAD", "#mine", "*")),),
    "ISUPPORT": (("draft/extended-isupport batch", told("BATCH", "draft/isupport")),),
    "SEARCH text=operator": (("soju.im/search", told("PRIVMSG", "as an operator")),),
}
# What a command is without its capability: unknown.
GUARDED: dict[str, str] = {
    "@+draft/react=x TAGMSG #hall": "message-tags",
    "REDACT #hall x": "draft/message-redaction",
    "RELAYMSG #hall a/b :x": "draft/relaymsg",
    "CHATHISTORY LATEST #hall * 50": "draft/chathistory",
    "SEARCH text=operator": "soju.im/search",
}


def check_asked(theatre: Theatre) -> None:
    """Hold the answers that they get against the tables: one question after the other, as some change something."""
    for line, signs in ASKED.items():
        for caps in theatre.screens:
            answer = theatre.ask(caps, line)
            for needs, sign in signs:
                assert any(map(sign, answer)) is has(caps, needs), f"{line}, {needs}: {sorted(caps)}"
    for caps in theatre.screens:
        for line, needs in GUARDED.items():
            assert any(map(UNKNOWN, theatre.ask(caps, line))) is not has(caps, needs), f"{line}: {sorted(caps)}"
        assert any(map(told("366"), theatre.ask(caps, "JOIN #yours"))) is ("no-implicit-names" not in caps)
        listed = {name for message in theatre.ask(caps, "CAP LIST") for name in message.params[-1].split()}
        assert listed == caps


def check_all(houses: Iterable[Caps]) -> dict[Caps, list[Message]]:
    """Have the conversation before those who have these capabilities. Returns what they saw."""
    with a_net(rooms={"autojoin": []}) as net, watched() as failures:
        theatre = Theatre(net, dict.fromkeys(houses))
        seen = theatre.perform()
        for caps, messages in seen.items():
            check_seen(caps, messages)
        check_asked(theatre)
        net.check()
        assert not failures.found, failures.found[0]
    return seen


ALONE = [frozenset({name}) for name in EVERYTHING]
NONE: Caps = frozenset()
ALL: Caps = frozenset(EVERYTHING)
# What changes nothing of what others do, so who has it sees them as who has nothing.
INVISIBLE = """
cap-notify draft/account-registration draft/chathistory draft/event-playback draft/extended-isupport draft/persistence
draft/pre-away echo-message extended-monitor labeled-response sasl soju.im/search standard-replies znc.in/playback
znc.in/self-message
"""


@pytest.mark.smoke
def test_each_capability_alone_shows_what_it_is_for_and_nothing_else():
    seen = check_all([NONE, ALL, *ALONE])
    for name in INVISIBLE.split():
        assert [*map(_steady, seen[frozenset({name})])] == [*map(_steady, seen[NONE])], name


def _steady(message: Message) -> tuple[object, ...]:
    """What does not depend on when, and to whom, it was sent."""
    nick, _, _ = (message.source or "").partition("!")
    is_own, is_numeric = nick[:1] == "w", message.command.isdigit()
    return message.command, "w" if is_own else nick, message.tags, message.params[1 if is_numeric else 0 :]


def test_capabilities_in_pairs_do_not_get_in_each_others_way():
    check_all(map(frozenset, list(combinations(EVERYTHING, 2))[EVERY_FOURTH]))


def test_all_capabilities_but_one_show_all_but_what_that_is_for():
    check_all(ALL - {name} for name in EVERYTHING)


@settings(max_examples=examples(20))
@given(st.lists(st.frozensets(st.sampled_from(EVERYTHING)), min_size=1, max_size=10))
def test_any_combination_of_capabilities_shows_what_it_is_for(houses):
    check_all(houses)
