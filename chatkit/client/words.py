"""What happens, in plain sentences. Nothing in here says a number or a word of the protocol.

A template's ``{1}`` is the message's second parameter, and so on: the first is the user's own nick.
"""

from __future__ import annotations

import re
from datetime import datetime

from chatkit.proto import extbans
from chatkit.proto import numerics as n
from chatkit.proto.formatting import plain
from chatkit.proto.message import Message
from chatkit.proto.modes import ModeChange, format_changes

LOST_ON_THE_WAY = "the connection was lost on the way"
HISTORY_INCOMPLETE = "Messages from before this line may be missing: the server could not say what happened meanwhile."
AWAY = "away"
NOT_REACHED = "That message can't be shown: the server does not give it, or it is too far back."
EARLIER = "an earlier message"  # instead of one that is answered, where it isn't loaded
NOT_CONNECTED = "You are not connected."
NOT_CONNECTED_ANY_MORE = "there is no connection any more"
YOU_LEFT = "you left"
GOODBYE = "You left."
NO_LOG_IN_THERE = "this server has no way of logging in"
SO_A_GUEST = "you are a guest here"
NO_GUEST = "you are to be no guest here (sasl_required)"
NOT_LOGGED_IN = "You are a guest here: there is nothing to log out of."
GUEST_FROM_NOW_ON = "You will be a guest when there is a connection."
CANT_LOG_OUT = (
    "This server logs nobody out. On a new connection you are a guest: /network disconnect, and then /reconnect."
)
PASSWORD_FORGOTTEN = "Its password is in the keyring no more."  # noqa: S105  # a sentence
PASSWORD_ELSEWHERE = "Its password is not in the keyring: what is in the settings stays there."  # noqa: S105
PASSWORD_UNKEPT = (  # a sentence
    "There is no keyring here that keeps the password: you will be asked for it again. A file or a command can have it:"  # noqa: S105
    " the settings of the network say where it is."
)
NO_SAFE_LOG_IN = "this server has no way of logging in that would keep your password safe"
LOG_IN_GARBLED = "the log-in failed: what the server answered can't be understood"
LOG_IN_UNANSWERED = "the log-in failed: the server does not answer"
SERVER_NOT_PROVEN = "the server did not prove that it knows your password, so it may be somebody else"
BAD_ACCOUNT = "neither an account nor a mail address has blanks"
OVERLONG = "The server sends lines that are too long. They are left out."
SERVER_ROOM = "Nobody would hear that: this page is the server's own. /list shows the rooms, /join enters one."

