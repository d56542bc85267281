"""The driver on the virtual U-Boot: what the real one cannot be made to do, or not fast. tests/peers has the rest."""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldtool.core.driver import ManualStep, Progress
from fieldtool.core.errors import DeviceError, FieldtoolError, FirmwareError, LinkError, SignatureError, UsageError
from fieldtool.core.model import Link
from fieldtool.core.texts import Text
from fieldtool.drivers.uboot_profile import uboot_plan
from fieldtool.drivers.uboot_serial import POWER, UbootSerial
from fieldtool.lab.uboot_image import Firmware, image_of
from fieldtool.lab.uboot_memory import MemoryFault
from tests.drivers.uboot_chargers import FILLER, MAKER, QUICK, SLOTS, STRANGER, DeadCharger, dead_charger, finish


@pytest.fixture
def dead(tmp_path: Path) -> Iterator[DeadCharger]:
    with dead_charger(tmp_path, tcp=True) as made:
        yield made


def failure(act: Callable[[], object]) -> FieldtoolError:
    with pytest.raises(FieldtoolError) as error:
        act()
    return error.value


@pytest.mark.parametrize("tcp", [False, True], ids=["pty", "tcp"])
def test_a_dead_charger_is_written_verified_and_started(tmp_path: Path, tcp: bool) -> None:
    with dead_charger(tmp_path, tcp) as dead:
        image = dead.image()
        log = dead.revive(image)
        assert log[-1] == "CITYPOST version=3.1.0 READY"
        assert dead.holds(image) and not any(dead.memory.medium[SLOTS["A"] : SLOTS["A"] + 4096])
        assert dead.bootloader.runs == Firmware("3.1.0")


def test_who_it_is_comes_from_the_bootloader(dead: DeadCharger) -> None:
    with dead.recovery() as recovery:
        dead.enter(recovery)
        who = recovery.identify()
    assert (who.serial, who.model, who.hardware, dict(who.versions)) == ("LAB-2207", "CityPost 22", "B2", {})


def test_what_is_there_already_is_not_sent_again(dead: DeadCharger) -> None:
    image = dead.image()
    with dead.recovery() as recovery:
        dead.enter(recovery)
        finish(recovery.write(image))
        once = dead.memory.writes
        told = finish(recovery.write(image))
    assert dead.memory.writes == once and told[-1] == Progress(image.length, image.length)


def test_a_recovery_that_broke_off_behind_its_switch_only_starts(dead: DeadCharger) -> None:
    image = dead.image()
    dead.revive(image)
    dead.charger.power(False)
    before = bytes(dead.memory.medium[SLOTS["A"] : SLOTS["B"]])
    dead.revive(image)
    assert bytes(dead.memory.medium[SLOTS["A"] : SLOTS["B"]]) == before and dead.bootloader.runs == Firmware("3.1.0")


def test_other_firmware_goes_into_the_slot_that_does_not_start(dead: DeadCharger) -> None:
    first, second = dead.image("3.1.0"), dead.image("3.2.0")
    dead.revive(first)
    dead.revive(second)
    assert dead.holds(first, "B") and dead.holds(second, "A") and dead.bootloader.runs == Firmware("3.2.0")


@pytest.mark.parametrize(
    ("write", "read", "prepare"),
    [
        ("mmc write {addr} {block} {count}", "mmc read {addr} {block} {count}", "mmc dev 0"),
        (
            "mtd erase nor {offset} {size} && mtd write nor {addr} {offset} {size}",
            "mtd read nor {addr} {offset} {size}",
            "",
        ),
    ],
    ids=["mmc", "mtd"],
)
def test_other_media(dead: DeadCharger, write: str, read: str, prepare: str) -> None:
    image = dead.image()
    dead.revive(image, write=write, read=read, prepare=prepare)
    assert dead.holds(image)


def test_a_volume_is_written_at_once_after_all_has_arrived(dead: DeadCharger) -> None:
    image = dead.image()
    changes = {
        "write": "ubi write {addr} fw{slot} {size}", "read": "ubi read {addr} fw{slot} {size}",
        "prepare": "ubi part nand", "start": "ubi read 42000000 fw{slot} 800; bootm 42000000",
    }  # fmt: skip
    with dead.recovery(**changes) as recovery:
        dead.enter(recovery)
        recovery.fits(image)
        steps = recovery.write(image)
        while next(steps).done < 2_048:  # type: ignore[union-attr]  # progress, then
            pass
        steps.close()
        assert not dead.memory.volumes
        told = [step.done for step in finish(recovery.write(image))]
        assert not any(0 < done < 1_024 for done in told)  # its RAM had the first chunk
        finish(recovery.verify(image))
    assert dead.memory.volumes["fwB"].startswith(image.path.read_bytes())


