"""What RPL_ISUPPORT says of this server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.proto import extbans, modes, names
from chatkit.proto.isupport import Tokens

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd

ELIST = "CMNTU"  # the conditions of LIST
MAX_TARGETS = 4  # of one PRIVMSG, NOTICE or TAGMSG
SPEECH = ("NOTICE", "PRIVMSG", "TAGMSG")  # take as many targets as the settings say
# How many other commands take that take several; "": any number.
TARGETS = {"JOIN": "", "KICK": "", "LIST": "", "MONITOR": "", "NAMES": "", "PART": "", "WHOIS": "1", "WHOWAS": "1"}


def tokens(ircd: Ircd) -> Tokens:
    """All tokens. Spec: https://modern.ircdocs.horse/#rplisupport-parameters"""
    found = _fixed(ircd)
    if ircd.config.messages.denied_tags:
        found["CLIENTTAGDENY"] = ",".join(ircd.config.messages.denied_tags)
    if ircd.config.network.icon:
        found["draft/ICON"] = ircd.config.network.icon
    return found


def changes(before: Tokens, after: Tokens) -> Tokens:
    """What to tell those who know ``before`` once it is ``after``."""
    gone = {f"-{key}": None for key in before if key not in after}
    return {key: value for key, value in after.items() if key not in before or before[key] != value} | gone


def _fixed(ircd: Ircd) -> dict[str, str | int | None]:
    config = ircd.config
    return {
        "ACCOUNTEXTBAN": extbans.account_token(),
        "AWAYLEN": names.AWAY_LEN,
        "BOT": "B",
        "CASEMAPPING": "ascii",
        "CHANLIMIT": f"{names.CHANNEL_TYPES}:{config.limits.rooms_per_user}",
        "CHANMODES": modes.chanmodes_token(),
        "CHANNELLEN": names.CHANNEL_LEN,
        "CHANTYPES": names.CHANNEL_TYPES,
        "CHATHISTORY": config.history.page,
        "ELIST": ELIST,
        "EXCEPTS": "e",
        "EXTBAN": extbans.extban_token(),
        "HOSTLEN": names.HOST_LEN,
        "INVEX": "I",
        "KEYLEN": names.KEY_LEN,
        "KICKLEN": names.KICK_LEN,
        "KNOCK": None,
        "MAXLIST": f"beI:{config.limits.list_entries}",
        "MAXTARGETS": config.limits.targets,
        "MODES": modes.MAX_MODES,
        "MONITOR": config.limits.monitor_targets,
        "MSGREFTYPES": "msgid,timestamp",
        "NAMELEN": names.REAL_LEN,
        "NETWORK": ircd.network,
        "NICKLEN": names.NICK_LEN,
        "PREFIX": modes.prefix_token(),
        "SAFELIST": None,
        "STATUSMSG": modes.PREFIX_ORDER,
        "TARGMAX": _targmax(config.limits.targets),
        "TOPICLEN": names.TOPIC_LEN,
        "USERIP": None,
        "USERLEN": names.USER_LEN,
        "UTF8ONLY": None,
        "WHOX": None,
    }


def _targmax(most: int) -> str:
    targets = TARGETS | dict.fromkeys(SPEECH, str(most))
    return ",".join(f"{command}:{targets[command]}" for command in sorted(targets))
