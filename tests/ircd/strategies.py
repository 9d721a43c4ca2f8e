"""What hypothesis types: lines for every command in the table, well formed, nearly so, and not at all."""

from __future__ import annotations

from hypothesis import strategies as st

from chatkit.ircd.commands import COMMANDS
from chatkit.ircd.handlers import load_handlers
from chatkit.ircd.services import SERVICES
from chatkit.proto import names
from tests.ircd.logging_in import WORD, plain
from tests.ircd.states import EVERYTHING

load_handlers()

LONG_NICK = "n" * names.NICK_LEN
WIDE_NICK = "я" * names.NICK_LEN
LONG_ROOM = "#" + "r" * (names.CHANNEL_LEN - 1)
WIDE_ROOM = "#" + "я" * (names.CHANNEL_LEN - 1)
NICKS = ["alice", "Bob", "carol", "dora", "ida", LONG_NICK, WIDE_NICK, "nobody", "1bad", "小明", "NickServ"]
ROOMS = ["#room", "#Room", "#b", "#dora", "#ida", LONG_ROOM, WIDE_ROOM, "#", "#bad,name", "&x"]
MODE_WORDS = """
+o -o +v +b -b b +k -k +l -l +i -i +mnst -nt +z +ov-v+bkl +beI -eI beI +f -f +h -h +qa -qa +CMRc -CMRUcu +u -u +U +
+B-i +wR -o+w
"""
MASKS = ["x!y@z", "*!*@*", "m:*", "~a:dora", "m:~a:*", "127.0.0.0/8", "*!*@127.0.0.1", "~x:no"]
PLACES = ["*", "msgid=1", "msgid=", "msgid=zz", "timestamp=2027-01-15T08:00:00.000Z", "timestamp=now", "seq=1"]
SUBCOMMANDS = """
GET SET SUB SUBS UNSUB SYNC CLEAR LS 302 REQ LIST END LATEST BEFORE AFTER AROUND BETWEEN TARGETS ON OFF C L S PLAIN
"""
WORDS = ["url", "0", "5", "-1", "99999999999999999999", "*playback", "PLAY * 0", "CLEAR #room", "text=x;limit=2", WORD]
FIELDS = ["in=#room;after=2027-01-15T08:00:00.000Z", "%tcuihsnfdlaor,1", "*r*,>0,C<9", "a/b", "chat.test", "x@y.z"]
WILD = [
    "\u200b",  # no width
    "\u202e#room",  # right to left
    "a\u0301\u0301\u0301",
    "👩‍👩‍👧‍👦",
    "＃room",
    "ａｌｉｃｅ",
    "аlice",  # which looks like another
    "ıİ",  # whose case is not what it seems
    "ßẞ",
    "\u2028\u0085\x0b\x0c\x1c",  # line ends elsewhere
    "\ufffe\ufdd0\U0010ffff",
    "\xa0\u3000",
    "\x01ACTION x\x01",
    "\x01\x01",
    "\x02\x03" + "4,5x\x0f",
    "\x07\x1b[2J",
    "🏴" * 100,
]

GOOD = st.sampled_from(
    [*NICKS, *ROOMS, *MODE_WORDS.split(), *MASKS, *PLACES, *SUBCOMMANDS.split(), *WORDS, *FIELDS, *EVERYTHING]
)
BAD = st.sampled_from(["", ":", "::", " ", ",", ",,#room,,", "*", "?" * 30, "*" * 200, "x" * 600, "ü" * 300, "e" * 490])
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=30)
LISTS = st.lists(st.sampled_from([*NICKS, *ROOMS]), max_size=6).map(",".join)
PARAMS = st.lists(GOOD | GOOD | LISTS | BAD | TEXT | st.sampled_from(WILD), max_size=6)
TAGS = st.sampled_from(
    [
        "",
        "",
        "",
        "@label=L ",
        "@label=L;+typing=active ",
        "@label=" + "L" * 65 + " ",
        "@+x=\\:\\s;plain=y ",
        "@+draft/react=👍;+draft/reply=665172898800a ",
        "@+wide=" + "ü" * 2000 + " ",
        "@batch=x ",
        "@label=L;batch=x;draft/multiline-concat ",
        "@",
        "@ ",
        "@=;;=x;+= ",
        "@" + "x" * 4095 + " ",
    ]
)
COMMAND = st.sampled_from([*sorted(COMMANDS), "nonsense", "É"])
ASKED = st.sampled_from([f"{service.nick} {name}" for service in SERVICES.values() for name in sorted(service.rows)])


