"""A charger made of the real SWUpdate 2022.12 behind a real OpenSSH sshd. Needs root (namespaces of its own).

What is ours: the power supply (this process starts and kills a PID namespace), the storage in plain files, the
bootloader that picks a slot, and the commands of its profile. SWUpdate's state is what it writes itself into the GRUB
environment (`-B grub`): `recovery_status=in_progress` from the first byte on until an installation has worked.
"""

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import psutil

from fieldtool.core.model import FirmwareImage
from fieldtool.core.profile import Profile
from tests.lab_chargers import authority
from tests.peers.ssh_charger import SshCharger, as_image, missing_of, powered
from tests.peers.sshd import SECONDS, SSHD, answers, poll, run, script

TOOLS = ("swupdate", "sshd", "cpio", "openssl", "ssh-keygen", "unshare", "nsenter", "setsid", "flock", "pidof")
KINDS = ("ab", "in-place", "in-place-rescue")
_ENVIRONMENT = b"# GRUB Environment Block\n"


def missing() -> str:
    """Why these tests cannot run here; "" when they can."""
    return missing_of(TOOLS, "namespaces of its own need root")


def make_payload(version: str, size: int = 300_000, health: str = "well") -> bytes:
    """What "runs". Its first lines tell its version, its health, its length, and the SHA-256 of what follows them."""
    body = os.urandom(size)
    head = f"{version}\n{health}\n%7d\n{sha256(body).hexdigest()}\n"
    return (head % (len(head % 0) + size)).encode() + body


