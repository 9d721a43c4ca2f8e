"""Where the user types: own nick, text that grows to some lines, and a button for those who look for one."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from chatkit.client.completion import Completion
from chatkit.client.input_history import InputHistory
from chatkit.client.model import Room
from chatkit.gui_widgets.icon_button import IconButton
from chatkit.gui_widgets.look import Look, menu_buttons

MAX_ROWS = 6
MAX_NICK = 20  # characters shown


class Composer(tk.Frame):
    """Return sends, Shift+Return begins a line, Tab completes, Up and Down bring back what was sent before.

    What is typed and not sent is the room's draft: whoever holds this keeps it, told by ``on_changed``.
    """

    def __init__(self, master: tk.Misc, look: Look) -> None:
        super().__init__(master, borderwidth=0)
        self.look = look
        self.on_send: Callable[[str], None] = lambda text: None
        self.on_nick: Callable[[], None] = lambda: None  # the user clicked the own nick
        self.on_emoji: Callable[[], None] = lambda: None
        self.on_menu: Callable[[int, int], None] = lambda x, y: None  # with the place on the screen
        self.on_changed: Callable[[str, int], None] = lambda text, cursor: None  # what is typed, where the cursor is
        self.complete: Callable[[str, int], Completion] = Completion
        self.history = InputHistory()
        self._room: Room | None = None
        self._told = ""
        self._completed: tuple[str, str] | None = None  # what was before and behind the cursor after a completion
        self._box = ttk.Frame(self, style="Field.TFrame")
        self._nick = tk.Label(self._box, borderwidth=0, pady=0, cursor="hand2")
        self.text = tk.Text(self._box, width=1, height=1, wrap="word", undo=True, borderwidth=0)
        self._hint = tk.Label(self.text, borderwidth=0, pady=0, anchor="w", cursor="xterm")
        self._emoji = IconButton(self._box, look, "emoji-smile", lambda: self.on_emoji(), "Emoji", ground="field")
        self._send = IconButton(self._box, look, "send", self.submit, "Send (Return)", ground="field")
        self._lay_out()
        self._bind()
        look.on_change(self._repaint)

    @property
    def nick(self) -> str:
        """The own nick as it is shown."""
        return str(self._nick.cget("text"))

    @property
    def hint(self) -> str:
        """What stands there while nothing is typed."""
        return str(self._hint.cget("text"))

    def show_nick(self, nick: str) -> None:
        """The user is called so."""
        self._nick.configure(text=nick if len(nick) <= MAX_NICK else nick[: MAX_NICK - 1] + "…")

    def show_room(self, room: Room) -> None:
        """What is typed goes to ``room``: its draft is here."""
        self._hint.configure(
            text="Type a command: /help lists them" if room.kind == "server" else f"Message {room.name}"
        )
        before, self._room = self._room, room
        if before is not None and before is not room:
            self.put(room.draft)

    def forget_room(self, room: Room) -> None:
        """The room is gone, and with it what was being typed there."""
        if room is self._room:
            self._room = None
            self.put("")

    @property
    def value(self) -> str:
        """What is typed."""
        return self.text.get("1.0", "end-1c")

    def put(self, text: str, after: str = "") -> None:
        """Have ``text`` and ``after`` there, with the cursor between them."""
        self.text.delete("1.0", "end")
        self.text.insert("insert", text)
        self._insert_after(after)
        self._told = self.value  # not typed: nobody has to be told
        self._changed()

    def add(self, text: str) -> None:
        """Type ``text`` at the cursor, and go there."""
        self.text.focus_set()
        self.text.insert("insert", text)
        self.text.see("insert")
        self._changed()

    def submit(self) -> None:
        """Send what is typed."""
        text = self.value.strip("\n")
        if text.strip():
            self.put("")
            self._tell()
            self.text.edit_reset()
            self.on_send(text)
        self.text.focus_set()

    # Keys.

    def _bind(self) -> None:
        text = self.text
        for key in ("<Return>", "<KP_Enter>"):
            text.bind(key, lambda event: self._key(self.submit))
        for key in ("<Shift-Return>", "<Alt-Return>"):
            text.bind(key, lambda event: self._key(lambda: self.add("\n")))
        text.bind("<Tab>", self._tab)
        text.bind("<Up>", lambda event: self._recall(lambda typed: self.history.back(typed), "1.0", "insert"))
        text.bind("<Down>", lambda event: self._recall(lambda typed: self.history.forward(typed), "insert", "end-1c"))
        text.bind("<KeyRelease>", lambda event: self._tell_cursor())
        text.bind("<<Paste>>", self._paste)
        text.bind("<<Modified>>", self._modified)
        text.bind("<Configure>", lambda event: self._changed())
        text.bind("<FocusIn>", lambda event: self._box.configure(style="FieldFocus.TFrame"))
        text.bind("<FocusOut>", lambda event: self._box.configure(style="Field.TFrame"))
        for button in menu_buttons(self):
            text.bind(button, lambda event: self.on_menu(event.x_root, event.y_root))
        self._nick.bind("<Button-1>", lambda event: self.on_nick())
        self._hint.bind("<Button-1>", lambda event: text.focus_set())

    def _key(self, action: Callable[[], None]) -> str:
        action()
        return "break"

    def _tab(self, event: tk.Event[tk.Misc]) -> str | None:
        """Complete the word before the cursor; without one the key goes to the next widget, as it does elsewhere."""
        before, after = self.text.get("insert linestart", "insert"), self.text.get("insert", "insert lineend")
        cycling = (before, after) == self._completed
        if not cycling and (not before or before.endswith(" ")):
            self.text.tk_focusNext().focus_set()  # type: ignore[union-attr]  # there is a button beside it
            return "break"
        done = self.complete(before + after, len(before))
        left, right = self._completed = (done.text[: done.cursor], done.text[done.cursor :])
        self.text.delete("insert linestart", "insert lineend")
        self.text.insert("insert", left)
        self._insert_after(right)
        return "break"

    def _recall(self, step: Callable[[str], str | None], start: str, end: str) -> str | None:
        """Bring back another input, where the cursor can't move by a line."""
        if self.text.count(start, end, "displaylines"):
            return None
        text = step(self.value)
        if text is not None:
            self.put(text)
        return "break"

    def _paste(self, event: tk.Event[tk.Misc]) -> None:
        """Under X11 Tk would leave the selected text beside what is pasted."""
        if self.text.tag_ranges("sel"):
            self.text.delete("sel.first", "sel.last")

    def _insert_after(self, text: str) -> None:
        """Insert behind the cursor. By marks: Tk and Python count some characters differently."""
        self.text.mark_set("here", "insert")
        self.text.mark_gravity("here", "left")
        self.text.insert("insert", text)
        self.text.mark_set("insert", "here")

    def _tell(self) -> None:
        self._told = self.value
        self._tell_cursor()

    def _tell_cursor(self) -> None:
        self.on_changed(self.value, len(self.text.get("1.0", "insert")))

    # Looks.

    def _modified(self, event: tk.Event[tk.Misc]) -> None:
        self.text.edit_modified(False)
        self._changed()

    def _changed(self) -> None:
        """Show the hint while nothing is typed, and as many rows as the text needs."""
        if self.value != self._told:
            self._tell()
        if self.text.compare("end-1c", "==", "1.0"):
            self._hint.place(x=0, y=0, relwidth=1)
        else:
            self._hint.place_forget()
        counted = self.text.count("1.0", "end", "displaylines")
        lines = counted[0] if isinstance(counted, tuple) else counted or 1
        rows = max(1, min(MAX_ROWS, lines))
        if int(self.text.cget("height")) != rows:
            self.text.configure(height=rows)
            self.text.see("insert")

    def _lay_out(self) -> None:
        px = self.look.px
        self._box.pack(fill="both", expand=True, padx=px(14), pady=(px(4), px(12)))
        self._nick.grid(row=0, column=0, sticky="n", padx=(px(12), px(2)))
        self.text.grid(row=0, column=1, sticky="ew", padx=px(6))
        self._emoji.grid(row=0, column=2, sticky="s", pady=px(5))
        self._send.grid(row=0, column=3, sticky="s", padx=(0, px(5)), pady=px(5))
        self._box.columnconfigure(1, weight=1)

    def _repaint(self) -> None:
        look, palette = self.look, self.look.palette
        self.configure(background=palette.base)
        space = max(0, self._send.winfo_reqheight() - look.line_height("talk")) // 2 + look.px(5)
        self._nick.grid_configure(pady=space)
        self.text.grid_configure(pady=space)
        self._nick.configure(font=look.fonts["nick"], background=palette.field, foreground=palette.accent)
        self._hint.configure(font=look.fonts["talk"], background=palette.field, foreground=palette.dim)
        self.text.configure(
            font=look.fonts["talk"],
            background=palette.field,
            foreground=palette.text,
            insertbackground=palette.accent,
            insertwidth=look.px(2),
            selectbackground=palette.selection,
            selectforeground=palette.text,
            highlightthickness=0,
            padx=0,
            pady=0,
        )
