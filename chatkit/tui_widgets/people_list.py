"""The people at the right: who is in the room in focus."""

from __future__ import annotations

from chatkit.client.model import Person, Room
from chatkit.tui_widgets.row_list import Row, RowList

HEADING = Row("People", look="heading")


class PeopleList(RowList):
    """Shows ``room.people``; a row's key is the nick."""

    def update_people(self, room: Room) -> None:
        """Show who is in ``room`` now."""
        self.show([HEADING, *map(_row, room.people)])


def _row(person: Person) -> Row:
    mark = f" {person.prefix[:1] or ' '}"
    if person.away:
        return Row(person.nick, mark, "away", look="dim", key=person.nick)
    return Row(person.nick, mark, nick=person.nick, key=person.nick)
