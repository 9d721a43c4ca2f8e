"""IRCv3 capabilities: what may be negotiated, as bits.

Spec: https://ircv3.net/specs/extensions/capability-negotiation
"""

from __future__ import annotations

import msgspec


class Capability(msgspec.Struct, frozen=True):
    """One row: its name on the wire, its bit and its specification. Its value in CAP LS 302 depends on the server."""

    name: str
    bit: int
    spec: str


_IRCV3 = "https://ircv3.net/specs/"

_ROWS = (
    ("account-notify", _IRCV3 + "extensions/account-notify"),
    ("account-tag", _IRCV3 + "extensions/account-tag"),
    ("away-notify", _IRCV3 + "extensions/away-notify"),
    ("batch", _IRCV3 + "extensions/batch"),
    ("cap-notify", _IRCV3 + "extensions/capability-negotiation#cap-notify"),
    ("chghost", _IRCV3 + "extensions/chghost"),
    ("draft/account-registration", _IRCV3 + "extensions/account-registration"),
    ("draft/channel-rename", _IRCV3 + "extensions/channel-rename"),
    ("draft/chathistory", _IRCV3 + "extensions/chathistory"),
    ("draft/event-playback", _IRCV3 + "extensions/chathistory#event-playback"),
    ("draft/extended-isupport", _IRCV3 + "extensions/extended-isupport"),
    ("draft/message-redaction", _IRCV3 + "extensions/message-redaction"),
    ("draft/metadata-2", _IRCV3 + "extensions/metadata"),
    ("draft/multiline", _IRCV3 + "extensions/multiline"),
    ("draft/oper-tag", _IRCV3 + "extensions/oper-tag"),
    ("draft/persistence", "https://github.com/ircv3/ircv3-specifications/pull/503"),
    ("draft/pre-away", _IRCV3 + "extensions/pre-away"),
    ("draft/read-marker", _IRCV3 + "extensions/read-marker"),
    ("draft/relaymsg", "https://github.com/ircv3/ircv3-specifications/pull/417"),
    ("echo-message", _IRCV3 + "extensions/echo-message"),
    ("extended-join", _IRCV3 + "extensions/extended-join"),
    ("extended-monitor", _IRCV3 + "extensions/extended-monitor"),
    ("invite-notify", _IRCV3 + "extensions/invite-notify"),
    ("labeled-response", _IRCV3 + "extensions/labeled-response"),
    ("message-tags", _IRCV3 + "extensions/message-tags"),
    ("multi-prefix", _IRCV3 + "extensions/multi-prefix"),
    ("no-implicit-names", _IRCV3 + "extensions/no-implicit-names"),
    ("sasl", _IRCV3 + "extensions/sasl-3.2"),
    ("server-time", _IRCV3 + "extensions/server-time"),
    ("setname", _IRCV3 + "extensions/setname"),
    ("soju.im/search", "https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md"),
    ("standard-replies", _IRCV3 + "extensions/standard-replies"),
    ("sts", _IRCV3 + "extensions/sts"),
    ("userhost-in-names", _IRCV3 + "extensions/userhost-in-names"),
    ("znc.in/playback", "https://wiki.znc.in/Playback"),
    ("znc.in/self-message", "https://wiki.znc.in/Query_buffers"),
)

CAPABILITIES = tuple(Capability(name, 1 << index, spec) for index, (name, spec) in enumerate(_ROWS))
BY_NAME = {row.name: row for row in CAPABILITIES}


def _bit(name: str) -> int:
    return BY_NAME[name].bit


ACCOUNT_NOTIFY = _bit("account-notify")
ACCOUNT_REGISTRATION = _bit("draft/account-registration")
ACCOUNT_TAG = _bit("account-tag")
AWAY_NOTIFY = _bit("away-notify")
BATCH = _bit("batch")
CAP_NOTIFY = _bit("cap-notify")
CHANNEL_RENAME = _bit("draft/channel-rename")
CHATHISTORY = _bit("draft/chathistory")
CHGHOST = _bit("chghost")
ECHO_MESSAGE = _bit("echo-message")
EVENT_PLAYBACK = _bit("draft/event-playback")
EXTENDED_ISUPPORT = _bit("draft/extended-isupport")
EXTENDED_JOIN = _bit("extended-join")
EXTENDED_MONITOR = _bit("extended-monitor")
INVITE_NOTIFY = _bit("invite-notify")
LABELED_RESPONSE = _bit("labeled-response")
MESSAGE_REDACTION = _bit("draft/message-redaction")
MESSAGE_TAGS = _bit("message-tags")
METADATA = _bit("draft/metadata-2")
MULTILINE = _bit("draft/multiline")
MULTI_PREFIX = _bit("multi-prefix")
NO_IMPLICIT_NAMES = _bit("no-implicit-names")
OPER_TAG = _bit("draft/oper-tag")
PERSISTENCE = _bit("draft/persistence")
PRE_AWAY = _bit("draft/pre-away")
READ_MARKER = _bit("draft/read-marker")
RELAYMSG = _bit("draft/relaymsg")
SASL = _bit("sasl")
SEARCH = _bit("soju.im/search")
SERVER_TIME = _bit("server-time")
SETNAME = _bit("setname")
STANDARD_REPLIES = _bit("standard-replies")
STS = _bit("sts")
USERHOST_IN_NAMES = _bit("userhost-in-names")
ZNC_PLAYBACK = _bit("znc.in/playback")
ZNC_SELF_MESSAGE = _bit("znc.in/self-message")

# Which tags a line carries.
TAGS = MESSAGE_TAGS | SERVER_TIME | ACCOUNT_TAG | OPER_TAG | RELAYMSG
# The wire profile: only these change how the same event is written for different recipients, and whether it is.
PROFILE = (
    TAGS
    | ACCOUNT_NOTIFY
    | AWAY_NOTIFY
    | BATCH
    | CHANNEL_RENAME
    | CHGHOST
    | EXTENDED_JOIN
    | EXTENDED_MONITOR
    | INVITE_NOTIFY
    | MESSAGE_REDACTION
    | MULTILINE
    | SETNAME
)
