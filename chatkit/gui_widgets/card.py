"""A question in the window: one of the client's forms as a card, over the talk or, at the start, over everything."""

from __future__ import annotations

import tkinter as tk
from collections import deque
from collections.abc import Callable
from tkinter import ttk

import ttkbootstrap

from chatkit.client.forms import Form
from chatkit.gui_widgets import shapes
from chatkit.gui_widgets.form_fields import Fields
from chatkit.gui_widgets.look import Look
from chatkit.gui_widgets.scrolled import Scrolled

LOGO = 52  # units
WIDTH = 380  # units, of the text
AROUND = 220  # units of height for all but the fields


class Card(tk.Frame):
    """Out of sight until ``ask``. While it is there, nothing else in its window can be reached.

    A form that comes while another is there waits for its turn.
    """

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, borderwidth=0)
        self.look = look
        self.on_closed: Callable[[], None] = lambda: None
        self._form: Form | None = None
        self._waiting: deque[tuple[Form, bool]] = deque()
        self._must = False
        self._box = ttk.Frame(self, style="Card.TFrame")
        self._inside = tk.Frame(self._box, borderwidth=0)
        self._logo = tk.Label(self._inside, borderwidth=0)
        self._title = tk.Label(self._inside, borderwidth=0, wraplength=look.px(WIDTH))
        self._text = tk.Label(self._inside, borderwidth=0, justify="center", wraplength=look.px(WIDTH))
        self._scrolled = Scrolled(self._inside, look)
        self.fields = Fields(self._scrolled.inside, look, self._returned)
        self.fields.pack(fill="x", padx=look.px(2))
        self._trouble = tk.Label(self._inside, borderwidth=0, wraplength=look.px(WIDTH))
        self._buttons = tk.Frame(self._inside, borderwidth=0)
        self._inside.pack(padx=look.px(40), pady=look.px(26))
        self._box.pack(expand=True)
        look.on_change(self._repaint)

    @property
    def shown(self) -> bool:
        """Whether it is there."""
        return self._form is not None

    @property
    def words(self) -> str:
        """Title, text and what is wrong, a line each."""
        labels = (self._title, self._text, self._trouble)
        return "\n".join(str(label.cget("text")) for label in labels if label.cget("text"))

    @property
    def labels(self) -> list[str]:
        """What its buttons say."""
        return [str(button.cget("text")) for button in self._buttons.winfo_children()]

    def ask(self, form: Form, *, must: bool = False) -> None:
        """Ask this, now or when what is asked is answered. ``must``: there is no way round it; it covers all."""
        if self._form is not None and not (must and not self._must):
            self._waiting.append((form, must))
            return
        self._show(form, must=must)

    def accept(self) -> None:
        """What the button does."""
        form = self._form
        if form is None:
            return
        missing = self.fields.missing()
        if missing:
            self._trouble.configure(text=missing)
            return
        must, values = self._must, self.fields.values()
        self._form = None
        following = form.submit(values)
        if following is not None:
            self._show(following, must=must)
        else:
            self._go_on()

    def cancel(self) -> None:
        """Go away without an answer, where that is allowed."""
        form = self._form
        if form is None or self._must:
            return
        self._form = None
        if form.cancel is not None:
            form.cancel()
        self._go_on()

    def press(self, label: str) -> None:
        """Press the button that says so."""
        for button in self._buttons.winfo_children():
            if isinstance(button, ttk.Button) and button.cget("text") == label:
                button.invoke()
                return

    def _show(self, form: Form, *, must: bool) -> None:
        self._form, self._must = form, must
        self._title.configure(text=form.title)
        self._text.configure(text=form.text)
        self._trouble.configure(text="")
        self.fields.show(form.fields)
        self._make_buttons(form, must=must)
        self._arrange(form, must=must)
        self._put(cover=must)
        self.lift()
        self.update_idletasks()  # Tk only gives the keyboard to what is on the screen
        self._keyboard()

    def _put(self, *, cover: bool) -> None:
        self.place_forget()
        if cover:
            self.place(x=0, y=0, relwidth=1, relheight=1)
        else:
            self.place(relx=0.5, rely=0.46, anchor="center")
        self._release()
        if not cover and self.winfo_toplevel().winfo_viewable():
            self.update_idletasks()
            if self.winfo_viewable():
                self.grab_set()

    def _go_on(self) -> None:
        """Ask what waits, or be gone."""
        if self._form is not None:  # the answer to one made another
            return
        if self._waiting:
            form, must = self._waiting.popleft()
            self._show(form, must=must)
            return
        self._release()
        self.place_forget()
        self.on_closed()

    def _release(self) -> None:
        if self.grab_current() is self:  # type: ignore[no-untyped-call]  # typeshed has no type for it
            self.grab_release()

    def _keyboard(self) -> None:
        """To the first field; without one to the button, but not to one that does harm."""
        form = self._form
        first = self.fields.first()
        buttons = self._buttons.winfo_children()
        if first is not None:
            first.focus_set()
        elif buttons:
            (buttons[0] if form is not None and form.danger else buttons[-1]).focus_set()

    def _make_buttons(self, form: Form, *, must: bool) -> None:
        for old in self._buttons.winfo_children():
            old.destroy()
        if not must:
            self._button("Cancel", "link", self.cancel)
        for label, action in form.also:
            self._button(label, "secondary-outline", lambda action=action: self._choose(action))  # type: ignore[misc]  # mypy can't infer it
        self._button(form.button, "danger" if form.danger else "primary", self.accept)

    def _button(self, label: str, style: str, action: Callable[[], None]) -> None:
        button = ttkbootstrap.Button(self._buttons, text=label, bootstyle=style, command=action)
        button.bind("<Return>", lambda event: button.invoke())
        self._stop(button)
        button.pack(side="left", padx=self.look.px(4))

    def _choose(self, action: Callable[[], None]) -> None:
        self._form = None
        action()
        self._go_on()

    def _arrange(self, form: Form, *, must: bool) -> None:
        """Put in place what this form has, from top to bottom."""
        px = self.look.px
        if must:
            self._draw_logo()
        wanted = (
            (self._logo, must, (0, px(10))),
            (self._title, True, (0, px(6))),
            (self._text, bool(form.text), (0, px(12))),
            (self._scrolled, bool(form.fields), 0),
            (self._trouble, bool(form.fields), (px(2), px(4))),
            (self._buttons, True, (px(6), 0)),
        )
        for widget, _, _ in wanted:
            widget.pack_forget()
        for widget, has, space in wanted:
            if has:
                widget.pack(pady=space)
        for stop in self.fields.stops():
            self._stop(stop)
        self._scrolled.fit(self.winfo_toplevel().winfo_height() - px(AROUND))
        self._scrolled.to_top()

    def _stop(self, widget: tk.Misc) -> None:
        """Keep the keyboard on the card."""
        widget.bind("<Tab>", lambda event: self._tab(1))
        widget.bind("<Escape>", lambda event: self._escape())
        for back in ("<Shift-Tab>", "<<PrevWindow>>"):
            widget.bind(back, lambda event: self._tab(-1))

    def _returned(self) -> None:
        """Return in a field is the button, unless that does harm: then it takes one more key."""
        if self._form is not None and self._form.danger:
            self._buttons.winfo_children()[-1].focus_set()
        else:
            self.accept()

    def _escape(self) -> str:
        self.cancel()
        return "break"

    def _tab(self, step: int) -> str:
        stops = [*self.fields.stops(), *self._buttons.winfo_children()]
        here = self.focus_get()
        at = stops.index(here) if here in stops else 0
        following = stops[(at + step) % len(stops)]
        following.focus_set()
        if following in self.fields.stops():
            self._scrolled.see(following)
        return "break"

    def _repaint(self) -> None:
        look, palette = self.look, self.look.palette
        self.configure(background=palette.side)
        for widget in (self._inside, self._logo, self._title, self._text, self._trouble, self._buttons):
            widget.configure(background=palette.base)
        if self.shown:
            self._draw_logo()
        self._title.configure(font=look.fonts["hero"], foreground=palette.text)
        self._text.configure(font=look.fonts["list"], foreground=palette.dim)
        self._trouble.configure(font=look.fonts["small"], foreground=palette.danger)

    def _draw_logo(self) -> None:
        """Only where it is seen: most starts never show it, and it takes its time."""
        colours = self.look.palette
        png = shapes.logo(self.look.px(LOGO), colours.accent, colours.on_accent)
        self._logo.configure(image=self.look.image(png))
