"""Whoever reads the log stands still: reports are taken all the same, and the hub ends when it is told to."""

import asyncio
import fcntl
import os
import struct
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.local.servers import Addresses
from tests.faults.links.wires import wired
from tests.patience import CEILING

PIPE = 1 << 16
"""Bytes that a pipe holds."""


@contextmanager
def unread(log: Path) -> Iterator[int]:
    """A pipe in its place, which somebody has open and never reads."""
    os.mkfifo(log)
    end = os.open(log, os.O_RDWR)
    try:
        yield end
    finally:
        os.close(end)
        log.unlink()


def lies_in(end: int) -> int:
    """Bytes that wait to be read."""
    (size,) = struct.unpack("i", fcntl.ioctl(end, termios.FIONREAD, b"\0" * 4))
    return int(size)


async def test_a_log_that_nobody_reads_holds_up_no_report_and_no_end(servers: Addresses) -> None:
    async with wired(servers) as hub:
        assert await hub.rig.stop_hub() == 0
        hub.rig.log.unlink()
        with unread(hub.rig.log) as end:
            await hub.rig.start_hub()
            hub.rig.go(6.0)
            async with asyncio.timeout(CEILING):
                while lies_in(end) < PIPE - 16_384:  # of each page, less than a line is long may be left
                    await hub.rig.probe()
                for _ in range(5):
                    await hub.rig.probe()
                await hub.rig.drain()
            assert await hub.rig.stop_hub() == 0
        await hub.rig.start_hub()
        assert await hub.findings_and_misfits() == []
