"""An image that fits into memory: the charger has little of it, so the laptop has enough."""

from hashlib import sha256

from fieldtool.core.errors import FirmwareError
from fieldtool.core.model import FirmwareImage
from fieldtool.core.texts import Text


def content_of(image: FirmwareImage) -> bytes:
    """The file, checked once more. FirmwareError: IMAGE_UNREADABLE, IMAGE_CHANGED."""
    try:
        content = image.path.read_bytes()
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise FirmwareError(Text.IMAGE_UNREADABLE, target=image.release.target, detail=detail) from error
    if sha256(content).hexdigest() != image.sha256:
        raise FirmwareError(Text.IMAGE_CHANGED, target=image.release.target)
    return content
