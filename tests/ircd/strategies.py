"""What hypothesis types: lines for every command in the table, well formed, nearly so, and not at all."""

from __future__ import annotations

from hypothesis import strategies as st

from chatkit.ircd.commands import COMMANDS
from chatkit.ircd.handlers import load_handlers
from chatkit.proto import capabilities as cap
from chatkit.proto import names

load_handlers()

LONG_NICK = "n" * names.NICK_LEN
WIDE_NICK = "я" * names.NICK_LEN
LONG_ROOM = "#" + "r" * (names.CHANNEL_LEN - 1)
WIDE_ROOM = "#" + "я" * (names.CHANNEL_LEN - 1)
NICKS = ["alice", "Bob", "carol", LONG_NICK, WIDE_NICK, "nobody", "1bad", "小明"]
ROOMS = ["#room", "#Room", "#b", LONG_ROOM, WIDE_ROOM, "#", "#bad,name", "&x"]
MODE_WORDS = [
    "+o",
    "-o",
    "+v",
    "+b",
    "-b",
    "b",
    "+k",
    "-k",
    "+l",
    "-l",
    "+i",
    "-i",
    "+mnst",
    "-nt",
    "+z",
    "+ov-v+bkl",
    "+",
]
PLACES = ["*", "msgid=1", "msgid=", "msgid=zz", "timestamp=2027-01-15T08:00:00.000Z", "timestamp=now", "seq=1"]
WORDS = [
    "LS",
    "302",
    "REQ",
    "LIST",
    "END",
    "LATEST",
    "BEFORE",
    "AFTER",
    "AROUND",
    "BETWEEN",
    "TARGETS",
    "0",
    "5",
    "x!y@z",
]
CAPABILITIES = [row.name for row in cap.CAPABILITIES]

GOOD = st.sampled_from([*NICKS, *ROOMS, *MODE_WORDS, *PLACES, *WORDS, *CAPABILITIES])
BAD = st.sampled_from(
    ["", ":", "::", " ", ",", "*", "?" * 30, "x" * 600, "ü" * 300, "\x01ACTION x\x01", "\x07", "\u202e"]
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=30)
LISTS = st.lists(st.sampled_from([*NICKS, *ROOMS]), max_size=6).map(",".join)
PARAMS = st.lists(GOOD | GOOD | LISTS | BAD | TEXT, max_size=6)
TAGS = st.sampled_from(
    ["", "", "@label=L ", "@label=L;+typing=active ", "@+x=\\:\\s;plain=y ", "@", "@" + "x" * 4095 + " "]
)


def _line(tags: str, command: str, params: list[str], colon: bool) -> bytes:
    words = [command, *params]
    if colon and params:
        words[-1] = ":" + words[-1]
    return (tags + " ".join(words)).replace("\n", "").encode()


COMMAND = st.sampled_from([*sorted(COMMANDS), "nonsense"])
LINE = st.builds(_line, TAGS, COMMAND, PARAMS, st.booleans())
NOISE = st.binary(max_size=40).map(lambda data: data.replace(b"\n", b""))
BENT = st.builds(
    lambda line, at, byte: line[:at] + byte + line[at:], LINE, st.integers(0, 40), st.binary(max_size=2)
).map(lambda line: line.replace(b"\n", b""))
# What people do all day, so that the rest meets rooms with members in them.
USUAL = st.sampled_from(
    [
        *[f"JOIN {room}" for room in ROOMS],
        *[f"NICK {nick}" for nick in NICKS],
        *[f"PRIVMSG {target} :hi" for target in ("#room", "alice", WIDE_ROOM)],
        *[f"PART {room}" for room in ROOMS[:4]],
        f"KICK #room alice,Bob,carol,{WIDE_NICK}",
        f"MODE {WIDE_ROOM} +ooo alice {WIDE_NICK} {LONG_NICK}",
        "MODE #room +o alice",
        "JOIN 0",
        "USER u 0 * :Real",
        "CAP END",
        "CAP REQ :labeled-response batch echo-message message-tags draft/chathistory",
        "@label=L CHATHISTORY LATEST #room * 5",
        "AWAY :gone",
    ]
).map(str.encode)
LINES = USUAL | LINE | LINE | BENT | NOISE
