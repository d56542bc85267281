import hashlib
import io
import json
import socket
import time
from dataclasses import replace

import paramiko
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtool.core.errors import UsageError
from fieldtool.lab import shell
from fieldtool.lab.faults import INSTALL_POINTS
from fieldtool.lab.state import Timing
from tests.lab.client import Client, connected
from tests.lab_chargers import DEADLINE, LabCharger, virtual_charger

ENDLESS = Timing(0.02, 0.1, 0.0, install=600.0)  # an installation that ends with its charger
UPLOADED = "/srv/fieldtool/image.raucb"
GET_ALL = (
    "dbus-send --system --print-reply --dest=de.pengutronix.rauc / org.freedesktop.DBus.Properties.GetAll "
    "string:de.pengutronix.rauc.Installer"
)


@pytest.fixture
def charger(tmp_path):
    with virtual_charger(tmp_path) as charger:
        yield charger


@pytest.fixture
def client(charger):
    with connected(charger) as client:
        client.out("mkdir -p /srv/fieldtool")
        yield client


def status(client: Client) -> dict:
    return json.loads(client.out("rauc status --output-format=json --detailed"))


def slots(client: Client) -> dict:
    return {name: slot for one in status(client)["slots"] for name, slot in one.items()}


def install(charger: LabCharger, client: Client, version: str = "1.5.0", **options):
    """Upload and install; the bundle and what `rauc install` said."""
    bundle = charger.bundle(version, **options)
    client.upload(bundle.path.read_bytes(), UPLOADED)
    return bundle, client.run(f"rauc install {UPLOADED}")


def restart(charger: LabCharger, client: Client) -> None:
    client.run("systemctl reboot")
    charger.wait_down()
    charger.wait_up()


# ---- commands ------------------------------------------------------------------------------------------------------


def test_every_command_of_the_profile_is_answered(charger, client):
    profile = charger.profile
    commands = [*profile.facts.values(), profile.connectors, profile.faults, profile.in_use, *profile.checks.values()]
    answers = [client.run(command) for command in commands]
    assert [answer.status for answer in answers] == [0] * len(commands), answers
    assert client.out(profile.facts["serial"]) == "LAB-0001\n"
    assert client.out(profile.connectors) == "1 available\n2 available\n"


def test_an_unknown_command_is_127_as_from_a_real_shell(client):
    answer = client.run("frobnicate --all")
    assert (answer.status, answer.err) == (127, "sh: 1: frobnicate: not found\n")


def test_a_command_that_hides_another_one_runs_neither(charger, client):
    for line in ("cat /etc/charger/serial; rm -f /etc/x", "echo `reboot`", "cat x | sh", "true && reboot"):
        answer = client.run(line)
        assert answer.status == 2, line
        assert "Syntax error" in answer.err
    assert charger.state.starts == 1


def test_quoted_signs_are_text(client):
    assert client.out("echo 'a; b | c'") == "a; b | c\n"


