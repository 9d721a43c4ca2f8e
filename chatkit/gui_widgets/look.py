"""The window's colours, fonts and measures: one object that all widgets ask, and that tells them when it changes."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import font as tkfont
from tkinter import ttk
from typing import Any

import ttkbootstrap
from ttkbootstrap.style import ThemeDefinition

from chatkit.gui_widgets import shapes
from chatkit.gui_widgets.palette import LIGHT, Palette

# The first of them that is installed is used, where the user wants no other; else what the desktop uses.
FAMILIES = ("Inter", "Adwaita Sans", "Cantarell", "Ubuntu", "Noto Sans", "Roboto", "Lato")
CODE_FAMILIES = ("JetBrains Mono", "Cascadia Mono", "Adwaita Mono", "Ubuntu Mono", "Noto Sans Mono", "DejaVu Sans Mono")
MIN_ZOOM, MAX_ZOOM = -3, 12  # points
FIELD_RADIUS = 9
BOX_WIDTH, BOX_HEIGHT = 400, 200  # pixels: ttk fills a box by repeating the image's middle, so it had better be large

# Every font: its size in points, and its letters: b(old), i(talic), m(onospaced).
FONTS = {
    "talk": (11, ""),
    "nick": (11, "b"),
    "time": (8, ""),
    "quiet": (10, ""),
    "large": (24, ""),
    "list": (10, ""),
    "list-bold": (10, "b"),
    "small": (9, ""),
    "small-bold": (9, "b"),
    "title": (13, "b"),
    "hero": (17, "b"),
}
STYLED = ("b", "i", "bi", "m", "bm", "im", "bim")  # of the talk: "talk:bi"
FONTS |= {f"talk:{letters}": (9 if "m" in letters else 11, letters) for letters in STYLED}


class Look:
    """Owned by the UI thread. Widgets read it when they draw, and draw again when ``on_change`` calls them."""

    def __init__(self, root: tk.Tk, palette: Palette, *, zoom: int = 0, family: str = "") -> None:
        self.root = root
        self.palette = LIGHT
        self.cosy = True  # whether there is some space between messages
        self._zoom = 0
        self._family = ""
        self._watchers: list[Callable[[], None]] = []  # bound methods, of widgets
        self._images: dict[bytes, tk.PhotoImage] = {}  # Tk forgets an image that nothing in Python refers to
        self._style = ttk.Style(root)  # Tk's own: ttkbootstrap's would take the names for its own words
        self.fonts = {name: tkfont.Font(root=root, name=f"chatkit-{name}") for name in FONTS}
        self._registered: set[str] = set()
        self.use(palette)
        self.use_family(family)
        self.zoom_by(zoom)

    @property
    def dark(self) -> bool:
        """Whether the dark colours are on."""
        return self.palette.dark

    @property
    def zoom(self) -> int:
        """Points added to every size."""
        return self._zoom

    @property
    def family(self) -> str:
        """The family that the user wants; empty where any will do."""
        return self._family

    def on_change(self, repaint: Callable[[], None]) -> None:
        """Call ``repaint`` now and after every change."""
        self._watchers.append(repaint)
        repaint()

    def forget(self, widget: tk.Misc) -> None:
        """The widget, and all in it, is about to be destroyed."""
        inside = f"{widget}."
        self._watchers = [
            watcher for watcher in self._watchers if not f"{getattr(watcher, '__self__', '')}.".startswith(inside)
        ]

    def use(self, palette: Palette) -> None:
        """Take these colours. ttkbootstrap paints every widget first; then they paint themselves."""
        self.palette = palette
        style = ttkbootstrap.Style.get_instance()
        if palette.name not in self._registered:
            self._registered.add(palette.name)
            style.register_theme(_definition(palette))
        style.theme_use(_theme_name(palette))
        self._make_styles()
        ttk.Style.configure(
            self._style, "tooltip.TLabel", background=self.palette.text, foreground=self.palette.base, borderwidth=0
        )
        self._tell()

    def zoom_by(self, points: int) -> None:
        """Make all text larger, or smaller."""
        self._zoom = min(MAX_ZOOM, max(MIN_ZOOM, self._zoom + points))
        for name, (size, _letters) in FONTS.items():
            self.fonts[name].configure(size=size + self._zoom)
        self._tell()

    def use_family(self, family: str) -> None:
        """Set all text but code in this family; empty, or one that isn't there: in the best there is."""
        self._family = family
        installed = set(tkfont.families(self.root))
        usual = tkfont.nametofont("TkDefaultFont", root=self.root).actual("family")
        text = next((name for name in (family, *FAMILIES) if name in installed), usual)
        code = tkfont.nametofont("TkFixedFont", root=self.root).actual("family")
        code = next((name for name in CODE_FAMILIES if name in installed), code)
        for name, (_size, letters) in FONTS.items():
            self.fonts[name].configure(
                family=code if "m" in letters else text,
                weight="bold" if "b" in letters else "normal",
                slant="italic" if "i" in letters else "roman",
            )
        for name in ("TkDefaultFont", "TkTextFont", "TkMenuFont"):
            tkfont.nametofont(name, root=self.root).configure(family=text)
        self._tell()

    def pack_messages(self, *, cosy: bool) -> None:
        """Put some space between messages, or none."""
        if cosy != self.cosy:
            self.cosy = cosy
            self._tell()

    def px(self, units: float) -> int:
        """Pixels on this screen for ``units``, which are pixels at 96 per inch."""
        return int(ttkbootstrap.scale_size(self.root, units))

    def line_height(self, font: str) -> int:
        """The pixels that one line of ``font`` takes."""
        return int(self.fonts[font].metrics("linespace"))

    def fit(self, text: str, font: str, width: int) -> str:
        """``text``, with its end cut off where it is longer than ``width`` pixels."""
        measure = self.fonts[font].measure
        if measure(text) <= width:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if measure(text[:middle] + "…") <= width else (low, middle - 1)
        return text[:low].rstrip() + "…"

    def icon(self, name: str, size: int, colour: str) -> str:
        """The Tk name of an image of Bootstrap's icon ``name``."""
        return str(ttkbootstrap.Icon(name, size=size, color=colour))

    def image(self, png: bytes) -> tk.PhotoImage:
        """An image to keep: for the few that the window has all the time."""
        if png not in self._images:
            self._images[png] = tk.PhotoImage(master=self.root, data=png)
        return self._images[png]

    def _tell(self) -> None:
        for repaint in self._watchers:
            repaint()

    def _make_styles(self) -> None:
        """The round boxes: ttk repeats the middle of an image and keeps its corners."""
        palette = self.palette
        boxes = {
            "Field": (palette.base, palette.field, palette.line),
            "FieldFocus": (palette.base, palette.field, palette.accent),
            "Card": (palette.side, palette.base, palette.line),
            "Float": (palette.base, palette.base, palette.line),
        }
        radius = self.px(FIELD_RADIUS)
        for name, (behind, fill, border) in boxes.items():
            image = self.image(shapes.rounded(BOX_WIDTH, BOX_HEIGHT, radius, fill, behind, border))
            element = f"{name}.box"
            if element not in self._style.element_names():  # elements, like styles, are those of one theme
                self._style.element_create(element, "image", str(image), border=radius + 1, sticky="nswe")
                self._style.layout(f"{name}.TFrame", [(element, {"sticky": "nswe"})])
                ttk.Style.configure(self._style, f"{name}.TFrame", background=behind)
        self._ink_buttons()

    def _ink_buttons(self) -> None:
        """What stands on filled buttons. ttkbootstrap writes white on every bright colour, which nobody can read."""
        inks = {"primary": self.palette.on_accent, "danger": self.palette.on_alert}
        for name, ink in inks.items():
            for kind in (name, f"{name}-outline"):
                ttkbootstrap.Button(self.root, bootstyle=kind).destroy()  # it makes a style when one is wanted first
            ttk.Style.configure(self._style, f"{name}.TButton", foreground=ink)
            outline = f"{name}.Outline.TButton"  # is filled while the mouse is on it
            faint = str(ttk.Style.lookup(self._style, outline, "foreground", ["disabled"]))
            filled: list[Any] = [("disabled", faint), ("pressed", "!disabled", ink), ("hover", "!disabled", ink)]
            ttk.Style.map(self._style, outline, foreground=filled)


def menu_buttons(widget: tk.Misc) -> tuple[str, ...]:
    """The mouse buttons that open a context menu on this system."""
    mac = str(widget.tk.call("tk", "windowingsystem")) == "aqua"
    return ("<Button-2>", "<Button-3>") if mac else ("<Button-3>",)


def _theme_name(palette: Palette) -> str:
    return f"chatkit-{palette.name}"


def _definition(palette: Palette) -> object:
    """The palette in ttkbootstrap's words."""
    colours = {
        "primary": palette.accent,
        "secondary": palette.dim,
        "success": palette.good,
        "info": palette.accent,
        "warning": palette.waiting,
        "danger": palette.danger,
        "light": palette.side,
        "dark": palette.text,
        "bg": palette.base,
        "fg": palette.text,
        "selectbg": palette.badge,
        "selectfg": palette.text,
        "border": palette.line,
        "inputfg": palette.text,
        "inputbg": palette.field,
        "active": palette.hover,
    }
    return ThemeDefinition(_theme_name(palette), colours, "dark" if palette.dark else "light")
