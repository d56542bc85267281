"""Addresses, keys and facts at the edge of the driver."""

import io
import socket
from pathlib import Path

import paramiko
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.errors import DeviceError, FieldtoolError, LinkError, RefusedError
from fieldtool.core.model import Component, Link
from fieldtool.core.texts import Text
from fieldtool.drivers import image_file, line, linux_facts, ssh
from tests.drivers.contract import DRIVER, HASTY, Keys, finish
from tests.lab_chargers import lab_profile, virtual_charger


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("192.0.2.7", "192.0.2.7", 22),
        ("192.0.2.7:2222", "192.0.2.7", 2222),
        ("bay-1.example", "bay-1.example", 22),
        ("[fe80::1%eth0]:2222", "fe80::1%eth0", 2222),
        ("[2001:db8::1]", "2001:db8::1", 22),
        ("fe80::1%eth0", "fe80::1%eth0", 22),
    ],
)
def test_addresses_are_read_as_people_write_them(address: str, host: str, port: int) -> None:
    assert line.split_address(address) == (host, port)


@given(st.text())
def test_whatever_is_no_address_is_told(address: str) -> None:
    try:
        host, port = line.split_address(address)
    except LinkError as error:
        assert error.text is Text.LINK_UNREACHABLE
    else:
        assert host and 0 < port < 65536


@pytest.mark.parametrize("kind", [paramiko.RSAKey, paramiko.ECDSAKey])
def test_keys_of_every_kind_are_read(kind: type[paramiko.PKey]) -> None:
    key = kind.generate(2048) if kind is paramiko.RSAKey else kind.generate()
    text = io.StringIO()
    key.write_private_key(text)
    assert ssh._parse_key(text.getvalue(), "1").fingerprint == key.fingerprint


@pytest.mark.parametrize(
    "text", ["", "hunter2", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"]
)
def test_a_key_that_is_none_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(RefusedError) as error:
        ssh._parse_key(text, "000731")
    assert error.value.text is Text.SECRET_UNUSABLE
    assert error.value.params == {"serial": "000731"}


def test_a_key_with_a_passphrase_is_refused() -> None:
    text = io.StringIO()
    paramiko.RSAKey.generate(2048).write_private_key(text, password="secret")
    with pytest.raises(RefusedError) as error:
        ssh._parse_key(text.getvalue(), "000731")
    assert error.value.text is Text.SECRET_UNUSABLE


@pytest.mark.parametrize("address", ["127.0.0.1:1", "[::1]:1", "[::1%no-such-card]:22", ""])
def test_an_address_where_nobody_answers_is_told(address: str) -> None:
    component = Component("main", "", "rauc-ssh", Link("ssh", address))
    with pytest.raises(LinkError) as error, HASTY.open(component, lab_profile(), Keys("1")):
        pass
    assert error.value.text is Text.LINK_UNREACHABLE


def test_a_server_that_speaks_no_ssh_is_told(own_listener: "tuple[str, bytes]") -> None:
    component = Component("main", "", "rauc-ssh", Link("ssh", own_listener[0]))
    with pytest.raises(LinkError) as error, HASTY.open(component, lab_profile(), Keys("1")):
        pass
    assert error.value.text is Text.LINK_UNREACHABLE


@pytest.mark.parametrize(
    ("text", "free"),
    [
        ("Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/x 100 40 60 40% /srv\n", 60 * 1024),
        ("Filesystem 512-blocks Used Available Capacity Mounted on\n/dev/x 100 40 60 40% /a b\n", 60 * 512),
        ("Filesystem           1024-blocks    Used Available Capacity Mounted on\ntmpfs 8 0 8 0% /tmp\n", 8 * 1024),
    ],
)
def test_free_space_is_read_in_the_blocks_of_its_header(text: str, free: int) -> None:
    assert image_file.free_bytes(text) == free


@given(st.text())
def test_any_other_text_is_no_free_space(text: str) -> None:
    with pytest.raises(DeviceError):
        image_file.free_bytes(text)


@given(st.text(max_size=40))
def test_a_security_epoch_is_a_number_or_told(text: str) -> None:
    try:
        assert linux_facts.epoch(text) == int(text)
    except FieldtoolError as error:
        assert error.text is Text.DEVICE_ANSWER_STRANGE


def test_loading_the_driver_does_not_load_paramiko() -> None:
    import subprocess
    import sys

    code = "import sys, fieldtool.drivers.rauc_ssh; sys.exit('paramiko' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0


def test_a_line_that_is_lost_while_a_long_command_is_left_raises_nothing_of_somebody_elses(tmp_path: Path) -> None:
    with virtual_charger(tmp_path, install_stalls=True) as charger:
        image = charger.firmware(size=20_000)
        with DRIVER.open(charger.component, charger.profile, charger.credentials) as opened:
            finish(opened.transfer(image))
            running = opened.install(image)
            next(running)
            next(running)  # `rauc install` goes on
            opened._ssh._transport.packetizer.close()  # paramiko's reader has not noticed yet
            running.close()
            with pytest.raises(LinkError):
                opened.observe()
        charger.act("install_stalls", "no")


def test_a_line_lost_in_the_moment_a_channel_is_opened_is_said_at_once(tmp_path: Path) -> None:
    with (
        virtual_charger(tmp_path) as charger,
        DRIVER.open(charger.component, charger.profile, charger.credentials) as opened,
    ):
        transport = opened._ssh._transport
        half_open = paramiko.Channel(99)  # paramiko puts it there before it tells it its transport
        transport._channels.put(99, half_open)
        opened._ssh._line.shutdown(socket.SHUT_RDWR)
        transport.join(5.0)
        assert not transport.is_alive() and not transport.is_active()
        with pytest.raises(LinkError):
            opened.observe()
