"""Commands about people, oneself among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import words
from chatkit.client.commands.table import NICK, TEXT, Misuse, Typed, command, need, remark, say
from chatkit.proto.casemapping import casefold

if TYPE_CHECKING:
    from chatkit.client.core import Core
    from chatkit.client.hub import Hub


@command("nick", "NAME", "be called something else", "name", needs_connection=False, args=(TEXT,))
def nick(core: Core, typed: Typed) -> None:
    """NICK <nick>"""
    core.naming.choose(need(typed, 1, "nick")[0])


@command("who", "[NAME]", "who is in this room, or who somebody is", "names", "people", args=(NICK,))
def who(core: Core, typed: Typed) -> None:
    """The people that the model knows; NAMES <channel> for another room, WHOIS <nick> for a person."""
    name = typed.rest or typed.room.name
    room = core.chat.find(name)
    if room is not None and room.kind == "channel" and room.joined:
        people = [person.prefix[:1] + person.nick + (" (away)" if person.away else "") for person in room.people]
        core.note(typed.room, "info", words.people_here(room.name, people))
    elif core.session.is_channel(name):
        core.send("NAMES", name)
    elif typed.rest or typed.room.is_direct:
        core.send("WHOIS", name)
    else:
        raise Misuse(words.SERVER_ROOM)


@command("whois", "NAME", "who somebody is", args=(NICK,))
def whois(core: Core, typed: Typed) -> None:
    """WHOIS <nick>"""
    core.send("WHOIS", need(typed, 1, "whois")[0])


@command("away", "[WHY]", "tell people that you are away", args=(TEXT,))
def away(core: Core, typed: Typed) -> None:
    """AWAY <message>"""
    core.session.absence = typed.rest or "away"
    core.send("AWAY", core.session.absence)


@command("back", "", "tell people that you are back")
def back(core: Core, _typed: Typed) -> None:
    """AWAY"""
    core.send("AWAY")


@command("ignore", "[NAME]", "see nothing of somebody any more; without a name: of whom", of_hub=True, args=(NICK,))
def ignore(hub: Hub, typed: Typed) -> None:
    """A setting: nobody else notices."""
    ignored = hub.settings.talk.ignored
    if not typed.words:
        say(hub, typed.room, words.ignored_people(list(ignored)))
        return
    name = typed.words[0]
    if casefold(name) not in map(casefold, ignored):
        hub.set("talk.ignored", [*ignored, name])
    remark(hub, typed.room, words.ignoring(name))


@command("unignore", "NAME", "see again what somebody says", of_hub=True, args=(NICK,))
def unignore(hub: Hub, typed: Typed) -> None:
    """A setting: nobody else notices."""
    name = need(typed, 1, "unignore")[0].split()[0]
    ignored = hub.settings.talk.ignored
    rest = [other for other in ignored if casefold(other) != casefold(name)]
    if len(rest) == len(ignored):
        raise Misuse(words.not_ignored(name))
    hub.set("talk.ignored", rest)
    remark(hub, typed.room, words.not_ignoring(name))
