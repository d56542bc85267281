"""How SWUpdate's command line is written and what it says. No I/O; the texts were measured with SWUpdate 2022.12."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from getopt import GetoptError, getopt

from fieldtool.core.errors import DeviceError, SignatureError, UsageError
from fieldtool.core.profile import Profile
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs.rauc import plain

KINDS = ("ab", "in-place", "self-installing")
_KEYS = ("kind", "certificate", "hardware", "select", "options", "confirm", "roll_back", "busy")
_NEEDED: Mapping[str, tuple[str, ...]] = {  # facts without which nobody could tell what a restart would start
    "ab": ("payload_hash", "slot", "staged_version", "staged_hash"),
    "in-place": ("payload_hash", "staged_version", "staged_hash", "damaged"),
    "self-installing": ("payload_hash",),
}
_PATH = re.compile(r"/[A-Za-z0-9._/-]{1,200}")
_HARDWARE = re.compile(r"[A-Za-z0-9._-]{1,60}:[A-Za-z0-9._-]{1,60}")
_SELECTION = re.compile(r"[A-Za-z0-9._-]{1,60},[A-Za-z0-9._-]{1,60}")
# Not among them: what names another file or key, only checks, only pretends, or never ends.
_SHORT, _LONG = (
    "B:K:l:p:P:N:R:b:LMmv",
    ("bootloader=", "key-aes=", "loglevel=", "syslog", "verbose", "postupdate=", "preupdate=", "blacklist=",
     "no-downgrading=", "no-reinstalling=", "max-version=", "no-transaction-marker", "no-state-marker",
     "cert-purpose=", "forced-signer-name=", "ca-path=", "file="),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """The table `[update]` of a profile: how this model is told to install, and to start what."""

    kind: str  # one of KINDS
    certificate: str  # on the charger: whose firmware it takes
    hardware: str = ""  # "board:revision"; "" = the charger's own /etc/hwrevision
    select: str = ""  # command that prints "set,mode"; "" = the file has one set only
    options: tuple[str, ...] = ()
    confirm: str = ""  # command that makes what runs permanent
    roll_back: str = ""  # command that makes the other slot start next
    busy: str = ""  # command that prints words when somebody else installs; "" = ask for processes

    def command(self, file: str, selection: str) -> str:
        """The command line that installs `file`, every word quoted."""
        words = ["swupdate", "-i", file, "-k", self.certificate]
        words += ["-H", self.hardware] if self.hardware else []
        words += ["-e", selection] if selection else []
        return shlex.join([*words, *self.options])


def parse_way(profile: Profile) -> Way:
    """Read and check `[update]`. UsageError(PROFILE_BAD) says which field and why."""
    table = profile.update
    for field, why in _flaws(profile):
        raise UsageError(Text.PROFILE_BAD, file=profile.id, field=field, why=why)
    given = {key: value for key, value in table.items() if key != "options"}
    return Way(**given, options=tuple(shlex.split(table.get("options", ""))))


def _flaws(profile: Profile) -> "list[tuple[str, str]]":
    table, kind = profile.update, profile.update.get("kind", "")
    found = []
    if unknown := table.keys() - set(_KEYS):
        found.append(("update", f"does not know {', '.join(sorted(unknown))}"))
    if kind not in KINDS:
        found.append(("update.kind", f"must be one of {', '.join(KINDS)}"))
    if missing := [fact for fact in _NEEDED.get(kind, ()) if fact not in profile.facts]:
        found.append(("facts", f"misses {', '.join(missing)}"))
    if not _PATH.fullmatch(table.get("certificate", "")):
        found.append(("update.certificate", "must be the path of a file on the charger"))
    if not _HARDWARE.fullmatch(table.get("hardware", "a:b")):
        found.append(("update.hardware", "must be board:revision"))
    if kind != "ab" and (table.keys() & {"confirm", "roll_back"}):
        found.append(("update", "has confirm or roll_back, which need the kind ab"))
    if why := _bad_options(table.get("options", "")):
        found.append(("update.options", why))
    return found


def _bad_options(text: str) -> str:
    try:
        _, rest = getopt(shlex.split(text), _SHORT, list(_LONG))
    except (GetoptError, ValueError) as error:
        return f"cannot be used: {error}"
    return f"cannot be used: {rest[0]} is no option" if rest else ""


def parse_selection(text: str) -> str:
    """What the command `select` printed. DeviceError when it is no "set,mode"."""
    words = plain(text)
    if not _SELECTION.fullmatch(words):
        raise DeviceError(Text.DEVICE_ANSWER_STRANGE, detail=f"set and mode of the firmware: {words}")
    return words


_KILLED = 128  # a shell's exit status for a process that a signal ended, and above


def parse_status(text: str) -> int | None:
    """The exit status that the installation left. None: it left none, or was killed."""
    word = text.strip()
    status = int(word) if re.fullmatch(r"[0-9]{1,3}", word) else None
    return None if status is None or status >= _KILLED else status


def is_success(log: str) -> bool:
    """It says that it worked. Its exit status was seen to be 1 all the same, on a busy machine."""
    return "SWUPDATE successful" in log


_REFUSALS = (  # in this order: what follows from a refusal is told, too
    ("Authentication of all signatures failed", Text.INSTALL_SIGNATURE),
    ("Error loading certificate chain", Text.INSTALL_SIGNATURE),
    ("SW not compatible with hardware", Text.INSTALL_INCOMPATIBLE),
    ("Found nothing to install", Text.INSTALL_INCOMPATIBLE),
    ("No space left on device", Text.INSTALL_NO_SPACE),
    ("HASH mismatch", Text.INSTALL_DAMAGED),
    ("Checksum WRONG", Text.INSTALL_DAMAGED),
    ("magic not found", Text.INSTALL_DAMAGED),
    ("Header corrupted", Text.INSTALL_DAMAGED),
)
_LINE = re.compile(r"^\[ERROR\] : SWUPDATE failed \[\d+\] (?:ERROR : )?(?P<words>.*)$", re.MULTILINE)
_INVALID = "Image invalid or corrupted. Not installing ..."  # said after every error, and without any
_SAYS_NOTHING = ("SWUpdate *failed* !", _INVALID)


def refusal(log: str) -> DeviceError:
    """What the log of a failed installation means."""
    for needle, text in _REFUSALS:
        if needle in log:
            line = next(line for line in log.splitlines() if needle in line)
            kind = SignatureError if text is Text.INSTALL_SIGNATURE else DeviceError
            return kind(text, detail=_words(line))
    if reason := _reason(log):
        return DeviceError(Text.INSTALL_FAILED, detail=reason)
    return DeviceError(Text.INSTALL_DAMAGED if _INVALID in log else Text.INSTALL_FAILED, detail="it gives no reason")


def _words(line: str) -> str:
    match = _LINE.match(line)
    return plain(match["words"] if match else line)


def _reason(log: str) -> str:
    """The first error that tells something, else the last line that is none of SWUpdate's usual ones; or nothing."""
    errors = [match["words"] for match in _LINE.finditer(log) if match["words"] not in _SAYS_NOTHING]
    others = [line for line in log.splitlines() if line.strip() and not line.startswith(("[", "SWUpdate", "Licensed"))]
    return plain((errors[:1] or others[-1:] or [""])[0])