# Refusals. Those of a message stand behind "not sent: ".
REFUSALS: dict[str, str] = {
    n.ERR_NOSUCHNICK: "there is nobody called {1} here",
    n.ERR_NOSUCHSERVER: "there is nobody called {1} here",
    n.ERR_NOSUCHCHANNEL: "there is no room called {1}",
    n.ERR_CANNOTSENDTOCHAN: "you can't send to {1}",
    n.ERR_TOOMANYCHANNELS: "you are in too many rooms to enter {1}; /part one first",
    n.ERR_TOOMANYTARGETS: "that is too many people at once",
    n.ERR_NOTEXTTOSEND: "there is nothing to send",
    n.ERR_INPUTTOOLONG: "that is too long",
    n.ERR_UNKNOWNCOMMAND: "this server does not know {1}",
    n.ERR_NONICKNAMEGIVEN: "a name is needed",
    n.ERR_ERRONEUSNICKNAME: "the name {1} can't be used here",
    n.ERR_NICKNAMEINUSE: "the name {1} is taken",
    n.ERR_USERNOTINCHANNEL: "{1} is not in {2}",
    n.ERR_NOTONCHANNEL: "you are not in {1}",
    n.ERR_USERONCHANNEL: "{1} is in {2} already",
    n.ERR_NEEDMOREPARAMS: "something is missing behind {1}",
    n.ERR_PASSWDMISMATCH: "the password is wrong, or one is needed",
    n.ERR_CHANNELISFULL: "{1} is full",
    n.ERR_UNKNOWNMODE: "this server has no mode called {1}",
    n.ERR_INVITEONLYCHAN: "{1} is closed: you need an invitation",
    n.ERR_BANNEDFROMCHAN: "you are banned from {1}",
    n.ERR_BADCHANNELKEY: "{1} needs a key: /join {1} KEY",
    n.ERR_BADCHANMASK: "{1} is no name for a room",
    n.ERR_BANLISTFULL: "the list of {1} is full",
    n.ERR_CHANOPRIVSNEEDED: "only operators of {1} may do that",
    n.ERR_UMODEUNKNOWNFLAG: "this server has no such mode",
    n.ERR_USERSDONTMATCH: "that can only be done for oneself",
    n.ERR_INVALIDKEY: "that can't be the key of {1}",
    n.ERR_INVALIDMODEPARAM: "{4}",
    "436": "the name {1} is taken",  # ERR_NICKCOLLISION
    "437": "{1} can't be used at the moment",  # ERR_UNAVAILRESOURCE
    "465": "this server does not let you in",  # ERR_YOUREBANNEDCREEP
    "470": "{1} sends you on to {2}",  # ERR_LINKCHANNEL
    "477": "{1} is only for people with an account here",  # ERR_NEEDREGGEDNICK
    "479": "{1} is no name for a room",  # ERR_BADCHANNAME
    "481": "only the people who run this server may do that",  # ERR_NOPRIVILEGES
    "489": "{1} is only for encrypted connections",  # ERR_SECUREONLYCHAN
    "531": "{1} does not take your messages",  # ERR_CANNOTSENDTOUSER
    "716": "{1} does not take your messages",  # RPL_TARGUMODEG
    n.ERR_TOOMANYKNOCK: "somebody knocked at {1} just now: wait a little",
    n.ERR_CHANOPEN: "{1} is open: /join {1}",
    n.ERR_KNOCKONCHAN: "you are in {1} already",
    n.ERR_NOPRIVS: "as an operator you may do other things, but not that: {1}",
}
NAME_OWNED = "the name {1} belongs to an account: if it is yours, log in with /login {1}, then /nick {1}"
# What servers say with refusals that may have a reason, as the words above do: what follows it is the reason.
COMMONPLACES: dict[str, str] = {
    n.ERR_CANNOTSENDTOCHAN: r"cannot send to (nick/)?channel",
    n.ERR_ERRONEUSNICKNAME: r"errone?o?us nickname|nobody may be called so here",
    n.ERR_BANNEDFROMCHAN: r"cannot join channel( \(you're banned\))?",
    n.ERR_NICKLOCKED: r"you must use a nick assigned to you",
    n.ERR_YOUREBANNEDCREEP: r"you('re| are) banned from this server",
    n.ERR_CANNOTSENDTOUSER: r"cannot send to (user|nick)",
    n.ERR_SASLFAIL: r"sasl authentication failed",
}
# Which refusals mean that the user isn't in the room that they name.
JOIN_REFUSALS = frozenset(
    {
        n.ERR_NOSUCHCHANNEL, n.ERR_TOOMANYCHANNELS, n.ERR_CHANNELISFULL, n.ERR_INVITEONLYCHAN, n.ERR_BANNEDFROMCHAN,
        n.ERR_BADCHANNELKEY, n.ERR_BADCHANMASK, "437", "470", "477", "479", "489",
    }
)  # fmt: skip

# Answers to what the user asked.
ANSWERS: dict[str, str] = {
    n.RPL_AWAY: "{1} is away: {2}",
    n.RPL_UNAWAY: "You are back.",
    n.RPL_NOWAWAY: "You are away now; /back when you return.",
    n.RPL_WHOISUSER: "{1} is {2}@{3} ({5})",
    n.RPL_WHOISSERVER: "{1} is connected to {2}",
    n.RPL_WHOISOPERATOR: "{1} helps to run this server",
    n.RPL_WHOISCHANNELS: "{1} is in {2}",
    n.RPL_WHOISACTUALLY: "{1} comes from {2}",
    n.RPL_INVITING: "{1} is invited to {2}",
    n.RPL_VERSION: "The server is {2}: {1}",
    n.RPL_CHANNELMODEIS: "The settings of {1} are {2}",
    n.RPL_BANLIST: "{2} is banned from {1}",
    n.RPL_ENDOFBANLIST: "That is the whole list of {1}.",
    n.RPL_EXCEPTLIST: "{2} is excepted from the bans of {1}",
    n.RPL_ENDOFEXCEPTLIST: "That is the whole list of {1}.",
    n.RPL_INVEXLIST: "{2} needs no invitation to {1}",
    n.RPL_ENDOFINVEXLIST: "That is the whole list of {1}.",
    n.RPL_KNOCKDLVR: "Those who look after {1} know that you want to come in.",
    n.RPL_LOGGEDIN: "You are logged in as {2}.",
    n.RPL_LOGGEDOUT: "You are logged out.",
    n.RPL_REHASHING: "The server reads its settings again.",
    "330": "{1} has the account {2}",  # RPL_WHOISACCOUNT
    "335": "{1} is a bot",  # RPL_WHOISBOT
    "378": "{1} {2}",  # RPL_WHOISHOST
    "671": "{1} has an encrypted connection",  # RPL_WHOISSECURE
}

