"""Gives the blocks of a report their places on pages: a list of things to draw for each page, in 1/1200 inch.

Needs a QGuiApplication for the widths of letters, and draws nothing itself. No OpenType feature is on: with contextual
alternates the text layer of a PDF says "HL--" for "HL180".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache, lru_cache
from itertools import zip_longest
from types import MappingProxyType

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF

from fieldtool.core.resources import resource
from fieldtool.report.drawing import Paper
from fieldtool.report.pages import (
    Banner,
    Block,
    Cell,
    Facts,
    Heading,
    Listed,
    Mono,
    Paragraph,
    Pill,
    Signatures,
    Strong,
    Table,
    Tiles,
    Tone,
)

DOTS = 1200  # per inch
PT = DOTS / 72
_LABEL = 128 * PT  # width of the labels of a list
_SHORT = 250 * PT  # a list of this height is not torn from its heading
TEXT, MONO = "Inter", "JetBrains Mono"
INK, INK_2, INK_3, RULE, SURFACE = "#0F1B26", "#4B5966", "#5F6C78", "#C9D1D8", "#FFFFFF"
ACCENT = "#0B5BD3"
TONES: Mapping[Tone, tuple[str, str]] = MappingProxyType(
    {
        Tone.OK: ("#0A6439", "#E0F4E9"),
        Tone.WARN: ("#7A4300", "#FFF0D6"),
        Tone.BAD: ("#A11B1B", "#FDE7E7"),
        Tone.PLAIN: ("#4B5966", "#EAEEF2"),
    }
)
"""Letters and ground."""
_FEATURES = ("calt", "liga", "clig", "dlig", "kern", "ccmp")


class Style(Enum):
    """Size in points, line height, weight, family."""

    TITLE = (16.0, 21.0, QFont.Weight.Bold, TEXT)
    H0 = (14.0, 19.0, QFont.Weight.Bold, TEXT)
    H1 = (11.5, 15.0, QFont.Weight.DemiBold, TEXT)
    H2 = (9.5, 13.0, QFont.Weight.DemiBold, TEXT)
    COUNT = (18.0, 22.0, QFont.Weight.Bold, TEXT)
    STRONG = (8.2, 11.4, QFont.Weight.DemiBold, TEXT)
    BODY = (8.2, 11.4, QFont.Weight.Normal, TEXT)
    LABEL = (7.2, 10.0, QFont.Weight.Medium, TEXT)
    SMALL = (7.2, 10.0, QFont.Weight.Normal, TEXT)
    PILL = (7.2, 10.0, QFont.Weight.DemiBold, TEXT)
    CODE = (7.2, 10.4, QFont.Weight.Normal, MONO)
    BANNER = (22.0, 28.0, QFont.Weight.Bold, TEXT)

    @property
    def line(self) -> float:
        return self.value[1] * PT


@dataclass(frozen=True, slots=True)
class Words:
    x: float
    y: float  # of the baseline
    text: str
    style: Style
    colour: str


@dataclass(frozen=True, slots=True)
class Box:
    place: QRectF
    colour: str
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Icon:
    place: QRectF
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Code:
    """The QR code."""

    place: QRectF
    text: str


Thing = Words | Box | Icon | Code


@dataclass(slots=True)
class Page:
    things: list[Thing] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above and below."""

    title: str
    subtitle: str
    running: str  # on every page
    warning: str  # on every page, in a colour that warns; "" = none
    code: str


# ---- letters ---------------------------------------------------------------------------------------------------------

_loaded: list[int] = []


def load_fonts() -> None:
    """Ours, from the files that ship with fieldtool. Safe to repeat."""
    if not _loaded:
        files = sorted([*resource("fonts").glob("*.otf"), *resource("fonts").glob("*.ttf")])
        _loaded.extend(QFontDatabase.addApplicationFont(str(file)) for file in files)


@cache
def font(style: Style) -> QFont:
    size, _, weight, family = style.value
    made = QFont(family)
    made.setPixelSize(round(size * PT))
    made.setWeight(weight)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    made.setStyleStrategy(QFont.StyleStrategy.NoFontMerging)
    made.setKerning(False)
    for feature in _FEATURES:
        made.setFeature(QFont.Tag(feature), 0)
    return made


@cache
def metrics(style: Style) -> QFontMetricsF:
    return QFontMetricsF(font(style))


