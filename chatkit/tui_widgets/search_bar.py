"""The search box above the talk: what fits is listed as one types, and shown where it was said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from chatkit.client.finder import Hit, Search
from chatkit.client.local_time import clock, day_of
from chatkit.tui_widgets.keycaps import keycap
from chatkit.tui_widgets.row_list import Row, RowList

WAIT = 0.06  # seconds without a key before it looks
ASK = 0.5  # seconds before the server is asked
LEAD = 24  # characters shown before what fits
LISTED = 8  # rows
NOTHING_HERE = "nothing here · {} everywhere"


class SearchBar(Vertical):
    """Hidden until it is opened. It looks with a ``Search`` made for each opening."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
    ]

    class Picked(Message):
        """Go to ``hit``. ``done`` is whether the user wants to stay there, rather than look through the list."""

        def __init__(self, hit: Hit, *, done: bool) -> None:
            super().__init__()
            self.hit = hit
            self.done = done

    class ServerWanted(Message):
        """The user stopped typing: the server may know more."""

        def __init__(self, query: str) -> None:
            super().__init__()
            self.query = query

    class Closed(Message):
        """The user has found it, or given up."""

    def __init__(self) -> None:
        super().__init__()
        self._label = Static(Content(""), classes="label")
        self._input = Input(compact=True, max_length=200)
        self._count = Static(Content(""), classes="count")
        self._list = RowList(always=True)
        self._list.can_focus = False
        self._search: Search | None = None
        self.everywhere = False  # or in one room
        self._hits: Sequence[Hit] = ()
        self._further: Sequence[Hit] = ()  # that only the server had
        self._look_timer: Timer | None = None
        self._ask_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self._label
            yield self._input
            yield self._count
        yield self._list

    def open(self, search: Search, where: str, *, everywhere: bool, text: str = "") -> None:
        """Look with ``search``, which is called ``where``."""
        self._search, self.everywhere = search, everywhere
        self._label.update(Content.styled(f"Search {where}", "bold $primary"))
        self._input.placeholder = "words, from:name, in:#room, “a phrase”" + ("" if everywhere else " · ^F everywhere")
        if text:
            self._input.value = text
        self.display = True
        self.screen.set_focus(self._input)
        self._further = ()
        self._look()

    def action_close(self) -> None:
        self.display = False
        self._search, self._hits, self._further = None, (), ()
        self._input.value = ""
        self.post_message(self.Closed())

    def action_move(self, by: int) -> None:
        self._list.action_move(by)
        self._pick(done=False)

    def add(self, query: str, hits: Sequence[Hit]) -> None:
        """The server found these."""
        if query != self._input.value.strip():
            return
        known = {(hit.room.id, hit.msgid) for hit in self._hits if hit.msgid}
        self._further = [hit for hit in hits if (hit.room.id, hit.msgid) not in known]
        self._show()

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        for timer in (self._look_timer, self._ask_timer):
            if timer is not None:
                timer.stop()
        self._look_timer = self.set_timer(WAIT, self._look)
        self._ask_timer = self.set_timer(ASK, self._ask)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self._look()
        self._pick(done=True)

    @on(RowList.Chosen)
    def _chosen(self, message: RowList.Chosen) -> None:
        message.stop()
        self._pick(done=True)

    def _look(self) -> None:
        query = self._input.value.strip()
        if self._search is None:
            return
        hits = self._search.find(query) if query else ()
        if hits != self._hits:
            self._hits, self._further = hits, ()
            self._list.cursor = 0
        self._show()

    def _ask(self) -> None:
        if self._search is not None and (query := self._input.value.strip()):
            self.post_message(self.ServerWanted(query))

    def _show(self) -> None:
        found = [*self._hits, *self._further]
        today = date.today()
        self._list.styles.height = min(len(found), LISTED)
        self._list.show([_row(number, hit, today, everywhere=self.everywhere) for number, hit in enumerate(found)])
        nothing = "nothing found" if self.everywhere else NOTHING_HERE.format(keycap("search"))
        words = "" if not self._input.value.strip() else f"{len(found)} found" if found else nothing
        self._count.update(Content.styled(words, "$muted"))

    def _pick(self, *, done: bool) -> None:
        found = [*self._hits, *self._further]
        if not found or self._list.chosen is None:
            return
        hit = found[int(self._list.chosen)]
        if done or (not self.everywhere and hit.line_id is not None):
            self.post_message(self.Picked(hit, done=done))


def _row(number: int, hit: Hit, today: date, *, everywhere: bool) -> Row:
    """``Bob: … what fits …`` with when it was said; everywhere, also with the room."""
    text = hit.text.replace("\n", " ")
    first = hit.ranges[0][0] if hit.ranges else 0
    cut = max(0, first - LEAD)
    lead = f"{hit.nick}: " + ("…" if cut else "")
    shift = len(lead) - cut
    strong = tuple((start + shift, end + shift) for start, end in hit.ranges)
    day = day_of(hit.time_ms)
    when = clock(hit.time_ms) if day == today else f"{day:%d %b} {clock(hit.time_ms)}"
    return Row(lead + text[cut:], badge=f"{hit.room.title} {when}" if everywhere else when, strong=strong, key=number)
