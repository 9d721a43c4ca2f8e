"""What is set in a room, kept where the room itself does not last: nobody is in it, or the server starts anew."""

from __future__ import annotations

import msgspec

from chatkit.ircd.state import Channel, ListEntry, Topic
from chatkit.proto import extbans


class SavedEntry(msgspec.Struct, frozen=True):
    """An entry of a list, or the topic: who set it and when (in seconds since 1970)."""

    text: str
    setter: str
    set_at: int


class RoomSettings(msgspec.Struct):
    """As in ``state.Channel``."""

    name: str
    created: int  # seconds since 1970
    topic: SavedEntry | None = None
    flags: str = ""
    key: str | None = None
    limit: int | None = None
    forward: str | None = None
    slow: int | None = None
    lists: dict[str, list[SavedEntry]] = {}
    metadata: dict[str, str] = {}

    def take_from(self, channel: Channel) -> None:
        """Take over what is set in ``channel`` now."""
        self.name, self.created = channel.name, channel.created
        self.flags, self.key = channel.flags, channel.key
        self.limit, self.forward, self.slow = channel.limit, channel.forward, channel.slow
        topic = channel.topic
        self.topic = SavedEntry(topic.text, topic.setter, topic.set_at) if topic is not None else None
        self.lists = {
            letter: [SavedEntry(entry.mask, entry.setter, entry.set_at) for entry in entries.values()]
            for letter, entries in channel.lists.items()
            if entries
        }
        self.metadata = dict(channel.metadata)

    def make(self) -> Channel:
        """A room with these settings, which nobody is in yet."""
        channel = Channel(self.name, self.created)
        channel.flags, channel.key = self.flags, self.key
        channel.limit, channel.forward, channel.slow = self.limit, self.forward, self.slow
        if (topic := self.topic) is not None:
            channel.topic = Topic(topic.text, topic.setter, topic.set_at)
        for letter, entries in self.lists.items():
            for saved in entries:
                entry = extbans.parse(saved.text)
                if entry is not None:
                    channel.lists[letter][entry.key] = ListEntry(saved.text, saved.setter, saved.set_at)
        channel.metadata = dict(self.metadata)
        return channel
