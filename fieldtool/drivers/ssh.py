"""An SSH connection to one charger: pinned, without agent or configuration, and with a deadline on every wait.

paramiko's own waits know no deadline (a silently cut line hung it for good). Here the socket itself gives up, and
paramiko's reader thread, which looks at the socket ten times a second, ends every wait with it.
"""

import io
import logging
import socket
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import paramiko

from fieldtool.core.clock import Clock
from fieldtool.core.driver import Credentials
from fieldtool.core.errors import LinkError, PinError, RefusedError
from fieldtool.core.model import Link
from fieldtool.core.texts import Text
from fieldtool.drivers.answers import Answer
from fieldtool.drivers.codecs.bundle import OUTPUT_LIMIT, Bundle, endless
from fieldtool.drivers.line import Line, cause_of, dial

# aes128-gcm is the largest single gain in speed and is last in paramiko's own order (design/performance.md).
_FIRST_CIPHER = "aes128-gcm@openssh.com"
_TICK = 0.5  # seconds between two looks at a long command
_READ = 65536  # bytes at once
_KILLED = 128  # exit statuses above it may mean that a signal ended the command; a shell hides which it was
_PING_EVERY = 5.0  # seconds; a charger that is alive answers an SSH request even while a command is silent

# What paramiko would log is raised as an error of ours; its tracebacks in a log help nobody.
_LOG = "paramiko.fieldtool"
logging.getLogger(_LOG).setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for what."""

    connect: float = 8.0  # TCP connection
    answer: float = 20.0  # key exchange, login, a short command
    silence: float = 15.0  # a transfer of which nothing is acknowledged


class _Transport(paramiko.Transport):
    """paramiko's, which ends also when its line is lost in the very moment in which a channel is opened.

    Its own clean-up fails then at the channel that knows no transport yet: a traceback on the screen, and whoever waits
    for the channel waits for 40 s.
    """

    def run(self) -> None:
        try:
            super().run()
        except AttributeError as error:
            if "_unlink_channel" not in str(error):
                raise
            self.active = False
            self.packetizer.close()
            for event in list(self.channel_events.values()):
                event.set()
            self.sock.close()


class Ssh:
    """A logged-in connection. One thread uses it at a time. LinkError whenever it is lost."""

    def __init__(self, line: Line, transport: paramiko.Transport, link: Link, clock: Clock, patience: Patience) -> None:
        self._line, self._transport = line, transport
        self.link, self.clock, self.patience = link, clock, patience
        self._bundles = True  # until the charger's shell turns out not to understand them

    def run(self, command: str) -> Answer:
        """Run a short command and wait for its end."""
        with self.waiting():
            channel = self._begin(command)
            try:
                return self._answer(channel)
            finally:
                channel.close()

    def run_all(self, questions: Sequence[tuple[str, str]]) -> list[Answer]:
        """Answers to commands that only ask, in order: (name for an error's words, command).

        They share channels, and one that was broken off may be asked twice. LinkError(QUESTION_SILENT) names the one
        that hangs.
        """
        answers: list[Answer] = []
        while left := questions[len(answers) :]:
            bundle = Bundle([command for _, command in left]) if self._bundles else None
            if bundle is None or bundle.count < 2:
                answers.append(self.run(left[0][1]))
                continue
            told = self._run_bundle(bundle, left)
            self._bundles = bool(told)
            answers += told
        return answers

    def _run_bundle(self, bundle: Bundle, questions: Sequence[tuple[str, str]]) -> list[Answer]:
        """Of those that were answered. None: this shell cannot, or the first command broke it."""
        with self.waiting():
            channel = self._begin(bundle.script)
        with self.waiting((bundle.count + 1) * self.patience.answer):
            try:
                self._listen(channel, bundle, [name for name, _ in questions])
            finally:
                channel.close()
        answers = [Answer(status, _text(out), _text(err)) for status, out, err in bundle.answers()]
        pairs = zip(questions, answers, strict=False)
        return [self.run(command) if (answer.status or 0) > _KILLED else answer for (_, command), answer in pairs]

    def _listen(self, channel: paramiko.Channel, bundle: Bundle, names: Sequence[str]) -> None:
        """Until all have answered or the shell has ended. Each question has its own time."""
        ended, until = -1, 0.0
        while not bundle.complete:
            if bundle.ended > ended:
                ended, until = bundle.ended, self.clock.monotonic() + self.patience.answer
            all_out = ended == bundle.count  # only the end of the other stream is missing
            channel.settimeout(max(0.001, min(_TICK, until - self.clock.monotonic())))
            try:
                data = channel.recv_stderr(_READ) if all_out else channel.recv(_READ)
            except TimeoutError:
                if self.clock.monotonic() >= until:
                    raise self._hangs(names[min(ended, bundle.count - 1)]) from None
            else:
                if not data:
                    while rest := channel.recv_stderr(_READ):
                        bundle.err.feed(rest)
                    break
                (bundle.err if all_out else bundle.out).feed(data)
            while channel.recv_stderr_ready():  # both streams share the window of the channel
                bundle.err.feed(channel.recv_stderr(_READ))
        if not bundle.complete and channel.recv_exit_status() < 0:
            self.ping()  # a lost connection ends a script without a status too

    def _hangs(self, question: str) -> LinkError:
        """The question hangs when the line does not, which would be said first."""
        self.ping(min(self.patience.answer, _PING_EVERY))
        seconds = round(self.patience.answer)
        return LinkError(Text.QUESTION_SILENT, address=self.link.address, fact=question, seconds=seconds)

    def watch(self, command: str) -> Generator[None, None, Answer]:
        """Run a long command; yields about twice a second until it has ended.

        The charger is asked for a sign of life meanwhile, so that a line that was cut is noticed.
        """
        with self.waiting():
            channel = self._begin(command)
        try:
            asked = self.clock.monotonic()
            while not self.clock.wait(channel.status_event, _TICK):
                yield
                if self.clock.monotonic() - asked > _PING_EVERY:
                    self.ping()
                    asked = self.clock.monotonic()
            with self.waiting():
                return self._answer(channel)
        finally:
            with suppress(EOFError, OSError, paramiko.SSHException):  # the line is lost, which was or will be said
                channel.close()

    def ping(self, seconds: float | None = None) -> None:
        """Ask for any answer at all."""
        with self.waiting(seconds):
            self._transport.global_request("keepalive@openssh.com", wait=True)
            if not self._transport.is_active():
                raise EOFError

    def open_sftp(self) -> paramiko.SFTPClient:
        with self.waiting():
            client = paramiko.SFTPClient.from_transport(self._transport)
            if client is None:  # the typing allows it; paramiko raises instead
                raise EOFError
            return client

    @contextmanager
    def waiting(self, seconds: float | None = None) -> Iterator[None]:
        """What happens inside must end in time, and its foreign exceptions become LinkError here."""
        try:
            with self._line.due(self.patience.answer if seconds is None else seconds):
                yield
        except (EOFError, OSError, paramiko.SSHException) as error:
            raise self.lost(error) from error

    def lost(self, error: BaseException) -> LinkError:
        """What a foreign exception of this connection means."""
        if self._line.stalled is not None:
            return LinkError(Text.LINK_STALLED, address=self.link.address, seconds=round(self._line.stalled))
        cause = self._transport.saved_exception or error
        return LinkError(Text.LINK_LOST, address=self.link.address, detail=cause_of(cause))

    def alive(self) -> bool:
        return self._transport.is_active()

    def drop(self) -> None:
        """End the connection at once, also under the hands of a thread that waits for it. Safe to repeat."""
        with suppress(OSError):  # it may be down already
            self._line.shutdown(socket.SHUT_RDWR)
        self._transport.packetizer.complete_handshake()  # ends paramiko's timer thread, which delays our exit
        self._transport.close()

    def _begin(self, command: str) -> paramiko.Channel:
        channel = self._transport.open_session()
        channel.exec_command(command)
        return channel

    def _answer(self, channel: paramiko.Channel) -> Answer:
        out, err = _drain(channel.recv), _drain(channel.recv_stderr)
        status = channel.recv_exit_status()
        if status < 0:
            self.ping()  # a lost connection ends a command without a status too
        return Answer(None if status < 0 else status, out, err)


def _drain(recv: Callable[[int], bytes]) -> str:
    parts: list[bytes] = []
    size = 0
    while part := recv(_READ):
        size += len(part)
        if size > OUTPUT_LIMIT:
            raise endless()
        parts.append(part)
    return _text(b"".join(parts))


def _text(data: bytes) -> str:
    return data.decode(errors="replace").replace("\0", "")


@contextmanager
def connected(link: Link, user: str, credentials: Credentials, clock: Clock, patience: Patience) -> Iterator[Ssh]:
    """Connect, compare the host key with the pin, only then log in.

    LinkError when nothing answers, PinError before any credential is sent, RefusedError when there is no credential
    or it is refused.
    """
    line = dial(link, clock, patience.connect, patience.silence)
    transport = _Transport(line)
    ssh = Ssh(line, transport, link, clock, patience)
    try:
        _exchange_keys(ssh, line, transport)
        _check_pin(transport, link, credentials)
        _log_in(ssh, transport, user, credentials)
        yield ssh
    finally:
        ssh.drop()
        if transport.is_alive():
            transport.join(1.0)


def _exchange_keys(ssh: Ssh, line: Line, transport: paramiko.Transport) -> None:
    transport.set_log_channel(_LOG)
    late = 2 * ssh.patience.answer  # the line gives up before paramiko does, and says what it was
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = late
    transport.channel_timeout = transport.clear_to_send_timeout = late
    options = transport.get_security_options()
    options.ciphers = (_FIRST_CIPHER, *(cipher for cipher in options.ciphers if cipher != _FIRST_CIPHER))
    try:
        with line.due(ssh.patience.answer):
            transport.start_client()
    except (EOFError, OSError, paramiko.SSHException) as error:
        raise LinkError(Text.LINK_UNREACHABLE, address=ssh.link.address, detail=cause_of(error)) from error


def _check_pin(transport: paramiko.Transport, link: Link, credentials: Credentials) -> None:
    found = transport.get_remote_server_key().fingerprint
    expected = credentials.pin(link)
    if expected is None:
        raise PinError(Text.PIN_MISSING, serial=credentials.serial, found=found)
    if found != expected:
        raise PinError(Text.PIN_CHANGED, serial=credentials.serial, expected=expected, found=found)


def _log_in(ssh: Ssh, transport: paramiko.Transport, user: str, credentials: Credentials) -> None:
    key_text, password = credentials.private_key(ssh.link), credentials.password(ssh.link)
    if key_text is None and password is None:
        raise RefusedError(Text.SECRET_MISSING, serial=credentials.serial)
    key = None if key_text is None else _parse_key(key_text, credentials.serial)
    if key is not None and _accepted(ssh, transport, lambda: transport.auth_publickey(user, key)):
        return
    if password is not None and _accepted(ssh, transport, lambda: transport.auth_password(user, password)):
        return
    raise RefusedError(Text.LOGIN_REFUSED, address=ssh.link.address, user=user, serial=credentials.serial)


def _accepted(ssh: Ssh, transport: paramiko.Transport, attempt: Callable[[], list[str]]) -> bool:
    with ssh.waiting():
        try:
            attempt()
        except paramiko.AuthenticationException:
            if not transport.is_active():  # paramiko calls a lost connection a failed login
                raise
            return False
        return transport.is_authenticated()


def _parse_key(text: str, serial: str) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text))
        except (paramiko.SSHException, ValueError, IndexError, TypeError):
            continue  # another kind of key
    raise RefusedError(Text.SECRET_UNUSABLE, serial=serial) from None
