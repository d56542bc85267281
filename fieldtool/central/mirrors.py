"""The routes by which laptops get both catalogues: the files of two mirrors, and nothing else of this machine.

    /v1/director/metadata/NAME  /v1/director/targets/PATH      what is to be done, signed by the office and by us
    /v1/images/metadata/NAME    /v1/images/targets/PATH        the vendor's, as it was brought here

Every byte is signed by others and verified by the laptop. `Range` resumes a file.
"""

import re
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from fieldtool.central.directing import Director
from fieldtool.central.images import Images
from fieldtool.central.office import LAPTOP, Office, asked_by
from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.firmware.custom import is_target_path

_METADATA = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.json")


class _Streamed(FileResponse):
    chunk_size = 1 << 18


def routes(office: Office) -> APIRouter:
    router = APIRouter(prefix="/v1")
    for name, mirror in (
        ("director", Director(office.store, office.clock).mirror),
        ("images", Images(office.store.folder, office.clock).mirror),
    ):
        router.include_router(_mirror(mirror), prefix=f"/{name}")
    return router


def _mirror(folder: Path) -> APIRouter:
    router = APIRouter()

    @router.get("/metadata/{name}", openapi_extra=asked_by(LAPTOP), response_class=FileResponse)
    def metadata(name: str) -> FileResponse:
        if not _METADATA.fullmatch(name):
            raise UsageError(Text.CENTRAL_NO_FILE, file=_shown(name))
        return _file(folder / "metadata", name, "no-cache")

    @router.get("/targets/{path:path}", openapi_extra=asked_by(LAPTOP), response_class=FileResponse)
    def target(path: str) -> FileResponse:
        if not is_target_path(path):
            raise UsageError(Text.CENTRAL_NO_FILE, file=_shown(path))
        return _file(folder / "targets", path, "private, max-age=31536000, immutable")  # its name holds its hash

    return router


def _file(base: Path, name: str, keep: str) -> FileResponse:
    """A plain file below `base`, and no link to anything. UsageError(CENTRAL_NO_FILE)."""
    path = base / name
    try:
        plain = path.resolve(strict=True) == base.resolve(strict=True) / name and path.is_file()
        found = path.stat()
    except OSError:
        plain = False
    if not plain or name.endswith(".part"):
        raise UsageError(Text.CENTRAL_NO_FILE, file=_shown(name))
    return _Streamed(path, media_type="application/octet-stream", stat_result=found, headers={"Cache-Control": keep})


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name[:80])