def test_free_space_is_told_by_df_and_by_statvfs(charger, client):
    with client.sftp() as sftp:
        sftp.putfo(io.BytesIO(bytes(10_000)), "/srv/x")
    free = charger.device.disk.capacity - 10_000
    assert client.out("df -B1 --output=avail /srv").split() == ["Avail", str(free)]
    assert client.out("df -P /srv").splitlines()[1].split()[3] == str(free // 1024)


def test_commands_on_files_fail_in_the_words_of_coreutils(client):
    assert client.run("cat /nothere").err == "cat: /nothere: No such file or directory\n"
    assert client.run("sha256sum /srv").err == "sha256sum: /srv: Is a directory\n"
    assert client.run("stat -c %s /nothere").err == "stat: cannot statx '/nothere': No such file or directory\n"
    assert client.run("rm /nothere").err == "rm: cannot remove '/nothere': No such file or directory\n"
    assert client.run("rm -f /nothere").status == 0
    assert client.run("mkdir /srv").err == "mkdir: cannot create directory ‘/srv’: File exists\n"
    assert client.run("df -P /nothere").err == "df: /nothere: No such file or directory\n"


def test_facts_cannot_be_overwritten(charger, client):
    assert client.run("rm -f /etc/charger/serial").status == 1
    with client.sftp() as sftp, pytest.raises(OSError), sftp.open("/etc/charger/serial", "wb") as file:
        file.write(b"OTHER")
    assert client.out("cat /etc/charger/serial") == "LAB-0001\n"


def test_paths_never_leave_the_chargers_disk(charger, client, tmp_path):
    (tmp_path / "secret").write_text("of the laptop")
    for path in ("/../secret", "/srv/../../secret", "//../../../secret"):
        assert client.run(f"cat {path}").status == 1


# ---- logins --------------------------------------------------------------------------------------------------------


def test_a_password_opens_it_and_a_wrong_one_does_not(charger):
    with connected(charger, password="let-me-in") as client:
        assert client.run("true").status == 0
    with pytest.raises(paramiko.AuthenticationException), connected(charger, password="wrong"):
        pass


def test_several_sessions_work_at_once(charger):
    with connected(charger) as one, connected(charger) as two:
        channels = [each.start("cat /etc/charger/serial") for each in (one, two, one, two)]
        assert [channel.recv(100) for channel in channels] == [b"LAB-0001\n"] * 4


# ---- files ---------------------------------------------------------------------------------------------------------


def test_an_upload_goes_on_at_its_offset(client):
    content = bytes(range(256)) * 1000
    with client.sftp() as sftp:
        sftp.putfo(io.BytesIO(content[:100_000]), "/srv/part")
        assert sftp.stat("/srv/part").st_size == 100_000
        with sftp.open("/srv/part", "r+b") as file:
            file.seek(100_000)
            file.write(content[100_000:])
        sftp.rename("/srv/part", "/srv/whole")
        assert sftp.listdir("/srv") == ["fieldtool", "whole"]
    assert client.out("sha256sum /srv/whole").split()[0] == hashlib.sha256(content).hexdigest()


def test_a_file_that_is_too_long_can_be_cut(client):
    client.upload(bytes(5000), "/srv/x")
    with client.sftp() as sftp:
        sftp.truncate("/srv/x", 3000)
    assert client.out("stat -c %s /srv/x") == "3000\n"


def test_a_full_disk_keeps_what_fits_and_refuses_the_rest(charger, client):
    charger.act("disk_free", 50_000)
    with client.sftp() as sftp, pytest.raises(OSError), sftp.open("/srv/x", "wb") as file:
        file.write(bytes(80_000))
    assert client.out("stat -c %s /srv/x") == "50000\n"
    assert client.out("df -B1 --output=avail /srv").split()[1] == "0"


def test_writes_behind_the_one_that_filled_the_disk_leave_no_holes(charger, client):
    charger.act("disk_free", 50_000)
    with client.sftp() as sftp, pytest.raises(OSError), sftp.open("/srv/x", "wb") as file:
        file.set_pipelined(True)
        file.write(bytes(300_000))
        file.set_pipelined(False)
        file.write(b"x")
    assert client.out("stat -c %s /srv/x") == "50000\n"
    client.out("rm -f /srv/x")
    charger.act("disk_free", -1)
    assert charger.device.disk.free == charger.device.disk.capacity


def test_a_flipped_bit_is_seen_by_the_device_itself(charger, client):
    charger.act("flip_at_byte", 40_000)
    client.upload(bytes(80_000), "/srv/x")
    digest = client.out("sha256sum /srv/x").split()[0]
    assert digest != hashlib.sha256(bytes(80_000)).hexdigest()
    client.upload(bytes(80_000), "/srv/x")  # once only
    assert client.out("sha256sum /srv/x").split()[0] == hashlib.sha256(bytes(80_000)).hexdigest()


# ---- an update -----------------------------------------------------------------------------------------------------


def test_an_update_installs_beside_and_runs_after_a_restart(charger, client):
    bundle, said = install(charger, client)
    assert said.status == 0
    assert said.out.splitlines()[-1] == f"Installing `{UPLOADED}` succeeded"
    told = slots(client)["rootfs.1"]
    assert told["slot_status"]["checksum"]["sha256"] == bundle.payload_hash
    assert told["boot_status"] == "good"
    assert status(client)["boot_primary"] == "rootfs.1"
    assert client.out("cat /etc/charger/version") == "1.4.2\n"
    restart(charger, client)
    with connected(charger) as again:
        assert again.out("cat /etc/charger/version") == "1.5.0\n"
        assert status(again)["booted"] == "B"


def test_progress_lines_are_those_of_rauc(charger, client):
    _, said = install(charger, client)
    assert said.out.splitlines() == [
        "installing",
        "  0% Installing",
        "  0% Determining slot states",
        " 20% Determining slot states done.",
        " 20% Checking bundle",
        " 20% Verifying signature",
        " 40% Verifying signature done.",
        " 40% Checking bundle done.",
        " 40% Checking manifest contents",
        " 60% Checking manifest contents done.",
        " 60% Determining target install group",
        " 80% Determining target install group done.",
        " 80% Updating slots",
        " 80% Checking slot rootfs.1",
        " 90% Checking slot rootfs.1 done.",
        " 90% Copying image to rootfs.1",
        " 99% Copying image to rootfs.1 done.",
        " 99% Updating slots done.",
        "100% Installing done.",
        f"Installing `{UPLOADED}` succeeded",
    ]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"signed_by": "Evil"}, "signature verification failed: Verify error: unable to get local issuer certificate"),
        (
            {"compatible": "other"},
            "Installation error: Compatible mismatch: Expected 'lab-citypost-22' but bundle manifest has 'other'",
        ),
    ],
)
def test_a_bundle_for_somebody_else_is_refused_in_raucs_words(charger, client, options, error):
    _, said = install(charger, client, **options)
    assert said.status == 1
    assert f"LastError: {error}" in said.out.splitlines()
    assert "100% Installing failed." in said.out
    assert said.err == f"Installing `{UPLOADED}` failed\n"
    assert error in client.out(GET_ALL)
    assert slots(client)["rootfs.1"]["boot_status"] == "good"  # untouched


