"""While the server is read-only, by a lockdown or because its store fails, nothing is changed that lasts.

Every command that there is stands in one of these tables, each command of the services too.
"""

from __future__ import annotations

import pytest

from chatkit.ircd import lockdown, quiet
from chatkit.ircd.commands import COMMANDS
from chatkit.ircd.lockdown import LEVELS
from chatkit.ircd.opers import OperClass
from chatkit.ircd.services import SERVICES
from tests.ircd.conftest import Net, make_oper
from tests.ircd.order import close
from tests.ircd.people import log_in, open_account

CAPS = "batch draft/message-redaction draft/multiline draft/relaymsg message-tags"

# What is refused, by the command: what is typed. Ann owns #room, is offered #offered and may do all that members may.
REFUSED = {
    "BATCH": ("BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :hi", "BATCH -1"),
    "INVITE": ("INVITE carol #room",),
    "KICK": ("KICK #room bob",),
    "KNOCK": ("KNOCK #closed",),
    "METADATA": ("METADATA * SET url :hi",),
    "MODE": ("MODE #room +m",),
    "NICK": ("NICK anna",),
    "PERSISTENCE": ("PERSISTENCE SET ON",),
    "PRIVMSG": ("PRIVMSG #room :hi",),
    "REDACT": ("REDACT #room 1",),
    "RELAYMSG": ("RELAYMSG #room a/b :hi",),
    "RENAME": ("RENAME #room #new",),
    "SETNAME": ("SETNAME :hi",),
    "TAGMSG": ("@+draft/react=x TAGMSG #room",),
    "TOPIC": ("TOPIC #room :hi",),
}
REFUSED_TO_GUESTS = {
    "REGISTER": ("REGISTER * * :long-enough",),
    "VERIFY": ("VERIFY waiting abcdef",),
}
UNANSWERED = {"NOTICE": ("NOTICE #room :hi",)}
REFUSED_TO_OPERATORS = {"WALLOPS": ("WALLOPS :hi",)}  # while the store fails
REFUSED_BY_SERVICES = {
    "ChanServ": {
        "ACCESS DEL": "#room ben",
        "ACCESS SET": "#room ben v",
        "AMODE": "#room +v ben",
        "CLEAR": "#room users",
        "DEHALFOP": "#room bob",
        "DEOP": "#room",
        "DEVOICE": "#room bob",
        "DROP": "#room",
        "HALFOP": "#room",
        "INVITE": "#room carol",
        "OP": "#room",
        "REGISTER": "#own",
        "SET": "#room GUARD on",
        "TRANSFER": "#room ben",
        "TRANSFER ACCEPT": "#offered",
        "UNBAN": "#room",
        "UNREGISTER": "#room",
        "VOICE": "#room",
    },
    "NickServ": {
        "CERT ADD": "",
        "CERT DEL": "",
        "DROP": "",
        "EMAIL": "ann@example.org",
        "GHOST": "bob",
        "PASSWORD": "old-password new-password",
        "REGAIN": "",
        "REGISTER": "long-enough",
        "SET ALWAYS-ON": "on",
        "SET EMAIL": "ann@example.org",
        "SET PASSWORD": "old-password new-password",
        "VERIFY": "waiting abcdef",
    },
}

# What goes on, by why.
GOES_ON = {
    "it only tells": (
        "ADMIN CHATHISTORY HELP HELPOP INFO ISON ISUPPORT LINKS LIST LUSERS MOTD NAMES SEARCH STATS TIME USERHOST "
        "USERIP VERSION WHO WHOIS WHOWAS ZNC"
    ),
    "who is in may go, and others come": "AUTHENTICATE AWAY CAP JOIN PART PASS PING PONG QUIT USER WEBIRC",
    "it is nobody else's, and how one reads": "MARKREAD MONITOR",
    "those who run the server are told, and act": "CONNECT KILL OPER OPERSERV OS REHASH REPORT SQUIT",
    "they take what stands in the table of services": "CHANSERV CS NICKSERV NS",
}
SERVICES_TELL = {
    "ChanServ": {"ACCESS LIST", "HELP", "INFO", "LIST"},
    "NickServ": {"CERT LIST", "HELP", "IDENTIFY", "INFO", "LOGIN", "LOGOUT", "SESSIONS"},
    "OperServ": {"HELP"},
}
SERVICES_TOLD = ["CS SET #room GUARD", "CS AMODE #room", "NS EMAIL", "NS CERT LIST", "MODE #room", "TOPIC #room"]


