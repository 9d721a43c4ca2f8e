"""Messages of one client to one room, one after the other.

What the first of them was let through on holds for the next as long as nothing happens but talk in rooms. So only
their texts are looked at: the usual case, and what a bot reports or somebody pastes, costs a third of what it would.
One that comes alone, as most do, is a turn of its own, made of the little that it needs: see ``talk_on``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatkit.ircd.clock import Moment
from chatkit.ircd.events import Cause, Said
from chatkit.ircd.lines import is_fit
from chatkit.ircd.saying import Saying
from chatkit.ircd.staging import MAX_BODY, Frame, LineFrame, cut
from chatkit.proto import capabilities as cap
from chatkit.store.records import Record

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import Channel, Session, User


Text = tuple[bytes, str]  # as it came, and decoded


class Spoken:
    """What a session has said in a room, as a member, and ``speech.lets_more_through``."""

    __slots__ = ("changes", "channel", "head", "like", "prefix")

    def __init__(self, command: str, target: str, channel: Channel, user: User, changes: int) -> None:
        """``target`` is the room as the client wrote it, ``changes`` what ``Ircd.changes`` was."""
        self.changes = changes
        self.channel = channel
        self.head = f"{command} {target} :".encode()  # of a line that goes on with it
        self.prefix = f":{user.source} {command} {channel.name} :".encode()  # of what the others get
        by = Cause(0, user.source, user.account_name, user.is_bot, user.is_oper)
        # What will be said, but for when and what.
        self.like = Said(by, command, channel.name, channel.id, user.key, "")


def texts_of(head: bytes, lines: Sequence[bytes]) -> list[Text]:
    """What ``lines`` say, up to one that does not begin with ``head`` or is odd: it is refused on the usual way."""
    size = len(head)
    texts: list[Text] = []
    for line in lines:
        raw = line[size:]
        if not raw or not line.startswith(head) or len(line) > MAX_BODY:
            break
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            break
        if not text.isprintable() and not is_fit(text):
            break
        texts.append((raw, text))
    return texts


def talk_on(ircd: Ircd, session: Session, spoken: Spoken, said: Text, now: Moment) -> Saying:
    """Say what ``texts_of`` found in the only line that came, in the room of ``spoken``, as a turn of its own.

    Call only where ``Ircd.changes`` is what it was then.
    """
    raw, text = said
    like, body = spoken.like, spoken.prefix + raw
    command, by = like.command, like.by
    seq = ircd.sequence.next(now.wall)
    record = Record(seq, like.recipient, command, by.source, like.sender, like.target, text, "", by.account, by.bot)
    ircd.messages += 1
    ircd.used[command] += 1
    if command == "PRIVMSG" and session.user is not None:
        session.user.idle_since = now.mono
    return Saying(
        record,
        body if len(body) <= MAX_BODY else cut(body),
        spoken.channel.audience(),
        session.link,
        is_echoed=bool(session.caps & cap.ECHO_MESSAGE),
        is_oper=by.oper,
    )


def say_on(ircd: Ircd, session: Session, spoken: Spoken, lines: Sequence[bytes], now: Moment) -> int:
    """Say what the first of ``lines`` say, up to one that is no further message to the room of ``spoken``.

    Call only where ``Ircd.changes`` is what it was then. Returns how many lines were said.
    """
    texts = texts_of(spoken.head, lines)
    if texts:
        _tell(ircd, session, spoken, texts, now)
    return len(texts)


def _tell(ircd: Ircd, session: Session, spoken: Spoken, texts: list[Text], now: Moment) -> None:
    turn, link, prefix, like = ircd.turn, session.link, spoken.prefix, spoken.like
    command, name, key, sender = like.command, like.target, like.recipient, like.sender
    source, account, bot, oper = like.by.source, like.by.account, like.by.bot, like.by.oper
    frames: list[Frame] = []
    seq = ircd.sequence.reserve(now.wall, len(texts))
    for raw, text in texts:
        by = Cause(seq, source, account, bot, oper)
        turn.records.append((Record(seq, key, command, source, sender, name, text, "", account, bot), link, None))
        turn.events.append(Said(by, command, name, key, sender, text))
        body = prefix + raw
        frames.append(LineFrame(body if len(body) <= MAX_BODY else cut(body), by))
        seq += 1
    turn.broadcast_all(spoken.channel.audience(), frames, None if session.caps & cap.ECHO_MESSAGE else link)
    ircd.messages += len(texts)
    ircd.used[command] += len(texts)
    if command == "PRIVMSG" and session.user is not None:
        session.user.idle_since = now.mono