# What a mode change means: (letter, whether it is set).
MODES: dict[tuple[str, bool], str] = {
    ("q", True): "{who} made {arg} the owner",
    ("q", False): "{who} took ownership from {arg}",
    ("a", True): "{who} made {arg} an admin",
    ("a", False): "{who} took admin rights from {arg}",
    ("o", True): "{who} made {arg} an operator",
    ("o", False): "{who} took operator rights from {arg}",
    ("h", True): "{who} made {arg} a half-operator",
    ("h", False): "{who} took half-operator rights from {arg}",
    ("v", True): "{who} gave {arg} a voice",
    ("v", False): "{who} took the voice from {arg}",
    ("b", True): "{who} banned {arg}",
    ("b", False): "{who} lifted the ban on {arg}",
    ("mute", True): "{who} muted {arg}",
    ("mute", False): "{who} let {arg} talk again",
    ("e", True): "{who} excepted {arg} from the bans",
    ("e", False): "{who} ended the exception for {arg}",
    ("I", True): "{who} let {arg} in without an invitation",
    ("I", False): "{who} no longer lets {arg} in without an invitation",
    ("k", True): "{who} locked the room with a key",
    ("k", False): "{who} took the key off the room",
    ("l", True): "{who} limited the room to {arg} people",
    ("l", False): "{who} lifted the limit on the number of people",
    ("W", True): "{who} slowed the room: one message in {arg} seconds",
    ("W", False): "{who} ended the slow mode",
    ("i", True): "{who} closed the room to the uninvited",
    ("i", False): "{who} opened the room to everyone",
    ("m", True): "{who} let only people with a voice talk",
    ("m", False): "{who} let everyone talk",
    ("n", True): "{who} let only people in the room talk",
    ("n", False): "{who} let people outside the room talk",
    ("s", True): "{who} hid the room from lists",
    ("s", False): "{who} showed the room in lists",
    ("t", True): "{who} let only operators change the topic",
    ("t", False): "{who} let everyone change the topic",
    ("C", True): "{who} let nobody send requests to programs (CTCP)",
    ("C", False): "{who} let people send requests to programs (CTCP)",
    ("M", True): "{who} let only people with an account talk",
    ("M", False): "{who} let people without an account talk",
    ("R", True): "{who} let only people with an account come in",
    ("R", False): "{who} let people without an account come in",
    ("c", True): "{who} let nobody use colours",
    ("c", False): "{who} let people use colours",
}

# Why a message can't be answered, reacted to, edited or deleted, by what the server lacks for it.
CANT_MARK: dict[str, str] = {
    "reply": "Nobody would see what this answers: this server has no replies.",
    "react": "This server carries no reactions.",
    "edit": "A message can't be changed on this server.",
    "redact": "A message can't be deleted on this server.",
}

