"""What those who run the server may do: what classes of IRC operators and scopes of tokens are made of."""

from __future__ import annotations

PRIVILEGES: dict[str, str] = {
    "accounts": "make, change, suspend and delete accounts",
    "announce": "tell everyone something, set the message of the day",
    "audit": "see what was done by whom",
    "backup": "have a copy of the database made",
    "ban": "ban and mute on the whole server",
    "history": "search, redact and purge the history of every room",
    "invites": "make invite codes",
    "kill": "remove users from the server (KILL)",
    "lockdown": "close the server to some or to all",
    "log": "follow the server's log",
    "look": "see users, sessions and rooms with all that is known of them",
    "metadata": "set the metadata of other users and of every room",
    "moderate": "take back what others said (REDACT)",
    "rehash": "have the settings read again (REHASH)",
    "relay": "say what others said elsewhere in every room (RELAYMSG)",
    "reports": "get what members report",
    "rooms": "do in every registered room what its founder may (ChanServ)",
    "see-hosts": "see where users really come from",
    "see-secret": "see secret rooms, and users who are not listed",
    "stats": "see the server in figures, who may become an operator, and who is one (STATS)",
    "stop": "drain and stop the server",
    "tokens": "make and revoke tokens for remote administration",
    "wallops": "send WALLOPS",
}
EVERYTHING = "all"  # the class that has every privilege; it need not be set up
