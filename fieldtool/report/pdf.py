"""Draws the pages of a report: as a PDF with the signed document attached, or as pictures.

Only QtGui, offscreen. Runs in a process of its own (`drawing.py`): Qt aborts a process where it finds no display, and
PySide crashed one in which three threads drew at once. No update that runs beside a report may die of it.
"""

import hashlib
import os
from functools import lru_cache

import segno
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF, QSizeF, Qt, QUuid
from PySide6.QtGui import (
    QBrush,
    QColor,
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
)
from PySide6.QtSvg import QSvgRenderer

from fieldtool.core.resources import resource
from fieldtool.report.document import Document
from fieldtool.report.drawing import Paper
from fieldtool.report.layout import DOTS, Box, Code, Head, Icon, Page, Thing, Words, font, lay_out
from fieldtool.report.pages import THROW_AWAY, blocks, subtitle, title
from fieldtool.report.sign import envelope_of
from fieldtool.report.spelling import decode, encode

PICTURE_DPI = 110
_NAMESPACE = QUuid("{5f3f8a1e-6f0b-4b36-9d5a-6d1c3d0f2c11}")

_application: list[QGuiApplication] = []  # ours must live as long as the process


def draw(signed: bytes, paper: Paper) -> bytes:
    """The PDF of a signed document, which is attached to it. It has no seal yet."""
    document = decode(envelope_of(signed).payload)
    _ready()
    sha256 = hashlib.sha256(signed).hexdigest()
    pages = lay_out(blocks(document), paper, _head(document, sha256))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    _write(buffer, document, signed, paper, pages, sha256)
    return bytes(buffer.data().data())


def pictures(document: Document, paper: Paper, dpi: int = PICTURE_DPI) -> tuple[bytes, ...]:
    """Each page as the bytes of a PNG."""
    _ready()
    sha256 = hashlib.sha256(encode(document)).hexdigest()
    pages = lay_out(blocks(document), paper, _head(document, sha256))
    return tuple(_png(page, paper, dpi) for page in pages)


def _head(document: Document, sha256: str) -> Head:
    return Head(
        title=title(document),
        subtitle=subtitle(document),
        running=subtitle(document),
        warning=THROW_AWAY if document.throw_away else "",
        code=f"{document.id} sha256:{sha256}",
    )


def _ready() -> None:
    if QGuiApplication.instance() is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        _application.append(QGuiApplication(["fieldtool"]))


def _write(
    buffer: QBuffer, document: Document, signed: bytes, paper: Paper, pages: tuple[Page, ...], sha256: str
) -> None:
    writer = QPdfWriter(buffer)
    wide, high = paper.size
    writer.setResolution(DOTS)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QSizeF(wide, high), QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch),
            QPageLayout.Orientation.Portrait,
            QMarginsF(0, 0, 0, 0),
        )
    )
    writer.setTitle(f"{title(document)} {document.id}")
    writer.setCreator(f"{document.tool.name} {document.tool.version}")
    writer.setDocumentId(QUuid.createUuidV5(_NAMESPACE, sha256.encode()))
    writer.addFileAttachment(f"{document.id}.json", QByteArray(signed), "application/json")
    painter = QPainter(writer)
    for number, page in enumerate(pages):
        if number:
            writer.newPage()
        _paint(painter, page)
    painter.end()


def _png(page: Page, paper: Paper, dpi: int) -> bytes:
    wide, high = paper.size
    image = QImage(round(wide / 72 * dpi), round(high / 72 * dpi), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.scale(dpi / DOTS, dpi / DOTS)
    _paint(painter, page)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs want bytes here, Qt takes text
    return bytes(buffer.data().data())


def _paint(painter: QPainter, page: Page) -> None:
    for thing in page.things:
        _paint_thing(painter, thing)


def _paint_thing(painter: QPainter, thing: Thing) -> None:
    match thing:
        case Words():
            painter.setFont(font(thing.style))
            painter.setPen(QColor(thing.colour))
            painter.drawText(QPointF(thing.x, thing.y), thing.text)
        case Box():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(QColor(thing.colour)))
            if thing.radius:
                painter.drawRoundedRect(thing.place, thing.radius, thing.radius)
            else:
                painter.drawRect(thing.place)
        case Icon():
            _icon(thing.name, thing.colour).render(painter, thing.place)
        case Code():
            _paint_code(painter, thing)


@lru_cache(maxsize=8)
def _icon(name: str, colour: str) -> QSvgRenderer:
    drawing = resource("icons", f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    return QSvgRenderer(QByteArray(drawing.encode()))


def _paint_code(painter: QPainter, code: Code) -> None:
    matrix = segno.make(code.text, error="m", micro=False).matrix
    size = code.place.width() / len(matrix)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(QColor("#000000")))
    for y, row in enumerate(matrix):
        for first, count in _dark(row):
            place = QRectF(code.place.x() + first * size, code.place.y() + y * size, count * size, size)
            painter.drawRect(place)


def _dark(row: bytes | bytearray) -> list[tuple[int, int]]:
    """Runs of dark modules: (first, how many). One rectangle each, so that no hairline shows between two."""
    found: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and found and sum(found[-1]) == x:
            found[-1] = found[-1][0], found[-1][1] + 1
        elif dark:
            found.append((x, 1))
    return found
