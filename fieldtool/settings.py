"""What a person may set on this laptop, and the log file that never holds a secret."""

import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING
from urllib.parse import quote, urlsplit

from fieldtool.core.errors import StorageError, UsageError
from fieldtool.core.texts import Text

if TYPE_CHECKING:  # SQLAlchemy takes 0.4 s to import; the command line asks here for its folder and its log first
    from fieldtool.store.database import Store

LOG_FILE = Path("log") / "fieldtool.log"  # below the data folder
LOG_BYTES = 1024 * 1024  # of each file
LOG_FILES = 5
VALUE_LENGTH = 1_000
CENTRAL = "central"  # as the source of a catalogue: the central system that is set

_log = logging.getLogger(__name__)


def default_folder() -> Path:
    """Where this person's data is kept when no other folder is named."""
    import platformdirs

    return platformdirs.user_data_path("fieldtool", appauthor=False)


# ---- settings -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    title: str
    default: str
    allowed: tuple[str, ...] = ()  # empty: free text that `fits` accepts
    fits: Callable[[str], bool] = lambda value: True
    rule: str = ""  # what `fits` wants, in words

    def accepts(self, value: str) -> bool:
        return value in self.allowed if self.allowed else len(value) <= VALUE_LENGTH and self.fits(value)


def _is_url(value: str) -> bool:
    """http or https with a host, and without a password: settings are no place for secrets."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    plain = value.isascii() and value.isprintable() and " " not in value
    known = parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0
    return plain and known and parts.username is None and not parts.query and not parts.fragment


def _is_url_or_nothing(value: str) -> bool:
    return not value or _is_url(value)


def _is_source(value: str) -> bool:
    return value == CENTRAL or _is_url_or_nothing(value) or (value.isprintable() and Path(value).is_absolute())


def _is_key_or_nothing(value: str) -> bool:
    return not value or re.fullmatch(r"SHA256:[A-Za-z0-9+/]{43}", value) is not None


def _between(low: int, high: int) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(r"[0-9]{1,6}", value) is not None and low <= int(value) <= high


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        each.name: each
        for each in (
            Setting("theme", "Theme", "system", ("system", "light", "dark", "sunlight")),
            Setting("text_size", "Text size", "100", ("100", "115", "130")),
            Setting("glove_mode", "Glove mode", "off", ("off", "on")),
            Setting("language", "Language", "system", ("system", "en", "de")),
            Setting("central.url", "Central system", "", fits=_is_url_or_nothing, rule="http://… or https://…"),
            Setting(
                "central.key",
                "Key of the central system",
                "",
                fits=_is_key_or_nothing,
                rule="SHA256: and 43 letters and digits",
            ),
            Setting(
                "repository",
                "Image repository",
                "",
                fits=_is_source,
                rule="http://…, https://…, the full path of a folder, or the word central",
            ),
            Setting(
                "director",
                "Director repository",
                "",
                fits=_is_source,
                rule="http://…, https://…, the full path of a folder, or the word central",
            ),
            Setting("network", "Where to look for chargers", "all", ("all", "loopback")),
            Setting("update.at_once", "Chargers updated at once", "64", fits=_between(1, 128), rule="1 to 128"),
            Setting(
                "backup.days",
                "Days to keep a charger's saved settings after its update",
                "90",
                fits=_between(1, 3_650),
                rule="1 to 3650",
            ),
            Setting(
                "validate.soak_seconds",
                "Seconds a charger must stay healthy",
                "10",
                fits=_between(0, 3_600),
                rule="0 to 3600",
            ),
        )
    }
)


class Settings:
    """Of one data folder. Reads the database each time, so that another process's change counts at once."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    def known(self) -> tuple[Setting, ...]:
        return tuple(SETTINGS.values())

    def get(self, name: str) -> str:
        """UsageError(SETTING_UNKNOWN). A stored value that is not allowed (any more) counts as not set."""
        return self._read(_setting(name), self._stored())

    def all(self) -> Mapping[str, str]:
        stored = self._stored()
        return {setting.name: self._read(setting, stored) for setting in SETTINGS.values()}

    def set(self, name: str, value: str) -> None:
        """UsageError(SETTING_UNKNOWN or SETTING_BAD)."""
        setting = _setting(name)
        if not setting.accepts(value):
            allowed = ", ".join(setting.allowed) or setting.rule
            raise UsageError(Text.SETTING_BAD, name=name, value=redacted(value[:80]), allowed=allowed)
        from sqlalchemy import delete, insert

        from fieldtool.store import tables

        with self._store.write() as tx:
            tx.execute(delete(tables.setting).where(tables.setting.c.name == name))
            tx.execute(insert(tables.setting).values(name=name, value=value))

    def _stored(self) -> Mapping[str, str]:
        from sqlalchemy import select

        from fieldtool.store import tables

        with self._store.read() as tx:
            return {row.name: row.value for row in tx.execute(select(tables.setting))}

    def _read(self, setting: Setting, stored: Mapping[str, str]) -> str:
        value = stored.get(setting.name, setting.default)
        if setting.accepts(value):
            return value
        _log.warning("the stored value of %s is not allowed; %r is used", setting.name, setting.default)
        return setting.default


