"""Chargers of every kind: how a new image gets to run, and what a power cut leaves of it."""

import shlex

import pytest

from fieldtool.lab.device import CERTIFICATE
from fieldtool.lab.faults import INSTALL_POINTS
from fieldtool.lab.state import IN_PLACE, KINDS
from fieldtool.lab.swupdate_commands import DETACH, LOCKED
from tests.lab.client import Client, connected
from tests.lab_chargers import virtual_charger

FILE, LOCK, BASE = "/srv/fieldtool/image.swu", "/srv/fieldtool/installing.lock", "/srv/fieldtool/image"
SWUPDATE = f"swupdate -i {FILE} -k {CERTIFICATE} -H citypost:B2"
SWU_KINDS = ("ab-swupdate", "self-installing", *IN_PLACE)
POINTS = tuple(point for point in INSTALL_POINTS if point != "recorded")


def fact(client: Client, name: str) -> str:
    return client.out(f"cat /etc/charger/{name}").strip()


def upload(charger, client, version="1.5.0", **options):
    """The file, and what it holds."""
    made = charger.bundle(version, **options)
    client.out("mkdir -p /srv/fieldtool")
    client.upload(made.path.read_bytes(), FILE)
    return made


def install(charger, version="1.5.0", **options):
    with connected(charger) as client:
        upload(charger, client, version, **options)
        return client.run("rauc install " + FILE if charger.format() == "raucb" else SWUPDATE)


def power_cycle(charger) -> None:
    starts = charger.state.starts
    charger.power_cut(0.05)
    charger.wait_restarted(starts)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "self-installing"])
def test_a_new_image_runs_after_a_restart(tmp_path, kind):
    with virtual_charger(tmp_path, kind=kind) as charger:
        assert install(charger).status == 0
        with connected(charger) as client:
            assert fact(client, "version") == "1.4.2"
            assert fact(client, "staged-version") == "1.5.0"
            assert fact(client, "staged-hash") == charger.bundle("1.5.0").payload_hash
            client.run("systemctl reboot")
        charger.wait_restarted(1)
        with connected(charger) as client:
            assert fact(client, "version") == "1.5.0"
            assert fact(client, "payload-hash") == charger.bundle("1.5.0").payload_hash
            assert (fact(client, "staged-version"), fact(client, "damaged")) == ("", "")


@pytest.mark.parametrize("kind", IN_PLACE)
def test_in_place_the_old_image_runs_from_memory_until_the_restart(tmp_path, kind):
    with virtual_charger(tmp_path, kind=kind, install_stalls=True) as charger, connected(charger) as client:
        upload(charger, client)
        channel = client.start(SWUPDATE)
        while not charger.state.writing or charger.state.booted.image is not None:
            assert fact(client, "version") == "1.4.2"
        assert fact(client, "damaged")
        charger.act("install_stalls", "no")
        assert channel.recv_exit_status() == 0
        assert (fact(client, "version"), fact(client, "damaged")) == ("1.4.2", "")


@pytest.mark.parametrize("point", POINTS)
def test_in_place_a_cut_while_it_is_written_leaves_nothing_that_starts(tmp_path, point):
    with virtual_charger(tmp_path, kind="in-place", cut_at_install=point, dark_seconds=0.05) as charger:
        with connected(charger) as client:
            upload(charger, client)
            client.start(SWUPDATE)
            if point == "copying":
                charger.wait_down()
            else:
                charger.wait_restarted(1)
        charger.wait_installed()
        if point == "copying":
            assert not charger.state.booted.starts
            charger.charger.start()
            assert not charger.charger.reachable
            charger.act("reflash")
        charger.wait_up()
        assert charger.version == ("1.5.0" if point in ("copied", "activated", "done") else "1.4.2")
        assert bool(charger.state.writing) == (point in ("marked_bad", "copied"))


