"""The window's colours, fonts and measures: one object that all widgets ask, and that tells them when it changes."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import font as tkfont
from tkinter import ttk

import ttkbootstrap
from ttkbootstrap.style import ThemeDefinition

from chatkit.gui_widgets import shapes
from chatkit.gui_widgets.palette import DARK, LIGHT, Palette

# The first of them that is installed is used; else what the desktop uses.
FAMILIES = ("Inter", "Adwaita Sans", "Cantarell", "Ubuntu", "Noto Sans", "Roboto", "Lato")
MIN_ZOOM, MAX_ZOOM = -3, 12  # points
FIELD_RADIUS = 9
BOX_WIDTH, BOX_HEIGHT = 400, 200  # pixels: ttk fills a box by repeating the image's middle, so it had better be large

# Every font: its size in points, and whether it is bold.
FONTS = {
    "talk": (11, False),
    "nick": (11, True),
    "time": (8, False),
    "quiet": (10, False),
    "list": (10, False),
    "list-bold": (10, True),
    "small": (9, False),
    "small-bold": (9, True),
    "title": (13, True),
    "hero": (17, True),
}


class Look:
    """Owned by the UI thread. Widgets read it when they draw, and draw again when ``on_change`` calls them."""

    def __init__(self, root: tk.Tk, *, dark: bool, zoom: int = 0) -> None:
        self.root = root
        self.palette = LIGHT
        self._zoom = 0
        self._watchers: list[Callable[[], None]] = []
        self._images: dict[bytes, tk.PhotoImage] = {}  # Tk forgets an image that nothing in Python refers to
        self._style = ttk.Style(root)  # Tk's own: ttkbootstrap's would take the names for its own words
        self.fonts = _make_fonts(root)
        for palette in (LIGHT, DARK):
            ttkbootstrap.Style.get_instance().register_theme(_definition(palette))
        self.use(dark=dark)
        self.zoom_by(zoom)

    @property
    def dark(self) -> bool:
        """Whether the dark colours are on."""
        return self.palette.dark

    @property
    def zoom(self) -> int:
        """Points added to every size."""
        return self._zoom

    def on_change(self, repaint: Callable[[], None]) -> None:
        """Call ``repaint`` now and after every change."""
        self._watchers.append(repaint)
        repaint()

    def use(self, *, dark: bool) -> None:
        """Take the dark or the light colours. ttkbootstrap paints every widget first; then they paint themselves."""
        self.palette = DARK if dark else LIGHT
        ttkbootstrap.Style.get_instance().theme_use(_theme_name(self.palette))
        self._make_styles()
        ttk.Style.configure(
            self._style, "tooltip.TLabel", background=self.palette.text, foreground=self.palette.base, borderwidth=0
        )
        self._tell()

    def zoom_by(self, points: int) -> None:
        """Make all text larger, or smaller."""
        self._zoom = min(MAX_ZOOM, max(MIN_ZOOM, self._zoom + points))
        for name, (size, _bold) in FONTS.items():
            self.fonts[name].configure(size=size + self._zoom)
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
        }
        radius = self.px(FIELD_RADIUS)
        for name, (behind, fill, border) in boxes.items():
            image = self.image(shapes.rounded(BOX_WIDTH, BOX_HEIGHT, radius, fill, behind, border))
            element = f"{name}.box"
            if element not in self._style.element_names():  # elements, like styles, are those of one theme
                self._style.element_create(element, "image", str(image), border=radius + 1, sticky="nswe")
                self._style.layout(f"{name}.TFrame", [(element, {"sticky": "nswe"})])
                ttk.Style.configure(self._style, f"{name}.TFrame", background=behind)


def menu_buttons(widget: tk.Misc) -> tuple[str, ...]:
    """The mouse buttons that open a context menu on this system."""
    mac = str(widget.tk.call("tk", "windowingsystem")) == "aqua"
    return ("<Button-2>", "<Button-3>") if mac else ("<Button-3>",)


def _make_fonts(root: tk.Tk) -> dict[str, tkfont.Font]:
    installed = set(tkfont.families(root))
    usual = tkfont.nametofont("TkDefaultFont", root=root)
    family = next((name for name in FAMILIES if name in installed), usual.actual("family"))
    for name in ("TkDefaultFont", "TkTextFont", "TkMenuFont"):
        tkfont.nametofont(name, root=root).configure(family=family)
    return {
        name: tkfont.Font(
            root=root, name=f"chatkit-{name}", family=family, size=size, weight="bold" if bold else "normal"
        )
        for name, (size, bold) in FONTS.items()
    }


def _theme_name(palette: Palette) -> str:
    return "chatkit-dark" if palette.dark else "chatkit-light"


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
