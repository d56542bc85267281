"""What comes in is bounded, in bytes and in time, before anybody looks at it."""

import asyncio

from fastapi import Request

from fieldtool.core.errors import FieldtoolError

BODY_SECONDS = 30.0  # for a whole body to arrive


async def body(request: Request, most: int, refusal: FieldtoolError) -> bytes:
    """Up to `most` bytes; more raise `refusal` before they have arrived. TimeoutError, ClientDisconnect."""
    found = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        async for chunk in request.stream():
            found += chunk
            if len(found) > most:
                raise refusal
    return bytes(found)
