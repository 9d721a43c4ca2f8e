"""A question that covers the window: the name at the start, a room to join; or a page to read."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

import msgspec
import ttkbootstrap

from chatkit.gui_widgets import shapes
from chatkit.gui_widgets.look import Look

LOGO = 52  # units
WIDTH = 380  # units, of the text

Rows = tuple[tuple[str, str], ...]


class Question(msgspec.Struct, frozen=True):
    """What the card says. ``on_answer`` gets what was typed, without spaces around it, and never nothing."""

    title: str
    text: str = ""
    button: str = "OK"
    answer: str | None = None  # what is in the entry at first; None where nothing is asked
    empty: str = "Type something first."  # said when nothing was typed
    rows: Rows = ()  # a table below the text
    can_cancel: bool = True
    on_answer: Callable[[str], None] = lambda answer: None


class Card(tk.Frame):
    """Out of sight until ``ask``. While it is there, nothing below it can be reached."""

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, borderwidth=0)
        self.look = look
        self.on_closed: Callable[[], None] = lambda: None
        self._question: Question | None = None
        self._box = ttk.Frame(self, style="Card.TFrame")
        self._inside = tk.Frame(self._box, borderwidth=0)
        self._logo = tk.Label(self._inside, borderwidth=0)
        self._title = tk.Label(self._inside, borderwidth=0)
        self._text = tk.Label(self._inside, borderwidth=0, justify="center", wraplength=look.px(WIDTH))
        self._table = tk.Frame(self._inside, borderwidth=0)
        self.entry = ttkbootstrap.Entry(self._inside, font=look.fonts["talk"], justify="center", width=26)
        self._trouble = tk.Label(self._inside, borderwidth=0)
        self._buttons = tk.Frame(self._inside, borderwidth=0)
        self.button = ttkbootstrap.Button(self._buttons, bootstyle="primary", command=self.accept)
        self._cancel = ttkbootstrap.Button(self._buttons, text="Cancel", bootstyle="link", command=self.cancel)
        self._lay_out()
        self._bind()
        look.on_change(self._repaint)

    @property
    def shown(self) -> bool:
        """Whether it is there."""
        return self._question is not None

    @property
    def words(self) -> str:
        """Title, text and what is wrong, a line each."""
        labels = (self._title, self._text, self._trouble)
        return "\n".join(str(label.cget("text")) for label in labels if label.cget("text"))

    def ask(self, question: Question) -> None:
        """Show it, in place of one that is there."""
        self._question = question
        self._title.configure(text=question.title)
        self._text.configure(text=question.text)
        self._trouble.configure(text="")
        self.button.configure(text=question.button)
        self.entry.delete(0, "end")
        self.entry.insert(0, question.answer or "")
        self.entry.selection_range(0, "end")
        self._fill_table(question.rows)
        self._arrange(question)
        self.place(x=0, y=0, relwidth=1, relheight=1)
        self.lift()
        self.update_idletasks()  # Tk only gives the keyboard to what is on the screen
        (self.button if question.answer is None else self.entry).focus_set()

    def accept(self) -> None:
        """What the button does."""
        question, answer = self._question, str(self.entry.get()).strip()
        if question is None:
            return
        if question.answer is not None and not answer:
            self._trouble.configure(text=question.empty)
            return
        self.close()
        question.on_answer(answer)

    def cancel(self) -> None:
        """Go away without an answer, where that is allowed."""
        if self._question is not None and self._question.can_cancel:
            self.close()

    def close(self) -> None:
        """Go away."""
        self._question = None
        self.place_forget()
        self.on_closed()

    def _fill_table(self, rows: Rows) -> None:
        for old in self._table.winfo_children():
            old.destroy()
        look, palette = self.look, self.look.palette
        for number, (left, right) in enumerate(rows):
            key = tk.Label(self._table, text=left, font=look.fonts["small-bold"], fg=palette.text, bg=palette.base)
            meaning = tk.Label(self._table, text=right, font=look.fonts["small"], fg=palette.dim, bg=palette.base)
            key.grid(row=number, column=0, sticky="e", pady=look.px(1))
            meaning.grid(row=number, column=1, sticky="w", padx=(look.px(14), 0))

    def _arrange(self, question: Question) -> None:
        """Put in place what this question has, from top to bottom."""
        px = self.look.px
        wanted = (
            (self._logo, not question.rows, (0, px(10))),
            (self._title, True, (0, px(4))),
            (self._text, bool(question.text), (0, px(12))),
            (self._table, bool(question.rows), (px(8), px(12))),
            (self.entry, question.answer is not None, 0),
            (self._trouble, question.answer is not None, (px(2), px(6))),
            (self._buttons, True, 0),
        )
        for widget, _, _ in wanted:
            widget.pack_forget()
        for widget, has, space in wanted:
            if has:
                widget.pack(pady=space)
        self._cancel.pack_forget()
        if question.can_cancel and question.answer is not None:
            self._cancel.pack(side="left", padx=(0, px(8)), before=self.button)

    def _lay_out(self) -> None:
        px = self.look.px
        self._box.place(relx=0.5, rely=0.46, anchor="center")
        self._inside.pack(padx=px(40), pady=px(26))
        self.button.pack(side="left")

    def _bind(self) -> None:
        for key in ("<Return>", "<KP_Enter>"):
            self.entry.bind(key, lambda event: self.accept())
        for widget in (self.entry, self.button, self._cancel):
            widget.bind("<Tab>", lambda event: self._tab(1))
            for back in ("<Shift-Tab>", "<<PrevWindow>>"):
                widget.bind(back, lambda event: self._tab(-1))

    def _tab(self, step: int) -> str:
        """Keep the keyboard on the card."""
        stops: list[tk.Misc] = [stop for stop in (self.entry, self.button, self._cancel) if stop.winfo_manager()]
        here = self.focus_get()
        at = stops.index(here) if here in stops else 0
        stops[(at + step) % len(stops)].focus_set()
        return "break"

    def _repaint(self) -> None:
        look, palette = self.look, self.look.palette
        size = look.px(LOGO)
        self.configure(background=palette.side)
        for widget in (self._inside, self._logo, self._title, self._text, self._table, self._trouble, self._buttons):
            widget.configure(background=palette.base)
        self._logo.configure(image=look.image(shapes.logo(size, palette.accent, palette.on_accent)))
        self._title.configure(font=look.fonts["hero"], foreground=palette.text)
        self._text.configure(font=look.fonts["list"], foreground=palette.dim)
        self._trouble.configure(font=look.fonts["small"], foreground=palette.danger)