def test_damaged_bundles_are_refused_in_raucs_words(charger, client):
    whole = charger.bundle().path.read_bytes()
    client.upload(whole[:150_000] + bytes([whole[150_000] ^ 1]) + whole[150_001:], "/srv/flipped")
    said = client.run("rauc install /srv/flipped")
    assert "LastError: signature verification failed: error:1700009E:CMS routines::verification failure" in said.out
    client.upload(whole[:150_000], "/srv/short")
    said = client.run("rauc install /srv/short")
    assert "LastError: Invalid bundle format: Signature size (" in said.out
    assert ") exceeds bundle size" in said.out
    said = client.run("rauc install /srv/none")
    assert (said.status, said.err) == (1, "No such file: /srv/none\n")


def test_an_image_larger_than_the_slot_ends_in_no_space(charger, client):
    charger.device.change(lambda state: replace(state, nameplate=replace(state.nameplate, slot_bytes=100_000)))
    _, said = install(charger, client)
    assert said.status == 1
    assert "Error writing to file descriptor: No space left on device" in said.out
    assert slots(client)["rootfs.1"]["boot_status"] == "bad"
    assert status(client)["boot_primary"] == "rootfs.0"


def test_status_fails_and_properties_answer_while_installing(tmp_path):
    with virtual_charger(tmp_path, timing=ENDLESS) as charger, connected(charger) as client:
        client.upload(charger.bundle().path.read_bytes(), "/srv/x")
        channel = client.start("rauc install /srv/x")
        assert b"installing" in channel.recv(10)
        busy = client.run("rauc status --output-format=json")
        assert (busy.status, busy.out) == (1, "")
        assert "already processing a different method" in busy.err
        assert 'string "installing"' in client.out(GET_ALL)
        second = client.run("rauc install /srv/x")
        assert second.status == 2
        assert "Already processing a different method" in second.err
        assert client.run("rauc status mark-good").status == 1


def test_an_installation_outlives_its_ssh_session(charger):
    with connected(charger) as client:
        client.upload(charger.bundle().path.read_bytes(), "/srv/x")
        channel = client.start("rauc install /srv/x")
        assert channel.recv(1)
    charger.wait_installed()
    assert charger.state.primary == "B"


def test_somebody_elses_installation_keeps_rauc_busy(charger, client):
    charger.act("rauc_busy")
    assert client.run("rauc status").status == 1
    assert 'string "installing"' in client.out(GET_ALL)
    assert install(charger, client)[1].status == 2
    charger.act("rauc_busy", "no")
    assert client.run("rauc status").status == 0


# ---- health --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["fault", "check", "connector"])
def test_a_new_image_can_be_sick_in_each_way(tmp_path, what):
    with virtual_charger(tmp_path, bad_health=what) as charger:
        with connected(charger) as client:
            client.out("mkdir -p /srv/fieldtool")
            assert install(charger, client)[1].status == 0
            assert client.out("charger-status faults") == ""
            restart(charger, client)
        with connected(charger) as client:
            faults = client.out("charger-status faults")
            connectors = client.out("charger-status connectors")
            active = client.run("systemctl is-active charger.service")
            client.out("rauc status mark-bad booted")
            restart(charger, client)
        with connected(charger) as client:
            assert client.out("cat /etc/charger/version") == "1.4.2\n"
            assert client.run("systemctl is-active --quiet charger.service").status == 0
    assert (faults != "") is (what == "fault")
    assert ("unavailable" in connectors) is (what == "connector")
    assert (active.status, active.out) == ((3, "failed\n") if what == "check" else (0, "active\n"))