@pytest.fixture(params=["lockdown", "store"])
def why(request) -> str:
    """What makes the server read-only: the sentence that says so."""
    return LEVELS["read-only"] if request.param == "lockdown" else quiet.AILING


class Place:
    """A server with people on it, and what it stored since it is read-only."""

    def __init__(self, net: Net, why: str) -> None:
        self.net = net
        self.ann, ben = (log_in(net, open_account(net, name), CAPS) for name in ("ann", "ben"))
        self.bob = net.register("bob")
        open_account(net, "waiting", verified=False)
        net.register("carol").send("JOIN #closed", "MODE #closed +i")
        self.ann.send("JOIN #room", "CS REGISTER #room", "JOIN #own")
        self.bob.send("JOIN #room")
        ben.send("JOIN #offered", "CS REGISTER #offered")
        code = ben.ask("CS TRANSFER #offered ann")[-1].split()[-1]
        ben.send(f"CS TRANSFER #offered ann {code}")
        if why == quiet.AILING:
            self._fail()
        else:
            close(net, "read-only")
        self.kept: list[object] = []
        net.store.append = self.kept.extend  # type: ignore[method-assign]  # a store that only notes what it would keep

    def _fail(self) -> None:
        self.net.ircd.ailing = True
        lockdown.settle(self.net.ircd)


@pytest.fixture
def place(net, why) -> Place:
    return Place(net, why)


def test_every_command_stands_in_one_of_the_tables():
    refused = [*REFUSED, *REFUSED_TO_GUESTS, *UNANSWERED, *REFUSED_TO_OPERATORS]
    listed = refused + [word for words in GOES_ON.values() for word in words.split()]
    assert sorted(listed) == sorted(COMMANDS)
    for service in SERVICES.values():
        rows = [*REFUSED_BY_SERVICES.get(service.nick, ()), *SERVICES_TELL[service.nick]]
        assert sorted(rows) == sorted(service.rows)


def test_whatever_changes_something_is_refused(place, why):
    for client, table in ((place.ann, REFUSED), (place.bob, REFUSED_TO_GUESTS)):
        for command, lines in table.items():
            answer = client.ask(*lines)
            assert answer, command
            assert answer[-1].endswith(f" :{why}"), answer
    for lines in UNANSWERED.values():
        assert place.ann.ask(*lines) == []
    assert place.kept == []


def test_services_change_nothing_either(place, why):
    for nick, rows in REFUSED_BY_SERVICES.items():
        for name, words in rows.items():
            answer = place.ann.ask(f"{nick} {name} {words}".rstrip())
            assert [line.partition(" NOTICE ann ")[2] for line in answer] == [f":{why}."], name
    assert place.kept == []


def test_what_is_set_is_shown_all_the_same(place, why):
    for line in SERVICES_TOLD:
        assert why not in "".join(place.ann.ask(line)), line


def test_operators_may_all_that_while_it_is_not_the_store_that_fails(net, place, why):
    make_oper(place.ann, OperClass("staff", frozenset({"wallops"})))
    for lines in REFUSED_TO_OPERATORS.values():
        assert (why in "".join(place.ann.ask(*lines))) is (why == quiet.AILING)
    assert (why in "".join(place.ann.ask("CS SET #room GUARD on"))) is (why == quiet.AILING)


def test_no_words_go_with_what_may_be_done(net, place):
    place.bob.raw()
    place.ann.send("AWAY :words", "PART #room :words")
    assert "words" not in "".join(place.bob.received())
    assert net.ircd.users["ann"].away == "Away"
