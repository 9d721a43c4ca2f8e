"""History as ZNC's playback module gives it: a client asks *playback for its buffers, which are rooms and people.

Spec: https://wiki.znc.in/Playback
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec.structs import replace

from chatkit.ircd import reading
from chatkit.ircd.addressees import ADDRESSEES
from chatkit.ircd.clock import MILLISECOND
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail, NumericError
from chatkit.ircd.events import Cause
from chatkit.ircd.reading import Place
from chatkit.ircd.replay import send_buffer
from chatkit.ircd.staging import Frame
from chatkit.proto import capabilities as cap
from chatkit.proto import masks
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message
from chatkit.store.records import FIRST, LAST, HistoryQuery, Record

NAME = "*playback"  # whom clients ask
SOURCE = f"{NAME}!znc@znc.in"
MAX_BUFFERS = 1000  # of one request

Buffer = tuple[Place, Record]  # and the latest message
_SECONDS = re.compile(r"(\d{1,12})(?:\.(\d{1,9}))?", re.ASCII)


@command("ZNC", min_params=2)
def znc(ctx: Context, msg: Message) -> None:
    """ZNC *playback <word> [<param>]...: the same as PRIVMSG *playback :<word> [<param>]...

    Spec: https://wiki.znc.in/Using_commands
    Refuses: ERR_NOSUCHNICK
    """
    ctx.require(casefold(msg.params[0]) == NAME, n.ERR_NOSUCHNICK, msg.params[0])
    play(ctx, " ".join(msg.params[1:]))


def play(ctx: Context, text: str) -> None:
    """PLAY <buffers> [<from> [<to>]], LIST [<buffers>] or CLEAR <buffers>, said to *playback

    Buffers are names with commas between, wildcards allowed; times are seconds since 1970, perhaps with a fraction.
    What it does not understand is passed over in silence, as the module does.

    Refuses: ERR_NOSUCHNICK where the capability was not negotiated
    """
    if not ctx.session.has(cap.ZNC_PLAYBACK):
        raise NumericError(n.ERR_NOSUCHNICK, NAME)
    word, *params = text.split() or [""]
    if word.upper() in _WORDS:
        function, fewest, most = _WORDS[word.upper()]
        if fewest <= len(params) <= most:
            function(ctx, *params)


ADDRESSEES[NAME] = play


def _play(ctx: Context, wanted: str, start: str = "0", end: str = "") -> None:
    # After ``start``, up to and with ``end``; both are milliseconds, as the client knows them from server-time.
    after = (_ms_of(start) + 1) * MILLISECOND - 1
    before = (_ms_of(end) + 1) * MILLISECOND if end else LAST

    def play_one(place: Place, latest: Record) -> None:
        query = HistoryQuery(place.target, ctx.ircd.config.history.page, after, before, since=place.since)
        ctx.ask(query, lambda records: send_buffer(ctx, place, records, "znc.in/playback"), _trouble(place.name))

    _for_each(ctx, wanted, after, play_one)


def _list(ctx: Context, wanted: str = "*") -> None:
    def list_one(place: Place, latest: Record) -> None:
        query = HistoryQuery(place.target, 1, newest=False, since=place.since)
        ctx.ask(query, lambda first: _say(ctx, f"{place.name} {_span([*first, latest])}"), _trouble(place.name))

    _for_each(ctx, wanted, FIRST, list_one)


def _clear(ctx: Context, wanted: str) -> None:
    """Nothing of what is there now is played to this user again; the history keeps it for CHATHISTORY."""
    cleared = ctx.user.cleared

    def clear_one(place: Place, latest: Record) -> None:
        cleared[place.target] = latest.seq + 1
        if len(cleared) > MAX_BUFFERS:
            del cleared[next(iter(cleared))]

    _for_each(ctx, wanted, FIRST, clear_one)


_WORDS: dict[str, tuple[Callable[..., None], int, int]] = {  # and how many parameters each takes
    "PLAY": (_play, 1, 3),
    "LIST": (_list, 0, 1),
    "CLEAR": (_clear, 1, 1),
}


def _for_each(ctx: Context, wanted: str, after: int, act: Callable[[Place, Record], None]) -> None:
    """Call ``act`` with every buffer that is ``wanted`` and has something after the seq ``after``."""
    names = wanted.split(",")
    fits = masks.any_matcher(names)
    ctx.charge(masks.COMPILING * len(names))

    def found(latest: list[Record]) -> None:
        ctx.charge(len(latest))
        for record in latest:
            place = _buffer_of(ctx, record)
            if place is not None and fits(place.name):
                act(place, record)

    ctx.ask(reading.latest_query(ctx.user, MAX_BUFFERS, after, LAST), found, _trouble())


def _buffer_of(ctx: Context, record: Record) -> Place | None:
    """The buffer whose latest message ``record`` is, unless that was cleared."""
    place = reading.place_of(ctx.user, record)
    if place is None:
        return None
    since = max(place.since, ctx.user.cleared.get(place.target, FIRST))
    return replace(place, since=since) if record.seq >= since else None


def _ms_of(seconds: str) -> int:
    """Milliseconds since 1970; 0 for what is no time."""
    match = _SECONDS.fullmatch(seconds)
    return int(match[1]) * 1000 + int((match[2] or "").ljust(3, "0")[:3]) if match else 0


def _span(records: list[Record]) -> str:
    """The times of the first and the last of ``records``, in seconds since 1970."""
    times = (record.seq // MILLISECOND for record in (records[0], records[-1]))
    return " ".join(f"{ms // 1000}.{ms % 1000:03}" for ms in times)


def _say(ctx: Context, text: str) -> None:
    by = Cause(ctx.ircd.sequence.next(ctx.now.wall), SOURCE)
    ctx.send_frame(Frame(f":{SOURCE} PRIVMSG {ctx.user.nick} :{text}", by))


def _trouble(*context: str) -> Fail:
    return Fail("ZNC", "MESSAGE_ERROR", *context, text="Messages could not be retrieved")
