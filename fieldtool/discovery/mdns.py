"""Chargers that announce themselves (mDNS, RFC 6762; DNS-SD, RFC 6763). All that is heard here is a stranger's hint."""

import asyncio
import ipaddress
import logging
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread
from types import MappingProxyType
from typing import TYPE_CHECKING

from fieldtool.core.addresses import join
from fieldtool.core.clock import Clock
from fieldtool.core.errors import ExitCode, Trouble
from fieldtool.core.model import Link, Sighting
from fieldtool.core.multicast import hear_only_joined
from fieldtool.core.texts import Text

if TYPE_CHECKING:  # zeroconf takes 0.1 s to import: only who browses pays for it
    from zeroconf import DNSOutgoing, ServiceStateChange, Zeroconf
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

TYPES: Mapping[str, str] = MappingProxyType({"_ssh._tcp.local.": "ssh", "_ocpp._tcp.local.": "ocpp"})  # type: scheme
LOOPBACK = ("127.0.0.1",)

MAX_ENTRIES = 1_000
MAX_RESOLVES = 100  # at one time: one missing address record costs 3 s, but all together, not one after the other
MAX_EVENTS = 400  # per second that lead to work
MAX_AGAIN = 10  # per second that are asked for once more: a flood of names shall not make us flood a network
MAX_ADDRESSES = 4  # of one announcement
MAX_HINTS = 32
NAME_LENGTH = 120
HINT_LENGTH = 200

_RESOLVE_MS = 3_000
_AGAIN = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # seconds until a name without a usable address is asked for; the last stays
_SETTLED = 3  # ticks until a new IPv6 address may be used: until then its card cannot be opened
_TICK = 1.0  # seconds between looks at the network cards and at the records that changed

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Announcement:
    scheme: str
    name: str
    server: str
    port: int
    addresses: tuple[str, ...]
    hints: Mapping[str, str]
    seen: datetime


@dataclass(frozen=True, slots=True)
class _Unclear:
    """A name that was heard and told no address that can be used."""

    tries: int
    due: float  # monotonic