def test_a_rescue_system_answers_where_the_firmware_is_gone_and_takes_an_image(tmp_path):
    with virtual_charger(tmp_path, kind="in-place-rescue", cut_in_install=True) as charger:
        with connected(charger) as client:
            upload(charger, client)
            client.start(SWUPDATE)
            charger.wait_restarted(1)
        with connected(charger) as client:
            assert fact(client, "rescue") and fact(client, "serial") == "LAB-0001"
            assert client.run("cat /etc/charger/version").status == 1
            assert client.run("charger-status connectors").status == 127
            assert client.run("systemctl is-active charger").status == 3
        assert install(charger).status == 0
        power_cycle(charger)
        assert (charger.version, charger.state.rescue) == ("1.5.0", False)


def test_a_self_installing_charger_restarts_by_itself(tmp_path):
    with virtual_charger(tmp_path, kind="self-installing", restart_ignored=9) as charger:
        with connected(charger) as client:
            upload(charger, client)
            command = f"flock -n {LOCK} sh -c {shlex.quote(DETACH)} sh {BASE} {SWUPDATE}"
            assert client.run(command).status == 0
        charger.wait_restarted(1)
        assert charger.version == "1.5.0"


@pytest.mark.parametrize("kind", ["ab-trial", "ab-swupdate", "self-installing"])
def test_with_two_slots_an_image_that_does_not_start_gives_way(tmp_path, kind):
    with virtual_charger(tmp_path, kind=kind) as charger:
        install(charger, boots=False)
        power_cycle(charger)
        assert charger.version == "1.4.2"


@pytest.mark.parametrize("kind", ["ab", "in-place"])
def test_without_a_counter_an_image_that_does_not_start_stays_dark_until_a_reflash(tmp_path, kind):
    with virtual_charger(tmp_path, kind=kind) as charger:
        install(charger, boots=False)
        charger.power_cut(0.0)
        charger.wait_down()
        charger.charger.start()
        assert not charger.charger.reachable and charger.charger.system is None
        charger.act("reflash", "1.4.0")
        charger.wait_up()
        assert charger.version == "1.4.0"


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_of_the_lab_keeps_what_was_written(tmp_path, kind):
    with virtual_charger(tmp_path, kind=kind, modem="3.1" if kind == "ab-trial" else "") as charger:
        assert install(charger).status == 0
        before = charger.state
        charger.reincarnate()
        assert charger.version == "1.5.0"
        assert charger.state.nameplate == before.nameplate


def test_requests_to_restart_can_be_ignored(tmp_path):
    with virtual_charger(tmp_path, restart_ignored=1) as charger, connected(charger) as client:
        assert client.run("systemctl reboot").status == 0
        assert charger.state.faults.restart_ignored == 0 and charger.state.starts == 1
        client.run("systemctl reboot")
        charger.wait_down()


def test_what_runs_detached_goes_on_without_a_listener_and_leaves_its_verdict(tmp_path):
    with virtual_charger(tmp_path, kind="in-place", install_stalls=True) as charger:
        locked = f"sh -c {shlex.quote(LOCKED)} sh {LOCK}"
        start = f"flock -n {LOCK} sh -c {shlex.quote(DETACH)} sh {BASE} {SWUPDATE}"
        with connected(charger) as client:
            assert client.run(locked).status == 0
            upload(charger, client)
            assert client.run(start).status == 0
        with connected(charger) as client:
            assert client.run(locked).status == 1
            assert client.run(start).status == 1
            assert client.run("pidof swupdate").status == 0
            assert client.run(f"cat {BASE}.status").status == 1
        charger.act("install_stalls", "no")
        charger.wait_installed()
        with connected(charger) as client:
            assert client.out(f"cat {BASE}.status") == "0\n"
            assert "SWUPDATE successful" in client.out(f"tail -n 100 {BASE}.log")
            assert client.run(locked).status == 0
            assert client.run("pidof swupdate").status == 1


