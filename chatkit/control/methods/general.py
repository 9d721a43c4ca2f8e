"""What the commands of the family "general" do: telling everyone, seeing in, reading the settings again, stopping."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from functools import partial

from chatkit.client.splitting import split_text
from chatkit.control.figures import measure
from chatkit.control.logbook import Page
from chatkit.control.overview import Stats, Top, Waiting
from chatkit.control.params.general import Announce, Complete, Log, Motd, Nothing
from chatkit.control.phrases import counted, one_line
from chatkit.control.plan import Actor, Change, Changed, Lasting, Plan, Undo, refused
from chatkit.control.runner import Desk, does, plans, reads, require_yes, shows
from chatkit.ircd import motd as motds
from chatkit.ircd.apply import apply
from chatkit.ircd.clock import Moment
from chatkit.ircd.events import Announced, AnnouncedIn, Cause, Rehashed
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.requests import Reloaded
from chatkit.ircd.state import Channel
from chatkit.proto.casemapping import casefold
from chatkit.proto.durations import MAX_SECONDS, format_duration

MAX_ANNOUNCEMENT = 4000  # characters
MAX_LINES = 100  # of it: each is a message to everyone, or what everyone gets who comes
NOTICE_BYTES = 300  # of text that fit into one line, whatever the server and the recipient are called
MAX_SLOW = 20  # clients that are shown
MAX_MEANT = 50  # words that are offered

# Telling everyone.


@plans("announce")
def announce(ircd: Ircd, now: Moment, params: Announce, actor: Actor) -> Plan:
    """Say something to everyone, or in a room. Refuses: nothing to say, too much to say, no such room."""
    lines = _lines(params.text, "an announcement")
    if not params.to:
        said = f"Told {counted(len(ircd.users), 'user')}"
        return Plan(said, ("everyone",), partial(_tell_all, ircd, now, lines))
    channel = _find_room(ircd, params.to)
    if ircd.ailing:
        raise refused("what is said in a room is stored, and nothing can be at the moment")
    said = f"Told {counted(len(channel.members), 'user')} in {channel.name}"
    return Plan(said, (channel.name,), partial(_tell_room, ircd, now, channel, lines))


@plans("motd")
def motd(ircd: Ircd, now: Moment, params: Motd, actor: Actor) -> Plan:
    """Set the message of the day. Refuses: neither text nor ``clear``, or both."""
    if bool(params.text) == params.clear:
        raise refused("give a text, or --clear to go back to the settings' file")
    lines = () if params.clear else _lines(params.text, "a message of the day")
    before = ircd.own_motd
    undo = Undo("motd", {"text": "\n".join(before)} if before else {"clear": True})
    said = "Went back to the message of the day of the settings" if params.clear else "Set the message of the day"
    return Plan(said, (), partial(motds.say, ircd, lines), undo if before or lines else None)


def _tell_all(ircd: Ircd, now: Moment, lines: tuple[str, ...]) -> None:
    for line in lines:
        apply(ircd, Announced(Cause(ircd.sequence.next(now.wall), ircd.name), line))


def _tell_room(ircd: Ircd, now: Moment, channel: Channel, lines: tuple[str, ...]) -> None:
    for line in lines:
        apply(ircd, AnnouncedIn(Cause(ircd.sequence.next(now.wall), ircd.name), channel.name, line))


def _lines(text: str, what: str) -> tuple[str, ...]:
    if len(text) > MAX_ANNOUNCEMENT:
        raise refused(f"{what} has at most {MAX_ANNOUNCEMENT:,} characters")
    lines = [part for line in text.splitlines() for part in split_text(one_line(line), NOTICE_BYTES)]
    if not lines:
        raise refused(f"{what} needs a text")
    if len(lines) > MAX_LINES:
        raise refused(f"{what} has at most {MAX_LINES} lines")
    return tuple(lines)


def _find_room(ircd: Ircd, name: str) -> Channel:
    channel = ircd.channels.get(casefold(name))
    if channel is None:
        raise refused(f"nobody is in a room called {one_line(name)}")
    return channel


# Seeing in.


@reads("stats")
def stats(desk: Desk, params: Nothing) -> Stats:
    """The server in figures."""
    return measure(desk.host, desk.rate)


@shows("top")
def top(desk: Desk, params: Nothing, actor: Actor) -> Top:
    """What a screen shows that is looked at all the time. Which clients are slow is for who may see them."""
    may_know = actor.may("look")
    waiting = (Waiting(name if may_know else "", queued) for name, queued in desk.host.queues() if queued)
    slow = heapq.nlargest(MAX_SLOW, waiting, key=lambda client: client.queued)
    return Top(measure(desk.host, desk.rate), tuple(slow))


@reads("log")
def log(desk: Desk, params: Log) -> Page:
    """The newest lines of the log. Refuses to follow it: that is up to who asks, again and again."""
    if params.follow:
        raise refused("the log cannot be followed here: ask again for what came after the cursor of this answer")
    return desk.logbook.page(params.after, params.limit, params.level, params.filter)


@shows("complete")
def complete(desk: Desk, params: Complete, actor: Actor) -> list[str]:
    """What may be meant by the beginning of a name, without regard to case. Refuses: who may not see such names."""
    privilege, names = _NAMES[params.kind]
    if not actor.may(privilege):
        raise refused(f"{actor.name} may not see that: it needs the privilege {privilege}")
    start = params.prefix.casefold()

    def look(ircd: Ircd, now: Moment) -> list[str]:
        found = (name for name in names(ircd) if name.casefold().startswith(start))
        return heapq.nsmallest(MAX_MEANT, found, key=str.casefold)

    return desk.host.act(look)


# Who may see them, as the commands that list them ask for it, and what there is.
_NAMES: dict[str, tuple[str, Callable[[Ircd], Iterable[str]]]] = {
    "nick": ("look", lambda ircd: [user.nick for user in ircd.users.values()]),
    "room": (
        "look",
        lambda ircd: {
            **{channel.name: None for channel in ircd.channels.values()},
            **{registration.name: None for registration in ircd.registrations.values()},
        },
    ),
    "account": ("accounts", lambda ircd: [account.name for account in ircd.accounts.by_key.values()]),
    "ban": ("ban", lambda ircd: list(ircd.bans.by_id)),
    "token": ("tokens", lambda ircd: list(ircd.tokens)),
    "invite": ("invites", lambda ircd: [invitation.id for invitation in ircd.invitations.values()]),
    "audit": ("audit", lambda ircd: [str(id_) for id_ in range(max(1, ircd.audits - MAX_MEANT), ircd.audits + 1)]),
}


# Settings, and the end.


@does("reload")
def reload(desk: Desk, params: Change, actor: Actor) -> Changed:
    """Read the settings again. Refuses: what is wrong with them, and then nothing has changed."""
    if params.dry_run:
        return Changed("Read the settings again")
    outcome = desk.host.reload()
    desk.host.act(partial(_note_reload, actor.name, outcome))
    if outcome.error:
        raise refused(f"nothing has changed: {outcome.error}")
    changed = ", ".join(outcome.changed) or "nothing"
    later = f"; these wait for a restart: {', '.join(outcome.later)}" if outcome.later else ""
    return Changed(f"Read the settings again; changed: {changed}{later}", result=outcome)


def _note_reload(who: str, outcome: Reloaded, ircd: Ircd, now: Moment) -> None:
    apply(ircd, Rehashed(Cause(ircd.sequence.next(now.wall), who), outcome.changed, outcome.error))


@does("drain")
def drain(desk: Desk, params: Lasting, actor: Actor) -> Changed:
    """Let nobody in any more, and stop when the last has gone."""
    if params.lasts is not None and not 0 < params.lasts <= MAX_SECONDS:
        raise refused("give a span of time between a second and a hundred years")
    limit = "" if params.lasts is None else f", in {format_duration(params.lasts)} at the latest"
    hits = _ending(desk, params, f"This server lets nobody in any more, and stops when the last has gone{limit}")
    if not params.dry_run:
        desk.afterwards.append(lambda: desk.host.drain(params.lasts))
    return Changed(f"Nobody new is let in; the server stops when the last has gone{limit}", hits)


@does("stop")
def stop(desk: Desk, params: Change, actor: Actor) -> Changed:
    """Stop the server, once this has been answered. The connection ends when it is done."""
    hits = _ending(desk, params, "This server stops now")
    if not params.dry_run:
        desk.afterwards.append(desk.host.stop_requested.set)
    return Changed("Stopped the server", hits)


def _ending(desk: Desk, params: Change, sentence: str) -> tuple[str, ...]:
    """Tell everyone that the server is about to end. Returns whom it hits. Refuses: until it is confirmed."""

    def tell(ircd: Ircd, now: Moment) -> tuple[str, ...]:
        hits = tuple(user.nick for user in ircd.users.values() if user.sessions)
        if not params.dry_run:
            require_yes(ircd, params, hits)
            _tell_all(ircd, now, _lines(f"{sentence}: {params.reason}" if params.reason else f"{sentence}.", "it"))
        return hits

    return desk.host.act(tell)
