"""Announces virtual chargers by mDNS, on loopback only. One that loses power says no goodbye."""

import asyncio
from collections.abc import Awaitable, Coroutine, Mapping
from threading import Lock
from typing import Any, TypeVar

from zeroconf import ServiceInfo, Zeroconf

from fieldtool.core.multicast import hear_only_joined

_T = TypeVar("_T")
_TYPES = ("_ssh._tcp.local.", "_ocpp._tcp.local.")
_DEADLINE = 10.0  # seconds for the loop of zeroconf to do what it is asked


class Announcer:
    """One multicast responder for all chargers of a site."""

    def __init__(self) -> None:
        self._zeroconf = Zeroconf(interfaces=["127.0.0.1"])
        engine = self._zeroconf.engine
        started = [reader.sock for reader in engine.readers]  # its own thread may have begun already
        hear_only_joined((engine._listen_socket, *engine._respond_sockets, *started))
        self._lock = Lock()
        self._known: dict[str, list[tuple[ServiceInfo, Awaitable[None]]]] = {}

    def announce(self, name: str, host: str, port: int, hints: Mapping[str, str]) -> None:
        """Say that `name` answers at host:port. What was said of it before is replaced."""
        with self._lock:
            self._forget(name)
            self._known[name] = [self._register(kind, name, host, port, hints) for kind in _TYPES]

    def fall_silent(self, name: str) -> None:
        """Say nothing of `name` any more, not even goodbye: what a power cut looks like."""
        with self._lock:
            self._forget(name)

    def close(self) -> None:
        """End of the lab: goodbye for all that are still there."""
        with self._lock:
            for announced in self._known.values():
                for _, said in announced:
                    self._ask(_hush(said))
            self._zeroconf.close()

    def _register(
        self, kind: str, name: str, host: str, port: int, hints: Mapping[str, str]
    ) -> tuple[ServiceInfo, Awaitable[None]]:
        server = "".join(char if char.isalnum() else "-" for char in name.lower()) + ".local."
        info = ServiceInfo(
            kind, f"{name}.{kind}", port=port, properties=dict(hints), server=server, parsed_addresses=[host]
        )
        # Names are unique in a lab, and probing for conflicts would take 0.5 s each.
        said = self._ask(self._zeroconf.async_register_service(info, cooperating_responders=True))
        return info, said

    def _forget(self, name: str) -> None:
        for info, said in self._known.pop(name, []):
            self._ask(self._drop(info, said))

    async def _drop(self, info: ServiceInfo, said: Awaitable[None]) -> None:
        await _hush(said)
        self._zeroconf.registry.async_remove(info)

    def _ask(self, question: Coroutine[Any, Any, _T]) -> _T:
        loop = self._zeroconf.loop
        if loop is None:
            raise RuntimeError("zeroconf has no loop of its own")
        return asyncio.run_coroutine_threadsafe(question, loop).result(_DEADLINE)


async def _hush(said: Awaitable[None]) -> None:
    """An announcement is repeated for half a second: not after a goodbye, nor after a power cut."""
    asyncio.ensure_future(said).cancel()
