"""What RPL_ISUPPORT says of this server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.proto import modes, names

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd

MAX_TARGETS = 4  # of one PRIVMSG, NOTICE or TAGMSG


def tokens(ircd: Ircd) -> dict[str, str | int | None]:
    """The tokens. Spec: https://modern.ircdocs.horse/#rplisupport-parameters"""
    config = ircd.config
    return {
        "AWAYLEN": names.AWAY_LEN,
        "CASEMAPPING": "ascii",
        "CHANLIMIT": f"{names.CHANNEL_TYPES}:{config.limits.rooms_per_user}",
        "CHANMODES": modes.chanmodes_token(),
        "CHANNELLEN": names.CHANNEL_LEN,
        "CHANTYPES": names.CHANNEL_TYPES,
        "CHATHISTORY": config.history.page,
        "KEYLEN": names.KEY_LEN,
        "KICKLEN": names.KICK_LEN,
        "MAXLIST": f"b:{modes.MAX_LIST}",
        "MODES": modes.MAX_MODES,
        "MSGREFTYPES": "msgid,timestamp",
        "NETWORK": ircd.name,
        "NICKLEN": names.NICK_LEN,
        "PREFIX": modes.prefix_token(),
        "TARGMAX": f"JOIN:,KICK:,NAMES:,NOTICE:{MAX_TARGETS},PART:,PRIVMSG:{MAX_TARGETS},TAGMSG:{MAX_TARGETS},WHOIS:1",
        "TOPICLEN": names.TOPIC_LEN,
        "USERLEN": names.USER_LEN,
        "UTF8ONLY": None,
    }
