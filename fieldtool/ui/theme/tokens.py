"""Design tokens (design/ui.md). tests/ui/test_theme.py holds every pair to its contrast."""

from collections.abc import Mapping
from dataclasses import dataclass

ROW = 52
TARGET, GLOVE_TARGET = 40, 48  # smallest touch target
RAIL, STATUS_BAR, PANE = 88, 44, 328
PANE_BELOW = 1180  # window width under which the pane becomes a sheet
SERIAL_BELOW = 1380  # window width under which the serial number moves into the pane
TEXT_SIZES = (100, 115, 130)  # percent

TYPE: Mapping[str, tuple[int, int]] = {  # role -> pixels, weight
    "badge": (11, 700),
    "caption": (12, 500),
    "capstrong": (12, 600),
    "mono": (12, 400),
    "serial": (13, 500),
    "body": (14, 400),
    "numeric": (14, 500),
    "strong": (14, 600),
    "subtitle": (16, 600),
    "title": (22, 700),
}

KINDS = ("ok", "warn", "bad", "idle", "accent")  # each has <kind>, <kind>_sub, <kind>_text


@dataclass(frozen=True, slots=True)
class Theme:
    name: str
    colours: Mapping[str, str]
    high_contrast: bool = False  # stronger strokes and weights, no tints


LIGHT = Theme(
    "light",
    {
        "bg": "#F3F5F7", "surface": "#FFFFFF", "surface2": "#F7F9FA", "hover": "#EEF3F9", "selected": "#E3EEFD",
        "border": "#DDE3E8", "border_ctl": "#7C8894", "track": "#DDE3E8",
        "text": "#0F1B26", "text2": "#4B5966", "text3": "#5F6C78",
        "accent": "#0B5BD3", "accent_hover": "#0A4FB8", "accent_press": "#083F94", "on_accent": "#FFFFFF",
        "accent_text": "#0B55C4", "accent_sub": "#E3EEFD", "focus": "#0B5BD3",
        "ok": "#0B7A45", "ok_sub": "#E0F4E9", "ok_text": "#0A6439",
        "warn": "#B25E00", "warn_sub": "#FFF0D6", "warn_text": "#7A4300",
        "bad": "#C62828", "bad_sub": "#FDE7E7", "bad_text": "#A11B1B",
        "idle": "#6B7884", "idle_sub": "#EBEFF2", "idle_text": "#46525E",
        "rail": "#0F2136", "rail_text": "#B9C6D4", "rail_on": "#FFFFFF", "rail_sel": "#1F3B5C",
        "rail_mark": "#5AA2FF", "on_mark": "#06182E", "rail_badge": "#FFB020", "on_badge": "#241500",
    },
)  # fmt: skip

DARK = Theme(
    "dark",
    {
        "bg": "#0D131A", "surface": "#151D26", "surface2": "#1A242F", "hover": "#1E2A37", "selected": "#17304F",
        "border": "#2A3642", "border_ctl": "#6F7F8F", "track": "#2C3946",
        "text": "#EEF3F7", "text2": "#AEBBC7", "text3": "#94A2B0",
        "accent": "#5AA2FF", "accent_hover": "#7BB5FF", "accent_press": "#9CC7FF", "on_accent": "#04152B",
        "accent_text": "#7FB6FF", "accent_sub": "#15304F", "focus": "#8CC0FF",
        "ok": "#3CC983", "ok_sub": "#12352A", "ok_text": "#63D9A0",
        "warn": "#FFB347", "warn_sub": "#3B2C12", "warn_text": "#FFC56F",
        "bad": "#FF6B6B", "bad_sub": "#43201F", "bad_text": "#FF9A97",
        "idle": "#8795A3", "idle_sub": "#26313C", "idle_text": "#BAC6D1",
        "rail": "#080D13", "rail_text": "#A6B4C2", "rail_on": "#FFFFFF", "rail_sel": "#1B2C40",
        "rail_mark": "#5AA2FF", "on_mark": "#06182E", "rail_badge": "#FFB347", "on_badge": "#241500",
    },
)  # fmt: skip

SUNLIGHT = Theme(
    "sunlight",
    {
        "bg": "#FFFFFF", "surface": "#FFFFFF", "surface2": "#FFFFFF", "hover": "#FFF3B0", "selected": "#FFE566",
        "border": "#000000", "border_ctl": "#000000", "track": "#FFFFFF",
        "text": "#000000", "text2": "#000000", "text3": "#1A1A1A",
        "accent": "#003A9B", "accent_hover": "#002B75", "accent_press": "#001C4D", "on_accent": "#FFFFFF",
        "accent_text": "#003A9B", "accent_sub": "#FFFFFF", "focus": "#C2006B",
        "ok": "#00502A", "ok_sub": "#FFFFFF", "ok_text": "#00502A",
        "warn": "#6B3500", "warn_sub": "#FFFFFF", "warn_text": "#6B3500",
        "bad": "#930000", "bad_sub": "#FFFFFF", "bad_text": "#930000",
        "idle": "#2B2B2B", "idle_sub": "#FFFFFF", "idle_text": "#1A1A1A",
        "rail": "#000000", "rail_text": "#FFFFFF", "rail_on": "#000000", "rail_sel": "#FFE100",
        "rail_mark": "#FFE100", "on_mark": "#000000", "rail_badge": "#FFE100", "on_badge": "#000000",
    },
    high_contrast=True,
)  # fmt: skip

THEMES: Mapping[str, Theme] = {theme.name: theme for theme in (LIGHT, DARK, SUNLIGHT)}
SYSTEM = "system"


def blend(colour: str, ground: str, strength: float) -> str:
    """The "#RRGGBB" that is seen when `colour` lies on `ground` with this opacity, 0 to 1."""
    pairs = [(int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(top * strength + below * (1 - strength)):02X}" for top, below in pairs)


def ink(theme: Theme, token: str, strength: float) -> str | None:
    """The token that words on such a fill take; None when no word would be legible there (AA, sunlight 7:1)."""
    fill = blend(theme.colours[token], theme.colours["surface"], strength)
    best = max(("text", "surface"), key=lambda one: contrast(theme.colours[one], fill))
    return best if contrast(theme.colours[best], fill) >= (7.0 if theme.high_contrast else 4.5) else None


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two "#RRGGBB" colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