def test_sessions_come_and_go_and_a_cut_one_is_counted(charger, client):
    charger.act("session_start", "2")
    assert client.out("charger-status sessions") == "connector 2 is charging\n"
    assert client.out("charger-status connectors") == "1 available\n2 occupied\n"
    charger.act("session_end")
    assert client.out("charger-status sessions") == ""
    charger.act("session_start")
    restart(charger, client)
    assert charger.state.cut_sessions == 1


def test_a_session_begins_in_mid_transfer(charger, client):
    charger.act("session_at_byte", 100_000)
    client.upload(bytes(99_000), "/srv/x")
    assert client.out("charger-status sessions") == ""
    client.upload(bytes(120_000), "/srv/x")
    assert client.out("charger-status sessions") == "connector 1 is charging\n"


# ---- power, line, identity -----------------------------------------------------------------------------------------


def test_power_goes_at_exactly_that_byte_of_a_transfer(tmp_path):
    with virtual_charger(tmp_path, cut_at_byte=70_001) as charger:
        with connected(charger) as client, pytest.raises((OSError, EOFError, paramiko.SSHException)):
            client.upload(bytes(200_000), "/srv/x")
            client.run("true")
        charger.wait_up()
        with connected(charger) as client:
            assert client.out("stat -c %s /srv/x") == "70001\n"
            client.upload(bytes(200_000), "/srv/x", offset=70_001)  # once only
            assert client.out("stat -c %s /srv/x") == "200000\n"


@pytest.mark.parametrize("point", INSTALL_POINTS)
def test_a_cut_at_each_point_of_an_installation_leaves_one_slot_that_starts(tmp_path, point):
    with virtual_charger(tmp_path, cut_at_install=point) as charger:
        with connected(charger) as client:
            client.upload(charger.bundle().path.read_bytes(), "/srv/x")
            with pytest.raises((OSError, EOFError, paramiko.SSHException, AssertionError)):
                client.out("rauc install /srv/x")
        charger.wait_up()
        activated = INSTALL_POINTS.index(point) >= INSTALL_POINTS.index("activated")
        with connected(charger) as client:
            assert client.out("cat /etc/charger/version") == ("1.5.0\n" if activated else "1.4.2\n")
            told = slots(client)
        touched = INSTALL_POINTS.index(point) >= INSTALL_POINTS.index("marked_bad")
        assert told["rootfs.1"]["boot_status"] == ("good" if activated or not touched else "bad")


def test_after_a_cut_in_mid_copy_the_status_file_still_tells_of_the_image_before(charger, client):
    before, _ = install(charger, client, "1.5.0")
    client.out("rauc status mark-active booted")
    charger.act("cut_at_install", "copying")
    client.upload(charger.bundle("1.6.0").path.read_bytes(), UPLOADED)
    client.start(f"rauc install {UPLOADED}")
    charger.wait_down()
    charger.wait_up()
    with connected(charger) as again:
        slot = slots(again)["rootfs.1"]
    assert slot["boot_status"] == "bad"
    assert slot["slot_status"]["status"] == "ok"
    assert slot["slot_status"]["checksum"]["sha256"] == before.payload_hash


def test_rauc_killed_in_mid_install_keeps_the_old_system(tmp_path):
    with virtual_charger(tmp_path, kill_rauc_at="copying") as charger, connected(charger) as client:
        client.upload(charger.bundle().path.read_bytes(), "/srv/x")
        said = client.run("rauc install /srv/x")
        assert said.status == 2
        assert said.err == "RAUC service disappeared\nD-Bus error while installing `/srv/x`\n"
        assert slots(client)["rootfs.1"]["boot_status"] == "bad"
        assert status(client)["boot_primary"] == "rootfs.0"


def test_an_image_that_does_not_boot_falls_back_by_itself(tmp_path):
    with virtual_charger(tmp_path, no_boot="yes") as charger:
        with connected(charger) as client:
            client.upload(charger.bundle().path.read_bytes(), "/srv/x")
            client.out("rauc install /srv/x")
            restart(charger, client)
        with connected(charger) as client:
            assert client.out("cat /etc/charger/version") == "1.4.2\n"
            assert slots(client)["rootfs.1"]["boot_status"] == "bad"
            assert status(client)["boot_primary"] == "rootfs.0"


def test_a_dark_charger_refuses_connections_and_keeps_its_address(charger, client):
    port = charger.port
    charger.act("no_return")
    charger.power_cut()
    charger.wait_down()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((charger.host, port), DEADLINE)
    charger.act("no_return", "no")
    charger.act("power_on")
    charger.wait_up()
    assert charger.port == port
    with connected(charger) as again:
        assert again.run("true").status == 0


