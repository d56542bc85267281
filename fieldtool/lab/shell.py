"""The commands that a virtual charger knows: a fixed table. How a line is read is `script`."""

import errno
import hashlib
import posixpath
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from types import MappingProxyType

from fieldtool.lab import script
from fieldtool.lab.rauc import BUSY, Busy, properties_text, status_json, status_text
from fieldtool.lab.software_commands import SOFTWARE_COMMANDS
from fieldtool.lab.state import State
from fieldtool.lab.swupdate_commands import SWUPDATE_COMMANDS
from fieldtool.lab.system import Command, Complaint, Streams, System, words_of

NOT_FOUND = 127


def run(system: System, line: str, streams: Streams) -> int:
    """Run one command line or script; its exit status. An unknown command is 127, as everywhere."""
    try:
        commands = script.parse(line)
    except script.SyntaxProblem as problem:
        streams.err(f"sh: 1: Syntax error: {problem}\n")
        return 2

    def execute(words: list[str], to_err: bool) -> int:
        return _execute(system, words, Streams(streams.err, streams.err) if to_err else streams)

    return script.run(commands, execute, lambda text: run(system, text, streams))


def _execute(system: System, words: list[str], streams: Streams) -> int:
    name = posixpath.basename(words[0])
    # The rescue system is without the charging software.
    command = None if system.device.state.rescue and name.startswith("charger-") else COMMANDS.get(name)
    if command is None:
        streams.err(f"sh: 1: {words[0]}: not found\n")
        return NOT_FOUND
    return command(system, words[1:], streams)


def _per_file(work: Callable[[System, str, Streams], None]) -> Command:
    """A command that goes on after a file it cannot handle, and then ends with 1."""

    def command(system: System, files: list[str], streams: Streams) -> int:
        status = 0
        for file in files:
            try:
                work(system, file, streams)
            except OSError as error:
                streams.err(f"{work.__name__.strip('_')}: {file}: {words_of(error)}\n")
                status = 1
        return status

    return command


def _content(system: System, path: str) -> bytes:
    fact = system.device.disk.fact(path)
    if fact is not None:
        return fact
    if system.device.disk.is_folder(path):
        raise OSError(errno.EISDIR, "")
    return system.device.disk.real(path).read_bytes()


def _cat(system: System, path: str, streams: Streams) -> None:
    streams.out(_content(system, path).decode(errors="replace"))


def _sha256sum(system: System, path: str, streams: Streams) -> None:
    digest = hashlib.sha256()
    if system.device.disk.fact(path) is not None or system.device.disk.is_folder(path):
        digest.update(_content(system, path))
    else:
        with system.device.disk.real(path).open("rb") as file:
            while (block := file.read(1 << 20)) and system.device.on:
                digest.update(block)
    streams.out(f"{digest.hexdigest()}  {path}\n")


def _stat(system: System, arguments: list[str], streams: Streams) -> int:
    if len(arguments) < 3 or arguments[0] not in ("-c", "--format"):
        streams.err("stat: this charger's stat knows -c FORMAT FILE...\n")
        return 1
    status = 0
    for path in arguments[2:]:
        disk = system.device.disk
        try:
            size = 4096 if disk.is_folder(path) else disk.size(path)
        except OSError as error:
            streams.err(f"stat: cannot statx '{path}': {words_of(error)}\n")
            status = 1
            continue
        kind = "directory" if disk.is_folder(path) else "regular file"
        streams.out(arguments[1].replace("%s", str(size)).replace("%n", path).replace("%F", kind) + "\n")
    return status


def _rm(system: System, arguments: list[str], streams: Streams) -> int:
    options, paths = _split(arguments, "f", "rm")
    status = 0
    for path in paths:
        try:
            system.device.disk.remove(path)
        except FileNotFoundError as error:
            if "f" not in options:
                streams.err(f"rm: cannot remove '{path}': {words_of(error)}\n")
                status = 1
        except OSError as error:
            streams.err(f"rm: cannot remove '{path}': {words_of(error)}\n")
            status = 1
    return status


