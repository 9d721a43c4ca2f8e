"""The people at the right: who is in the room in focus."""

from __future__ import annotations

from collections.abc import Sequence

from chatkit.client.model import Person, Room
from chatkit.tui_widgets.row_list import Row, RowList
from chatkit.tui_widgets.wrapping import cells

HEADING = "People"
AROUND = 4  # cells of the row beside its words


class PeopleList(RowList):
    """Shows ``room.people``; a row's key is the nick."""

    _counts: Sequence[str] = ()

    def update_people(self, room: Room) -> None:
        """Show who is in ``room`` now."""
        people = room.people
        self._counts = _counts(len(people), sum(person.away for person in people))
        self.show([self._heading(), *map(_row, people)])

    def on_resize(self) -> None:
        if self.rows:
            self.show([self._heading(), *self.rows[1:]])

    def _heading(self) -> Row:
        """With as much about the people as there is space for: their rows say who is away."""
        space = self.size.width - cells(HEADING) - AROUND
        return Row(HEADING, badge=next((words for words in self._counts if cells(words) <= space), ""), look="heading")


def _counts(people: int, away: int) -> list[str]:
    """How many there are: in many words, and in few."""
    return [f"{people}, {away} away", str(people)] if away else [str(people)]


def _row(person: Person) -> Row:
    mark = f" {person.prefix[:1] or ' '}"
    if person.away:
        return Row(person.nick, mark, "away", look="dim", key=person.nick)
    return Row(person.nick, mark, nick=person.nick, key=person.nick)