# What forms and commands say.
WHY_LOG_IN = "Who has an account here logs in with its password."
GUEST_THEN = "You stay here as a guest, who can be called anything that is nobody's."
WHERE_PASSWORDS_ARE = "keyring, ask, file:PATH or command:WORDS"
WHERE_SERVERS_PASSWORDS_ARE = "The same; empty where the server asks nobody for one"
IN_THE_KEYRING = "If the keyring has it"
WHY_REGISTER = "An account keeps your name yours: nobody else can use it."
WHY_EMAIL = "To get back in when the password is lost; some servers send a code there"
PASSWORD_ASKED = "this server asks for a password"  # noqa: S105  # a sentence
PASSWORD_NEEDED = "A password is needed."  # noqa: S105  # a sentence
PASSWORDS_DIFFER = "The two passwords are not the same."
CODE_CAME = "The server has sent you a code by mail."
ROOM_IS_MADE = "One that does not exist yet is made"
CAN_COME_BACK = "Who is removed can come back at once, unless banned."
CANT_COME_BACK = "Who is banned can neither enter nor talk there."
EMOJI_OR_NAME = "An emoji, or its name, as thumbsup"
DASH_TAKES_AWAY = "- takes it away; nothing leaves it as it is"
NAME_OF_NETWORK = "the name of a network is one word"
ONE_WORD = "One word is needed here."
NOT_HERE = "That works in a chat window only."
DELETE_IT = "Delete this message for everyone?"
NO_SUCH_MESSAGE = "There is no message here to do that with."
NOTHING_TO_TRUST = "No certificate was refused there."
# What is asked, and why something is refused.
VERIFY_TITLE = "Confirm your new account"
CERTIFICATE_CHANGED = (
    "its certificate is not the one of the last time: either it has a new one, or somebody stands in between"
)
PASSWORD_FOR_STRANGER = (  # a sentence
    "nobody vouches for its certificate, and your password is only sent to a server that you trust"  # noqa: S105
)
ONLY_IN_THE_CLEAR = (
    "it does not answer encrypted any more, as it did before. To do without, write irc:// before the address"
)
ASK_AN_ADMIN = "Whoever runs the server can tell you which is right. If you don't know, stay away."
ALERT_LEVELS: dict[str, str] = {
    "all": "You are told of every message here.",
    "mentions": "You are told when somebody here mentions you.",
    "none": "You are told of nothing here.",
}

# Why there is no account, by the code of the standard reply.
# Spec: https://ircv3.net/specs/extensions/account-registration
ACCOUNT_REFUSALS: dict[str, str] = {
    "ACCOUNT_EXISTS": "that account is somebody's already",
    "BAD_ACCOUNT_NAME": "an account can't have that name here",
    "ACCOUNT_NAME_MUST_BE_NICK": "the account has to have the name that you use here",
    "NEED_NICK": "choose a name first",
    "ALREADY_AUTHENTICATED": "you are logged in already",
    "WEAK_PASSWORD": "that password is too easy to guess",
    "UNACCEPTABLE_PASSWORD": "that can't be a password here",
    "INVALID_EMAIL": "nothing can be mailed to that address",
    "UNACCEPTABLE_EMAIL": "that mail address can't be used here",
    "COMPLETE_CONNECTION_REQUIRED": "wait until you are connected",
    "INVALID_CODE": "that is not the code, or it is too old",
}

_SOME_MODE = "{who} changed the room's settings: {change}"

_CLOSING_LINK = re.compile(r"closing link:? \S+ \((.*)\)", re.IGNORECASE)
_KILLED = re.compile(r"Killed \((\S+) \((.*)\)\)")
_FIELD = re.compile(r"\{(\d)\}")


def fill(template: str, msg: Message) -> str:
    """The template with the message's parameters, safe to show."""
    return _FIELD.sub(lambda field: plain(msg.param(int(field[1]))), template)


def refusal(msg: Message) -> str:
    """Why a command or message was refused; what the server itself said where there are no words here for it.

    A reason that it gives is told: behind the words here, or, where it does not begin as usual, in place of them.
    """
    template = REFUSALS.get(msg.command)
    if template is None:
        return said(msg)
    why, is_usual = given_reason(msg)
    usual = fill(template, msg)
    if not why:
        return usual
    if is_usual:
        return f"{usual}: {why}"
    return f"{plain(msg.param(1))}: {_lower_first(why)}" if msg.command in JOIN_REFUSALS else _lower_first(why)


def given_reason(msg: Message) -> tuple[str, bool]:
    """The server's own reason for a refusal, if there is one, and whether it follows the words that are usual there."""
    usual = COMMONPLACES.get(msg.command)
    if usual is None or len(msg.params) <= 1 + REFUSALS.get(msg.command, "").count("{"):
        return "", True
    found = re.match(rf"({usual})[\s.:,-]*(\(\+\w+\)[\s.:,-]*)?", said(msg), re.IGNORECASE)
    return (said(msg)[found.end() :], True) if found else (said(msg), False)


