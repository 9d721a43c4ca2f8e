"""The people at the right: who is in the room in focus."""

from __future__ import annotations

from chatkit.client.model import Person, Room
from chatkit.tui_widgets.row_list import Row, RowList

HEADING = "People"


class PeopleList(RowList):
    """Shows ``room.people``; a row's key is the nick."""

    def update_people(self, room: Room) -> None:
        """Show who is in ``room`` now."""
        people = room.people
        here = sum(not person.away for person in people)
        away = len(people) - here
        badge = f"{len(people)}, {away} away" if away else str(len(people))
        self.show([Row(HEADING, badge=badge, look="heading"), *map(_row, people)])


def _row(person: Person) -> Row:
    mark = f" {person.prefix[:1] or ' '}"
    if person.away:
        return Row(person.nick, mark, "away", look="dim", key=person.nick)
    return Row(person.nick, mark, nick=person.nick, key=person.nick)