def line_of(command: str, params: list[str], *, colon: bool) -> str:
    """The words as they are, whether or not they can stand so."""
    words = [command, *params]
    if colon and params:
        words[-1] = ":" + words[-1]
    return " ".join(words)


BODY = st.builds(line_of, COMMAND | COMMAND | ASKED, PARAMS, colon=st.booleans())
LINE = st.builds(lambda tags, body: (tags + body).encode(), TAGS, BODY)
NOISE = st.binary(max_size=40).map(lambda data: data.replace(b"\n", b""))
BENT = st.builds(
    lambda line, at, byte: line[:at] + byte + line[at:], LINE, st.integers(0, 40), st.binary(max_size=2)
).map(lambda line: line.replace(b"\n", b""))
# What people do all day, so that the rest meets rooms with members in them.
USUAL_BODIES = st.sampled_from(
    [
        *[f"JOIN {room}" for room in ROOMS],
        *[f"NICK {nick}" for nick in NICKS],
        *[f"PRIVMSG {target} :hi" for target in ("#room", "alice", "dora", WIDE_ROOM)],
        *[f"PART {room}" for room in ROOMS[:4]],
        *plain("dora", WORD),
        f"NS IDENTIFY dora {WORD}",
        f"NS REGISTER {WORD}",
        f"REGISTER * * {WORD}",
        "NS LOGOUT",
        "NS REGAIN dora",
        "PERSISTENCE SET ON",
        "PERSISTENCE SET OFF",
        f"KICK #room alice,Bob,carol,dora,ida,{WIDE_NICK}",
        f"MODE {WIDE_ROOM} +ooo alice {WIDE_NICK} {LONG_NICK}",
        "MODE #room +o alice",
        "MODE #room +m",
        "MODE #b +u",
        "MODE #b +U-u",
        "MODE #b +beI m:*!*@* ~a:x *!*@127.0.0.0/8",
        "MODE #b +hv alice Bob",
        "MODE #b +fi #room",
        "MODE #dora +ik secret",
        "RENAME #b #c :why",
        "RENAME #c #b",
        "RENAME #dora #b",
        "KNOCK #b",
        "INVITE alice #b",
        "CS INFO #b",
        "CS REGISTER #b",
        "CS ACCESS SET #dora ida o",
        "CS OP #dora",
        "JOIN 0",
        "USER u 0 * :Real",
        "CAP END",
        "CAP REQ :labeled-response batch echo-message message-tags draft/chathistory draft/multiline",
        "CHATHISTORY LATEST #room * 5",
        "CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z timestamp=2030-01-01T00:00:00.000Z 9",
        "SEARCH text=hi",
        "AWAY :gone",
        "AWAY *",
        "AWAY",
        "SETNAME :new",
        "BATCH +x draft/multiline #room",
        "BATCH -x",
        "PRIVMSG @#room,+#Room,alice :psst",
        "PRIVMSG #room,nobody,ida :all of you",
        "RELAYMSG #room a/b :hi",
        "REDACT #room 665172898800a",
        "MARKREAD #room timestamp=2027-01-15T08:00:00.000Z",
        "METADATA * SET url :x",
        "METADATA * SUB url",
        "METADATA #room SYNC",
        "METADATA #room CLEAR",
        "MONITOR + alice,Bob,ida",
        "MONITOR C",
        "WHO #room %tcuihsnfdlaor,1",
        "LIST *r*,>0,C<9 T>1",
        "WHOWAS alice 2",
        "WHOIS dora",
        "OPER ada secret",
        "KILL alice :x",
        "WALLOPS :x",
        "REHASH",
        "QUIT :bye",
    ]
)
USUAL = st.builds(
    lambda tags, body: (tags + body).encode(),
    st.sampled_from(["", "", "@label=L "]),
    USUAL_BODIES,
) | st.sampled_from(
    [
        b"@batch=x PRIVMSG #room :one",
        b"@batch=x PRIVMSG #room :",
        b"@batch=x;draft/multiline-concat PRIVMSG #room :two",
        b"@label=L;+draft/react=x TAGMSG #room",
    ]
)
LINES = USUAL | LINE | LINE | BENT | NOISE