def name_refusal(msg: Message) -> str:
    """Why a name was refused. Many networks say in the words alone that a name is somebody's, who may log in for it."""
    is_owned = msg.command == n.ERR_NICKNAMEINUSE and "account" in said(msg).lower()
    return fill(NAME_OWNED, msg) if is_owned else refusal(msg)


def said(msg: Message) -> str:
    """The server's own words: its last parameter."""
    return plain(msg.params[-1]) if msg.params else "no reason was given"


def sentence(text: str) -> str:
    """``text`` with a capital letter and a full stop."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?…:" else ".")


def joined(nick: str) -> str:
    """Somebody came."""
    return f"{nick} joined"


def left(nick: str, reason: str) -> str:
    """Somebody went. Servers write ``Killed (<by> (<reason>))`` of whom they threw out."""
    if killed := _KILLED.fullmatch(reason):
        return _removed_from_server(f"{nick} was", killed[1], killed[2])
    # "Quit" is how servers mark a reason that is the user's own; whoever says nothing else has left, no more.
    own = "" if reason == "Quit" else reason.removeprefix("Quit: ")
    return f"{nick} left" + _in_brackets(own)


def removed(nick: str, by: str, reason: str, room: str, *, me: bool) -> str:
    """Somebody was removed from a room. Servers repeat a nick where no reason was given."""
    why = f": {reason}" if reason and reason not in (nick, by) else ""
    return f"You were removed from {room} by {by}{why}" if me else f"{nick} was removed by {by}{why}"


def renamed(old: str, new: str, *, me: bool) -> str:
    """Somebody has another name."""
    return f"You are called {new} now" if me else f"{old} is called {new} now"


def absence(nick: str, reason: str) -> str:
    """Somebody went away, or, without a reason, came back."""
    return f"{nick} is away: {reason}" if reason else f"{nick} is back"


def topic_changed(by: str, topic: str) -> str:
    """The topic is another."""
    return f"{by} set the topic: {topic}" if topic else f"{by} took the topic away"


def mode_changed(by: str, change: ModeChange) -> str:
    """A room's setting, or what somebody may do there, is another."""
    entry = extbans.parse(change.arg) if change.letter == "b" and change.arg else None
    letter = "mute" if entry is not None and entry.mutes else change.letter
    template = MODES.get((letter, change.adding), _SOME_MODE)
    return template.format(
        who=by or "The server",
        arg=plain(change.arg or ""),
        change=plain(" ".join(format_changes([change]))),
    )


def room_renamed(by: str, old: str, new: str, reason: str) -> str:
    """A room has another name."""
    return f"{by or 'The server'} renamed {old} to {new}" + (f": {reason}" if reason else "")


def knocked(nick: str, room: str, why: str) -> str:
    """Somebody wants to come into a closed room."""
    return f"{nick} asks to be let into {room}{_in_brackets(why)}: /invite {nick} {room}"


def invited(by: str, nick: str, room: str, *, me: bool) -> str:
    """Somebody was asked into a room."""
    return f"{by} invites you to {room}: /join {room}" if me else f"{by} invited {nick} to {room}"


def deleted(by: str, reason: str, *, me: bool) -> str:
    """In the place of a message that was taken back."""
    return f"{'You' if me else by or 'The server'} deleted this" + (f": {reason}" if reason else "")


def reported_without_message(nick: str) -> str:
    """The server does not know the message that was to be reported."""
    return f"The server no longer has that message, so the report is about {nick}."


def not_so_many(number: int) -> str:
    """A message was counted back to that isn't here."""
    return f"There are only {count(number, 'message', 'messages')} here." if number else NO_SUCH_MESSAGE


def no_emoji(word: str) -> str:
    """Nothing found."""
    return f"There is no emoji for {plain(word)}."


def ignored_people(names: list[str]) -> str:
    """Of whom the user wants to see nothing."""
    return f"You see nothing of {', '.join(map(plain, names))}" if names else "You see what everybody says."


