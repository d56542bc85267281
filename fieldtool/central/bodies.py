"""What comes in is bounded, in bytes and in time, before anybody looks at it; compressed or not."""

import asyncio

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from fieldtool.core.errors import FieldtoolError, RefusedError
from fieldtool.core.texts import Text

BODY_SECONDS = 30.0  # for a whole body to arrive, the wait for its turn included
AT_ONCE = 32  # bodies that arrive at one worker at the same time; others wait


async def body(request: Request, most: int, refusal: FieldtoolError) -> bytes:
    """Up to `most` bytes, on the way and unpacked; more raise `refusal`, on the way before they have arrived.

    `Content-Encoding: zstd` is unpacked. RefusedError(BODY_ENCODED), TimeoutError, ClientDisconnect.
    """
    async with asyncio.timeout(BODY_SECONDS), _turns(request):
        sent = await _sent(request, most, refusal)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return sent
    if encoding != "zstd":
        raise RefusedError(Text.BODY_ENCODED)
    return await run_in_threadpool(_unpacked, sent, most, refusal)


async def _sent(request: Request, most: int, refusal: FieldtoolError) -> bytes:
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > most:
            raise refusal
    return bytes(found)


def _turns(request: Request) -> asyncio.Semaphore:
    """Many slow bodies at once must not fill the memory of a worker."""
    state = request.app.state
    if not hasattr(state, "bodies"):
        state.bodies = asyncio.Semaphore(AT_ONCE)
    turns: asyncio.Semaphore = state.bodies
    return turns


def _unpacked(sent: bytes, most: int, refusal: FieldtoolError) -> bytes:
    """One frame and nothing behind it. What it says of its size is believed only where that makes it too large."""
    import zstandard

    try:
        if zstandard.frame_content_size(sent) > most:
            raise refusal
        found = zstandard.ZstdDecompressor().decompress(sent, max_output_size=most, allow_extra_data=False)
    except (zstandard.ZstdError, MemoryError):
        raise RefusedError(Text.BODY_ENCODED) from None
    if len(found) > most:
        raise refusal
    return found
