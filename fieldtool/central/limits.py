"""How much one peer may ask: a token bucket for each, so that one laptop cannot starve the others."""

from threading import Lock

from fieldtool.core.clock import Clock

BURST = 60  # requests at once
RATE = 10.0  # requests per second after that
PEERS = 10_000  # remembered at most: names of peers are chosen by strangers

MAX_RECORDS = 1000  # per push
MAX_BODY = 8 * 1024 * 1024  # bytes per push


class Limits:
    def __init__(self, clock: Clock, burst: int = BURST, rate: float = RATE) -> None:
        self._clock = clock
        self._burst = float(burst)
        self._rate = rate
        self._buckets: dict[str, tuple[float, float]] = {}  # peer -> (tokens, when)
        self._lock = Lock()

    def allow(self, peer: str) -> bool:
        """Count one request of `peer`; False when it has to wait."""
        with self._lock:
            now = self._clock.monotonic()
            tokens, when = self._buckets.pop(peer, (self._burst, now))
            tokens = min(self._burst, tokens + (now - when) * self._rate)
            self._buckets[peer] = (max(0.0, tokens - 1), now)
            if len(self._buckets) > PEERS:
                del self._buckets[next(iter(self._buckets))]  # asked longest ago
            return tokens >= 1

    def is_spent(self, peer: str) -> bool:
        """Would `peer` have to wait? Counts nothing."""
        with self._lock:
            tokens, when = self._buckets.get(peer, (self._burst, 0.0))
            return tokens + (self._clock.monotonic() - when) * self._rate < 1
