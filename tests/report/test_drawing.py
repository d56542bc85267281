"""Reports are drawn by a process of its own: several at once, beside a window, and nothing here dies of it."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fieldtool.app.reports import Form, Subject
from fieldtool.core.errors import StorageError
from fieldtool.core.texts import Text
from fieldtool.report import drawing
from fieldtool.report.verify import trust, verify
from tests.report.support import Scene, result

PNG = b"\x89PNG\r\n\x1a\n"


def test_a_preview_is_the_pages_as_pngs_and_leaves_no_trace(scene: Scene) -> None:
    scene.run()
    size = scene.laptop.log.size()
    pages = result(scene.reports.preview(Subject("run-1"), Form(paper="letter"))).pages
    assert len(pages) >= 3 and all(page.startswith(PNG) for page in pages)
    assert scene.laptop.log.size() == size and not (scene.folder / "reports").exists()


def test_several_are_drawn_at_once(scene: Scene) -> None:
    """In one process PySide crashed with three threads that draw."""
    scene.run()
    with ThreadPoolExecutor(3) as pool:
        made = pool.submit(lambda: scene.make(form=Form()))
        shown = pool.submit(lambda: result(scene.reports.preview(Subject("run-1"))))
        assert len(shown.result().pages) >= 3
        file = made.result().pdf
    assert file is not None and verify(file.read_bytes(), trust([scene.root()])).by_laptop


def test_no_qt_is_loaded_where_a_report_is_made() -> None:
    code = "import sys, fieldtool.app.app, fieldtool.cli.report; print([m for m in sys.modules if 'PySide' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", [["false"], ["no such program"], ["true"]])
def test_a_drawing_that_dies_is_told_and_nothing_is_kept(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    scene.run()
    size, real = scene.laptop.log.size(), subprocess.run

    def dies(_: list[str], **more: Any) -> subprocess.CompletedProcess[bytes]:
        return real(command, **more)

    monkeypatch.setattr(drawing.subprocess, "run", dies)
    with pytest.raises(StorageError) as told:
        scene.make(form=Form())
    assert told.value.text is Text.EVIDENCE_NOT_DRAWN
    assert scene.laptop.log.size() == size and not (scene.folder / "reports").exists()


def test_a_document_that_makes_no_sense_is_not_drawn(scene: Scene) -> None:
    with pytest.raises(StorageError) as told:
        drawing._called(b"nonsense", "pdf", drawing.Paper.A4, scene.folder)
    assert told.value.text is Text.EVIDENCE_NOT_DRAWN