def test_without_ymodem_it_is_sent_by_xmodem(dead: DeadCharger) -> None:
    image = dead.image()
    dead.bootloader.missing = frozenset({"loady"})
    dead.revive(image)
    assert any(line.startswith("loadx") for line in dead.bootloader.entered)


def test_a_bootloader_that_takes_no_files_is_told_as_such(dead: DeadCharger) -> None:
    dead.bootloader.missing = frozenset({"loady", "loadx"})
    error = failure(lambda: dead.revive(dead.image()))
    assert isinstance(error, DeviceError) and error.text is Text.UBOOT_REFUSED


# ---- faults ----------------------------------------------------------------------------------------------------------


def test_a_medium_that_lies_is_found_out(dead: DeadCharger) -> None:
    dead.memory.lies_from = SLOTS["B"] + 1_500
    error = failure(lambda: dead.revive(dead.image()))
    assert isinstance(error, DeviceError) and error.text is Text.UBOOT_NOT_WRITTEN and error.params["offset"] == 1_024


def test_a_read_that_does_nothing_is_found_out(dead: DeadCharger) -> None:
    error = failure(lambda: dead.revive(dead.image(), read="echo {addr} {block} {count}"))
    assert isinstance(error, DeviceError) and error.text is Text.UBOOT_NOT_WRITTEN


def test_a_medium_that_brings_nothing_any_more_is_found_out_though_ram_holds_the_same_already(
    dead: DeadCharger,
) -> None:
    image = dead.image(content=b"the same" * 512)

    def write() -> None:
        for step in recovery.write(image):
            assert isinstance(step, Progress)
            dead.memory.deaf = step.done >= 2_048

    with dead.recovery() as recovery:
        dead.enter(recovery)
        error = failure(write)
    assert error.text is Text.UBOOT_NOT_WRITTEN and error.params["offset"] == 2_048


def test_a_write_that_went_wrong_once_is_done_again(dead: DeadCharger) -> None:
    failed = []

    def fail_once() -> None:
        if not failed:
            failed.append(True)
            raise MemoryFault("-5 blocks written: ERROR")

    dead.memory.on_write = fail_once
    dead.revive(dead.image())
    assert failed


