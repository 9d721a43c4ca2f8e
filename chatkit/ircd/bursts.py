"""Messages of one client to one room, one after the other.

What the first of them was let through on holds for the next as long as nothing happens but talk in rooms. So only
their texts are looked at: the usual case, and what a bot reports or somebody pastes, costs a third of what it would.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatkit.ircd.clock import Moment
from chatkit.ircd.events import Cause, Said
from chatkit.ircd.lines import is_fit
from chatkit.ircd.staging import MAX_BODY, Frame, LineFrame, cut
from chatkit.proto import capabilities as cap
from chatkit.store.records import Record

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import Channel, Session

Text = tuple[bytes, str]  # as it came, and decoded


class Spoken:
    """What a session has said in a room, as a member, and ``speech.lets_more_through``."""

    __slots__ = ("changes", "channel", "command", "head")

    def __init__(self, command: str, target: str, channel: Channel, changes: int) -> None:
        """``target`` is the room as the client wrote it, ``changes`` what ``Ircd.changes`` was."""
        self.command = command
        self.head = f"{command} {target} :".encode()
        self.channel = channel
        self.changes = changes


def say_on(ircd: Ircd, session: Session, spoken: Spoken, lines: Sequence[bytes], now: Moment) -> int:
    """Say what the first of ``lines`` say, up to one that is no further message to the room of ``spoken``.

    Call only where ``Ircd.changes`` is what it was then. Returns how many lines were said.
    """
    texts = _texts(spoken.head, lines)
    if texts:
        _tell(ircd, session, spoken, texts, now)
    return len(texts)


def _texts(head: bytes, lines: Sequence[bytes]) -> list[Text]:
    # Whatever is odd ends them: it is refused on the usual way.
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


def _tell(ircd: Ircd, session: Session, spoken: Spoken, texts: list[Text], now: Moment) -> None:
    turn, link, user, channel, command = ircd.turn, session.link, session.user, spoken.channel, spoken.command
    assert user is not None, "it has said something"
    name, key, sender = channel.name, channel.id, user.key
    source, account, bot, oper = user.source, user.account_name, user.is_bot, user.is_oper
    prefix = f":{source} {command} {name} :".encode()
    frames: list[Frame] = []
    for seq, (raw, text) in zip(ircd.sequence.reserve(now.wall, len(texts)), texts, strict=True):
        by = Cause(seq, source, account, bot, oper)
        turn.records.append((Record(seq, key, command, source, sender, name, text, "", account, bot), link, None))
        turn.events.append(Said(by, command, name, key, sender, text))
        frames.append(LineFrame(cut(prefix + raw), by))
    turn.broadcast_all(channel.audience(), frames, None if session.caps & cap.ECHO_MESSAGE else link)
    ircd.messages += len(texts)
    ircd.used[command] += len(texts)
    if command == "PRIVMSG":
        user.idle_since = now.mono