def test_a_second_cut_while_it_is_dark_does_not_confuse_it(charger):
    charger.power_cut(5)
    charger.power_cut(0.05)
    charger.wait_up()
    assert charger.state.starts == 2


def test_after_a_kill_of_the_lab_the_same_charger_comes_back(charger, client):
    install(charger, client)
    client.upload(b"kept", "/srv/kept")
    charger.act("session_start")
    fingerprint, port = charger.fingerprint, charger.port
    charger.reincarnate()
    assert (charger.fingerprint, charger.port) == (fingerprint, port)
    with connected(charger) as again:
        assert again.out("cat /srv/kept") == "kept"
        assert again.out("cat /etc/charger/version") == "1.5.0\n"  # it was the primary slot
        assert again.out("charger-status sessions") == ""


def test_host_key_and_address_change_at_a_restart(tmp_path):
    with virtual_charger(tmp_path, new_host_key=True, new_address=True) as charger:
        # struck at its first start already: set again for the restart
        before = charger.fingerprint, charger.port
        charger.act("new_host_key")
        charger.act("new_address")
        with connected(charger) as client:
            restart(charger, client)
        assert charger.fingerprint != before[0]
        assert charger.port != before[1]
        with connected(charger) as client:
            key = client.transport.get_remote_server_key()
            assert key.fingerprint == charger.fingerprint


def test_another_serial_answers_after_a_restart(charger, client):
    charger.act("other_serial_later", "LAB-9999")
    assert client.out("cat /etc/charger/serial") == "LAB-0001\n"
    restart(charger, client)
    with connected(charger) as again:
        assert again.out("cat /etc/charger/serial") == "LAB-9999\n"


def test_a_stalled_line_takes_nothing_and_goes_on_afterwards(charger, client):
    charger.act("stall")
    with pytest.raises(paramiko.SSHException):
        client.transport.open_session(timeout=0.3)
    charger.act("stall", "no")
    assert client.run("true").status == 0


def test_a_slow_line_carries_that_many_bytes_a_second(charger, client):
    charger.act("slow", 400_000)
    began = time.monotonic()
    client.upload(bytes(200_000), "/srv/x")
    assert client.out("stat -c %s /srv/x") == "200000\n"
    assert 0.4 < time.monotonic() - began < 5


def test_ssh_can_go_and_come_back_while_the_charger_works_on(charger, client):
    client.upload(charger.bundle().path.read_bytes(), "/srv/x")
    channel = client.start("rauc install /srv/x")
    assert channel.recv(1)
    charger.act("ssh_gone", 0.1)
    charger.wait_down()
    charger.wait_up()
    charger.wait_installed()
    assert (charger.state.starts, charger.state.primary) == (1, "B")


def test_the_clock_can_be_off(charger, client):
    charger.act("clock_offset", 3600)
    assert abs(int(client.out("date +%s")) - time.time() - 3600) < 30


def test_a_fault_that_makes_no_sense_is_refused(charger):
    for name, value in (("frob", "1"), ("slow", "fast"), ("bad_health", "yes"), ("stall", "perhaps")):
        with pytest.raises(UsageError):
            charger.act(name, value)
    with pytest.raises(UsageError):
        charger.act("power_cut", "soon")


def test_a_refused_second_installation_hides_the_first_as_in_real_rauc(tmp_path):
    with virtual_charger(tmp_path, timing=ENDLESS) as charger, connected(charger) as client:
        client.upload(charger.bundle().path.read_bytes(), "/srv/x")
        channel = client.start("rauc install /srv/x")
        assert channel.recv(1)
        assert client.run("rauc install /srv/x").status == 2
        assert 'string "idle"' in client.out(GET_ALL)
        assert client.run("rauc status").status == 1


_WORDS = [
    *shell.COMMANDS, "-B", "-B1", "-Bx", "-s", "5", "-c", "%s", "/srv", "/etc/charger/serial", "/no", "--", "-f",
    "status", "install", "mark-bad", "booted", "other", "connectors", "is-active", "--output=avail,x", "-",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(words=st.lists(st.sampled_from(_WORDS) | st.text(max_size=10), min_size=1, max_size=5))
def test_any_arguments_get_an_exit_status(one_charger, words):
    line = " ".join(words)
    if "reboot" not in line:  # it would be dark for the next example
        out: list[str] = []
        status = shell.run(one_charger.charger.system, line, shell.Streams(out.append, out.append))
        assert 0 <= status <= 127, out


@pytest.fixture(scope="module")
def one_charger(tmp_path_factory):
    with virtual_charger(tmp_path_factory.mktemp("one")) as charger:
        yield charger
