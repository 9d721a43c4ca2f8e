"""What IRC operators may do: the names that their classes are made of, each with what it allows."""

from __future__ import annotations

PRIVILEGES: dict[str, str] = {
    "kill": "remove users from the server (KILL)",
    "metadata": "set the metadata of other users and of every room",
    "moderate": "take back what others said (REDACT)",
    "rehash": "have the settings read again (REHASH)",
    "relay": "say what others said elsewhere in every room (RELAYMSG)",
    "rooms": "do in every registered room what its founder may (ChanServ)",
    "see-hosts": "see where users really come from",
    "see-secret": "see secret rooms, and users who are not listed",
    "stats": "see who may become an operator, and who is one (STATS o, p)",
    "wallops": "send WALLOPS",
}
EVERYTHING = "all"  # the class that has every privilege; it need not be set up
