"""Questions about the server: MOTD, VERSION, ADMIN, LUSERS, TIME, INFO, LINKS, ISUPPORT.

Spec: https://modern.ircdocs.horse/#server-queries-and-commands
"""

from __future__ import annotations

from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.motd import lines_of
from chatkit.proto import capabilities as cap
from chatkit.proto import masks
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.isupport import Tokens, format_tokens
from chatkit.proto.message import Message
from chatkit.proto.timestamps import format_date


def require_this_server(ctx: Context, name: str) -> None:
    """Refuse with ERR_NOSUCHSERVER a ``name`` that is neither ours, nor a mask of it, nor the nick of anyone here."""
    if name and not masks.matches(name, ctx.ircd.name) and casefold(name) not in ctx.ircd.users:
        raise NumericError(n.ERR_NOSUCHSERVER, name)


@command("MOTD")
def motd(ctx: Context, msg: Message) -> None:
    """MOTD [<target>]: the message of the day.

    Spec: https://modern.ircdocs.horse/#motd-message
    Refuses: ERR_NOSUCHSERVER
    """
    require_this_server(ctx, msg.param(0))
    send_motd(ctx)


def send_motd(ctx: Context) -> None:
    """RPL_MOTDSTART, RPL_MOTD and RPL_ENDOFMOTD, or ERR_NOMOTD."""
    lines = lines_of(ctx.ircd)
    if not lines:
        ctx.reply(n.ERR_NOMOTD)
        return
    ctx.reply(n.RPL_MOTDSTART, text=f"- {ctx.ircd.name} Message of the day -")
    for line in lines:
        ctx.reply(n.RPL_MOTD, text=f"- {line}")
    ctx.reply(n.RPL_ENDOFMOTD)


@command("VERSION")
def version(ctx: Context, msg: Message) -> None:
    """VERSION [<target>]: what runs here, and what it supports.

    Spec: https://modern.ircdocs.horse/#version-message
    Refuses: ERR_NOSUCHSERVER
    """
    require_this_server(ctx, msg.param(0))
    ctx.reply(n.RPL_VERSION, ctx.ircd.software, ctx.ircd.name, text=ctx.ircd.config.network.description)
    send_isupport(ctx)


@command("ISUPPORT", before_registration=True)
def isupport(ctx: Context, msg: Message) -> None:
    """ISUPPORT: what the server supports, before one is registered too.

    Spec: https://ircv3.net/specs/extensions/extended-isupport#isupport-command
    Refuses: ERR_NOTREGISTERED
    """
    session = ctx.session
    ctx.require(session.user is not None or session.has(cap.EXTENDED_ISUPPORT), n.ERR_NOTREGISTERED)
    send_isupport(ctx)


def send_isupport(ctx: Context, changed: Tokens | None = None) -> None:
    """RPL_ISUPPORT, as many as it takes: all tokens, or those that have ``changed``."""
    batched = ctx.session.has(cap.EXTENDED_ISUPPORT)
    if batched:
        ctx.open_batch("draft/isupport")
    for line in ctx.ircd.isupport_lines if changed is None else format_tokens(changed):
        ctx.reply(n.RPL_ISUPPORT, *line)
    if batched:
        ctx.close_batch()
    ctx.session.isupport_sent = True


@command("ADMIN")
def admin(ctx: Context, msg: Message) -> None:
    """ADMIN [<target>]: who runs the server, and how to reach them.

    Spec: https://modern.ircdocs.horse/#admin-message
    Refuses: ERR_NOSUCHSERVER
    """
    require_this_server(ctx, msg.param(0))
    network = ctx.ircd.config.network
    ctx.reply(n.RPL_ADMINME, ctx.ircd.name)
    ctx.reply(n.RPL_ADMINLOC1, text=network.location or "Nobody has said where this server is")
    ctx.reply(n.RPL_ADMINLOC2, text=network.organisation or "Nobody has said who runs this server")
    ctx.reply(n.RPL_ADMINEMAIL, text=network.email or "Nobody has left an address")


@command("LUSERS")
def lusers(ctx: Context, msg: Message) -> None:
    """LUSERS [<mask> [<target>]]: how many are here. The mask has no meaning: there is one server.

    Spec: https://modern.ircdocs.horse/#lusers-message
    Refuses: ERR_NOSUCHSERVER
    """
    require_this_server(ctx, msg.param(1))
    send_lusers(ctx)


def send_lusers(ctx: Context) -> None:
    """How many there are."""
    ircd = ctx.ircd
    users, most = len(ircd.users), ircd.max_users
    invisible = len(ircd.census.holders("i"))
    text = f"There are {users - invisible} users and {invisible} invisible on 1 servers"
    ctx.reply(n.RPL_LUSERCLIENT, text=text)
    ctx.reply(n.RPL_LUSEROP, str(len(ircd.census.holders("o"))))
    ctx.reply(n.RPL_LUSERUNKNOWN, str(len(ircd.strangers)))
    ctx.reply(n.RPL_LUSERCHANNELS, str(len(ircd.channels)))
    ctx.reply(n.RPL_LUSERME, text=f"I have {users} clients and 0 servers")
    ctx.reply(n.RPL_LOCALUSERS, str(users), str(most), text=f"Current local users {users}, max {most}")
    ctx.reply(n.RPL_GLOBALUSERS, str(users), str(most), text=f"Current global users {users}, max {most}")


@command("TIME")
def time(ctx: Context, msg: Message) -> None:
    """TIME [<server>]: what time it is there.

    Spec: https://modern.ircdocs.horse/#time-message
    Refuses: ERR_NOSUCHSERVER
    """
    require_this_server(ctx, msg.param(0))
    seconds = ctx.now.wall // 1_000_000
    ctx.reply(n.RPL_TIME, ctx.ircd.name, str(seconds), "0", text=format_date(seconds))


@command("INFO")
def info(ctx: Context, msg: Message) -> None:
    """INFO [<target>]: what this server is, and since when it runs.

    Spec: https://modern.ircdocs.horse/#info-message
    Refuses: ERR_NOSUCHSERVER
    """
    require_this_server(ctx, msg.param(0))
    ircd = ctx.ircd
    for line in (
        f"{ircd.software}: {ircd.config.network.description}",
        f"This is {ircd.name} of {ircd.network}",
        f"It was started on {format_date(ircd.started.wall // 1_000_000)}",
        "It speaks IRC: https://modern.ircdocs.horse/ and https://ircv3.net/",
        "HELP lists what you can do here",
    ):
        ctx.reply(n.RPL_INFO, text=line)
    ctx.reply(n.RPL_ENDOFINFO)


@command("LINKS")
def links(ctx: Context, msg: Message) -> None:
    """LINKS: the servers of this network, which is one.

    Spec: https://modern.ircdocs.horse/#links-message
    """
    name = ctx.ircd.name
    ctx.reply(n.RPL_LINKS, name, name, text=f"0 {ctx.ircd.config.network.description}")
    ctx.reply(n.RPL_ENDOFLINKS, "*")
