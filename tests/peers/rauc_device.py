"""A charger made of the real RAUC 1.8 behind a real OpenSSH sshd. Needs root (RAUC mounts bundles by loop devices).

What is ours: the power supply (this process starts and kills everything), the bootloader's state in plain files, and
two raw slots whose first line is the version that "runs". A private D-Bus starts RAUC on demand, as systemd would.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import psutil

from fieldtool.core.model import FirmwareImage
from fieldtool.core.profile import Profile
from tests.peers.ssh_charger import SshCharger, as_image, missing_of, powered
from tests.peers.sshd import SECONDS, SSHD, answers, poll, run, script

TOOLS = ("rauc", "sshd", "dbus-daemon", "dbus-send", "mksquashfs", "openssl", "ssh-keygen")
COMPATIBLE = "lab-citypost-22"
_OTHER = {"A": "B", "B": "A"}


def missing() -> str:
    """Why these tests cannot run here; "" when they can."""
    return missing_of(TOOLS, "RAUC mounts bundles, which needs root")


# ---- bundles --------------------------------------------------------------------------------------------------------


class Factory:
    """Makes signed bundles with the real `rauc bundle`; "dev" signs for the charger's CA, "evil" for another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for signer in ("dev", "evil"):
            self._authority(signer)

    def image(
        self,
        version: str,
        *,
        size: int = 300_000,
        signer: str = "dev",
        compatible: str = COMPATIBLE,
        sick: bool = False,
        gate: Path | None = None,
        truncated: bool = False,
    ) -> FirmwareImage:
        """A bundle. `gate`: the charger copies it only when the file `go` appears in that folder."""
        work = self.folder / f"bundle{len(list(self.folder.iterdir()))}"
        source = work / "source"
        source.mkdir(parents=True)
        payload = make_rootfs(version, size, sick)
        (source / "rootfs.img").write_bytes(payload)
        (source / "manifest.raucm").write_text(_manifest(version, compatible, gated=gate is not None))
        if gate is not None:
            (source / "hook.sh").write_text(_HOOK.format(gate=shlex.quote(str(gate))))
            (source / "hook.sh").chmod(0o755)
        path = work / f"{version}.raucb"
        sign = [f"--cert={self.folder}/{signer}.pem", f"--key={self.folder}/{signer}.key"]
        run("rauc", *sign, "bundle", str(source), str(path))
        shutil.rmtree(source)
        return as_image(path, version, payload, truncated)

    def _authority(self, signer: str) -> None:
        ca, leaf = self.folder / f"{signer}-ca", self.folder / signer
        new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        run(
            "openssl", "req", "-x509", *new_key, "-keyout", f"{ca}.key", "-out", f"{ca}.pem", "-days", "3650",
            "-subj", f"/O={signer}/CN={signer} CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        )  # fmt: skip
        run("openssl", "req", *new_key, "-keyout", f"{leaf}.key", "-out", f"{leaf}.csr", "-subj", f"/CN={signer} 1")
        extensions = Path(f"{leaf}.ext")
        extensions.write_text("basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n")
        run(
            "openssl", "x509", "-req", "-in", f"{leaf}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key",
            "-CAcreateserial", "-days", "3650", "-extfile", str(extensions), "-out", f"{leaf}.pem",
        )  # fmt: skip


def make_rootfs(version: str, size: int, sick: bool) -> bytes:
    return f"{version}\n{'sick' if sick else 'well'}\n".encode() + os.urandom(size)


def _manifest(version: str, compatible: str, gated: bool) -> str:
    hook = "hooks=install;\n" if gated else ""
    head = "[hooks]\nfilename=hook.sh\n\n" if gated else ""
    return f"[update]\ncompatible={compatible}\nversion={version}\n\n{head}[image.rootfs]\nfilename=rootfs.img\n{hook}"


# It ends with RAUC: a killed service must not leave a writer behind.
_HOOK = """#!/bin/sh
[ "$1" = slot-install ] || exit 0
echo > {gate}/copying
dd if="$RAUC_IMAGE_NAME" of="$RAUC_SLOT_DEVICE" bs=64k count=1 conv=notrunc 2>/dev/null
until [ -e {gate}/go ]; do kill -0 $PPID 2>/dev/null || exit 1; sleep 0.05; done
dd if="$RAUC_IMAGE_NAME" of="$RAUC_SLOT_DEVICE" bs=64k conv=notrunc 2>/dev/null
"""


# ---- the charger ----------------------------------------------------------------------------------------------------


class RaucDevice(SshCharger):
    """RAUC with two slots."""

    driver = "rauc-ssh"

    def __init__(self, root: Path, factory: Factory) -> None:
        super().__init__(root, ("mnt", "data", "services"))
        self.factory = factory
        self._processes: list[subprocess.Popen[bytes]] = []
        self._install_factory_image()
        self._write_files()

    # -- what the contract suite asks for

    @property
    def profile(self) -> Profile:
        root = shlex.quote(str(self.root))
        rootfs = f"{root}/run/rootfs"
        facts = {name: f"cat {root}/etc/{name}" for name in ("serial", "board_serial", "vendor", "model", "hardware")}
        return Profile(
            id="lab-rauc",
            driver="rauc-ssh",
            vendor="Lab",
            models=("CityPost 22",),
            compatible=COMPATIBLE,
            user="root",
            upload_dir=f"{self.root}/srv/fieldtool",
            facts=facts
            | {"version": f"head -n 1 {rootfs}", "security_epoch": f"cat {root}/etc/epoch", "clock": "date +%s"},
            connectors=f"cat {root}/etc/connectors",
            faults=f"cat {root}/etc/faults",
            in_use=f"cat {root}/etc/sessions",
            checks={"charging software": f"head -n 2 {rootfs} | tail -n 1 | grep -qx well"},
            restart=f"echo restart > {root}/run/power",
            bus=f"unix:path={self.root}/run/bus",
        )

    def image(self, version: str, **what: object) -> FirmwareImage:
        return self.factory.image(version, **what)  # type: ignore[arg-type]  # its own keywords

    def slow_image(self, version: str) -> FirmwareImage:
        """Its installation stands still in the middle of the copy until `let_go`."""
        return self.factory.image(version, gate=self.root / "run")

    def uploaded(self, image: FirmwareImage, ending: str = ".raucb") -> Path:
        return self.root / f"srv/fieldtool/{image.sha256}{ending}"

    def logins_tried(self) -> bool:
        log = (self.root / "run/sshd.log").read_text()
        return any(word in log for word in ("Accepted ", "Failed ", "userauth-request", "Postponed "))

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Somebody else installs something."""
        bundle = self.slow_image("9.9.9").path
        other = subprocess.Popen(["rauc", "install", str(bundle)], env=self._environment(), stdout=subprocess.DEVNULL)
        try:
            self.wait_until_copying()
            yield
        finally:
            self.let_go()
            other.wait(SECONDS)

    @contextmanager
    def little_space(self, size: int) -> Iterator[None]:
        target = self.root / "srv/fieldtool"
        target.mkdir(parents=True, exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(target))
        try:
            yield
        finally:
            run("umount", "-l", str(target))

    # -- what only the real thing is asked for

    @contextmanager
    def small_slot(self) -> Iterator[None]:
        """Slot B becomes a loop device of 1 MiB: a plain file would just grow."""
        os.truncate(self._slot("B"), 1 << 20)
        loop = run("losetup", "--find", "--show", str(self._slot("B"))).strip()
        config = self.root / "etc/system.conf"
        config.write_text(config.read_text().replace(f"device={self._slot('B')}", f"device={loop}"))
        self.kill_rauc()
        try:
            yield
        finally:
            run("losetup", "--detach", loop)

    def kill_rauc(self) -> None:
        _kill(self._rauc()[:1])

    def kill_ssh_sessions(self) -> None:
        _kill(self._ssh_sessions())

    def stop_sshd_answering(self) -> None:
        """The kernel still acknowledges, the programs are frozen."""
        for process in self._ssh_sessions():
            process.suspend()

    def bootloader(self) -> dict[str, str]:
        return {file.name: file.read_text().strip() for file in (self.root / "boot").iterdir() if file.name != "log"}

    # -- power

    def power_cut(self) -> None:
        """Everything dies at once, and nothing is tidied."""
        doomed = self._ssh_sessions() + self._rauc()
        for process in self._processes:
            process.kill()
            process.wait(SECONDS)
        _kill(doomed)
        self._processes.clear()
        for mount in _mounts_below(self.root / "mnt"):
            run("umount", "-l", mount)

    def boot(self) -> None:
        current = (self.root / "boot/primary").read_text().strip()
        if (self.root / f"boot/state.{current}").read_text().strip() == "bad":
            current = _OTHER[current]
        (self.root / "boot/current").write_text(current)
        rootfs = self.root / "run/rootfs"
        rootfs.unlink(missing_ok=True)
        rootfs.symlink_to(self._slot(current))
        for name in ("bus", "go", "copying"):
            (self.root / "run" / name).unlink(missing_ok=True)
        self._start_bus()
        self._start_sshd()
        self._booted()

    def _start_bus(self) -> None:
        command = ["dbus-daemon", f"--config-file={self.root}/etc/dbus.conf", "--nofork", "--print-address=1"]
        bus = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._processes.append(bus)
        assert bus.stdout is not None
        assert bus.stdout.readline(), "dbus-daemon did not start"
        bus.stdout.close()

    def _start_sshd(self) -> None:
        Path("/run/sshd").mkdir(exist_ok=True)
        command = [SSHD, "-f", str(self.root / "etc/sshd_config"), "-D", "-E", str(self.root / "run/sshd.log")]
        self._processes.append(subprocess.Popen(command))
        poll(lambda: answers(self.port), "sshd did not start")

    def _ssh_sessions(self) -> list[psutil.Process]:
        return [child for process in self._processes for child in psutil.Process(process.pid).children(recursive=True)]

    def _rauc(self) -> list[psutil.Process]:
        """The service, which is D-Bus's child no longer, and what it started."""
        with suppress(FileNotFoundError, psutil.NoSuchProcess):
            service = psutil.Process(int((self.root / "run/rauc.pid").read_text()))
            if any(str(self.root) in word for word in service.cmdline()):  # not another one that got its number
                return [service, *service.children(recursive=True)]
        return []

    def _environment(self) -> dict[str, str]:
        return os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.root}/run/bus"}

    # -- files

    def _slot(self, bootname: str) -> Path:
        return self.root / f"slot_{bootname.lower()}.img"

    def _install_factory_image(self) -> None:
        payload = make_rootfs(self.old_version, 100_000, sick=False)
        self._slot("A").write_bytes(payload)
        self._slot("B").write_bytes(b"\n\n")
        for slot in ("A", "B"):
            os.truncate(self._slot(slot), 8 << 20)
            (self.root / f"boot/state.{slot}").write_text("good")
        (self.root / "boot/primary").write_text("A")
        self.old_hash = sha256(payload).hexdigest()
        (self.root / "data/central.status").write_text(
            f"[slot.rootfs.0]\nbundle.compatible={COMPATIBLE}\nbundle.version={self.old_version}\nstatus=ok\n"
            f"sha256={self.old_hash}\nsize={len(payload)}\ninstalled.timestamp=2026-01-01T00:00:00Z\ninstalled.count=1\n"
        )

    def _write_files(self) -> None:
        root = self.root
        self._write_facts()
        shutil.copy(self.factory.folder / "dev-ca.pem", root / "etc/keyring.pem")
        script(root / "bin/bootloader", _BOOTLOADER.format(boot=shlex.quote(str(root / "boot"))))
        script(root / "bin/rauc-service", _SERVICE.format(root=shlex.quote(str(root))))
        (root / "etc/system.conf").write_text(_SYSTEM.format(root=root, compatible=COMPATIBLE))
        (root / "etc/dbus.conf").write_text(_DBUS.format(root=root))
        (root / "services/rauc.service").write_text(
            f"[D-BUS Service]\nName=de.pengutronix.rauc\nExec={root}/bin/rauc-service\n"
        )


