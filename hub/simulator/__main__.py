"""One fake partner, told what to do on its input: `python -m hub.simulator ROLE --folder DIR --address ROLE=OIN`."""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from hub.canonical.partners import Role
from hub.errors import HubError, OperatorError
from hub.ids import Oin
from hub.partner.client import Tools
from hub.partner.profile import load
from hub.simulator.play import PARTS, play
from hub.simulator.stage import Line


def main() -> int:
    """Exit code 0 when told to stop, 1 with one line on standard error when something is wrong."""
    options = _arguments()
    code = 0
    try:
        asyncio.run(_play(Role(options.role), options.folder, dict(options.address)))
    except* HubError as errors:
        for error in errors.exceptions:
            print(f"{options.role}: {error}", file=sys.stderr)
        code = 1
    return code


async def _play(role: Role, folder: Path, addresses: dict[Role, Oin]) -> None:
    """Waits for a first line, whatever it says, before it reads the folder: the operator fills that meanwhile."""
    commands = _lines()
    if await anext(commands, None) is None:
        return
    profile = load(folder)
    if profile.role is not role:
        raise OperatorError("role", f"The folder is that of a partner with the role {profile.role}.")
    tools = Tools(clock=lambda: datetime.now(UTC), new_id=uuid4)
    await play(profile, addresses, tools, _say, commands)


def _say(line: Line) -> None:
    print(json.dumps(line, default=str), flush=True)


async def _lines() -> AsyncIterator[str]:
    """The lines of standard input, until it ends."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while line := await reader.readline():
        yield line.decode()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m hub.simulator", description=__doc__)
    parser.add_argument("role", choices=[role.value for role in PARTS])
    parser.add_argument("--folder", type=Path, required=True, help="the partner's keys, address and books")
    parser.add_argument("--address", type=_address, action="append", default=[], metavar="ROLE=OIN")
    return parser.parse_args()


def _address(text: str) -> tuple[Role, Oin]:
    role, _, oin = text.partition("=")
    return Role(role), Oin(oin)


if __name__ == "__main__":
    sys.exit(main())
