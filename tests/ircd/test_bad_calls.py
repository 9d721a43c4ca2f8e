"""Every command with too few, too many, empty, over-long and ill-encoded parameters gets its numeric or FAIL."""

from __future__ import annotations

import pytest

from chatkit.ircd.commands import COMMANDS
from chatkit.ircd.handlers import load_handlers
from chatkit.ircd.services import SERVICES
from tests.ircd.states import EVERYTHING, enable

load_handlers()

X = "x" * 400  # longer than anything may be
XX = "x" * 490  # and so long that there is no room for it in an answer
MANY = "a b c d e f g h i j k l m n o p q r s"
NOBODY, NOWHERE, SERVER = "401 bob {}", "403 bob {}", "402 bob {}"
_NICKS = ("NickServ", "ChanServ", "OperServ")
NICKSERV, CHANSERV, OPERSERV = (f":{nick}!{nick}@chat.test NOTICE bob :" for nick in _NICKS)
NO_CLASS = "481 bob"  # what operators alone may do

Calls = dict[str, str | None]  # what follows the command, and what the answer begins with; None: there is none

# bob says this, who has every capability and is the operator of #room, where alice is too. Too few parameters for a
# command that says how many it needs are left out: they are the next table's.
CALLS: dict[str, Calls] = {
    "ADMIN": {MANY: "402 bob a", ":": "256 bob chat.test", X: f"402 bob {X}"},
    "AUTHENTICATE": {":": "908 bob PLAIN", MANY: "908 bob PLAIN", X: "908 bob PLAIN", ":PLAIN x": "908 bob PLAIN"},
    "AWAY": {":": "305 bob", MANY: "306 bob", f":{X}": "306 bob"},
    "BATCH": {
        ":": "FAIL BATCH INVALID_REFTAG *",
        "x": "FAIL BATCH INVALID_REFTAG x",
        "+": "FAIL BATCH INVALID_REFTAG *",
        "+x": "FAIL BATCH UNKNOWN_TYPE x *",
        f"+{X}": f"FAIL BATCH UNKNOWN_TYPE {X[:-1]}",
        "+x nothing a b c": "FAIL BATCH UNKNOWN_TYPE x nothing",
        "+x draft/multiline": "FAIL BATCH MULTILINE_INVALID",
        "-x": "FAIL BATCH INVALID_REFTAG x",
    },
    "CAP": {":": "410 bob *", X: f"410 bob {X}", MANY: "410 bob a", f"REQ {X}": f"CAP bob NAK :{X}"},
    "CHANSERV": {
        "": f"{CHANSERV}Try HELP.",
        ":": f"{CHANSERV}Try HELP.",
        X: f"{CHANSERV}I do not know",
        MANY: f"{CHANSERV}I do not know A. Try HELP.",
    },
    "CHATHISTORY": {
        "": "FAIL CHATHISTORY INVALID_PARAMS *",
        ":": "FAIL CHATHISTORY INVALID_PARAMS *",
        X: f"FAIL CHATHISTORY INVALID_PARAMS {X}",
        "LATEST": "FAIL CHATHISTORY INVALID_PARAMS LATEST :Insufficient parameters",
        "LATEST #room * 1 2": "FAIL CHATHISTORY INVALID_PARAMS LATEST :Too many parameters",
        "LATEST #room * x": "FAIL CHATHISTORY INVALID_PARAMS LATEST x",
        "LATEST #room * :": "FAIL CHATHISTORY INVALID_PARAMS LATEST *",
        "LATEST #room x 1": "FAIL CHATHISTORY INVALID_MSGREFTYPE LATEST #room x",
        "LATEST #room msgid=! 1": "FAIL CHATHISTORY INVALID_PARAMS LATEST msgid=!",
        "LATEST #room timestamp=now 1": "FAIL CHATHISTORY INVALID_PARAMS LATEST timestamp=now",
        f"LATEST {X} * 1": f"FAIL CHATHISTORY INVALID_TARGET LATEST {X}",
        "BEFORE #room * 1": "FAIL CHATHISTORY INVALID_PARAMS BEFORE *",
        "TARGETS": "FAIL CHATHISTORY INVALID_PARAMS TARGETS",
        "TARGETS x y 1": "FAIL CHATHISTORY INVALID_PARAMS TARGETS x",
    },
    "CONNECT": {":": NO_CLASS, MANY: NO_CLASS, X: NO_CLASS},
    "HELP": {":": "704 bob *", MANY: "524 bob a", X: f"524 bob {X}"},
    "INFO": {":": "371 bob", MANY: "402 bob a", X: f"402 bob {X}"},
    "INVITE": {
        "": "337 bob",
        "alice": "461 bob INVITE",
        "nobody #room": NOBODY.format("nobody"),
        "alice :": NOWHERE.format("*"),
        f"alice {X}": NOWHERE.format(X),
        f"{X} #room": NOBODY.format(X),
        MANY: NOBODY.format("a"),
    },
    "ISON": {":": "303 bob :", MANY: "303 bob :", X: "303 bob :"},
    "ISUPPORT": {":": "BATCH", MANY: "BATCH", X: "BATCH"},
    "JOIN": {
        ":": NOWHERE.format("*"),
        ",": NOWHERE.format("*"),
        "#": NOWHERE.format("#"),
        "&room": NOWHERE.format("&room"),
        ":#two words": NOWHERE.format("#two"),
        f"#{X}": NOWHERE.format("#" + X),
        "#a\x07": NOWHERE.format("#a\x07"),
        MANY: NOWHERE.format("a"),
    },
    "KICK": {
        "#room :": "441 bob * #room",
        f"#room {X}": f"441 bob {X} #room",
        "#nowhere alice": NOWHERE.format("#nowhere"),
        "#a,#b alice": "461 bob KICK",
        MANY: NOWHERE.format("a"),
    },
    "KILL": {"alice :": NO_CLASS, f"{X} x": NO_CLASS, MANY: NO_CLASS},
    "KNOCK": {
        ":": NOWHERE.format("*"),
        X: NOWHERE.format(X),
        MANY: NOWHERE.format("a"),
        f"#room :{X}": "714 bob #room",
    },
    "LINKS": {":": "364 bob chat.test", MANY: "364 bob chat.test", X: "364 bob chat.test"},
    "LIST": {":": "321 bob", MANY: "321 bob", X: "321 bob", ">x": "321 bob"},
    "LUSERS": {":": "251 bob", f"x {X}": SERVER.format(X), MANY: SERVER.format("b")},
    "MARKREAD": {
        "": "FAIL MARKREAD NEED_MORE_PARAMS",
        ":": "FAIL MARKREAD NEED_MORE_PARAMS",
        "#room x": "FAIL MARKREAD INVALID_PARAMS #room x",
        "#room timestamp=x": "FAIL MARKREAD INVALID_PARAMS #room timestamp=x",
        f"#room {X}": "FAIL MARKREAD INVALID_PARAMS #room xxx",
        MANY: "FAIL MARKREAD INVALID_PARAMS a b",
    },
    "METADATA": {
        "* :": "FAIL METADATA SUBCOMMAND_INVALID *",
        f"* {X}": f"FAIL METADATA SUBCOMMAND_INVALID {X}",
        "* GET": "461 bob METADATA",
        "* SET": "461 bob METADATA",
        "* SUB :": "FAIL METADATA KEY_INVALID *",
        f"* SUB {X}": f"FAIL METADATA KEY_INVALID {X}",
        "* SET url": "FAIL METADATA KEY_NOT_SET bob url",
        f"* SET url :{X}": "FAIL METADATA VALUE_INVALID",
        "* SET ! x": "FAIL METADATA KEY_INVALID !",
        "nobody LIST": "FAIL METADATA INVALID_TARGET nobody",
        "alice SET url x": "FAIL METADATA KEY_NO_PERMISSION alice url",
        MANY: "FAIL METADATA SUBCOMMAND_INVALID b",
    },
    "MODE": {
        ":": NOBODY.format("*"),
        "#room :": "324 bob #room",
        "bob :": "221 bob",
        X: NOBODY.format(X),
        "#nowhere": NOWHERE.format("#nowhere"),
        "#room +k": None,  # "If a type B or C mode does not have a parameter when being set, the server MUST ignore"
        "#room +k :": "696 bob #room k *",
        f"#room +k {X}": "696 bob #room k *",
        "#room +l x": "696 bob #room l x",
        "#room +b :two words": "696 bob #room b *",
        "#room +o :": NOBODY.format("*"),
        f"#room +o {X}": NOBODY.format(X),
        "#room +f :": NOWHERE.format("*"),
        "#room ?": "472 bob ?",
        f"#room {X}": "472 bob x",
        "bob +?": "501 bob",
        "alice +i": "502 bob",
        MANY: NOBODY.format("a"),
    },
    "MONITOR": {
        ":": "400 bob MONITOR *",
        "?": "400 bob MONITOR ?",
        "+": "461 bob MONITOR",
        "- :": "461 bob MONITOR",
        X: f"400 bob MONITOR {X}",
        f"+ {X}": None,  # nobody can be called so
        MANY: "400 bob MONITOR a",
    },
    "MOTD": {":": "422 bob", MANY: SERVER.format("a"), X: SERVER.format(X)},
    "NAMES": {"": "366 bob *", ":": "366 bob *", X: f"366 bob {X}", MANY: "366 bob a"},
    "NICK": {
        "": "431 bob",
        ":": "431 bob",
        "#x": "432 bob #x",
        ":two words": "432 bob two",
        X: f"432 bob {X}",
        "\u202e": "432 bob \u202e",
        "alice": "433 bob alice",
        "NickServ": "433 bob NickServ",
    },
    "NICKSERV": {
        "": f"{NICKSERV}Try HELP.",
        ":": f"{NICKSERV}Try HELP.",
        X: f"{NICKSERV}I do not know",
        MANY: f"{NICKSERV}I do not know A. Try HELP.",
    },
    "NOTICE": dict.fromkeys(["", ":", "#room", "#room :", f"{X} x", MANY]),  # which nobody answers
    "OPER": {"x": "461 bob OPER", "x y": "464 bob", MANY: "464 bob", f"{X} x": "464 bob"},
    "OPERSERV": dict.fromkeys(["", ":", X, MANY], f"{OPERSERV}I serve IRC operators only."),
    "PART": {":": NOWHERE.format("*"), X: NOWHERE.format(X), ",": NOWHERE.format("*"), MANY: NOWHERE.format("a")},
    "PASS": {":": "462 bob", MANY: "462 bob", X: "462 bob"},
    "PERSISTENCE": {
        "": "FAIL PERSISTENCE INVALID_PARAMETERS",
        ":": None,  # "Implementations SHOULD ignore unrecognized subcommands"
        X: None,
        MANY: None,
        "SET": "FAIL PERSISTENCE ACCOUNT_REQUIRED",
    },
    "PING": {":": "409 bob", MANY: "PONG chat.test :a", f":{XX}": "PONG chat.test :xxx"},
    "PONG": dict.fromkeys(["", ":", X, MANY]),
    "PRIVMSG": {
        "": "411 bob",
        ":": "411 bob",
        ",": "411 bob",
        "#room": "412 bob",
        "#room :": "412 bob",
        "nobody :x": NOBODY.format("nobody"),
        "#nowhere :x": NOWHERE.format("#nowhere"),
        "@#nowhere :x": NOWHERE.format("@#nowhere"),
        "@ :x": NOBODY.format("@"),
        f"{X} :x": NOBODY.format(X),
        "a,b,c,d,e,f,g,h,i,j,k :x": "407 bob a,b,c,d,e,f,g,h,i,j,k",
        MANY: NOBODY.format("a"),
    },
    "QUIT": {"": "ERROR :", ":": "ERROR :", f":{X}": "ERROR :", MANY: "ERROR :"},
    "REDACT": {
        "#room :": "FAIL REDACT UNKNOWN_MSGID #room *",
        f"#room {X}": "FAIL REDACT UNKNOWN_MSGID #room xxx",
        "#nowhere x": "FAIL REDACT INVALID_TARGET #nowhere",
        MANY: "FAIL REDACT INVALID_TARGET a",
    },
    "REGISTER": {
        "* * :": "FAIL REGISTER UNACCEPTABLE_PASSWORD bob",
        "* * x": "FAIL REGISTER WEAK_PASSWORD bob",
        f"* * {X}": "FAIL REGISTER UNACCEPTABLE_PASSWORD bob",
        "* : x": "461 bob REGISTER",
        "* x long-enough": "FAIL REGISTER INVALID_EMAIL bob",
        f"{X} * long-enough": "FAIL REGISTER BAD_ACCOUNT_NAME xxx",
        MANY: "FAIL REGISTER WEAK_PASSWORD a",
    },
    "REHASH": {"": NO_CLASS, ":": NO_CLASS, X: NO_CLASS, MANY: NO_CLASS},
    "REPORT": {
        ": x": "461 bob REPORT",
        "nobody x": "401 bob nobody",
        "#nowhere x": NOWHERE.format("#nowhere"),
        "alice :": "FAIL REPORT NEED_REASON alice",
        f"#room {X} why": "FAIL REPORT UNKNOWN_MSGID #room xxx",
        MANY: "FAIL REPORT INVALID_TARGET a",
    },
    "RELAYMSG": {
        "#room a/b :": "FAIL RELAYMSG BLANK_MSG #room",
        "#room bob x": "FAIL RELAYMSG INVALID_NICK bob",
        f"#room {X}/ x": "FAIL RELAYMSG INVALID_NICK xxx",
        "#nowhere a/b x": NOWHERE.format("#nowhere"),
        MANY: NOWHERE.format("a"),
    },
    "RENAME": {
        "#room :": "FAIL RENAME CANNOT_RENAME #room *",
        "#room room": "FAIL RENAME CANNOT_RENAME #room room",
        f"#room #{X}": "FAIL RENAME CANNOT_RENAME #room #xxx",
        "#nowhere #x": NOWHERE.format("#nowhere"),
        MANY: NOWHERE.format("a"),
    },
    "SEARCH": {
        "": "FAIL SEARCH INVALID_PARAMS",
        ":": "FAIL SEARCH INVALID_PARAMS",
        "x=y": "FAIL SEARCH INVALID_PARAMS x",
        "limit=x": "FAIL SEARCH INVALID_PARAMS limit",
        "in=#nowhere": "FAIL SEARCH INVALID_PARAMS in",
        X: "FAIL SEARCH INVALID_PARAMS xxx",
        MANY: "FAIL SEARCH INVALID_PARAMS",
    },
    "SETNAME": {":": "FAIL SETNAME INVALID_REALNAME", f":{X}": "FAIL SETNAME INVALID_REALNAME"},
    "SQUIT": {"x :": NO_CLASS, f"{X} x": NO_CLASS, MANY: NO_CLASS},
    "STATS": {":": "219 bob *", X: "219 bob x", MANY: SERVER.format("b")},
    "TAGMSG": {
        ":": "411 bob",
        ",": "411 bob",
        "nobody": NOBODY.format("nobody"),
        X: NOBODY.format(X),
        "#nowhere": NOWHERE.format("#nowhere"),
        MANY: NOBODY.format("a"),
    },
    "TIME": {":": "391 bob chat.test", MANY: SERVER.format("a"), X: SERVER.format(X)},
    "TOPIC": {":": NOWHERE.format("*"), X: NOWHERE.format(X), MANY: NOWHERE.format("a")},
    "USER": {"x 0 * :": "462 bob", MANY: "462 bob", f"{X} 0 * x": "462 bob"},
    "USERHOST": {":": "302 bob :", X: "302 bob :", MANY: "302 bob :"},
    "USERIP": {":": "340 bob :", X: "340 bob :", MANY: "340 bob :"},
    "VERIFY": {
        "a :": "FAIL VERIFY INVALID_CODE a",
        f"a {X}": "FAIL VERIFY INVALID_CODE a",
        f"{X} a": "FAIL VERIFY INVALID_CODE xxx",
        MANY: "FAIL VERIFY INVALID_CODE a",
    },
    "VERSION": {":": "351 bob", MANY: SERVER.format("a"), X: SERVER.format(X)},
    "WALLOPS": {":": NO_CLASS, MANY: NO_CLASS, X: NO_CLASS},
    "WEBIRC": {MANY: "462 bob", f"a b c {X}": "462 bob"},
    "WHO": {X: f"315 bob {X}", MANY: "315 bob a", "#nowhere": "315 bob #nowhere"},
    "WHOIS": {"": "431 bob", ":": "431 bob", X: NOBODY.format(X), MANY: SERVER.format("a")},
    "WHOWAS": {"": "431 bob", ":": "431 bob", X: f"406 bob {X}", MANY: "406 bob a", "alice x": "406 bob alice"},
    "ZNC": {MANY: NOBODY.format("a"), f"{X} x": NOBODY.format(X), "*playback :": None},
}
SHORT_FOR = {"CS": "CHANSERV", "NS": "NICKSERV", "OS": "OPERSERV", "HELPOP": "HELP"}


