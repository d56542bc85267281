"""A laptop and a central system, as central's own tests have them."""

from tests.central.conftest import here, there

__all__ = ["here", "there"]
