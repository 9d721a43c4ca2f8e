"""Messages of one client to one room, one right after the other.

What the first of them was let through on holds for those that follow it in the same tick, as nothing else happens in
between. So only their texts are looked at: what a bot reports, a bridge catches up with or somebody pastes costs a
fraction of what as many single messages do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatkit.ircd.events import Cause, Said
from chatkit.ircd.lines import is_fit
from chatkit.ircd.staging import MAX_BODY, Frame, LineFrame, cut
from chatkit.proto import capabilities as cap
from chatkit.store.records import Record

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.state import Channel

Spoken = tuple[str, str, "Channel"]  # a command, the room as the client wrote it, and the room
Text = tuple[bytes, str]  # as it came, and decoded


def say_on(context: Context, spoken: Spoken, lines: Sequence[bytes]) -> int:
    """Say what the first of ``lines`` say, up to one that is no further message to the room of ``spoken``.

    Call right after that, where ``speech.lets_more_through``. Returns how many lines were said.
    """
    command, target, channel = spoken
    texts = _texts(f"{command} {target} :".encode(), lines)
    if texts:
        _tell(context, command, channel, texts)
    return len(texts)


def _texts(head: bytes, lines: Sequence[bytes]) -> list[Text]:
    # Whatever is odd ends them: it is refused on the usual way.
    size, texts = len(head), []
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


def _tell(context: Context, command: str, channel: Channel, texts: list[Text]) -> None:
    ircd, session, user = context.ircd, context.session, context.user
    turn, link = ircd.turn, session.link
    name, key, sender = channel.name, channel.id, user.key
    source, account, bot, oper = user.source, user.account_name, user.is_bot, user.is_oper
    prefix = f":{source} {command} {name} :".encode()
    frames: list[Frame] = []
    for seq, (raw, text) in zip(ircd.sequence.reserve(context.now.wall, len(texts)), texts, strict=True):
        by = Cause(seq, source, account, bot, oper)
        turn.records.append((Record(seq, key, command, source, sender, name, text, "", account, bot), link, None))
        turn.events.append(Said(by, command, name, key, sender, text))
        frames.append(LineFrame(cut(prefix + raw), by))
    turn.broadcast_all(channel.audience(), frames, None if session.caps & cap.ECHO_MESSAGE else link)
    ircd.messages += len(texts)
    ircd.used[command] += len(texts)