def _mkdir(system: System, arguments: list[str], streams: Streams) -> int:
    options, paths = _split(arguments, "p", "mkdir")
    status = 0
    for path in paths:
        try:
            system.device.disk.make_folder(path, parents="p" in options)
        except OSError as error:
            streams.err(f"mkdir: cannot create directory ‘{path}’: {words_of(error)}\n")
            status = 1
    return status


def _mv(system: System, arguments: list[str], streams: Streams) -> int:
    _, paths = _split(arguments, "fT", "mv")
    if len(paths) != 2:
        raise Complaint("mv: this charger's mv knows OLD NEW")
    if not system.device.disk.exists(paths[0]):
        raise Complaint(f"mv: cannot stat '{paths[0]}': No such file or directory")
    try:
        system.device.disk.rename(*paths)
    except OSError as error:
        raise Complaint(f"mv: cannot move '{paths[0]}' to '{paths[1]}': {words_of(error)}") from error
    return 0


def _truncate(system: System, arguments: list[str], streams: Streams) -> int:
    if len(arguments) != 3 or arguments[0] != "-s" or not arguments[1].isdecimal():
        raise Complaint("truncate: this charger's truncate knows -s SIZE FILE")
    try:
        system.device.disk.truncate(arguments[2], int(arguments[1]))
    except OSError as error:
        raise Complaint(f"truncate: cannot open '{arguments[2]}' for writing: {words_of(error)}") from error
    return 0


def _ls(system: System, arguments: list[str], streams: Streams) -> int:
    _, paths = _split(arguments, "1aA", "ls")
    for path in paths or ["/root"]:
        if not system.device.disk.exists(path):
            streams.err(f"ls: cannot access '{path}': No such file or directory\n")
            return 2
        names = system.device.disk.names(path) if system.device.disk.is_folder(path) else [path]
        streams.out("".join(f"{name}\n" for name in names))
    return 0


def _test(system: System, arguments: list[str], streams: Streams) -> int:
    if len(arguments) != 2 or arguments[0] not in ("-e", "-f", "-d"):
        raise Complaint("sh: 1: test: this charger's test knows -e, -f and -d")
    disk, path = system.device.disk, arguments[1]
    holds = {"-e": disk.exists(path), "-d": disk.is_folder(path), "-f": disk.exists(path) and not disk.is_folder(path)}
    return 0 if holds[arguments[0]] else 1


def _split(arguments: list[str], known: str, name: str) -> tuple[set[str], list[str]]:
    options: set[str] = set()
    for index, word in enumerate(arguments):
        if word == "--":
            return options, arguments[index + 1 :]
        if not word.startswith("-") or word == "-":
            return options, arguments[index:]
        if strange := set(word[1:]) - set(known):
            raise Complaint(f"{name}: invalid option -- '{min(strange)}'\nTry '{name} --help' for more information.")
        options |= set(word[1:])
    return options, []


