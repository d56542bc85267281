"""What a virtual microcontroller keeps on disk: its state as JSON, beside it the content of its slots."""

import json
from hashlib import sha256
from pathlib import Path

from fieldtool.lab.faults import faults_to_json, parse_faults
from fieldtool.lab.mcuboot import Flash
from fieldtool.lab.mcuboot_charger import Kept

_STATE = "state.json"
_SLOT = ".slot"


def save(folder: Path, kept: Kept, port: int) -> None:
    """All or nothing: slots under new names first, then the state that names them, and the old ones go."""
    flash = kept.flash
    names = [_kept_slot(folder, content) for content in flash.slots]
    told = {
        "port": port,
        "slots": names,
        "pending": flash.pending,
        "confirmed": flash.confirmed,
        "hidden": flash.hidden,
        "starts": flash.starts,
        "spoilt": flash.spoilt,
        "faults": faults_to_json(kept.shown),
        "charging": kept.charging,
        "in_service": kept.in_service,
        "cut_sessions": kept.cut_sessions,
    }
    part = folder / f"{_STATE}.part"
    part.write_text(json.dumps(told, indent=1))
    part.replace(folder / _STATE)
    for path in folder.glob(f"*{_SLOT}"):
        if path.name not in names:
            path.unlink()


def _kept_slot(folder: Path, content: bytes) -> str:
    """The name of a file with this content; "" when there is none."""
    if not content:
        return ""
    path = folder / f"{sha256(content).hexdigest()[:32]}{_SLOT}"
    if not path.exists():
        part = path.with_suffix(".part")
        part.write_bytes(content)
        part.replace(path)
    return path.name


def load(folder: Path) -> tuple[Kept, int] | None:
    """What `save` kept there, and at which TCP port it answered; None when there is nothing."""
    path = folder / _STATE
    if not path.exists():
        return None
    told = json.loads(path.read_text())
    first, second = ((folder / name).read_bytes() if name else b"" for name in told["slots"])
    spoilt = tuple((digest, boots, sick) for digest, boots, sick in told["spoilt"])
    flash = Flash((first, second), told["pending"], told["confirmed"], told["hidden"], told["starts"], spoilt)
    faults = parse_faults(told["faults"])
    kept = Kept(flash, faults, told["charging"], told["in_service"], told["cut_sessions"])
    return kept, told["port"]