@pytest.fixture
def bob(net):
    net.register("alice").send("JOIN #room")
    client = net.register("bob")
    enable(client, EVERYTHING)
    client.send("JOIN #room")
    net.ircd.channels["#room"].members[client.session.user].modes = "o"
    return client


def test_the_table_has_every_command():
    assert CALLS.keys() | SHORT_FOR.keys() == COMMANDS.keys()
    for short, name in SHORT_FOR.items():
        assert COMMANDS[short].handler == COMMANDS[name].handler


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("line", "answer"),
    [(f"{command} {words}".strip(" "), answer) for command, calls in CALLS.items() for words, answer in calls.items()],
    ids=lambda value: str(value)[:40],
)
def test_a_bad_call_gets_its_numeric_or_fail(bob, line, answer):
    lines = [_bare(line) for line in bob.ask(line)]
    if answer is None:
        assert lines == []
    else:
        assert lines[0].startswith(answer)


def _bare(line: str) -> str:
    """``line`` without tags and the server's name."""
    return (line.partition(" ")[2] if line.startswith("@") else line).removeprefix(":chat.test ")


@pytest.mark.parametrize("command", [row.name for row in COMMANDS.values() if row.min_params])
def test_too_few_parameters_are_err_needmoreparams(bob, command):
    for number in range(COMMANDS[command].min_params):
        answer = f":chat.test 461 bob {command} :Not enough parameters"
        assert bob.ask(" ".join([command, *["x"] * number])) == [answer]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_what_is_not_utf_8_is_refused_by_fail(bob, command):
    """Servers SHOULD send FAIL INVALID_UTF8, and not do what was asked."""
    text = "Message rejected: it is not valid UTF-8"
    assert bob.ask(command.encode() + b" #room \xe9 :\xff") == [f":chat.test FAIL {command} INVALID_UTF8 :{text}"]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_what_is_too_long_is_err_inputtoolong(bob, command):
    assert bob.ask(f"{command} #room {'x' * 512}") == [":chat.test 417 bob :Input line was too long"]


