"""IRCv3 capabilities: what may be negotiated, as bits.

Spec: https://ircv3.net/specs/extensions/capability-negotiation
"""

from __future__ import annotations

import msgspec


class Capability(msgspec.Struct, frozen=True):
    """One row: its name on the wire, its bit, its value in CAP LS 302, and its specification."""

    name: str
    bit: int
    value: str
    spec: str


AWAY_NOTIFY = 1 << 0
BATCH = 1 << 1
CAP_NOTIFY = 1 << 2
CHATHISTORY = 1 << 3
ECHO_MESSAGE = 1 << 4
LABELED_RESPONSE = 1 << 5
MESSAGE_TAGS = 1 << 6
MULTI_PREFIX = 1 << 7
SERVER_TIME = 1 << 8

_EXT = "https://ircv3.net/specs/extensions/"

CAPABILITIES = (
    Capability("away-notify", AWAY_NOTIFY, "", _EXT + "away-notify"),
    Capability("batch", BATCH, "", _EXT + "batch"),
    Capability("cap-notify", CAP_NOTIFY, "", _EXT + "capability-negotiation"),
    Capability("draft/chathistory", CHATHISTORY, "", _EXT + "chathistory"),
    Capability("echo-message", ECHO_MESSAGE, "", _EXT + "echo-message"),
    Capability("labeled-response", LABELED_RESPONSE, "", _EXT + "labeled-response"),
    Capability("message-tags", MESSAGE_TAGS, "", _EXT + "message-tags"),
    Capability("multi-prefix", MULTI_PREFIX, "", _EXT + "multi-prefix"),
    Capability("server-time", SERVER_TIME, "", _EXT + "server-time"),
)

BY_NAME = {row.name: row for row in CAPABILITIES}

# The wire profile: only these change how the same event is written for different recipients.
PROFILE = MESSAGE_TAGS | SERVER_TIME
