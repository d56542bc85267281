"""What RAUC's own tool says about a bundle: the hash of the payload, as the charger will report it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text

SECONDS = 120  # `rauc info` hashes the whole bundle


def payload_hash(file: Path, given: str = "", keyring: Path | None = None) -> str:
    """The hex SHA-256 of the one image in a .raucb file.

    `given`: what the publisher says; it must agree with `rauc info` where that can be asked. `keyring`: certificates to
    verify the bundle's own signature with; without them only its manifest is read. UsageError: PUBLISH_HASH_MISSING,
    PUBLISH_HASH_DISAGREES, PUBLISH_FILE_BAD.
    """
    if file.suffix != ".raucb" or shutil.which("rauc") is None:
        if not given:
            why = "it is no .raucb file" if file.suffix != ".raucb" else "the program rauc is not installed"
            raise UsageError(Text.PUBLISH_HASH_MISSING, file=file.name, detail=why)
        return given
    found = _from_manifest(file, _info(file, keyring))
    if given and given != found:
        raise UsageError(Text.PUBLISH_HASH_DISAGREES, file=file.name, found=found, expected=given)
    return found


def _info(file: Path, keyring: Path | None) -> Any:
    # Without a keyring this reads what the publisher is about to sign; every charger verifies the bundle itself.
    options = ["info", "--no-verify"] if keyring is None else [f"--keyring={keyring}", "info"]
    command = ["rauc", *options, "--output-format=json", str(file.resolve())]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(Text.PUBLISH_FILE_BAD, file=file.name, detail=type(error).__name__) from error
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines() or ["rauc info failed"]
        raise UsageError(Text.PUBLISH_FILE_BAD, file=file.name, detail=words[-1][:200])
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise UsageError(Text.PUBLISH_FILE_BAD, file=file.name, detail="rauc info gave no JSON") from error


def _from_manifest(file: Path, info: Any) -> str:
    try:
        images = [image for entry in info["images"] for image in entry.values()]
        hashes = [str(image["checksum"]) for image in images]
    except (LookupError, TypeError, AttributeError) as error:
        raise UsageError(Text.PUBLISH_FILE_BAD, file=file.name, detail="rauc info gave something strange") from error
    if len(hashes) != 1:
        raise UsageError(Text.PUBLISH_HASH_MISSING, file=file.name, detail=f"it has {len(hashes)} images, not one")
    return hashes[0]
