"""An image file of ours in a charger's upload folder: brought by SFTP, hashed there, removed again.

Shared by the drivers that reach a Linux charger by SSH; what the file is installed with is theirs.
"""

import re
import shlex
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from fieldtool.core.driver import Progress, Steps
from fieldtool.core.errors import DeviceError, FirmwareError
from fieldtool.core.model import FirmwareImage
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs.rauc import plain

if TYPE_CHECKING:  # paramiko costs 100 ms: only who opens a session pays
    from hashlib import _Hash

    from fieldtool.drivers.sftp_upload import Sftp
    from fieldtool.drivers.ssh import Ssh

FRESH = "fresh"  # of a copy that is about to take the image's place
_OUR_FILE = re.compile(r"(?P<image>[0-9a-f]{64})\.(?P<ending>[a-z.]+)")


class ImageFiles:
    """Files in `folder`, named by their image's SHA-256: `<sha256>.<ending>` when whole, `<ending>.part` before.

    `beside`: endings of further files of ours that belong to an image and go with it.
    """

    def __init__(self, ssh: "Ssh", folder: str, ending: str, beside: tuple[str, ...] = ()) -> None:
        self._ssh, self.folder, self.ending = ssh, folder, ending
        self._endings = (ending, f"{ending}.part", FRESH, *beside)

    def path(self, image: FirmwareImage, ending: str = "") -> str:
        return f"{self.folder}/{image.sha256}.{ending or self.ending}"

    def transfer(self, image: FirmwareImage) -> Steps:
        """Upload. What lies there already is used if its content is the start of this image."""
        yield Progress(0, image.length)
        made = self._ssh.run(f"mkdir -p {shlex.quote(self.folder)}")
        if made.status != 0:
            raise DeviceError(Text.UPLOAD_REFUSED, folder=self.folder, detail=made.words)
        with self.sftp() as sftp:
            self._clear(sftp, image)
            if sftp.size(self.path(image)) != image.length:
                yield from self._upload(sftp, image)
        yield Progress(image.length, image.length)

    def verify(self, image: FirmwareImage) -> Steps:
        """Have the charger hash the file. DeviceError(TRANSFER_CORRUPT) when it differs; it is removed then."""
        found = yield from self.hash_of(self.path(image))
        if found != image.sha256:
            self.tidy(image)
            raise DeviceError(Text.TRANSFER_CORRUPT)

    def tidy(self, image: FirmwareImage) -> None:
        with self.sftp() as sftp:
            for ending in self._endings:
                sftp.remove(self.path(image, ending))

    def renew(self, image: FirmwareImage) -> None:
        """Put a copy in the file's place: an upload whose line broke may hold the old one open for hours."""
        self._check_space(image.length)
        copied = self._ssh.run(f"cp {shlex.quote(self.path(image))} {shlex.quote(self.path(image, FRESH))}")
        if copied.status != 0:
            raise DeviceError(Text.UPLOAD_REFUSED, folder=self.folder, detail=copied.words)
        with self.sftp() as sftp:
            sftp.replace(self.path(image, FRESH), self.path(image))

    def hash_of(self, path: str) -> Generator[Progress, None, str]:
        """SHA-256 of a file there, in hex."""
        running = self._ssh.watch(f"sha256sum {shlex.quote(path)}")
        while True:
            try:
                next(running)
            except StopIteration as end:
                printed: str = end.value.output("SHA-256")
                return printed.lstrip("\\").split(" ")[0]
            yield Progress(0, 0)

    @contextmanager
    def sftp(self) -> Iterator["Sftp"]:
        from fieldtool.drivers.sftp_upload import Sftp

        sftp = Sftp(self._ssh, self.folder)
        try:
            yield sftp
        finally:
            sftp.close()

    def _clear(self, sftp: "Sftp", image: FirmwareImage) -> None:
        """Remove what is ours and belongs to other images."""
        for name in sftp.names():
            ours = _OUR_FILE.fullmatch(name)
            if ours and ours["image"] != image.sha256 and ours["ending"] in self._endings:
                sftp.remove(f"{self.folder}/{name}")

    def _upload(self, sftp: "Sftp", image: FirmwareImage) -> Steps:
        part = self.path(image, f"{self.ending}.part")
        start, digest = yield from self._start(sftp, image, part)
        self._check_space(image.length - start)
        try:
            for acknowledged in sftp.send(image.path, part, start, digest):
                yield Progress(start + acknowledged, image.length)
        except DeviceError:
            self._check_space(image.length - (sftp.size(part) or 0))  # a full disk just says "Failure"
            raise
        if digest.hexdigest() != image.sha256:
            sftp.remove(part)
            raise FirmwareError(Text.IMAGE_CHANGED, target=image.release.target)
        sftp.replace(part, self.path(image))

    def _start(self, sftp: "Sftp", image: FirmwareImage, part: str) -> Generator[Progress, None, tuple[int, "_Hash"]]:
        """Where to go on, and the hash of what is not sent again."""
        from fieldtool.drivers.sftp_upload import hash_start

        size = sftp.size(part) or 0
        if size > image.length:
            sftp.truncate(part, image.length)
            size = image.length
        if size == 0:
            return 0, sha256()
        digest = sha256()
        for _ in hash_start(image.path, size, digest):
            yield Progress(0, image.length)
        found = yield from self.hash_of(part)
        # A part that lost its content (the charger lost power) must not be built upon; one that grew just now, by the
        # cut connection's last bytes, differs too and is sent again.
        if found == digest.hexdigest():
            return size, digest
        sftp.remove(part)
        return 0, sha256()

    def _check_space(self, needed: int) -> None:
        free = free_bytes(self._ssh.run(f"df -P {shlex.quote(self.folder)}").output("free space"))
        if free < needed:
            raise DeviceError(Text.DEVICE_DISK_FULL, free=free, folder=self.folder, needed=needed)


def free_bytes(text: str) -> int:
    """The column "Available" of `df -P`, whose header tells the size of its blocks."""
    match = re.search(r"(?P<block>512|1024|1K)-blocks.*\n(?:.*\n)*?\S.*?\s\d+\s+\d+\s+(?P<free>\d+)\s+\d+%", text)
    if match is None:
        raise DeviceError(Text.DEVICE_ANSWER_STRANGE, detail=f"df: {plain(text)}")
    return int(match["free"]) * (512 if match["block"] == "512" else 1024)
