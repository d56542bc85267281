"""Keeps a loopback-only mDNS listener from hearing, and then answering, the network outside."""

import socket
import sys
from collections.abc import Iterable

_IP_MULTICAST_ALL = 49  # linux/in.h; Python has no name for it


def hear_only_joined(sockets: Iterable[socket.socket | None]) -> None:
    """Deliver only the groups that these sockets joined, on the cards where they joined them.

    Linux gives a socket bound to a port every multicast packet for which any program on the computer joined the
    group on any card (ip(7), IP_MULTICAST_ALL). A reply to such a packet would leave loopback. Other systems do not.
    """
    if sys.platform != "linux":
        return
    for one in sockets:
        if one is not None and one.family == socket.AF_INET:
            one.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
