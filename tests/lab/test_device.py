"""The charger apart from any wire: bootloader, state on disk, what it tells."""

import json
from dataclasses import replace
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtool.core.clock import SystemClock
from fieldtool.core.errors import UsageError
from fieldtool.lab.device import Device, PowerLost
from fieldtool.lab.disk import Disk
from fieldtool.lab.faults import Faults, faults_to_json, parse_faults, with_fault
from fieldtool.lab.raucb import Image
from fieldtool.lab.state import BOOT_ATTEMPTS, Nameplate, Timing

QUICK = Timing(0.0, 0.0, 0.0, 0.0)
NEW = Image("1.5.0", "ab" * 32, 100, security_epoch=7)


class Dark:
    """Remembers that the device went dark, instead of a power switch."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, float]] = []

    def __call__(self, seconds: float, delay: float) -> None:
        self.calls.append((seconds, delay))


@pytest.fixture
def device(tmp_path):
    return made(tmp_path)


def made(folder, **options):
    device = Device(folder, Nameplate("LAB-1", **options), [], Dark(), SystemClock(), QUICK)
    device.start()
    return device


def put(device: Device, image: Image) -> None:
    """As an installation leaves it."""
    device.change(lambda state: state.with_slot(replace(state.target, image=image, confirmed=False)))
    device.set_primary(device.state.target.bootname)


def restarted(device: Device) -> str:
    device.lose_power()
    device.start()
    image = device.state.booted.image
    assert image is not None
    return image.version


def test_it_leaves_the_factory_with_one_slot_filled_and_known_to_rauc(device):
    assert (device.state.booted.name, device.state.booted.note.version) == ("rootfs.0", "1.4.2")
    assert device.state.booted.note.sha256 == device.state.booted.image.sha256
    assert (device.state.target.image, device.state.target.note) == (None, None)


def test_an_unconfirmed_image_starts_three_times_and_then_falls_back(device):
    put(device, NEW)
    assert [restarted(device) for _ in range(BOOT_ATTEMPTS + 1)] == ["1.5.0"] * BOOT_ATTEMPTS + ["1.4.2"]
    assert not device.state.target.good


def test_a_confirmed_image_stays(device):
    put(device, NEW)
    restarted(device)
    device.mark("B", good=True)
    assert {restarted(device) for _ in range(BOOT_ATTEMPTS + 2)} == {"1.5.0"}


def test_an_image_that_does_not_start_gives_way_at_once(device):
    put(device, replace(NEW, boots=False))
    assert restarted(device) == "1.4.2"
    assert (device.state.primary, device.state.target.good) == ("A", False)


def test_a_slot_marked_bad_hands_over_at_the_next_start(device):
    put(device, NEW)
    restarted(device)
    device.mark("B", good=False)
    assert device.state.primary == "A"
    assert restarted(device) == "1.4.2"


def test_with_both_slots_bad_it_still_takes_one_that_starts(device):
    device.mark("A", good=False)
    device.mark("B", good=False)
    assert restarted(device) == "1.4.2"


def test_with_nothing_that_starts_it_stays_dark(device):
    device.change(lambda state: state.with_slot(replace(state.booted, image=None)))
    device.lose_power()
    assert device.start() is None
    assert not device.on


def test_the_security_epoch_rises_when_a_running_image_is_confirmed_and_never_falls(device):
    put(device, NEW)
    assert device.facts()["/etc/charger/security-epoch"] == "0\n"
    restarted(device)
    device.mark("B", good=True)
    assert device.facts()["/etc/charger/security-epoch"] == "7\n"
    device.set_primary("A")
    restarted(device)
    device.mark("A", good=True)
    assert device.facts()["/etc/charger/security-epoch"] == "7\n"


def test_everything_survives_a_new_process(tmp_path):
    device = made(tmp_path, security_epoch=2)
    put(device, replace(NEW, sick="check"))
    device.set_fault("slow", 5000)
    device.start_session("2")
    again = Device(tmp_path, Nameplate("LAB-1"), [], Dark(), SystemClock(), QUICK)
    assert again.state == device.state
    assert again.state.nameplate.security_epoch == 2


def test_a_kill_while_the_state_is_written_leaves_the_old_or_the_new_one(tmp_path):
    device = made(tmp_path)
    (tmp_path / "state.part").write_text(json.dumps({"half": "a file"})[:9])
    again = Device(tmp_path, Nameplate("LAB-1"), [], Dark(), SystemClock(), QUICK)
    assert again.state == device.state


def test_a_power_cut_is_seen_at_once_and_counts_the_sessions_it_ended(device):
    device.start_session("1")
    power = device.power
    device.cut_power(3)
    assert (device.on, power.off.is_set(), device.state.cut_sessions) == (False, True, 1)
    assert device._go_dark.calls == [(3, 0.0)]


def test_what_ran_before_a_power_cut_changes_nothing_after_it(device):
    power = device.power
    device.cut_power()
    device.start()
    before = device.state
    with pytest.raises(PowerLost):
        device.change(lambda state: replace(state, primary="B"), power)
    assert device.state == before


def test_the_charging_software_needs_its_time_after_a_start(tmp_path):
    class Still(SystemClock):
        time = 0.0

        def monotonic(self) -> float:
            return self.time

        def wait(self, stop: Event, seconds: float) -> bool:
            return stop.is_set()

    clock = Still()
    device = Device(tmp_path, Nameplate("LAB-1"), [], Dark(), clock, replace(QUICK, settle=5.0))
    device.start()
    assert (device.software_runs(), set(device.connectors().values())) == (False, {"unavailable"})
    clock.time = 5.0
    assert (device.software_runs(), set(device.connectors().values())) == (True, {"available"})


# ---- faults --------------------------------------------------------------------------------------------------------


def test_faults_given_as_text_become_their_types():
    faults = parse_faults({"slow": "1000", "stall": "yes", "clock_offset": 2, "bad_health": "check"})
    assert faults == Faults(slow=1000, stall=True, clock_offset=2.0, bad_health="check")
    assert parse_faults(faults_to_json(faults)) == faults


@settings(max_examples=200)
@given(st.sampled_from(sorted(faults_to_json(Faults(slow=1)) | {"frob": 1, "stall": 1, "no_boot": 1})), st.text())
def test_any_text_is_a_fault_or_refused(name, value):
    try:
        with_fault(Faults(), name, value)
    except UsageError as error:
        assert name in error.what


# ---- the disk ------------------------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path / "disk", 10_000, lambda: {"/etc/charger/serial": "1\n"})


@settings(max_examples=200)
@given(path=st.text(alphabet="./a\\ \0é", max_size=30))
def test_no_path_leads_out_of_the_disk(tmp_path_factory, path):
    folder = tmp_path_factory.getbasetemp() / "one-disk"
    disk = Disk(folder, 1000, dict)
    try:
        real = disk.real(path)
    except OSError:
        return
    assert ".." not in real.parts
    assert real == folder or folder in real.parents


def test_space_is_given_back(disk):
    assert disk.grow(6000) == 6000
    disk.real("/srv/x").write_bytes(bytes(6000))
    assert (disk.free, disk.grow(6000)) == (4000, 4000)
    disk.shrink(4000)
    disk.truncate("/srv/x", 1000)
    assert disk.free == 9000
    disk.remove("/srv/x")
    assert disk.free == 10_000
    with pytest.raises(OSError, match="space"):
        disk.real("/srv/y").touch()
        disk.truncate("/srv/y", 20_000)


def test_used_space_is_known_again_in_a_new_process(disk, tmp_path):
    disk.grow(500)
    disk.real("/srv/x").write_bytes(bytes(500))
    assert Disk(tmp_path / "disk", 10_000, dict).free == 9500


def test_a_replaced_file_gives_its_space_back(disk):
    for name in ("/srv/x", "/srv/y"):
        disk.grow(100)
        disk.real(name).write_bytes(bytes(100))
    disk.rename("/srv/x", "/srv/y")
    assert disk.free == 9900


def test_folders_show_what_is_kept_and_what_the_system_tells(disk):
    assert disk.names("/") == ["etc", "root", "srv", "tmp", "var"]
    assert disk.names("/etc/charger") == ["serial"]
    assert disk.is_folder("/etc")