def test_a_file_that_arrived_damaged_is_sent_again_and_never_written(dead: DeadCharger) -> None:
    poke, damaged = dead.memory.poke, []

    def poke_wrongly(address: int, content: bytes) -> None:
        if len(content) == 1_024 and not damaged:
            damaged.append(content)
            content = bytes(1_024)
        poke(address, content)

    image = dead.image()
    with dead.recovery() as recovery:
        dead.enter(recovery)
        recovery.fits(image)
        load = dead.bootloader._loading

        def loading(answer: bytes) -> None:
            dead.memory.poke = poke_wrongly  # type: ignore[method-assign]  # a fault
            load(answer)
            dead.memory.poke = poke  # type: ignore[method-assign]  # a fault

        dead.bootloader._loading = loading  # type: ignore[method-assign]  # a fault
        finish(recovery.write(image))
    assert damaged and dead.holds(image) and dead.memory.writes == -(-image.length // 1_024)


def test_a_transfer_ends_with_the_prompt_and_without_interrupts(dead: DeadCharger) -> None:
    image = dead.image()
    with dead.recovery() as recovery:
        dead.enter(recovery)
        send, sent = recovery._line.send, list[bytes]()
        recovery._line.send = lambda data: (sent.append(data), send(data))[1]  # type: ignore[method-assign]  # a fault
        finish(recovery.write(image))
    assert sent and not any(one.endswith(b"\x03") for one in sent)


def test_a_medium_that_cannot_be_written(dead: DeadCharger) -> None:
    dead.memory.read_only = True
    error = failure(lambda: dead.revive(dead.image()))
    assert isinstance(error, DeviceError) and error.text is Text.UBOOT_WRITE_REFUSED


def test_what_decays_after_it_was_written_is_found_by_the_verification(dead: DeadCharger) -> None:
    image = dead.image()
    with dead.recovery() as recovery:
        dead.enter(recovery)
        finish(recovery.write(image))
        dead.memory.medium[SLOTS["B"] + 2_000] ^= 1
        error = failure(lambda: finish(recovery.verify(image)))
    assert error.text is Text.UBOOT_NOT_WRITTEN and error.params["offset"] == 1_024


def test_state_that_is_not_kept_is_told_before_the_start(dead: DeadCharger) -> None:
    error = failure(lambda: dead.revive(dead.image(), switch="echo {slot}"))
    assert isinstance(error, DeviceError) and error.text is Text.UBOOT_NOT_SWITCHED
    assert dead.bootloader.runs is None


def test_another_speed_is_told_as_such(dead: DeadCharger) -> None:
    dead.charger.faults.garbled = True
    with dead.recovery() as recovery:
        error = failure(lambda: dead.enter(recovery))
    assert error.text is Text.UBOOT_GARBLED and "115200" in error.what


def test_a_dead_line_is_told_as_such(dead: DeadCharger) -> None:
    dead.charger.faults.silent = True
    with dead.recovery() as recovery:
        assert failure(lambda: dead.enter(recovery)).text is Text.UBOOT_SILENT


def test_power_that_goes_during_the_start_is_no_closed_bootloader(dead: DeadCharger) -> None:
    assert dead.bootloader.settings is not None
    dead.bootloader.settings = {**dead.bootloader.settings, "bootdelay": "-2", "bootcmd": "sleep 60"}
    with dead.recovery() as recovery:
        error = failure(lambda: dead.enter(recovery))
    assert isinstance(error, LinkError) and error.text is Text.UBOOT_MISSED


def test_the_technician_is_asked_for_power_until_something_is_heard(dead: DeadCharger) -> None:
    with dead.recovery() as recovery:
        seen = []
        for step in recovery.enter():
            seen.append(step)
            if isinstance(step, ManualStep) and len(seen) == 2:
                dead.charger.cycle()
    assert isinstance(seen[0], Progress) and POWER in seen and isinstance(seen[-1], Progress)


def test_a_port_that_vanishes(tmp_path: Path) -> None:
    with dead_charger(tmp_path) as dead:
        image = dead.image()
        with dead.recovery() as recovery:
            dead.enter(recovery)
            dead.charger.faults.vanish_at = 30
            assert failure(lambda: finish(recovery.write(image))).text is Text.PORT_VANISHED
        dead.charger.unplug()
        dead.charger.plug()
        dead.revive(image)


@pytest.mark.parametrize("key", [None, STRANGER], ids=["unsigned", "stranger"])
def test_what_its_maker_did_not_sign_is_refused_by_the_bootloader(dead: DeadCharger, key: Any) -> None:
    error = failure(lambda: dead.revive(dead.image(content=image_of(Firmware("3.1.0"), key, FILLER))))
    assert isinstance(error, SignatureError) and error.text is Text.UBOOT_SIGNATURE


def test_damaged_firmware_does_not_start(dead: DeadCharger) -> None:
    content = bytearray(image_of(Firmware("3.1.0"), MAKER, FILLER))
    content[2_000] ^= 1
    error = failure(lambda: dead.revive(dead.image(content=bytes(content))))
    assert type(error) is DeviceError and error.text is Text.UBOOT_DID_NOT_START


def test_firmware_that_resets_for_ever_is_told_as_such(dead: DeadCharger) -> None:
    content = image_of(Firmware("3.1.0", speaks=False, resets=True), MAKER, FILLER)
    error = failure(lambda: dead.revive(dead.image(content=content)))
    assert isinstance(error, DeviceError) and error.text is Text.UBOOT_RESTARTS


def test_silent_firmware_is_neither_good_nor_bad(dead: DeadCharger) -> None:
    content = image_of(Firmware("3.1.0", speaks=False), MAKER, FILLER)
    error = failure(lambda: dead.revive(dead.image(content=content)))
    assert isinstance(error, LinkError) and error.text is Text.UBOOT_NO_WORD


def test_other_firmware_than_the_promised_is_told_as_such(dead: DeadCharger) -> None:
    content = image_of(Firmware("2.9.0"), MAKER, FILLER)
    error = failure(lambda: dead.revive(dead.image(content=content)))
    assert isinstance(error, DeviceError) and error.text is Text.UBOOT_OTHER_STARTED


def test_a_file_that_changed_on_the_laptop_is_not_sent(dead: DeadCharger) -> None:
    image = dead.image()
    image.path.write_bytes(b"something else")
    with dead.recovery() as recovery:
        dead.enter(recovery)
        error = failure(lambda: finish(recovery.write(image)))
    assert isinstance(error, FirmwareError) and error.text is Text.IMAGE_CHANGED and not dead.memory.writes


def test_the_log_keeps_no_secret(dead: DeadCharger) -> None:
    assert dead.bootloader.settings is not None
    dead.bootloader.settings = {**dead.bootloader.settings, "wifi_password": "hunter2", "bootdelay": "-1"}
    with dead.recovery() as recovery:
        dead.enter(recovery)
        recovery._line.ask("printenv wifi_password")
        log = "\n".join(recovery.log())
    assert "wifi_password=***" in log and "hunter2" not in log


@pytest.mark.sweep
def test_a_power_cut_at_any_frame_is_brought_to_a_good_end(
    tmp_path: Path, sweep_cases: Callable[..., Sequence[int]]
) -> None:
    with dead_charger(tmp_path, tcp=True) as dead:
        image = dead.image()
        dead.revive(image)
        frames = dead.charger.pieces
    for at in sweep_cases("power cut of a dead charger", range(frames), share=0.02):
        with dead_charger(tmp_path, tcp=True) as dead:
            dead.charger.power(True)
            dead.charger.faults.cut_at = at
            try:
                dead.revive(image)
            except FieldtoolError as error:
                assert isinstance(error, LinkError), f"cut at {at}: {error}"  # nobody may say that it failed
            dead.charger.faults.cut_at = -1
            dead.charger.power(False)
            dead.revive(image)
            assert dead.bootloader.runs == Firmware("3.1.0"), f"cut at {at}"


# ---- the profile -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("read", "virtio read {addr} {block}"),
        ("read", "virtio read {0} {addr} {count}"),
        ("read", "virtio read {addr.x} {count}"),
        ("read", "virtio read {addr:x} {count}"),
        ("write", "virtio write ${la} {addr} {count}"),
        ("write", "virtio write {addr} {serial} {count}"),
        ("write", ""),
        ("switch", ""),
        ("switch", "setenv active {block}"),
        ("hardware", ""),
        ("banner", "READY"),
        ("slots", "A"),
        ("slots", "A:1000 A:2000"),
        ("slot_blocks", "0"),
        ("slot_blocks", "1001"),
        ("chunk", "1000"),
        ("ram", "far"),
        ("prepare", "a" * 900),
        ("prepare", "virtio\nscan"),
        ("speed", "9600"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused_by_its_field(dead: DeadCharger, field: str, value: str) -> None:
    profile = dead.profile()
    recovery = {**profile.recovery, field: value}
    with pytest.raises(UsageError) as error:
        uboot_plan(replace(profile, recovery={key: told for key, told in recovery.items() if told}))
    assert error.value.text is Text.PROFILE_BAD and str(error.value.params["field"]).startswith("recovery.")


def test_a_port_that_is_not_there(dead: DeadCharger) -> None:
    driver = UbootSerial(patience=QUICK)
    assert driver.name == "uboot-serial" and dead.link.scheme in driver.schemes

    def opened() -> None:
        with driver.open(Link("serial", "/dev/no-such-port"), dead.profile()):
            pass

    assert failure(opened).text is Text.PORT_MISSING


def test_the_example_in_the_guide_is_a_profile_that_can_be_used(dead: DeadCharger, repository_root: Path) -> None:
    text = (repository_root / "resources/docs/drivers/uboot-serial.md").read_text(encoding="utf-8")
    example = tomllib.loads(text.split("```toml")[1].split("```")[0])
    plan = uboot_plan(replace(dead.profile(), recovery=example["recovery"]))
    assert plan.chunk == 262_144 and not plan.whole


def test_the_guide_names_every_case(repository_root: Path) -> None:
    text = (repository_root / "resources/docs/drivers/uboot-serial.md").read_text(encoding="utf-8")
    quiet = {Text.UBOOT_POWER_CYCLE}  # asks for something
    named = [one for one in Text if one.name.startswith("UBOOT_") and one not in quiet]
    assert [one.name for one in named if one.name not in text] == []
