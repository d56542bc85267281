"""Drives smpclient, which is not ours, from a list of commands in JSON; prints what each brought, a line of JSON each.

python smpclient_script.py PORT '[["list"], ["upload", "image.bin", 5000], ["test", "00ff..."], ["reset"]]'
"""

import asyncio
import json
import sys
from pathlib import Path

from smpclient import SMPClient
from smpclient.exceptions import SMPUploadError
from smpclient.generics import error
from smpclient.requests.image_management import ImageErase, ImageStatesRead, ImageStatesWrite
from smpclient.requests.os_management import BootloaderInformationRead, EchoWrite, MCUMgrParametersRead, ResetWrite
from smpclient.requests.shell_management import Execute
from smpclient.transport.serial import SMPSerialTransport

REQUESTS = {
    "list": lambda: ImageStatesRead(),
    "test": lambda digest: ImageStatesWrite(hash=bytes.fromhex(digest)),
    "confirm": lambda: ImageStatesWrite(confirm=True),
    "erase": lambda: ImageErase(),
    "echo": lambda words: EchoWrite(d=words),
    "parameters": lambda: MCUMgrParametersRead(),
    "bootloader": lambda: BootloaderInformationRead(),
    "reset": lambda *mode: ResetWrite(boot_mode=mode[0]) if mode else ResetWrite(),
    "shell": lambda *argv: Execute(argv=list(argv)),
}


async def upload(client: SMPClient, path: str, stop: int = 0, slot: int = 0) -> object:
    seen = []
    try:
        async for offset in client.upload(Path(path).read_bytes(), slot=slot):
            seen.append(offset)
            if stop and offset >= stop:
                break
    except SMPUploadError as refused:
        return {"refused": str(refused)}
    return {"first": seen[0], "last": seen[-1], "answers": len(seen)}


def plain(response: object) -> object:
    if error(response):
        told = response.model_dump(exclude={"header", "smp_data", "version", "sequence"})
        return {"refused": told.get("err") or told}
    told = response.model_dump(exclude={"header", "smp_data", "version", "sequence"})
    return json.loads(json.dumps(told, default=lambda value: bytes(value).hex()))


async def main() -> None:
    async with SMPClient(SMPSerialTransport(), sys.argv[1]) as client:
        for name, *words in json.loads(sys.argv[2]):
            done = (
                await upload(client, *words)
                if name == "upload"
                else plain(await client.request(REQUESTS[name](*words)))
            )
            print(json.dumps(done, default=str), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
