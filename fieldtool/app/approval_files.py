"""What two people send each other as files: what one asks, and what the other signed."""

from pathlib import Path

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.update.approval import MAX_TEXT, Approval, Request, read_approval, request_text


def text_of(file: Path) -> str:
    """A request or an approval; one character more than there may be, so that the reader refuses it.

    UsageError(FILE_UNREADABLE).
    """
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_TEXT + 1).decode()
    except (OSError, UnicodeError) as error:
        raise UsageError(Text.FILE_UNREADABLE, file=str(file), detail=str(error)) from error


def approval_of(file: Path) -> Approval:
    """What a second person signed on another laptop. RefusedError(APPROVAL_BAD), UsageError(FILE_UNREADABLE)."""
    return read_approval(text_of(file))


def write_request(request: Request, file: Path, *, replace: bool = False) -> None:
    """For a second person's laptop. `replace`: also over a file that is there, where a person was asked.

    UsageError(FILE_UNWRITABLE).
    """
    try:
        with file.open("w" if replace else "x", encoding="utf-8") as stream:
            stream.write(request_text(request))
    except OSError as error:
        raise UsageError(Text.FILE_UNWRITABLE, file=str(file), detail=error.strerror or str(error)) from error