class SwupdateDevice(SshCharger):
    """SWUpdate, installing into a second slot or in place."""

    driver = "swupdate-ssh"

    def __init__(self, root: Path, kind: str) -> None:
        super().__init__(root, ("boot/grub", "sockets", "make"))
        self.kind = kind
        self._sshd: subprocess.Popen[bytes] | None = None
        self._made = 0
        self._write_files()
        os.mkfifo(root / "run/gate")

    # -- what the contract suite asks for

    @property
    def profile(self) -> Profile:
        root = shlex.quote(str(self.root))
        told = ("serial", "board_serial", "vendor", "model", "hardware", "epoch")
        facts = {name: f"cat {root}/etc/{name}" for name in told}
        facts["security_epoch"] = facts.pop("epoch")
        names = ("version", "payload_hash", "staged_version", "staged_hash")
        names += ("slot",) if self.kind == "ab" else ("damaged",)
        names += ("rescue",) if self.kind == "in-place-rescue" else ()
        update = {
            "kind": "ab" if self.kind == "ab" else "in-place",
            "certificate": f"{self.root}/etc/ca.pem",
            "hardware": "citypost:B2",
            "options": "-B grub",
            "select": f"{root}/bin/fact select",
        }
        if self.kind == "ab":
            update |= {"confirm": f"{root}/bin/slot confirm", "roll_back": f"{root}/bin/slot back"}
        return Profile(
            id="lab-swupdate",
            driver="swupdate-ssh",
            vendor="Lab",
            models=("CityPost 22",),
            upload_dir=f"{self.root}/srv/fieldtool",
            facts=facts | {name: f"{root}/bin/fact {name}" for name in names} | {"clock": "date +%s"},
            connectors=f"cat {root}/etc/connectors",
            faults=f"cat {root}/etc/faults",
            in_use=f"cat {root}/etc/sessions",
            checks={"charging software": f"{root}/bin/fact health | grep -qx well"},
            restart=f"echo restart > {root}/run/power",
            update=update,
        )

    def image(
        self,
        version: str,
        *,
        size: int = 300_000,
        signer: str = "dev",
        compatible: str = "B2",
        truncated: bool = False,
        gated: str = "",
    ) -> FirmwareImage:
        """A .swu by the real cpio and openssl. `gated`: "script" or "write", see `slow_image` and `half_image`."""
        payload = self.old_payload if version == self.old_version else make_payload(version, size)
        path = self._swu(version, payload, signer, compatible, gated)
        return as_image(path, version, payload, truncated)

    def slow_image(self, version: str) -> FirmwareImage:
        """Its installation stands still behind the last byte, before it is done, until `let_go`."""
        return self.image(version, gated="script")

    def half_image(self, version: str) -> FirmwareImage:
        """Its installation stands still in the middle of writing until `let_go`."""
        return self.image(version, gated="write", size=1_000_000)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Somebody else installs something."""
        file = self.slow_image("9.9.9").path
        words = f"swupdate -i {file} -k {self.root}/etc/ca.pem -H x:B2 -e $({self.root}/bin/fact select) -B grub"
        with self.inside(words) as other:
            self.wait_until_copying()
            try:
                yield
            finally:
                self.let_go()
                other.wait(SECONDS)

    @contextmanager
    def little_space(self, size: int) -> Iterator[None]:
        target = self.root / "srv/fieldtool"
        target.mkdir(parents=True, exist_ok=True)
        mounted = self.inside(f"mount -t tmpfs -o size={size} tmpfs {target}")
        with mounted as mount:
            assert mount.wait(SECONDS) == 0
        yield  # it goes with the namespace

    @contextmanager
    def inside(self, line: str) -> Iterator[subprocess.Popen[bytes]]:
        """A shell command that runs on the charger, started by somebody else."""
        words = ["nsenter", "-t", str(self._init), "-m", "-p", "sh", "-c", line]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield process
        finally:
            with suppress(subprocess.TimeoutExpired):
                process.wait(SECONDS)
            process.kill()
            process.wait(SECONDS)

    # -- what only the real thing is asked for

    @property
    def environment(self) -> str:
        """SWUpdate's own account: the GRUB environment."""
        return (self.root / "boot/grub/grubenv").read_bytes().rstrip(b"#").decode()

    def swupdates(self) -> list[str]:
        """Command lines of the swupdate processes that are alive on the charger."""
        listed = run("nsenter", "-t", str(self._init), "-m", "-p", "ps", "-e", "-o", "stat=,comm=")
        return [line for line in listed.splitlines() if "swupdate" in line and not line.lstrip().startswith("Z")]

    # -- power

    def power_cut(self) -> None:
        """Everything dies at once, and nothing is tidied: the kernel ends a namespace with its first process."""
        if self._sshd is None:
            return
        for process in psutil.Process(self._sshd.pid).children():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._sshd.wait(SECONDS)
        self._sshd = None

    def boot(self) -> None:
        for name in ("go", "copying", "rescue", "booted"):
            (self.root / "run" / name).unlink(missing_ok=True)
        run(str(self.root / "bin/boot"))
        if (self.root / "run/booted").exists() or (self.root / "run/rescue").exists():
            self._start_sshd()
        self._booted()

    @property
    def _init(self) -> int:
        """The first process of its namespace, as this process sees it."""
        assert self._sshd is not None
        return psutil.Process(self._sshd.pid).children()[0].pid

    def _start_sshd(self) -> None:
        Path("/run/sshd").mkdir(exist_ok=True)
        apart = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"]
        with (self.root / "run/init.log").open("ab") as log:
            self._sshd = subprocess.Popen([*apart, str(self.root / "bin/init")], stderr=log)
        poll(lambda: answers(self.port), "sshd did not start")

    # -- files

    def _swu(self, version: str, payload: bytes, signer: str, compatible: str, gated: str) -> Path:
        self._made += 1
        work = self.root / f"make/{self._made}"
        work.mkdir()
        (work / "rootfs.img").write_bytes(payload)
        files = ["sw-description", "sw-description.sig", "rootfs.img"]
        if gated == "script":
            (work / "gate.sh").write_text(_GATE.format(root=self.root))
            files.append("gate.sh")
        digests = {name: sha256((work / name).read_bytes()).hexdigest() for name in files[2:]}
        (work / "sw-description").write_text(self._description(version, compatible, digests, gated == "write"))
        ours = authority({"dev": "Lab", "evil": "Evil"}[signer])
        (work / "cert.pem").write_bytes(ours.signer_pem)
        (work / "key.pem").touch(0o600)
        (work / "key.pem").write_bytes(ours.signer_key_pem)
        run(
            "openssl", "cms", "-sign", "-in", str(work / "sw-description"), "-out", str(work / "sw-description.sig"),
            "-signer", str(work / "cert.pem"), "-inkey", str(work / "key.pem"), "-outform", "DER", "-nosmimecap",
            "-binary",
        )  # fmt: skip
        listed = "\n".join(files)
        archive = subprocess.run(
            ["cpio", "-o", "-H", "crc", "--quiet"], cwd=work, input=listed.encode(), capture_output=True, check=True
        )
        (work / f"{version}.swu").write_bytes(archive.stdout)
        return work / f"{version}.swu"

    def _description(self, version: str, compatible: str, digests: dict[str, str], through_gate: bool) -> str:
        sets = ""
        for copy, slot in (("copy1", "A"), ("copy2", "B")):
            device = self.root / "run/gate" if through_gate else self._slot(slot)
            sets += _SET.format(copy=copy, device=device, sha256=digests["rootfs.img"])
            if "gate.sh" in digests:
                sets += _SCRIPT.format(sha256=digests["gate.sh"])
            if self.kind == "ab":
                sets += f'bootenv: ( {{ name = "slot"; value = "{slot}"; }} );\n'
            sets += "};\n"
        head = f'version = "{version}";\nhardware-compatibility: [ "{compatible}" ];\n'
        return f"software =\n{{\n{head}stable = {{\n{sets}}};\n}}\n"

    def _slot(self, name: str) -> Path:
        return self.root / f"slot_{name.lower()}.img"

    def _write_files(self) -> None:
        root = self.root
        self.old_payload = make_payload(self.old_version, 100_000)
        self.old_hash = sha256(self.old_payload).hexdigest()
        for slot, content in (("A", self.old_payload), ("B", b"\n\n\n")):
            self._slot(slot).write_bytes(content)
            os.truncate(self._slot(slot), 8 << 20)
        self._write_facts({"kind": self.kind})
        (root / "etc/ca.pem").write_bytes(authority("Lab").pem)
        environment = _ENVIRONMENT + (b"slot=A\n" if self.kind == "ab" else b"")
        (root / "boot/grub/grubenv").write_bytes(environment.ljust(1024, b"#"))
        quoted = shlex.quote(str(root))
        for name, text in (("fact", _FACT), ("boot", _BOOT), ("slot", _SLOT), ("init", _INIT)):
            script(
                root / "bin" / name,
                text.replace("@ROOT@", quoted).replace("@SSHD@", SSHD).replace("@PORT@", f"{self.port}"),
            )