def ignoring(name: str) -> str:
    """From now on."""
    return f"You see nothing of {plain(name)} any more; /unignore {plain(name)} changes that."


def not_ignoring(name: str) -> str:
    """From now on."""
    return f"You see again what {plain(name)} says."


def not_ignored(name: str) -> str:
    """There is nothing to take back."""
    return f"You see already what {plain(name)} says."


def saved_network(address: str) -> str:
    """One that is in the settings."""
    return f"saved, at {plain(address)}; not connected"


def network_added(name: str) -> str:
    """It is in the settings now."""
    return f"{plain(name)} is saved: /connect {plain(name)}"


def no_network(name: str) -> str:
    """Neither connected nor saved."""
    return f"There is no network called {plain(name)}: /network lists them."


def do_not_disturb(until: datetime | None) -> str:
    """No notifications before that time of the user's clock."""
    return f"No notifications before {until:%A %H:%M}; /dnd off ends that." if until else "Notifications are on."


def lag(lag_ms: int | None) -> str:
    """How long a message takes to the server and back."""
    if lag_ms is None:
        return "That is not known yet."
    return f"A message takes {lag_ms / 1000:.2f} seconds there and back."


def said_in(nick: str, room: str) -> str:
    """The title of a notice."""
    return f"{nick} in {room}"


def and_more(text: str, more: int) -> str:
    """What a notice says, and how much it doesn't."""
    return f"{text} (and {more} more)"


def people_here(room: str, names: list[str]) -> str:
    """Who is in a room."""
    return f"In {room}: {', '.join(names)}" if names else f"Nobody is in {room}."


def count(number: int, one: str, many: str) -> str:
    """``1 person``, ``2 people``."""
    return f"{number} {one if number == 1 else many}"


