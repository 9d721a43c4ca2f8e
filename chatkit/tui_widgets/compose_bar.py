"""What the next message will be, above the place where one types: an answer, or another wording."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from chatkit.client.model import Composing
from chatkit.tui_widgets.wrapping import cells, clip

CANCEL = "  Esc cancels"


class ComposeBar(Widget):
    """Hidden while the next message is just a message. A click takes it back."""

    composing: reactive[Composing | None] = reactive(None)

    class Cancelled(Message):
        """The user wants just a message."""

    def watch_composing(self, composing: Composing | None) -> None:
        self.display = composing is not None

    def render(self) -> Content:
        if self.composing is None:
            return Content("")
        line = self.composing.line
        lead = f"↩ to {line.nick}: " if self.composing.kind == "reply" else "✎ your message: "
        text = clip(" ".join(line.text.split()), max(0, self.size.width - cells(lead) - cells(CANCEL)))
        return Content.assemble((lead, "bold $primary"), (text, "$muted"), (CANCEL, "$muted"))

    def on_click(self) -> None:
        self.post_message(self.Cancelled())
