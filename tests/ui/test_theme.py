"""Tokens hold their contrast; text and icons follow the theme."""

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QFontInfo

from fieldtool.ui.theme.icons import icon
from fieldtool.ui.theme.look import LOOK, font, metrics
from fieldtool.ui.theme.tokens import KINDS, THEMES, TYPE, Theme, blend, contrast, ink
from fieldtool.ui.widgets.run_chart import PHASE_PAINT

_TEXT = [(text, on) for text in ("text", "text2", "text3") for on in ("bg", "surface", "surface2", "hover", "selected")]
_TEXT += [("on_accent", "accent"), ("on_accent", "accent_hover"), ("on_accent", "accent_press")]
_TEXT += [("rail_text", "rail"), ("rail_on", "rail_sel"), ("on_badge", "rail_badge"), ("surface", "text")]
_TEXT += [(f"{kind}_text", on) for kind in KINDS for on in (f"{kind}_sub", "surface", "hover", "selected")]
_SHAPES = [
    ("border_ctl", "surface"),
    ("border_ctl", "bg"),
    ("focus", "surface"),
    ("focus", "bg"),
    ("rail_mark", "rail"),
]
_SHAPES += [("on_mark", "rail_mark")]
_SHAPES += [(kind, on) for kind in KINDS for on in ("surface", "selected")]


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_every_pair_of_colours_holds_its_contrast(theme: Theme) -> None:
    text, shapes = (7.0, 4.5) if theme.high_contrast else (4.5, 3.0)
    wanted = [(pair, text) for pair in _TEXT] + [(pair, shapes) for pair in _SHAPES]
    low = [
        f"{one} on {other}: {contrast(theme.colours[one], theme.colours[other]):.2f} < {need}"
        for (one, other), need in wanted
        if contrast(theme.colours[one], theme.colours[other]) < need
    ]
    assert low == []


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_all_themes_know_the_same_tokens() -> None:
    assert len({frozenset(theme.colours) for theme in THEMES.values()}) == 1


@pytest.mark.parametrize("role", TYPE)
def test_the_bundled_fonts_are_used(role: str) -> None:
    assert QFontInfo(font(role)).family() == ("JetBrains Mono" if role == "mono" else "Inter")


def test_serial_numbers_have_digits_of_one_width() -> None:
    assert metrics("serial").horizontalAdvance("1111") == metrics("serial").horizontalAdvance("0000")


def test_an_icon_takes_the_colour_of_the_theme_when_it_is_painted() -> None:
    shown = icon("check", "text")
    before = shown.pixmap(24, 24).toImage()
    LOOK.set("dark")
    assert shown.pixmap(24, 24).toImage() != before


def test_text_size_scales_every_role_and_sunlight_is_heavier() -> None:
    LOOK.set(percent=130)
    assert font("body").pixelSize() == 18
    LOOK.set("sunlight", percent=100)
    assert font("body").weight() == 500
    assert font("title").weight() == 700


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_words_on_the_bars_of_the_chart_are_legible_or_not_there(theme: Theme) -> None:
    shown = 0
    for token, strength in PHASE_PAINT.values():
        words = ink(theme, token, strength)
        if words is not None:
            fill = blend(theme.colours[token], theme.colours["surface"], strength)
            assert contrast(theme.colours[words], fill) >= (7.0 if theme.high_contrast else 4.5)
            shown += 1
    assert shown >= 5


def test_only_icons_that_are_used_ship_and_all_that_are_used_do(repository_root: Path) -> None:
    shipped = {file.stem for file in (repository_root / "resources" / "icons").glob("*.svg")}
    source = " ".join(file.read_text(encoding="utf-8") for file in (repository_root / "fieldtool" / "ui").rglob("*.py"))
    assert sorted(one for one in shipped if f'"{one}"' not in source) == []
    for used in re.findall(r'(?:Icon|paint_icon|icon|Sign|Answer)\([^)\n]*?"([a-z]+(?:-[a-z0-9]+)+)"', source):
        assert used in shipped, used