def test_a_power_cut_frees_the_lock_and_leaves_no_verdict(tmp_path):
    with virtual_charger(tmp_path, kind="in-place-rescue", cut_in_install=True) as charger:
        with connected(charger) as client:
            upload(charger, client)
            client.run(f"flock -n {LOCK} sh -c {shlex.quote(DETACH)} sh {BASE} {SWUPDATE}")
        charger.wait_restarted(1)
        with connected(charger) as client:
            assert client.run(f"sh -c {shlex.quote(LOCKED)} sh {LOCK}").status == 0
            assert client.run(f"cat {BASE}.status").status == 1


def test_the_shell_knows_no_other_script(tmp_path):
    with virtual_charger(tmp_path, kind="in-place") as charger, connected(charger) as client:
        client.out("mkdir -p /srv/fieldtool")
        for line in ("sh -c 'reboot'", f"flock -n {LOCK} sh -c 'rm -f x' sh {BASE} swupdate -c"):
            assert "does not know that script" in client.run(line).err
        assert charger.state.starts == 1


# ---- refusals, in the words of the real one (tests/peers/test_swupdate.py compares) ----------------------------------


@pytest.mark.parametrize("kind", SWU_KINDS)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"signed_by": "Evil"}, "Authentication of all signatures failed"),
        ({"compatible": "C9"}, "SW not compatible with hardware"),
    ],
)
def test_what_is_refused_changes_nothing(tmp_path, kind, options, words):
    with virtual_charger(tmp_path, kind=kind) as charger:
        before = charger.state
        said = install(charger, **options)
        assert said.status == 1 and words in said.err
        assert charger.state == before


@pytest.mark.parametrize("kind", IN_PLACE)
def test_a_damaged_payload_is_found_out_when_it_was_written_already(tmp_path, kind):
    with virtual_charger(tmp_path, kind=kind) as charger, connected(charger) as client:
        upload(charger, client)
        with charger.file(FILE).open("r+b") as file:
            file.seek(100_000)
            file.write(b"damaged")
        said = client.run(SWUPDATE)
        assert said.status == 1 and "HASH mismatch" in said.err
        assert fact(client, "damaged") and fact(client, "version") == "1.4.2"


def test_a_killed_swupdate_leaves_its_mark(tmp_path):
    with virtual_charger(tmp_path, kind="in-place", kill_rauc_at="copying") as charger:
        assert install(charger).status == 137
        assert charger.state.writing == "main"


# ---- a modem ---------------------------------------------------------------------------------------------------------


def test_a_modem_is_a_component_of_its_own(tmp_path):
    with virtual_charger(tmp_path, modem="3.1") as charger, connected(charger) as client:
        assert (fact(client, "modem-version"), fact(client, "version")) == ("3.1", "1.4.2")
        made = upload(charger, client, "3.2", component="modem")
        line = f"swupdate -i {FILE} -k {CERTIFICATE} -H modem:M1"
        assert client.run(line).status == 0
        assert (fact(client, "modem-version"), fact(client, "modem-staged-version")) == ("3.1", "3.2")
        assert fact(client, "staged-version") == ""
        power_cycle(charger)
        with connected(charger) as again:
            assert fact(again, "modem-payload-hash") == made.payload_hash
            assert (fact(again, "modem-version"), fact(again, "version")) == ("3.2", "1.4.2")


def test_a_half_written_modem_sits_in_its_bootloader_and_can_be_written_again(tmp_path):
    with virtual_charger(tmp_path, modem="3.1", cut_in_install=True, dark_seconds=0.05) as charger:
        line = f"swupdate -i {FILE} -k {CERTIFICATE} -H modem:M1"
        with connected(charger) as client:
            upload(charger, client, "3.2", component="modem")
            client.start(line)
            charger.wait_restarted(1)
        with connected(charger) as client:
            assert (fact(client, "version"), fact(client, "modem-rescue") != "") == ("1.4.2", True)
            assert client.run("cat /etc/charger/modem-version").status == 1
            assert client.run(line).status == 0
        power_cycle(charger)
        with connected(charger) as client:
            assert fact(client, "modem-version") == "3.2"
