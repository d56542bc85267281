"""Has a report drawn by a process of its own, which may die without harm to anything that runs here."""

import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from fieldtool.audit.keys import LaptopSigner
from fieldtool.core.errors import StorageError
from fieldtool.core.texts import Text
from fieldtool.report.document import Document
from fieldtool.report.seal import seal
from fieldtool.report.spelling import decode, encode

SECONDS = 300.0  # a hundred chargers take one or two
_LENGTH = struct.Struct(">I")


class Paper(Enum):
    """Width and height in points."""

    A4 = "a4"
    LETTER = "letter"

    @property
    def size(self) -> tuple[float, float]:
        return (595.276, 841.89) if self is Paper.A4 else (612.0, 792.0)


def pdf(signed: bytes, signer: LaptopSigner, paper: Paper, data: Path) -> bytes:
    """The PDF of a signed document, sealed with the same key. `data`: the data folder, for the other process's log.

    StorageError(EVIDENCE_NOT_DRAWN).
    """
    return seal(_called(signed, "pdf", paper, data), signed, signer)


def pictures(document: Document, paper: Paper, data: Path) -> tuple[bytes, ...]:
    """Each page as the bytes of a PNG. StorageError(EVIDENCE_NOT_DRAWN)."""
    return tuple(_unpacked(_called(encode(document), "pictures", paper, data)))


def serve(what: str, paper: Paper, given: BinaryIO, out: BinaryIO) -> None:
    """What the other process does: one document in, a PDF or packed pictures out."""
    from fieldtool.report import pdf as drawn

    content = given.read()
    if what == "pdf":
        out.write(drawn.draw(content, paper))
    else:
        for page in drawn.pictures(decode(content), paper):
            out.write(_LENGTH.pack(len(page)) + page)
    out.flush()


def _called(content: bytes, what: str, paper: Paper, data: Path) -> bytes:
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "fieldtool"]
    command = [*program, "report", "draw", what, "--paper", paper.value, "--data", str(data)]
    try:
        done = subprocess.run(
            command,
            input=content,
            capture_output=True,
            timeout=SECONDS,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StorageError(Text.EVIDENCE_NOT_DRAWN, detail=type(error).__name__) from error
    if done.returncode or not done.stdout:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise StorageError(Text.EVIDENCE_NOT_DRAWN, detail="".join(last)[:200] or f"exit code {done.returncode}")
    return done.stdout


def _unpacked(content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        (length,) = _LENGTH.unpack_from(content, at)
        at += _LENGTH.size
        yield content[at : at + length]
        at += length
