"""The edge between talk and prompt: who is typing, and what arrived below the place where one reads."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from chatkit.tui_widgets.wrapping import cells, clip

NAMED = 3  # people who are called by their names


class TypingLine(Widget):
    """Always there, so that nothing jumps when somebody begins to type."""

    typing: reactive[tuple[str, ...]] = reactive(())
    below: reactive[int] = reactive(0)

    class EndWanted(Message):
        """The user clicked the word of what arrived below."""

    def render(self) -> Content:
        width = self.size.width
        badge = f" ↓ {self.below} new below · End " if self.below else ""
        who = clip(typing_words(self.typing), max(0, width - cells(badge) - 6))
        left = f"── {who} " if who else "─"
        rule = "─" * max(0, width - cells(left) - cells(badge) - 1)
        parts = [(left, "italic $muted" if who else "$panel"), (rule, "$panel")]
        if badge:
            parts.append((badge, "bold reverse" if "nocolor" in self.pseudo_classes else "bold $background on $accent"))
        return Content.assemble(*parts, ("─", "$panel"))

    def on_click(self) -> None:
        if self.below:
            self.post_message(self.EndWanted())


def typing_words(nicks: tuple[str, ...]) -> str:
    """``Bob and Eve are typing…``"""
    if not nicks:
        return ""
    if len(nicks) > NAMED:
        return "several people are typing…"
    names = " and ".join((", ".join(nicks[:-1]), nicks[-1])) if len(nicks) > 1 else nicks[0]
    return f"{names} {'are' if len(nicks) > 1 else 'is'} typing…"
