"""Why a file's own signature does not hold. `native.py` is the one place that makes our public error of it."""

from fieldtool.core.errors import Param
from fieldtool.core.texts import Text


class FormatError(Exception):
    """One of the NATIVE_ texts and its parameters, all but the name of the target."""

    def __init__(self, text: Text, **params: Param) -> None:
        super().__init__(text.name)
        self.text = text
        self.params = params


def need(holds: object, detail: str) -> None:
    """FormatError(NATIVE_DAMAGED, detail) unless it holds."""
    if not holds:
        raise FormatError(Text.NATIVE_DAMAGED, detail=detail)
