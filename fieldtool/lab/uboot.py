"""A virtual U-Boot: its console from power-on to the firmware's first words, its memory, its environment.

It behaves as U-Boot 2023.01 was measured to in QEMU, as far as a driver or a terminal program sees it. No clock and no
wire: `hear` gets bytes, `pass_time` the moment; both return what comes out of the serial port.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from fieldtool.lab.fit import NotStarted, PublicKey
from fieldtool.lab.uboot_image import Firmware, start
from fieldtool.lab.uboot_memory import BLOCK, RAM, Memory, MemoryFault
from fieldtool.lab.uboot_ymodem import PING, Receiver

VERSION = "U-Boot 2023.01+lab (Jan 01 2024 - 00:00:00 +0000)"
PROMPT = "=> "
LINE = 1_024  # longer ones are cut off without a word
DEPTH = 16  # of `run` within `run`
_VARIABLE = re.compile(r"\$\{([^}]*)\}|\$(\?|\w+)")

ENVIRONMENT: Mapping[str, str] = {
    "bootdelay": "2",
    "active": "A",
    "blk_A": "1000",
    "blk_B": "2000",
    "ab_load": "virtio read 43000000 8 2 && env import -c 43000000 400 active || virtio read 43000000 a 2 "
    "&& env import -c 43000000 400 active || echo STATE-TORN",
    "ab_boot": "test ${active} = A && setenv blk ${blk_A} || setenv blk ${blk_B}; "
    "virtio read 42000000 ${blk} 800; bootm 42000000",
    "bootcmd": "virtio scan; run ab_load; run ab_boot; echo BOOT-FAILED slot=${active}",
}


@dataclass(frozen=True, slots=True)
class Nameplate:
    serial: str
    model: str = "CityPost 22"
    hardware: str = "B2"


class Is(Enum):
    OFF = auto()
    STARTING = auto()  # the bootloader's own first words
    COUNTING = auto()
    AT_PROMPT = auto()
    LOADING = auto()
    SLEEPING = auto()
    RUNNING = auto()  # the firmware


@dataclass
class Bootloader:
    """`on_start` is told which firmware runs, from which slot."""

    plate: Nameplate
    trusted: PublicKey
    memory: Memory
    settings: Mapping[str, str] | None = field(default_factory=lambda: ENVIRONMENT)  # None: wiped
    banner: str = "CITYPOST version={version} READY"
    missing: frozenset[str] = frozenset()  # commands that it is built without
    on_start: Callable[[Firmware], None] | None = None
    now: float = 0.0
    state: Is = Is.OFF
    runs: Firmware | None = None
    entered: list[str] = field(default_factory=list)  # lines, for tests

    def __post_init__(self) -> None:
        self._until = 0.0
        self._env: dict[str, str] = {}
        self._line = bytearray()
        self._status = 0
        self._out = ""
        self._rest: list[tuple[str, str]] = []  # what follows a command that takes its time
        self._receiver: Receiver | None = None
        self._load_to = RAM
        self._keys = b""

    # ---- power ------------------------------------------------------------------------------------------------------

    def power(self, on: bool) -> None:
        """RAM is lost, and whatever went on."""
        self.memory.forget()
        self.runs, self._receiver, self._keys = None, None, b""
        self.state, self._until = (Is.STARTING, self.now + 0.05) if on else (Is.OFF, 0.0)

    def pass_time(self, now: float) -> bytes:
        self.now = now
        if now >= self._until:
            if self.state is Is.STARTING:
                self._begin()
            elif self.state is Is.COUNTING:
                self._print("\b\b\b 0\n")
                self._boot()
            elif self.state is Is.LOADING and self._receiver is not None:
                self._loading(self._receiver.wait())
            elif self.state is Is.SLEEPING:
                self.state = Is.AT_PROMPT
                self._go_on()
        return self._take_out()

    def hear(self, data: bytes) -> bytes:
        if self.state is Is.LOADING and self._receiver is not None:
            self._until = self.now + PING
            self._loading(self._receiver.take(data))
        elif self.state is Is.COUNTING:
            self._print("\b\b\b 0\n")
            self._prompt()
        elif self.state is Is.AT_PROMPT:
            for key in data:
                if self.state is Is.AT_PROMPT:
                    self._key(key)
        elif self.state is Is.SLEEPING and 0x03 in data:
            self._rest.clear()
            self._prompt()
        elif self.state is Is.STARTING:
            self._keys = data
        elif self.state is Is.RUNNING and self.runs is not None and self.runs.speaks:
            self._say_banner(self.runs)
        return self._take_out()

    def _begin(self) -> None:
        wiped = "*** Warning - bad CRC, using default environment\n" if self.settings is None else "OK"
        self._env = dict(self.settings if self.settings is not None else {"bootdelay": "2", "bootcmd": "echo none"})
        self._print(f"\n\n{VERSION}\n\nDRAM:  256 MiB\nLoading Environment from Flash... {wiped}\n")
        delay = int(self._env.get("bootdelay", "2"))
        if delay == -1:
            self._prompt()
        elif delay == -2:
            self._boot()
        else:
            self._print(f"Hit any key to stop autoboot:  {delay} ")
            self.state, self._until = Is.COUNTING, self.now + delay
            if self._keys:  # looked at once, also with a bootdelay of 0
                self._print("\b\b\b 0\n")
                self._prompt()

    def _boot(self) -> None:
        self.state = Is.AT_PROMPT
        self._execute(self._env.get("bootcmd", ""))

    # ---- the console ------------------------------------------------------------------------------------------------

    def _print(self, text: str) -> None:
        self._out += text.replace("\n", "\r\n")

    def _take_out(self) -> bytes:
        out, self._out = self._out.encode("latin-1"), ""
        return out

    def _prompt(self) -> None:
        self.state = Is.AT_PROMPT
        self._line.clear()
        self._out += PROMPT

    def _key(self, key: int) -> None:
        if key == 0x03:
            self._print("<INTERRUPT>\n")
            self._prompt()
        elif key in (0x0A, 0x0D):
            self._print("\n")
            line = self._line.decode("latin-1")
            self._line.clear()
            self.entered.append(line)
            self._execute(line)
        elif key in (0x15, 0x18):
            self._out += "\b \b" * len(self._line)
            self._line.clear()
        elif key in (0x08, 0x7F) and self._line:
            del self._line[-1]
            self._out += "\b \b"
        elif 0x20 <= key < 0x7F and len(self._line) < LINE:
            self._line.append(key)
            self._out += chr(key)

    # ---- the shell --------------------------------------------------------------------------------------------------

    def _execute(self, line: str) -> None:
        self._rest = _parts(line)
        self._go_on()

    def _go_on(self) -> None:
        """The rest of a line, until a command takes its time or another state comes."""
        while self._rest and self.state is Is.AT_PROMPT:
            joint, command = self._rest.pop(0)
            if (joint == "&&" and self._status) or (joint == "||" and not self._status):
                continue
            self._status = self._command(self._expanded(command).split())
        if self.state is Is.AT_PROMPT:
            self._prompt()

    def _expanded(self, text: str) -> str:
        def value(found: re.Match[str]) -> str:
            name = found[1] or found[2]
            return str(self._status) if name == "?" else self._env.get(name, "")

        return _VARIABLE.sub(value, text).replace('"', "")

    def _command(self, words: list[str]) -> int:
        """Its status."""
        if not words:
            return self._status
        name, *rest = words
        known: dict[str, Callable[[list[str]], int]] = {
            "echo": self._echo, "printenv": self._printenv, "setenv": self._setenv, "saveenv": self._saveenv,
            "env": self._env_copy, "run": self._run, "test": self._test, "fdt": self._fdt, "crc32": self._crc32,
            "loady": self._load, "loadx": self._load_x, "bootm": self._bootm, "sleep": self._sleep,
        }  # fmt: skip
        try:
            if name in known and name not in self.missing:
                return known[name](rest)
            match name:
                case "true" | "false":
                    return int(name == "false")
                case "version":
                    self._print(f"{VERSION}\n")
                    return 0
                case "boot":
                    self._rest = _parts(self._env.get("bootcmd", "")) + self._rest
                    return 0
                case "reset":
                    self._print("resetting ...\n")
                    self.power(True)
                    return 0
            status, printed = self.memory.command(words)
            self._print(printed)
            return status
        except MemoryFault as fault:
            self._print(f"{fault}\n")
            return 1
        except (ValueError, IndexError):
            self._print(
                f"Unknown command '{name}' - try 'help'\n" if name not in known or name in self.missing else "Usage:\n"
            )
            return 1

    def _echo(self, words: list[str]) -> int:
        self._print(" ".join(words) + "\n")
        return 0

    def _printenv(self, names: list[str]) -> int:
        status = 0
        for name in names or sorted(self._env):
            if name in self._env:
                self._print(f"{name}={self._env[name]}\n")
            else:
                self._print(f'## Error: "{name}" not defined\n')
                status = 1
        return status

    def _setenv(self, words: list[str]) -> int:
        self._env.pop(words[0], None)
        if words[1:]:
            self._env[words[0]] = " ".join(words[1:])
        return 0

    def _saveenv(self, _: list[str]) -> int:
        self.settings = dict(self._env)
        self._print("Saving Environment to Flash... OK\n")
        return 0

    def _env_copy(self, words: list[str]) -> int:
        """`env export -c -s SIZE ADDR NAME` and `env import -c ADDR SIZE NAME`: with a checksum before it."""
        if words[:3] == ["export", "-c", "-s"]:
            size, address = int(words[3], 16), int(words[4], 16)
            text = "".join(f"{name}={self._env[name]}\0" for name in words[5:] if name in self._env) + "\0"
            self.memory.poke_checked(address, text.encode("latin-1").ljust(size - 4, b"\0"))
            return 0
        if words[:2] == ["import", "-c"]:
            told = self.memory.peek_checked(int(words[2], 16), int(words[3], 16))
            if told is None:
                self._print("## Warning: bad CRC, import failed\n")
                return 1
            for one in told.decode("latin-1").split("\0"):
                name, found, value = one.partition("=")
                if found and name in words[4:]:
                    self._env[name] = value
            return 0
        raise ValueError

    def _run(self, names: list[str]) -> int:
        if len(self._rest) > 200:
            return 1
        parts = [part for name in names for part in _parts(self._env.get(name, ""))]
        self._rest = parts + self._rest
        return 0

    def _test(self, words: list[str]) -> int:
        return int(words[0] != words[2])

    def _fdt(self, words: list[str]) -> int:
        if words[0] == "addr":
            self._print("Working FDT set to 4edb6db0\n")
            return 0
        told = {("/", "model"): self.plate.model, ("/charger", "hardware"): self.plate.hardware,
                ("/", "serial-number"): self.plate.serial}  # fmt: skip
        value = told.get((words[1], words[2]))
        if value is None:
            self._print("libfdt fdt_getprop(): FDT_ERR_NOTFOUND\n")
            return 1
        self._print(f'{words[2]} = "{value}"\n')
        return 0

    def _crc32(self, words: list[str]) -> int:
        address, size = int(words[0], 16), int(words[1], 16)
        found = self.memory.crc32(address, size)
        self._print(f"crc32 for {address:08x} ... {address + size - 1:08x} ==> {found:08x}\n")
        return 0

    def _sleep(self, words: list[str]) -> int:
        self.state, self._until = Is.SLEEPING, self.now + float(words[0])
        return 0

    # ---- files ------------------------------------------------------------------------------------------------------

    def _load(self, words: list[str], ymodem: bool = True) -> int:
        self._load_to = int(words[0], 16) if words else RAM
        kind = "ymodem" if ymodem else "xmodem"
        self._print(f"## Ready for binary ({kind}) download to 0x{self._load_to:08X} at 115200 bps...\n")
        self._receiver = Receiver(ymodem)
        self.state, self._until = Is.LOADING, self.now + PING
        self._out += self._receiver.begin().decode("latin-1")
        return 0

    def _load_x(self, words: list[str]) -> int:
        return self._load(words, ymodem=False)

    def _loading(self, answer: bytes) -> None:
        self._out += answer.decode("latin-1")
        self._until = self.now + PING
        receiver = self._receiver
        if receiver is None or not receiver.ended:
            return
        self._receiver, self.state, self._status = None, Is.AT_PROMPT, int(bool(receiver.error))
        if receiver.error:
            self._print(f"\nxyzModem - {receiver.error}\n## Binary (ymodem) download aborted\n")
        else:
            try:
                self.memory.poke(self._load_to, bytes(receiver.content))
            except MemoryFault:
                self._status = 1
            size = len(receiver.content)
            self._print(f"\n## Total Size      = 0x{size:08x} = {size} Bytes\n")
        self._go_on()

    # ---- the firmware -----------------------------------------------------------------------------------------------

    def _bootm(self, words: list[str]) -> int:
        address = int(words[0].partition("#")[0], 16)
        self._print(f"## Loading kernel from FIT Image at {address:08x} ...\n")
        try:
            firmware = start(self.memory.peek(address, 0x800 * BLOCK), self.trusted)
        except NotStarted as no:
            self._print(f"{no}\n")
            return 1
        self._print("\nStarting kernel ...\n\n")
        self.runs, self.state = firmware, Is.RUNNING
        if firmware.speaks:
            self._say_banner(firmware)
        if firmware.resets:
            self.power(True)
        elif self.on_start is not None:
            self.on_start(firmware)
        return 0

    def _say_banner(self, firmware: Firmware) -> None:
        self._print(f"\n{self.banner.format(version=firmware.version)}\n")


def _parts(line: str) -> list[tuple[str, str]]:
    """A line as (what stands before it, command)."""
    pieces = re.split(r"(&&|\|\||;)", line)
    return [(joint, command.strip()) for joint, command in zip([";", *pieces[1::2]], pieces[::2], strict=True)]