@pytest.mark.parametrize("command", sorted(name for name, row in COMMANDS.items() if not row.before_registration))
def test_who_is_not_registered_is_told_so(net, command):
    stranger = net.connect()
    assert stranger.ask(command, f"{command} a b c") == [":chat.test 451 * :You have not registered"] * 2


def test_a_long_parameter_comes_back_shortened_rather_than_in_the_place_of_the_text(bob):
    for line, start, end in [
        (f"WHOIS {XX}", "401 bob xxx", " :No such nick/channel"),
        (f"JOIN #{'я' * 240}", "403 bob #яяя", " :No such channel"),
        (f"RENAME #room {XX}", "FAIL RENAME CANNOT_RENAME #room xxx", " :That is no name for a channel"),
        (f"MONITOR {XX}", "400 bob MONITOR xxx", " :Use one of + - C L S"),
        (f"KICK #room {XX}", "441 bob xxx", "x #room :They aren't on that channel"),
    ]:
        answer = bob.ask(line)[0].removeprefix(":chat.test ")
        assert answer.startswith(start)
        assert answer.endswith(end)


# The services, whose answer to everything is a NOTICE.

ASKED = [(service, row) for service in SERVICES.values() for row in service.rows.values()]


@pytest.mark.parametrize(("service", "row"), ASKED, ids=lambda value: getattr(value, "name", ""))
def test_a_service_says_its_syntax_or_what_is_missing(bob, service, row):
    needed = "You are not logged in to an account." if row.needs_account else f"Syntax: {row.syntax}"
    if row.privilege:
        needed = f"I do not know {row.name.split()[0]}. Try HELP."
    for number in range(row.fewest):
        answer = bob.ask(" ".join([service.nick, row.name, *["x"] * number]))
        assert [line.partition(" NOTICE bob :")[2] for line in answer] == [needed]


@pytest.mark.parametrize(("service", "row"), ASKED, ids=lambda value: getattr(value, "name", ""))
@pytest.mark.parametrize("words", [X, f"#room {X}", f"alice {X}", f":{MANY}", MANY, "\u202e 小明 \x02"])
def test_a_service_answers_whatever_it_is_asked(bob, service, row, words):
    answer = bob.ask(f"{service.nick} {row.name} {words}")
    assert answer
    assert all("NOTICE bob :" in line or "ACCOUNT" in line or " 900 " in line for line in answer)
