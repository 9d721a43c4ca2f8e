"""What is said, as frames: the same when it happens and when it is read again from the history."""

from __future__ import annotations

from chatkit.ircd.events import Cause
from chatkit.ircd.multiline import MultilineFrame
from chatkit.ircd.staging import Frame, LineFrame, cut
from chatkit.proto import capabilities as cap
from chatkit.store.records import CONTINUED

RELAYED = "draft/relaymsg="  # the tag that the server puts before the client's where somebody speaks for another


class RelayedFrame(Frame):
    """A message that was relayed for somebody: the tag that says so is for those who asked for that, too."""

    __slots__ = ()
    is_echoed = True

    def tags(self, profile: int) -> list[str]:
        found = super().tags(profile)
        if profile & cap.RELAYMSG and not profile & cap.MESSAGE_TAGS:
            found.append(self.client_tags.partition(";")[0])
        return found


def speech_frame(by: Cause, command: str, target: str, text: str, tags: str, *, durable: bool = False) -> Frame:
    """A PRIVMSG, NOTICE or TAGMSG. ``text`` and ``tags`` are as in ``events.Said``."""
    if command == "TAGMSG":
        return Frame(f":{by.source} TAGMSG {target}", by, tags, durable=durable, needs=cap.MESSAGE_TAGS)
    if "\n" in text or CONTINUED in text:
        return MultilineFrame(command, target, text, by, tags, durable=durable)
    if durable and not tags:
        return LineFrame(cut(f":{by.source} {command} {target} :{text}".encode()), by)
    kind = RelayedFrame if tags and tags.startswith(RELAYED) else Frame
    return kind(f":{by.source} {command} {target} :{text}", by, tags, durable=durable)
