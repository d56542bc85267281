"""A process of its own that uploads a file `count` times at once with the driver's transfer core, and measures itself.

python -m tests.bench.uploads {"address": …, "fingerprint": …, "key": …, "source": …, "target": …, "count": …, "how": …}
"""

import io
import json
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import paramiko

from fieldtool.core.clock import SystemClock
from fieldtool.core.model import Link
from fieldtool.drivers.sftp_upload import Sftp
from fieldtool.drivers.ssh import Patience, connected, split_address


@dataclass(frozen=True)
class Keys:
    """Not the contract suite's: pytest would be measured with it."""

    key: str
    fingerprint: str
    serial: str = "1"

    def password(self, link: Link) -> str | None:
        return None

    def private_key(self, link: Link) -> str | None:
        return self.key

    def pin(self, link: Link) -> str | None:
        return self.fingerprint


class Unhashed:
    """In the place of SHA-256: what the transfer alone costs, as OpenSSH's sftp does not hash either."""

    def update(self, data: bytes) -> None:
        pass


def ours(job: dict[str, Any], number: int) -> None:
    keys = Keys(job["key"], job["fingerprint"])
    with connected(Link("ssh", job["address"]), "root", keys, SystemClock(), Patience()) as ssh:
        sftp = Sftp(ssh, "/")
        digest: Any = Unhashed() if job["how"] == "unhashed" else sha256()
        for _ in sftp.send(Path(job["source"]), f"{job['target']}{number}", 0, digest):
            pass
        sftp.close()


def putfo(job: dict[str, Any], number: int) -> None:
    """What paramiko offers by itself."""
    transport = paramiko.Transport(split_address(job["address"]))
    transport.connect(username="root", pkey=paramiko.Ed25519Key.from_private_key(io.StringIO(job["key"])))
    with paramiko.SFTPClient.from_transport(transport) as sftp, Path(job["source"]).open("rb") as source:
        sftp.putfo(source, f"{job['target']}{number}")
    transport.close()


def main() -> None:
    job = json.loads(sys.argv[1])
    upload = {"ours": ours, "unhashed": ours, "putfo": putfo}[job["how"]]
    began, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(job["count"]) as pool:
        list(pool.map(lambda number: upload(job, number), range(job["count"])))
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    # not ru_maxrss, which still remembers the process that started this one
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    peak = int(found[1]) / 1024 if found else 0.0
    print(json.dumps({"wall": wall, "cpu": used, "rss": peak}))


if __name__ == "__main__":
    main()
