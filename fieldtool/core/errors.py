"""What can go wrong, by what follows from it. Words come from `core.texts`; here are only the kinds."""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from fieldtool.core.texts import Text

Param = str | int | float


class Safety(Enum):
    """Answers "is the charger safe?": a function of the phase and of what the device can do."""

    UNTOUCHED = "untouched"
    OLD_IS_KEPT = "old_is_kept"
    KEEP_POWERED = "keep_powered"
    RETURNED = "returned"

    @property
    def text(self) -> Text:
        return Text[f"SAFETY_{self.name}"]


class ExitCode(Enum):
    """Exit codes of the command line, documented in resources/docs/guide/command-line.md."""

    DONE = 0
    BUG = 1
    USAGE = 2
    REFUSED = 3
    ROLLED_BACK = 4
    NEEDS_RECOVERY = 5
    LINK_LOST = 6
    STORAGE = 7
    TRUST = 8
    CENTRAL = 9
    ABANDONED = 10
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error as a value: what a journal keeps and a window shows. `params` fill the templates of `text`."""

    text: Text
    params: tuple[tuple[str, Param], ...] = ()
    safety: Safety = Safety.UNTOUCHED
    exit_code: ExitCode = ExitCode.BUG

    @property
    def what(self) -> str:
        return self.text.what(**dict(self.params))

    @property
    def remedy(self) -> str:
        return self.text.remedy(**dict(self.params))


class FieldtoolError(Exception):
    """An error with a code and parameters: `FieldtoolError(Text.PORT_CLOSED, port="COM4")`, never a literal."""

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(self, text: Text, /, **params: Param) -> None:
        super().__init__(text.what(**params))
        self.text = text
        self.params = params

    @property
    def what(self) -> str:
        return self.text.what(**self.params)

    @property
    def remedy(self) -> str:
        return self.text.remedy(**self.params)

    def trouble(self, safety: Safety = Safety.UNTOUCHED) -> Trouble:
        return Trouble(self.text, tuple(sorted(self.params.items())), safety, self.exit_code)


class UsageError(FieldtoolError):
    """The call or a file handed to us makes no sense, or this laptop lacks something."""

    exit_code = ExitCode.USAGE


class LinkError(FieldtoolError):
    """Not reachable, or lost. We do not know what the charger does now: ask again."""

    exit_code = ExitCode.LINK_LOST


class UnclearError(LinkError):
    """It answers, but cannot say how it is: it shuts down, wakes up, or its update service is away. Ask again."""


class DeviceError(FieldtoolError):
    """The charger answered, and said no."""

    exit_code = ExitCode.ABANDONED


class SignatureError(DeviceError):
    """The charger does not trust the firmware. Never tried another way."""

    exit_code = ExitCode.TRUST


class RefusedError(FieldtoolError):
    """We said no, before anything was changed."""

    exit_code = ExitCode.REFUSED


class PinError(RefusedError):
    """The charger's key is unknown or another than the pinned one. No credential was sent."""

    exit_code = ExitCode.TRUST


class FirmwareError(FieldtoolError):
    """Firmware or its metadata: untrusted, expired, missing."""

    exit_code = ExitCode.TRUST


class StorageError(FieldtoolError):
    """Journal or audit log cannot be written or read: stop before touching a device."""

    exit_code = ExitCode.STORAGE


class AuditError(FieldtoolError):
    """An audit record, a key or a receipt that does not hold."""

    exit_code = ExitCode.TRUST


class SyncError(FieldtoolError):
    """The central system did not answer, or answered wrongly. Nothing is lost; records stay pending."""

    exit_code = ExitCode.CENTRAL