def duration(seconds: int) -> str:
    """A length of time, roughly."""
    for size, one, many in ((86400, "day", "days"), (3600, "hour", "hours"), (60, "minute", "minutes")):
        if seconds >= size:
            return count(seconds // size, one, many)
    return count(seconds, "second", "seconds")


def connecting(address: str) -> str:
    """The first try."""
    return f"Connecting to {address}…"


def online(network: str, nick: str) -> str:
    """The server let us in."""
    return f"Connected to {network} as {nick}"


def name_missed(wish: str, nick: str) -> str:
    """The server has somebody of that name already."""
    return f"{wish} is taken, you are {nick}."


def unreachable(address: str, reason: str) -> str:
    """Nobody answers there."""
    return f"Can't reach {address}: {_lower_first(reason)}"


def lost(reason: str) -> str:
    """The connection ended."""
    return f"The connection was lost: {_lower_first(reason)}" if reason else "The connection was lost"


def closed_by_server(reason: str) -> str:
    """The server ended the connection, and said why. Many write ``Closing link: <host> (<reason>)``."""
    match = _CLOSING_LINK.fullmatch(reason)
    return f"The server closed the connection: {match[1] if match else reason}"


def thrown_out(by: str, reason: str) -> str:
    """Somebody who runs the server has removed the user from it."""
    return _removed_from_server("You were", by, reason)


def trying_again(seconds: float) -> str:
    """When there will be another try."""
    return f"trying again in {duration(max(1, round(seconds)))}"


def bad_name(name: str) -> str:
    """A name that can't even be asked for."""
    return f"the name {plain(name)} can't be used: a name is one word" if name.strip() else "a name is needed"


def not_in(room: str) -> str:
    """As the reason of a failed message."""
    return f"you are not in {room}"


def not_sent(target: str, text: str, reason: str) -> str:
    """A message failed in a talk that the user doesn't look at."""
    return f"Not sent to {target}: {text} ({reason})"


def talk_opened(nick: str) -> str:
    """The first message to somebody opened a talk that the user doesn't look at."""
    return f"Your talk with {nick} is on a page of its own: /query {nick} shows it."


def not_there(room: str) -> str:
    """As an answer to talk in a room that was left."""
    return f"You are not in {room}: /join {room} to enter it."


def topic_is(room: str, topic: str) -> str:
    """The topic of a room elsewhere."""
    return f"The topic of {room} is: {topic}" if topic else f"{room} has no topic."


def listed(room: str, people: int, topic: str) -> str:
    """A row of the list of rooms."""
    return f"{room}: {count(people, 'person', 'people')}" + (f" – {topic.strip()}" if topic.strip() else "")


def listed_in_all(rooms: int, shown: int) -> str:
    """The end of the list of rooms."""
    if not rooms:
        return "There are no rooms to show. /join #name makes one."
    return count(rooms, "room", "rooms") + (f", the largest {shown} shown." if rooms > shown else " in all.")


def quiet_for(nick: str, seconds: int) -> str:
    """When somebody last said something."""
    return f"{nick} has said nothing for {duration(seconds)}"


def unknown_command(name: str, nearest: str | None) -> str:
    """A slash command that isn't one."""
    hint = f"did you mean /{nearest}?" if nearest else "/help lists them."
    return f"There is no command /{plain(name)}: {hint} To say it, write //{plain(name)}"


def nothing_to_log_in_with(account: str) -> str:
    """Where nobody wants to be a guest, and there is no password, or not even an account."""
    lack = f"there is no password for {plain(account)}" if account else "there is no account to log in to"
    return f"{lack}, and {NO_GUEST}: /login asks for it, or a file or a command has it (password_from in the settings)"


def password_asked(wrong: str, *, in_clear: bool) -> str:
    """The question for a server's password. ``wrong`` is what the server said of the one that it was given;
    ``in_clear``: the connection is not encrypted."""
    warning = " It will go there unencrypted." if in_clear else ""
    return f"{sentence(wrong)} {sentence(PASSWORD_ASKED + ':')}{warning}".strip()


def log_in_refused(account: str, msg: Message) -> str:
    """The server did not take the password, or the certificate; or it did, and the account may not be used."""
    why, is_usual = given_reason(msg)
    if why and (is_usual or msg.command == n.ERR_NICKLOCKED):
        return (f"logging in as {account} failed: " if account else "the log-in was refused: ") + _lower_first(why)
    return f"logging in as {account} failed: check the name and the password" if account else "the log-in was refused"


def verify_text(account: str) -> str:
    """Before a new account can be used: what to do."""
    return f"A code makes the account {plain(account)} yours: it came by mail, or is an invite code that you got."


def many_lines(lines: int) -> str:
    """Before a long paste is sent: the question."""
    return f"Send {count(lines, 'line', 'lines')}?"


def many_lines_to(room: str) -> str:
    """Before a long paste is sent: what it means."""
    return f"That is a lot to read at once in {room}."


def not_the_given(fingerprint: str) -> str:
    """Another certificate than the one that the user named."""
    return (
        f"its certificate has the fingerprint {fingerprint}, not the one that was given: "
        "either it has a new one, or somebody stands in between"
    )


def not_vouched_for(doubt: str) -> str:
    """A server that promised encryption that can be checked shows a certificate that can't."""
    return f"it promised a certificate that this computer can check, and this one it can't ({doubt})"


def trusted_now(fingerprint: str) -> str:
    """A certificate that nobody vouches for was met for the first time."""
    return (
        "The connection is encrypted, with a certificate that nobody vouches for. If it ever changes, you will be told."
        f" Its fingerprint: {fingerprint}"
    )


# What several quiet lines come to.
JOINED = "joined"
LEFT = "left"
CAME_AND_WENT = "came and went"
LEFT_AND_CAME_BACK = "left and came back"
SEPARATOR = " · "
MANY_CHANGES: dict[str, str] = {"nick": "{} people changed their names", "mode": "{} settings changed"}  # by kind
NEW_MESSAGES = "New messages"
_NAMED = 6  # people whose names are said


def people(nicks: list[str]) -> str:
    """``Bob``, ``Bob and Eve``, and of many the first ones: ``..., Al and 4 others``."""
    more = len(nicks) - _NAMED
    parts = [*nicks[:_NAMED], count(more, "other", "others")] if more > 0 else nicks
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def _removed_from_server(who_was: str, by: str, reason: str) -> str:
    return f"{who_was} removed from the server by {by}" + (f": {reason}" if reason else "")


def _in_brackets(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _lower_first(text: str) -> str:
    """``text`` to follow a colon; an abbreviation keeps its capitals."""
    return text[0].lower() + text[1:] if text[1:2].islower() else text