class Browser:
    """Browses all network cards, or only those whose addresses are given (`LOOPBACK` in demo and tests).

    With loopback only, no other address is ever reported, and otherwise no loopback address: an announcement shall not
    make us talk to this laptop itself.
    """

    def __init__(self, clock: Clock, interfaces: tuple[str, ...] | None = None, types: Mapping[str, str] = TYPES):
        self._clock, self._interfaces, self._types = clock, interfaces, types
        self._announcements: dict[tuple[str, str], _Announcement] = {}
        self._resolving: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._unclear: dict[tuple[str, str], _Unclear] = {}
        self._budget, self._missed = MAX_EVENTS, False
        self._unsettled = 0
        self._sightings: tuple[Sighting, ...] = ()
        self._problem: Trouble | None = None
        self._on_change: Callable[[], None] = lambda: None
        self._ready = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = Thread(target=self._run, name="mdns", daemon=True)

    @property
    def problem(self) -> Trouble | None:
        return self._problem

    def start(self, on_change: Callable[[], None]) -> None:
        """Begin; `on_change` is called in the browser's thread. May be called once."""
        self._on_change = on_change
        self._thread.start()
        self._ready.wait()

    def sightings(self) -> tuple[Sighting, ...]:
        return self._sightings

    def scan(self) -> None:
        self._tell(self._ask)

    def close(self) -> None:
        self._tell(self._end)
        if self._thread.is_alive():
            self._thread.join()

    def _tell(self, act: Callable[[], None]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(act)

    # ---- in the browser's own thread --------------------------------------------------------------------------------

    def _ask(self) -> None:
        self._asked.set()

    def _end(self) -> None:
        self._closing = True
        self._asked.set()

    def _run(self) -> None:
        try:
            asyncio.run(self._browse())
        except Exception as error:  # noqa: BLE001 - the end of a thread: it must be seen, not vanish
            _log.exception("browsing ended")
            self._problem = Trouble(Text.BUG, (("detail", f"mDNS: {type(error).__name__}"),))
            self._on_change()
        finally:
            self._ready.set()

    async def _browse(self) -> None:
        self._asked, self._closing = asyncio.Event(), False
        self._turns = asyncio.Semaphore(MAX_RESOLVES)
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        net: _Net | None = None
        try:
            while not self._closing:
                net = await self._follow_network(net)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_TICK):
                        await self._asked.wait()
                again = self._asked.is_set() or self._missed
                self._asked.clear()
                self._budget, self._missed = MAX_EVENTS, False
                if net is not None and not self._closing:
                    self._refresh(net.zeroconf.zeroconf)
                    self._try_again(net.zeroconf.zeroconf)
                    if again:
                        await net.ask_again()
        finally:
            if net is not None:
                await self._leave(net)

    async def _leave(self, net: "_Net") -> None:
        """Forget what was heard there: a question that still waits must not keep the same name from being asked."""
        tasks = tuple(self._resolving.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._unclear.clear()
        self._announcements.clear()
        await net.close()

    async def _follow_network(self, net: "_Net | None") -> "_Net | None":
        """Open, extend or close the sockets after the network cards that are there now."""
        cards = self._interfaces if self._interfaces is not None else _cards()
        self._unsettled -= 1
        if net is not None and net.cards == cards and self._unsettled != 0:
            return net
        if net is None or net.cards != cards:
            self._unsettled = _SETTLED
        if not cards:
            if net is not None:
                await self._leave(net)
            self._set_problem(Trouble(Text.NO_NETWORK, exit_code=ExitCode.LINK_LOST))
            self._publish()
            return None
        try:
            if net is None:
                net = _Net(cards, self._interfaces, tuple(self._types), self._changed)
            else:
                await net.use(cards)
        except OSError as error:
            # Cards come up in steps: an address may be there and not usable yet. The next tick tries again.
            _log.info("no multicast yet: %s", error)
            self._set_problem(Trouble(Text.NO_NETWORK, exit_code=ExitCode.LINK_LOST))
            return net
        self._set_problem(None)
        return net

    def _set_problem(self, problem: Trouble | None) -> None:
        if problem != self._problem:
            self._problem = problem
            self._on_change()

    def _changed(self, zeroconf: "Zeroconf", service_type: str, name: str, state_change: "ServiceStateChange") -> None:
        key = (service_type, name)
        if state_change.name == "Removed":
            self._unclear.pop(key, None)
            if self._announcements.pop(key, None) is not None:
                self._publish()
            return
        if key in self._resolving or (state_change.name == "Added" and key in self._announcements):
            return  # the next tick reads what changed meanwhile
        self._begin(zeroconf, key)

    def _begin(self, zeroconf: "Zeroconf", key: tuple[str, str]) -> None:
        full = key not in self._announcements and len(self._announcements) + len(self._resolving) >= MAX_ENTRIES
        if full or self._budget <= 0:
            if not self._missed and not full:
                _log.info("more announcements than %d a second: the rest is looked at later", MAX_EVENTS)
            self._missed = not full
            return
        self._budget -= 1
        task = asyncio.create_task(self._resolve(zeroconf, key))
        self._resolving[key] = task
        task.add_done_callback(lambda _: self._resolving.pop(key, None))

    async def _resolve(self, zeroconf: "Zeroconf", key: tuple[str, str]) -> None:
        from zeroconf import Error
        from zeroconf.asyncio import AsyncServiceInfo

        try:
            info = AsyncServiceInfo(*key)
            async with self._turns:
                await info.async_request(zeroconf, _RESOLVE_MS)
            if not self._take(key, info):
                self._keep_asking(zeroconf, key, info)
        except (Error, ValueError) as error:  # a name that breaks the rules
            _log.info("an announcement cannot be resolved: %s", _plain(repr(error), HINT_LENGTH))
        except OSError as error:  # the network went away, or its card is not ready yet
            _log.info("an announcement cannot be resolved now: %s", error)
            self._postpone(key)

    def _keep_asking(self, zeroconf: "Zeroconf", key: tuple[str, str], info: "AsyncServiceInfo") -> None:
        """Its pointer is asked for again in an hour only, and its address never: zeroconf is content with any.

        A link-local one that came in an IPv4 packet tells no card; the question goes out on every card.
        """
        self._postpone(key)
        if info.server:
            zeroconf.async_send(_address_question(info.server))

    def _postpone(self, key: tuple[str, str]) -> None:
        before = self._unclear.pop(key, None)
        if len(self._unclear) < MAX_ENTRIES:
            tries = before.tries + 1 if before is not None else 0
            self._unclear[key] = _Unclear(tries, self._clock.monotonic() + _AGAIN[min(tries, len(_AGAIN) - 1)])

    def _try_again(self, zeroconf: "Zeroconf") -> None:
        now = self._clock.monotonic()
        due = [key for key, each in self._unclear.items() if each.due <= now and key not in self._resolving]
        for key in due[:MAX_AGAIN]:
            self._begin(zeroconf, key)

    def _refresh(self, zeroconf: "Zeroconf") -> None:
        """Addresses change without any event when only the address record of a host is announced anew."""
        from zeroconf.asyncio import AsyncServiceInfo

        for key in tuple(self._announcements):
            info = AsyncServiceInfo(*key)
            if info.load_from_cache(zeroconf):
                self._take(key, info)

    def _take(self, key: tuple[str, str], info: "AsyncServiceInfo") -> bool:
        """Whether it can be told, now or since an earlier time."""
        addresses = tuple(filter(self._may_be_told, info.parsed_scoped_addresses()))[:MAX_ADDRESSES]
        if not addresses or not info.port:
            return key in self._announcements
        self._unclear.pop(key, None)
        before = self._announcements.get(key)
        after = _Announcement(
            scheme=self._types[key[0]],
            name=_plain(key[1].removesuffix(key[0]).removesuffix("."), NAME_LENGTH),
            server=_plain((info.server or "").removesuffix("."), NAME_LENGTH),
            port=info.port,
            addresses=tuple(sorted(addresses)),
            hints=_hints(info.decoded_properties),
            seen=self._clock.now() if before is None else before.seen,
        )
        if after != before:
            self._announcements[key] = after
            self._publish()
        return True

    def _may_be_told(self, text: str) -> bool:
        address = ipaddress.ip_address(text)
        if address.is_loopback or self._interfaces == LOOPBACK:
            return address.is_loopback and self._interfaces is not None
        if address.is_multicast or address.is_unspecified or address.is_reserved:
            return False
        if isinstance(address, ipaddress.IPv6Address):
            # Without its scope nobody can connect to a link-local address.
            return address.ipv4_mapped is None and bool(address.is_link_local) == bool(address.scope_id)
        return True

    def _publish(self) -> None:
        self._sightings = tuple(
            Sighting(
                source="mdns",
                link=Link(each.scheme, join(address, each.port)),
                name=each.name,
                hints=each.hints,
                seen=each.seen,
                instance=f"{each.name} on {each.server}",
            )
            for each in self._announcements.values()
            for address in each.addresses
        )
        self._on_change()


class _Net:
    """zeroconf's sockets and browser on the present network cards."""

    def __init__(
        self,
        cards: tuple[str, ...],
        interfaces: tuple[str, ...] | None,
        types: tuple[str, ...],
        changed: Callable[..., None],
    ) -> None:
        self.cards, self._types, self._changed = cards, list(types), changed
        self.zeroconf = _zeroconf(interfaces)
        self._browser = self._new_browser()

    async def use(self, cards: tuple[str, ...]) -> None:
        await self.zeroconf.async_update_interfaces()
        self.cards = cards
        await self.ask_again()

    async def ask_again(self) -> None:
        """A new browser asks at once, and tells again what the cache knows."""
        await self._browser.async_cancel()
        self._browser = self._new_browser()

    async def close(self) -> None:
        await self._browser.async_cancel()
        await self.zeroconf.async_close()

    def _new_browser(self) -> "AsyncServiceBrowser":
        from zeroconf.asyncio import AsyncServiceBrowser

        return AsyncServiceBrowser(self.zeroconf.zeroconf, self._types, handlers=[self._changed])


def _zeroconf(interfaces: tuple[str, ...] | None) -> "AsyncZeroconf":
    from zeroconf import InterfaceChoice, IPVersion
    from zeroconf.asyncio import AsyncZeroconf

    if interfaces is not None:
        made = AsyncZeroconf(interfaces=list(interfaces))
        engine = made.zeroconf.engine  # not started yet: its sockets wait for the loop
        hear_only_joined((engine._listen_socket, *engine._respond_sockets))
        return made
    try:
        return AsyncZeroconf(interfaces=InterfaceChoice.All, ip_version=IPVersion.All)
    except OSError:  # a system without IPv6
        return AsyncZeroconf(interfaces=InterfaceChoice.All, ip_version=IPVersion.V4Only)


def _address_question(server: str) -> "DNSOutgoing":
    """Without the answers that are known already: those are the ones that help nobody."""
    from zeroconf import DNSOutgoing, DNSQuestion, const

    question = DNSOutgoing(const._FLAGS_QR_QUERY)
    for kind in (const._TYPE_A, const._TYPE_AAAA):
        question.add_question(DNSQuestion(server, kind, const._CLASS_IN))
    return question


def _cards() -> tuple[str, ...]:
    """Addresses of all network cards that are up and could reach a charger."""
    import psutil

    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    found: list[str] = []
    for name, addresses in psutil.net_if_addrs().items():
        for each in addresses:
            try:
                address = ipaddress.ip_address(each.address)
            except ValueError:
                continue  # a hardware address
            if name in up and not address.is_loopback:
                found.append(f"{name} {address}")
    return tuple(sorted(found))


def _hints(properties: Mapping[str, str | None]) -> Mapping[str, str]:
    """An empty TXT record comes as {'': None}."""
    named = ((key, value) for key, value in properties.items() if key)
    kept: Iterable[tuple[str, str | None]] = (pair for _, pair in zip(range(MAX_HINTS), named, strict=False))
    return MappingProxyType({_plain(key, 64): _plain(value or "", HINT_LENGTH) for key, value in kept})


def _plain(text: str, length: int) -> str:
    """Text that is safe to show and to log: one line, no control characters, no change of writing direction."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char)[0] in "CZ" and char != " " else char
        for char in text[:length]
    )