def _setting(name: str) -> Setting:
    if name not in SETTINGS:
        raise UsageError(Text.SETTING_UNKNOWN, name=name[:80], known=", ".join(SETTINGS))
    return SETTINGS[name]


# ---- the log --------------------------------------------------------------------------------------------------------

GONE = "[redacted]"
_SHORTEST = 4  # a shorter secret would blacken half of the log, and tell itself by that
_PATTERNS = (
    # Cut off or escaped PEM blocks and the body of an OpenSSH key without its frame count too.
    (re.compile(r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.DOTALL), "[PEM block]"),
    (re.compile(r"b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=\\\s]*"), "[private key]"),
    (re.compile(r"(?i)(authorization\b['\"]?\s*[:=,]\s*)[^\r\n]+"), rf"\1{GONE}"),
    (re.compile(r"(?i)\b(bearer|basic|digest)\s+[A-Za-z0-9+/=._~-]{8,}"), rf"\1 {GONE}"),
    (re.compile(r"://[^/\s@]+@"), f"://{GONE}@"),
    (
        re.compile(
            r"(?i)\b((?:[a-z]+[_-])*(?:password|passwd|passphrase|secret|token|api[_-]?key)['\"]?\s*[:=]\s*b?)"
            r"(?:'[^'\r\n]*'|\"[^\"\r\n]*\"|[^\s'\",;}&]+)"
        ),
        rf"\1{GONE}",
    ),
)
_secrets: frozenset[str] = frozenset()


def redact(secret: str) -> None:
    """Never let this text into the log, in whatever form a library may print it: call it with every secret one reads.

    Secrets of fewer than four characters are not covered.
    """
    global _secrets
    lines = [line.strip() for line in secret.splitlines()]
    parts = {secret, secret.strip()} | {line for line in lines if len(line) >= 2 * _SHORTEST}
    forms = {form for part in parts for form in (part, repr(part)[1:-1], quote(part, safe=""))}
    _secrets = _secrets | {form for form in forms if len(form) >= _SHORTEST and "-----" not in form}


def redacted(text: str) -> str:
    """`text` without secrets: for everything that leaves this program other than to where it belongs."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, GONE)
    return text


def set_up_logging(folder: Path) -> None:
    """Write the log to `<folder>/log/fieldtool.log`, up to 5 files of 1 MB. Safe to repeat, also with another folder.

    StorageError(DATABASE_UNWRITABLE) when the file cannot be opened.
    """
    path = folder / LOG_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = _LogFile(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES - 1, encoding="utf-8", errors="replace")
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise StorageError(Text.DATABASE_UNWRITABLE, folder=str(path.parent), detail=detail) from error
    handler.setFormatter(_Redacting("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    for earlier in [each for each in root.handlers if isinstance(each, _LogFile)]:
        root.removeHandler(earlier)
        earlier.close()
    root.addHandler(handler)
    logging.getLogger("fieldtool").setLevel(logging.INFO)  # of libraries only warnings: the root's level


class _Redacting(logging.Formatter):
    """Redacts what is finally written, tracebacks included, and lets no message forge a line of the log."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"

    def __init__(self, form: str) -> None:
        super().__init__(form, self.default_time_format)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        from datetime import UTC, datetime

        return datetime.fromtimestamp(record.created, UTC).strftime(datefmt or self.default_time_format)

    def format(self, record: logging.LogRecord) -> str:
        first, *others = redacted(super().format(record)).splitlines() or [""]
        return "\n".join((_printable(first), *("    " + _printable(line) for line in others)))


class _LogFile(RotatingFileHandler):
    """Rotates although other fieldtools may write to the same file, and never disturbs the work it reports on."""

    def _open(self) -> IO[str]:  # type: ignore[override]  # the stub names the class that open() returns
        return open(  # noqa: SIM115, PTH123 - the handler closes it; Path.open has no opener
            self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=_private
        )

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self.stream is not None and self._was_rotated(self.stream.fileno()):
                self.stream.close()
                self.stream = self._open()  # type: ignore[assignment]  # as above
        except OSError:
            self.handleError(record)
        else:
            super().emit(record)

    def doRollover(self) -> None:  # noqa: N802 - logging's name
        try:
            super().doRollover()
        except OSError:
            # Windows renames no file that another process has open: go on in this one until that has ended.
            self.stream = self._open()  # type: ignore[assignment]  # as above

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A full disk must not stop an update, nor fill the terminal with tracebacks of the log itself."""

    def _was_rotated(self, ours_open: int) -> bool:
        """Another process has moved the file away."""
        try:
            there, ours = os.stat(self.baseFilename), os.fstat(ours_open)  # noqa: PTH116 - fstat's pair
        except FileNotFoundError:
            return True
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _printable(line: str) -> str:
    return "".join(char if char.isprintable() or char == "\t" else "\N{REPLACEMENT CHARACTER}" for char in line)
