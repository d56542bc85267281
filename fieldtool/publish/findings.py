"""What `fieldtool publish verify` finds: the parts of a repository, and what laptops would refuse of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from fieldtool.core.clock import iso
from fieldtool.core.errors import FieldtoolError, FirmwareError, Trouble, UsageError
from fieldtool.core.texts import Text
from fieldtool.firmware import custom
from fieldtool.firmware.formats.anchors import parse_anchors
from fieldtool.firmware.native import UNSIGNED_FORMATS, check_native
from fieldtool.firmware.verified import SignedTarget, expired
from fieldtool.publish.folder import anchors_path
from fieldtool.publish.layout import ONLINE

SOON = timedelta(days=14)  # of the parts that people sign


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    version: int
    expires: datetime
    needs: int  # signatures
    keys: tuple[str, ...]  # that may sign it
    signed_by: tuple[str, ...]
    files: int  # that it names


@dataclass(frozen=True, slots=True)
class Report:
    source: str
    kind: str  # of the repository: "image" or "director"
    parts: tuple[Part, ...]
    problems: tuple[Trouble, ...]  # what laptops would refuse, or what stands in the way of a release
    notes: tuple[Trouble, ...]
    accepted: bool | None  # by the laptop's own verification; None: not asked, it is a working folder

    def plain(self) -> dict[str, object]:
        verdict = {None: "not asked: this is a working folder", True: "accepted", False: "refused"}[self.accepted]
        return {
            "source": self.source,
            "repository": self.kind,
            "laptops": verdict,
            "parts": [
                {
                    "part": part.name,
                    "version": part.version,
                    "expires": iso(part.expires),
                    "signatures": f"{len(part.signed_by)} of {part.needs} needed",
                    "files": part.files,
                    "keys": list(part.keys),
                    "signed_by": list(part.signed_by),
                }
                for part in self.parts
            ],
            "notes": [_told(one) for one in self.notes],
            "problems": [_told(one) for one in self.problems],
        }


@dataclass
class Findings:
    at: datetime
    parts: list[Part] = field(default_factory=list)
    problems: list[Trouble] = field(default_factory=list)
    notes: list[Trouble] = field(default_factory=list)

    def problem(self, error: FieldtoolError) -> None:
        if error.trouble() not in self.problems:
            self.problems.append(error.trouble())

    def note(self, error: FieldtoolError) -> None:
        self.notes.append(error.trouble())

    def lapse(self, role: str, until: datetime, grace: timedelta) -> None:
        """`grace`: so long laptops offline believe an expired snapshot or timestamp."""
        if until <= self.at:
            late = expired(role, until)
            self.problem(late) if role not in ONLINE or until + grace <= self.at else self.note(late)
        elif role not in ONLINE and until <= self.at + SOON:
            self.note(UsageError(Text.PUBLISH_EXPIRES_SOON, role=role, until=f"{until:%Y-%m-%d}"))

    def report(self, source: str, kind: str, accepted: bool | None) -> Report:
        return Report(source, kind, tuple(self.parts), tuple(self.problems), tuple(self.notes), accepted)


def judge_release(
    target: SignedTarget, file: Path | None, read: Callable[[str], bytes | None], found: Findings
) -> None:
    """`file`: None when it is not on this machine. `read`: a small file of the same repository."""
    try:
        release = custom.release(target.path, target.length, target.sha256, target.custom, target.vendor_role)
        data = read(anchors_path(target.vendor_role, release.native_key)) if release.native_key else None
        anchors = None if data is None else parse_anchors(data)
        if file is not None:
            check_native(file, release, anchors)
        elif release.format not in UNSIGNED_FORMATS:
            found.note(UsageError(Text.PUBLISH_NATIVE_FAR, target=target.path))
    except FirmwareError as error:
        found.problem(error)


def _told(trouble: Trouble) -> dict[str, object]:
    return {"code": trouble.text.name, "what": trouble.what, "do": trouble.remedy}
