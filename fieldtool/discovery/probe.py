"""Does anybody still answer there? A charger that loses power says no goodbye (lab/linux.md, mDNS)."""

import asyncio
from collections.abc import Iterable

from fieldtool.core.addresses import endpoint
from fieldtool.core.errors import UsageError
from fieldtool.core.model import Link
from fieldtool.discovery.serial_ports import SCHEME, is_there

AT_ONCE = 64  # connections being opened at one time


def answering(links: Iterable[Link], timeout: float) -> frozenset[Link]:
    """Those of `links` that accept a TCP connection within `timeout` seconds, or whose port is plugged in.

    Sends nothing. Who is behind a serial port does not show before somebody speaks to it.
    """
    asked = tuple(links)
    plugged = frozenset(link for link in asked if link.scheme == SCHEME and is_there(link.address))
    return plugged | asyncio.run(_answering(tuple(link for link in asked if link.scheme != SCHEME), timeout))


async def _answering(links: tuple[Link, ...], timeout: float) -> frozenset[Link]:
    turns = asyncio.Semaphore(AT_ONCE)
    found = await asyncio.gather(*(_answers(link, timeout, turns) for link in links))
    return frozenset(link for link, answered in zip(links, found, strict=True) if answered)


async def _answers(link: Link, timeout: float, turns: asyncio.Semaphore) -> bool:
    async with turns:
        try:
            async with asyncio.timeout(timeout):
                _, writer = await asyncio.open_connection(*endpoint(link))
                writer.close()
                await writer.wait_closed()
        except (OSError, UsageError):  # TimeoutError is an OSError; UsageError: it has no TCP port
            return False
    return True