def _df(system: System, arguments: list[str], streams: Streams) -> int:
    block, columns, paths, portable = 1024, "", [], False
    for word in arguments:
        if word.startswith("--output="):
            columns = word.removeprefix("--output=")
        elif word.startswith(("-B", "--block-size=")):
            size = word.removeprefix("--block-size=").removeprefix("-B")
            if not size.isdecimal() or int(size) == 0:
                raise Complaint(f"df: invalid -B argument '{size}'")
            block = int(size)
        elif word in ("-P", "-k", "-Pk", "-kP"):
            portable = portable or "P" in word
        elif word == "-PB1":
            block, portable = 1, True
        elif word.startswith("-") and word != "--":
            raise Complaint(f"df: invalid option -- '{word[1:2]}'\nTry 'df --help' for more information.")
        elif word != "--":
            paths.append(word)
    if missing := next((path for path in paths if not system.device.disk.exists(path)), None):
        raise Complaint(f"df: {missing}: No such file or directory")
    disk = system.device.disk
    told = {"size": disk.capacity // block, "used": -(-disk.used // block), "avail": disk.free // block}
    if columns:
        titles = {"avail": "Avail", "used": "Used", "size": "1B-blocks" if block == 1 else f"{block}-blocks"}
        if strange := next((one for one in columns.split(",") if one not in titles), None):
            raise Complaint(f"df: option --output: field ‘{strange}’ unknown")
        rows = [[titles[one], str(told[one])] for one in columns.split(",")]
    else:
        share = f"{100 * told['used'] // max(1, told['size'])}%"
        rows = [
            ["Filesystem", "/dev/mmcblk0p5"], [f"{block}-blocks", str(told["size"])], ["Used", str(told["used"])],
            ["Available", str(told["avail"])], ["Capacity" if portable else "Use%", share], ["Mounted on", "/srv"],
        ]  # fmt: skip
    for line in zip(*rows, strict=True):
        padded = [word.rjust(max(map(len, row))) for word, row in zip(line, rows, strict=True)]
        if not columns:
            padded[0], padded[-1] = line[0].ljust(len(padded[0])), line[-1]
        streams.out(" ".join(padded) + "\n")
    return 0


def _date(system: System, arguments: list[str], streams: Streams) -> int:
    device = system.device
    now = device.clock.now().astimezone(UTC) + timedelta(seconds=device.software.clock_offset)
    form = next((word[1:] for word in arguments if word.startswith("+")), "%a %b %e %H:%M:%S UTC %Y")
    streams.out(f"{now.timestamp():.0f}\n" if form == "%s" else now.strftime(form) + "\n")
    return 0


def _systemctl(system: System, arguments: list[str], streams: Streams) -> int:
    quiet = "--quiet" in arguments or "-q" in arguments
    words = [word for word in arguments if not word.startswith("-")]
    if words == ["reboot"]:
        system.device.restart()
        return 0
    if len(words) == 2 and words[0] == "is-active":
        state = _unit_state(system, words[1].removesuffix(".service"))
        if not quiet:
            streams.out(f"{state}\n")
        return 0 if state == "active" else 3
    raise Complaint("systemctl: this charger's systemctl knows reboot and is-active UNIT")


def _unit_state(system: System, unit: str) -> str:
    if unit in ("rauc", "ssh"):
        return "active"
    if unit != "charger":
        return "inactive"
    if not system.device.settled:
        return "activating"
    return "active" if system.device.software_runs() else "failed"


def _reboot(system: System, arguments: list[str], streams: Streams) -> int:
    system.device.restart()
    return 0


_GET_ALL = ["/", "org.freedesktop.DBus.Properties.GetAll", "string:de.pengutronix.rauc.Installer"]


def _dbus_send(system: System, arguments: list[str], streams: Streams) -> int:
    words = [word for word in arguments if not word.startswith("-")]
    service = next((word.removeprefix("--dest=") for word in arguments if word.startswith("--dest=")), "")
    if service != "de.pengutronix.rauc":
        error = "Error org.freedesktop.DBus.Error.ServiceUnknown"
        raise Complaint(f"{error}: The name {service} was not provided by any .service files")
    if words != _GET_ALL:
        raise Complaint("Error org.freedesktop.DBus.Error.UnknownMethod: this charger's bus knows GetAll")
    if "--print-reply" in arguments:
        device = system.device
        streams.out(properties_text(device.state, system.rauc.properties, device.clock.now().timestamp()))
    return 0


# ---- rauc -----------------------------------------------------------------------------------------------------------


def _rauc(system: System, arguments: list[str], streams: Streams) -> int:
    words = [word for word in arguments if not word.startswith("-")]
    if words[:1] == ["install"]:
        return _rauc_install(system, words[1:], streams)
    if words[:1] != ["status"]:
        streams.out("Usage:\n  rauc [OPTION…] <COMMAND>\n")
        return 1
    if system.rauc.busy:
        stamp = system.device.clock.now().strftime("%H:%M:%S.%f")[:-3]
        streams.err(f"\n(rauc:812): rauc-WARNING **: {stamp}: {BUSY}\n")
        streams.err(f'Error retrieving slot status via D-Bus: error calling D-Bus method "GetSlotStatus": {BUSY}\n')
        return 1
    if len(words) > 1:
        return _rauc_mark(system, words[1], words[2] if len(words) > 2 else "booted", streams)
    if "--output-format=json" in arguments:
        streams.out(status_json(system.device.state, "--detailed" in arguments))
    else:
        streams.out(status_text(system.device.state))
    return 0


def _rauc_install(system: System, files: list[str], streams: Streams) -> int:
    if not files:
        raise Complaint("A bundle filename name must be provided")
    path = posixpath.join("/root", files[0])
    if not system.device.disk.real(path).is_file():
        raise Complaint(f"No such file: {path}")
    try:
        job = system.rauc.install(system.device.disk.real(path), path)
    except Busy:
        error = (
            "org.gtk.GDBus.UnmappedGError.Quark._g_2dio_2derror_2dquark.Code30: Already processing a different method"
        )
        streams.err(f"Failed GDBus.Error:{error}\nD-Bus error while installing `{path}`\n")
        return 2
    for line in job.lines():
        streams.out(f"{line}\n")
    if job.status == 2:
        streams.err(f"RAUC service disappeared\nD-Bus error while installing `{path}`\n")
    elif job.status == 1:
        streams.err(f"Installing `{path}` failed\n")
    else:
        streams.out(f"Installing `{path}` succeeded\n")
    return job.status or 0


def _rauc_mark(system: System, verb: str, which: str, streams: Streams) -> int:
    if verb not in ("mark-good", "mark-bad", "mark-active"):
        raise Complaint(f"unknown subcommand {verb}")
    slot = _slot_for(system.device.state, which)
    if slot is None:
        raise Complaint(f"rauc mark: Invalid slot name format: '{which}'")
    bootname, name = slot
    if verb == "mark-active":
        system.rauc.activate(bootname)
        streams.out(f"rauc status: activated slot {name}\n")
    else:
        system.device.mark(bootname, good=verb == "mark-good")
        streams.out(f"rauc status: marked slot {name} as {verb.removeprefix('mark-')}\n")
    return 0


def _slot_for(state: State, which: str) -> tuple[str, str] | None:
    slot = {"booted": state.booted, "other": state.target}.get(which)
    slot = slot or next((one for one in state.slots if one.name == which), None)
    return (slot.bootname, slot.name) if slot else None


def _true(system: System, arguments: list[str], streams: Streams) -> int:
    return 0


def _false(system: System, arguments: list[str], streams: Streams) -> int:
    return 1


def _echo(system: System, arguments: list[str], streams: Streams) -> int:
    streams.out(" ".join(arguments) + "\n")
    return 0


def _complaining(name: str, command: Command) -> Command:
    """Turn a command's complaint into its error text and status 1."""

    def wrapped(system: System, arguments: list[str], streams: Streams) -> int:
        try:
            return command(system, arguments, streams)
        except Complaint as complaint:
            streams.err(f"{complaint}\n")
        except OSError as error:
            streams.err(f"{name}: {words_of(error)}\n")
        return 1

    return wrapped


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        name: _complaining(name, command)
        for name, command in {
            "cat": _per_file(_cat),
            "date": _date,
            "dbus-send": _dbus_send,
            "df": _df,
            "echo": _echo,
            "false": _false,
            "ls": _ls,
            "mkdir": _mkdir,
            "mv": _mv,
            "rauc": _rauc,
            "reboot": _reboot,
            "rm": _rm,
            "sha256sum": _per_file(_sha256sum),
            "stat": _stat,
            "sync": _true,
            "systemctl": _systemctl,
            "test": _test,
            "true": _true,
            "truncate": _truncate,
            **SOFTWARE_COMMANDS,
            **SWUPDATE_COMMANDS,
        }.items()
    }
)