def swupdate_device(root: Path, kind: str) -> AbstractContextManager[SwupdateDevice]:
    return powered(SwupdateDevice(root, kind))


_SET = """{copy} = {{
images: ( {{ filename = "rootfs.img"; type = "raw"; device = "{device}"; sha256 = "{sha256}";
             installed-directly = true; }} );
"""
_SCRIPT = """scripts: ( {{ filename = "gate.sh"; type = "postinstall"; sha256 = "{sha256}"; }} );
"""
_GATE = """#!/bin/sh
echo > {root}/run/copying
until [ -e {root}/run/go ]; do sleep 0.05; done
"""

# The first process of the charger: SWUpdate has its sockets in /tmp and its state in /boot. This folder may
# itself lie below /tmp, and must stay where it is. The loop is the storage behind
# the gate: it takes 64 KiB and then stands still.
_INIT = """#!/bin/sh
root=@ROOT@ tmp=/tmp
mount --bind "$root/boot" /boot || exit 1
# Its processes tell each other of progress through abstract sockets, named by process numbers, which chargers that run
# at the same time have in common: numbers of its own keep their verdicts apart.
echo $((@PORT@ * 601 % 30000 + 500)) > /proc/sys/kernel/ns_last_pid
rm -f "$root"/sockets/sock* "$root"/sockets/swupdate*
case $root in "$tmp"/*)
  again="$root/sockets${root#"$tmp"}"
  mkdir -p "$again" && mount --bind "$root" "$again" || exit 1;;
esac
mount --rbind "$root/sockets" $tmp || exit 1
while :; do
  { dd bs=64k count=1 iflag=fullblock conv=notrunc of="$(@ROOT@/bin/fact target)" 2>/dev/null
    echo > @ROOT@/run/copying
    until [ -e @ROOT@/run/go ]; do sleep 0.05; done
    dd bs=64k iflag=fullblock oflag=seek_bytes seek=65536 conv=notrunc of="$(@ROOT@/bin/fact target)" 2>/dev/null
  } < @ROOT@/run/gate
done &
exec @SSHD@ -f @ROOT@/etc/sshd_config -D -E @ROOT@/run/sshd.log
"""

