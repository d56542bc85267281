"""Bound to loopback, discovery and lab hear nothing of the network outside."""

import socket
import sys
import threading

import pytest

from fieldtool.core.multicast import hear_only_joined

GROUP, CARD = "224.0.0.251", "127.0.0.1"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux delivers what was joined elsewhere")
@pytest.mark.parametrize("strict", [False, True], ids=["as it comes", "only joined"])
def test_a_packet_for_a_card_that_was_not_joined_is_not_delivered(strict: bool) -> None:
    """Another socket joins the group on loopback; ours has joined nothing."""
    with _bound() as ours, _bound() as other, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        other.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton(CARD))
        if strict:
            hear_only_joined([ours, None])
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(CARD))
        sender.sendto(b"hello", (GROUP, ours.getsockname()[1]))
        heard = threading.Event()
        ours.settimeout(0.5 if strict else 5.0)
        try:
            assert ours.recv(10) == b"hello"
            heard.set()
        except TimeoutError:
            assert strict
        assert heard.is_set() is not strict


def _bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("", _port()))
    return made


_PORTS: list[int] = []


def _port() -> int:
    if not _PORTS:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("", 0))
            _PORTS.append(probe.getsockname()[1])
    return _PORTS[0]