@lru_cache(maxsize=4096)
def width(text: str, style: Style) -> float:
    return metrics(style).horizontalAdvance(text)


@lru_cache(maxsize=4096)
def _has(letter: str, style: Style) -> bool:
    return letter.isprintable() and metrics(style).inFontUcs4(ord(letter))


def spelled(text: str, style: Style = Style.BODY) -> str:
    """Letters that the font does not have, and those that turn or hide others, by their number."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(letter if _has(letter, style) else f"<U+{ord(letter):04X}>" for letter in text)


def wrapped(text: str, style: Style, wide: float) -> list[str]:
    """Lines that fit; a word that is wider than a line is cut."""
    lines, line = [], ""
    for word in spelled(text, style).split():
        longer = f"{line} {word}" if line else word
        if width(longer, style) <= wide:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = _cut(word, style, wide)
        lines += whole
    return [*lines, line] if line or not lines else lines


def _cut(word: str, style: Style, wide: float) -> Iterator[str]:
    while width(word, style) > wide and len(word) > 1:
        count = len(word) - 1
        while count > 1 and width(word[:count], style) > wide:
            count -= 1
        yield word[:count]
        word = word[count:]
    yield word


# ---- pages -----------------------------------------------------------------------------------------------------------


class Flow:
    """Puts one block below the other, and begins a new page where one does not fit."""

    def __init__(self, paper: Paper, head: Head) -> None:
        wide, high = paper.size
        self.left, self.right = 42 * PT, (wide - 42) * PT
        self.bottom, self.high = (high - 46) * PT, high * PT
        self.width = self.right - self.left
        self.head = head
        self.pages: list[Page] = []
        self.y = 0.0
        self._begin()

    @property
    def fresh(self) -> bool:
        """Is nothing on this page but its head?"""
        return self.y <= self._top

    def add(self, thing: Thing) -> None:
        self.pages[-1].things.append(thing)

    def room(self, high: float) -> bool:
        """Begin a new page where so much does not fit. True: it began one."""
        if self.y + high <= self.bottom or self.fresh:
            return False
        self._begin()
        return True

    def _begin(self) -> None:
        first = not self.pages
        self.pages.append(Page())
        self.y = 36 * PT
        if first:
            self._first_head()
        else:
            self._running_head()
        self._top = self.y

    def _first_head(self) -> None:
        top, size = self.y, 58 * PT
        self.add(Box(QRectF(self.left, top + 2 * PT, 28 * PT, 28 * PT), ACCENT, 6 * PT))
        self.add(Icon(QRectF(self.left + 6 * PT, top + 8 * PT, 16 * PT, 16 * PT), "ev-charger", SURFACE))
        x = self.left + 37 * PT
        self.text(self.head.title, Style.TITLE, x, top + 15 * PT)
        self.text(self.head.subtitle, Style.BODY, x, top + 28 * PT, INK_2)
        self.add(Code(QRectF(self.right - size, top, size, size), self.head.code))
        self.y = top + size + 9 * PT
        self.add(Box(QRectF(self.left, self.y, self.width, 1.2 * PT), INK))
        self.y += 10 * PT

    def _running_head(self) -> None:
        self.text(self.head.running, Style.SMALL, self.left, self.y + 7 * PT, INK_2)
        if self.head.warning:
            wide = width(self.head.warning, Style.PILL)
            self.text(self.head.warning, Style.PILL, self.right - wide, self.y + 7 * PT, TONES[Tone.BAD][0])
        self.y += 11 * PT
        self.add(Box(QRectF(self.left, self.y, self.width, 0.6 * PT), RULE))
        self.y += 12 * PT

    def text(self, text: str, style: Style, x: float, y: float, colour: str = INK) -> None:
        self.add(Words(x, y, spelled(text, style), style, colour))

    def paragraph(self, text: str, style: Style, x: float, wide: float, colour: str = INK) -> None:
        """Below each other from `y` on; may go over to the next page."""
        for line in wrapped(text, style, wide):
            self.room(style.line)
            self.add(Words(x, self.y + _baseline(style), line, style, colour))
            self.y += style.line

    def gap(self, points: float) -> None:
        if not self.fresh:
            self.y += points * PT

    def finish(self) -> tuple[Page, ...]:
        """With the foot of every page, now that it is known how many there are."""
        y = self.high - 26 * PT
        for number, page in enumerate(self.pages, start=1):
            told = f"Page {number} of {len(self.pages)}"
            page.things.append(Words(self.left, y, self.head.running, Style.SMALL, INK_3))
            page.things.append(Words(self.right - width(told, Style.SMALL), y, told, Style.SMALL, INK_3))
        return tuple(self.pages)


def lay_out(blocks: Iterable[Block], paper: Paper, head: Head) -> tuple[Page, ...]:
    load_fonts()
    flow, every = Flow(paper, head), list(blocks)
    for block, following in zip_longest(every, every[1:]):
        match block:
            case Heading():
                _heading(flow, block, following)
            case Facts():
                _facts(flow, block)
            case Listed():
                _listed(flow, block)
            case Tiles():
                _tiles(flow, block)
            case Table():
                _table(flow, block)
            case Paragraph():
                _paragraph(flow, block)
            case Banner():
                _banner(flow, block)
            case Signatures():
                _signatures(flow, block)
    return flow.finish()


def _baseline(style: Style) -> float:
    size, line, _, _ = style.value
    return float((line - size) / 2 + size * 0.79) * PT


def _heading(flow: Flow, block: Heading, following: Block | None) -> None:
    """Never the last thing on a page, and not torn from a short list that belongs to it."""
    style = (Style.H0, Style.H1, Style.H2)[block.level]
    if block.level == 0 and not flow.fresh:
        flow.y = flow.bottom + 1
        flow.room(style.line)
    flow.gap((0, 11, 10)[block.level])
    beside = sum(_listed_heights(flow, following)) if isinstance(following, Listed) else 0.0
    flow.room(style.line + (beside if 0 < beside < _SHORT else 46 * PT))
    flow.text(block.text, style, flow.left, flow.y + _baseline(style))
    flow.y += style.line + 4 * PT


def _paragraph(flow: Flow, block: Paragraph) -> None:
    """A small one stands above something that it belongs to."""
    style = Style.SMALL if block.small else Style.BODY
    if block.small:
        flow.gap(4)
        flow.room(style.line + 40 * PT)
    flow.paragraph(block.text, style, flow.left, flow.width, INK_2 if block.small else INK)
    flow.gap(3)


def _facts(flow: Flow, block: Facts) -> None:
    gutter = 12 * PT
    wide = (flow.width - gutter * (block.columns - 1)) / block.columns
    for start in range(0, len(block.pairs), block.columns):
        row = [
            (label, Strong(value) if isinstance(value, str) else value)
            for label, value in block.pairs[start : start + block.columns]
        ]
        high = max(_cell_height(value, wide) for _, value in row) + Style.LABEL.line + 6 * PT
        flow.room(high)
        for column, (label, value) in enumerate(row):
            x = flow.left + column * (wide + gutter)
            flow.text(label, Style.LABEL, x, flow.y + _baseline(Style.LABEL), INK_2)
            _cell(flow, value, x, flow.y + Style.LABEL.line + 1 * PT, wide)
        flow.y += high


def _listed(flow: Flow, block: Listed) -> None:
    heights = _listed_heights(flow, block)
    for (label, value), high in zip(block.pairs, heights, strict=True):
        flow.room(high)
        _cell(flow, label, flow.left, flow.y, _LABEL - 8 * PT, INK_2)
        _cell(flow, value, flow.left + _LABEL, flow.y, flow.width - _LABEL)
        flow.y += high


def _listed_heights(flow: Flow, block: Listed) -> list[float]:
    wide = flow.width - _LABEL
    return [
        max(_cell_height(value, wide), _cell_height(label, _LABEL - 8 * PT)) + 2.5 * PT for label, value in block.pairs
    ]


def _tiles(flow: Flow, block: Tiles) -> None:
    gutter, high, most = 9 * PT, 34 * PT, min(max(len(block.tiles), 3), 4)
    wide = (flow.width - gutter * (most - 1)) / most
    for start in range(0, len(block.tiles), most):
        flow.room(high + gutter)
        for column, (count, words, tone) in enumerate(block.tiles[start : start + most]):
            ink, ground = TONES[tone]
            x = flow.left + column * (wide + gutter)
            flow.add(Box(QRectF(x, flow.y, wide, high), ground, 6 * PT))
            flow.text(str(count), Style.COUNT, x + 11 * PT, flow.y + 24.5 * PT, ink)
            beside = x + 18 * PT + width(str(count), Style.COUNT)
            flow.text(words, Style.STRONG, beside, flow.y + 21.5 * PT, ink)
        flow.y += high + gutter


def _table(flow: Flow, block: Table) -> None:
    edges = [flow.left]
    for share in block.widths:
        edges.append(edges[-1] + share * flow.width)
    first_high = _row_height(block.rows[0], edges) if block.rows else 0.0
    flow.room(Style.LABEL.line + 6 * PT + first_high)
    _table_head(flow, block.head, edges)
    for row in block.rows:
        high = _row_height(row, edges)
        if flow.room(high):
            _table_head(flow, block.head, edges)
        for column, cell in enumerate(row):
            _cell(flow, cell, edges[column], flow.y + 3.1 * PT, edges[column + 1] - edges[column] - 6 * PT)
        flow.y += high
        flow.add(Box(QRectF(flow.left, flow.y - 0.5 * PT, flow.width, 0.5 * PT), RULE))
    flow.gap(3)


def _table_head(flow: Flow, head: Sequence[str], edges: Sequence[float]) -> None:
    for column, name in enumerate(head):
        flow.text(name, Style.LABEL, edges[column], flow.y + _baseline(Style.LABEL), INK_2)
    flow.y += Style.LABEL.line + 3 * PT
    flow.add(Box(QRectF(flow.left, flow.y, flow.width, 0.9 * PT), INK))
    flow.y += 1 * PT


def _row_height(row: Sequence[Cell], edges: Sequence[float]) -> float:
    wides = [edges[column + 1] - edges[column] - 6 * PT for column in range(len(row))]
    return max(_cell_height(cell, wide) for cell, wide in zip(row, wides, strict=True)) + 6.2 * PT


def _style(cell: Cell) -> Style:
    if isinstance(cell, Pill):
        return Style.PILL
    if isinstance(cell, Mono):
        return Style.CODE
    return Style.STRONG if isinstance(cell, Strong) else Style.BODY


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.text


def _lines(cell: Cell, wide: float) -> list[str]:
    return wrapped(_text(cell), _style(cell), wide - (10 * PT if isinstance(cell, Pill) else 0))


def _cell_height(cell: Cell, wide: float) -> float:
    return max(len(_lines(cell, wide)) * _style(cell).line, Style.BODY.line)


def _cell(flow: Flow, cell: Cell, x: float, y: float, wide: float, colour: str = INK) -> None:
    style, lines = _style(cell), _lines(cell, wide)
    if isinstance(cell, Pill):
        ink, ground = TONES[cell.tone]
        broad = max(width(line, style) for line in lines) + 10 * PT
        high = len(lines) * style.line + 2.4 * PT
        flow.add(Box(QRectF(x, y - 0.6 * PT, broad, high), ground, min(high / 2, 6.2 * PT)))
        x, y, colour = x + 5 * PT, y + 0.6 * PT, ink
    for number, line in enumerate(lines):
        flow.add(Words(x, y + number * style.line + _baseline(style), line, style, colour))


def _banner(flow: Flow, block: Banner) -> None:
    ink, ground = TONES[Tone.BAD]
    high = Style.BANNER.line + Style.BODY.line + 12 * PT
    flow.room(high + 10 * PT)
    flow.add(Box(QRectF(flow.left, flow.y, flow.width, high), ground, 6 * PT))
    x = flow.left + 12 * PT
    flow.text(block.text, Style.BANNER, x, flow.y + 4 * PT + _baseline(Style.BANNER), ink)
    below = flow.y + 5 * PT + Style.BANNER.line
    flow.text(block.under, Style.BODY, x, below + _baseline(Style.BODY), ink)
    flow.y += high + 11 * PT


def _signatures(flow: Flow, block: Signatures) -> None:
    high, gutter = 62 * PT, 36 * PT
    flow.room(high + 2 * Style.SMALL.line)
    wide = (flow.width - gutter) / len(block.labels)
    for column, label in enumerate(block.labels):
        x = flow.left + column * (wide + gutter)
        flow.add(Box(QRectF(x, flow.y + 40 * PT, wide, 0.8 * PT), INK))
        flow.text(label, Style.SMALL, x, flow.y + 50 * PT, INK_2)
    flow.y += high
    flow.paragraph(block.note, Style.SMALL, flow.left, flow.width, INK_2)