_FACT = """#!/bin/sh
# What the system tells of itself: of what runs (kept in memory since the start), and of what would start next.
cd @ROOT@ || exit 1
setting() { grep -a "^$1=" boot/grub/grubenv | cut -d= -f2; }
slot_of() { case $1 in A) echo slot_a.img;; *) echo slot_b.img;; esac; }
next() { if [ "$(cat etc/kind)" = ab ]; then slot_of "$(setting slot)"; else echo slot_a.img; fi; }
hash_of() { head -c "$(sed -n 3p "$1")" "$1" | sha256sum | cut -d' ' -f1; }
staged() {
  [ "$(next)" = "$(cat run/current)" ] && [ "$(setting recovery_status)" = in_progress ] && return 1
  [ ! -e run/booted ] || [ "$(next) $(hash_of "$(next)")" != "$(cat run/current) $(sed -n 4p run/booted)" ]
}
case $1 in
 version) sed -n 1p run/booted;;
 health) sed -n 2p run/booted;;
 payload_hash) sed -n 4p run/booted;;
 slot) case $(cat run/current) in slot_a.img) echo rootfs.0;; *) echo rootfs.1;; esac;;
 staged_version) if staged; then sed -n 1p "$(next)"; fi;;
 staged_hash) if staged; then hash_of "$(next)"; fi;;
 damaged) if [ "$(setting recovery_status)" = in_progress ]; then echo "an installation broke off"; fi;;
 rescue) if [ -e run/rescue ]; then cat run/rescue; fi;;
 select) case $(cat etc/kind)$(cat run/current) in abslot_a.img) echo stable,copy2;; *) echo stable,copy1;; esac;;
 target) case $(cat etc/kind)$(cat run/current) in abslot_a.img) slot=b;; *) slot=a;; esac; echo "$PWD/slot_$slot.img";;
 next) next;;
 hash) hash_of "$2";;
 body) head -c "$(sed -n 3p "$2")" "$2" | tail -n +5 | sha256sum | cut -d' ' -f1;;
 *) exit 1;;
esac
"""

_BOOT = """#!/bin/sh
# The bootloader: starts what is whole, as a verified boot does.
cd @ROOT@ || exit 1
mkdir -p boot/grub
slot=$(bin/fact next)
echo "$slot" > run/current
if [ "$(bin/fact body "$slot")" = "$(sed -n 4p "$slot")" ]; then
  { head -n 3 "$slot"; bin/fact hash "$slot"; } > run/booted
elif [ "$(cat etc/kind)" = in-place-rescue ]; then
  echo "rescue system" > run/rescue
fi
"""

_SLOT = """#!/bin/sh
# The vendor's tool: confirm what runs, or make the other slot start next.
cd @ROOT@ || exit 1
setting() { grep -a "^$1=" boot/grub/grubenv | cut -d= -f2; }
name_of() { case $1 in slot_a.img) echo A;; *) echo B;; esac; }
other() { case $1 in A) echo B;; *) echo A;; esac; }
choose() {
  { printf '# GRUB Environment Block\\nslot=%s\\n' "$1"; head -c 1024 /dev/zero | tr '\\0' '#'; } |
    head -c 1024 > boot/new
  mv boot/new boot/grub/grubenv
}
runs=$(name_of "$(cat run/current)")
case $1 in
 confirm) touch "etc/confirmed.$runs";;
 back)
  if [ "$(setting slot)" != "$runs" ]; then
    [ -e "etc/bad.$runs" ] || choose "$runs"
  else
    touch "etc/bad.$runs"; choose "$(other "$runs")"
  fi;;
 *) exit 1;;
esac
"""