def rauc_device(root: Path, factory: Factory) -> AbstractContextManager[RaucDevice]:
    return powered(RaucDevice(root, factory))


_BOOTLOADER = """#!/bin/sh
# RAUC's custom bootloader backend, with the state in plain files
cd {boot} || exit 1
echo "$*" >> log
case $1 in
 get-primary) cat primary;;
 set-primary) echo "$2" > primary; echo good > "state.$2";;
 get-state)   cat "state.$2";;
 set-state)   echo "$3" > "state.$2"
    # as U-Boot and GRUB do: a bad primary makes the other slot the primary
    if [ "$3" = bad ] && [ "$(cat primary)" = "$2" ]; then
      if [ "$2" = A ]; then echo B > primary; else echo A > primary; fi
    fi;;
 get-current) cat current;;
 *) exit 1;;
esac
"""

# D-Bus starts it like a session service; RAUC must not look for a session bus because of that
_SERVICE = """#!/bin/sh
unset DBUS_STARTER_ADDRESS DBUS_STARTER_BUS_TYPE
export DBUS_SYSTEM_BUS_ADDRESS=unix:path={root}/run/bus
exec >> {root}/run/rauc.log 2>&1
echo $$ > {root}/run/rauc.pid
exec rauc -c {root}/etc/system.conf service --override-boot-slot="$(cat {root}/boot/current)"
"""

_SYSTEM = """[system]
compatible={compatible}
bootloader=custom
mountprefix={root}/mnt
statusfile={root}/data/central.status
bundle-formats=plain verity

[keyring]
path={root}/etc/keyring.pem

[handlers]
bootloader-custom-backend={root}/bin/bootloader

[slot.rootfs.0]
device={root}/slot_a.img
type=raw
bootname=A

[slot.rootfs.1]
device={root}/slot_b.img
type=raw
bootname=B
"""

_DBUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={root}/run/bus</listen><auth>EXTERNAL</auth>
<servicedir>{root}/services</servicedir>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/>
<allow send_type="*"/><allow receive_type="*"/></policy></busconfig>
"""


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, SECONDS)


def _mounts_below(folder: Path) -> list[str]:
    points = [line.split(" ")[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [point for point in reversed(points) if point.startswith(f"{folder}/")]
