"""What `serve` says on its standard output neither ends it nor holds it up, whatever becomes of that."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.patience import CEILING

PROCESS = """
import sys
from hub.cli.serve import _saying

say = _saying()
for line in ("RabbitMQ", "Ready"):
    say(line)
print("supervises", file=sys.stderr)
"""


@pytest.fixture(params=["unread", "closed", "full"])
def output(request: pytest.FixtureRequest) -> Iterator[int]:
    """A pipe that nobody reads, one whose reader is gone, a disk that is full."""
    if request.param == "full":
        ends = [os.open("/dev/full", os.O_WRONLY)]
    else:
        ends = [*os.pipe()]
        fill(ends[1])
    if request.param == "closed":
        os.close(ends.pop(0))
    yield ends[-1]
    for end in ends:
        os.close(end)


def fill(end: int) -> None:
    os.set_blocking(end, False)
    with suppress(BlockingIOError):
        while True:
            os.write(end, b"\n")
    os.set_blocking(end, True)


def test_whoever_reads_it_may_stand_still_or_be_gone(output: int) -> None:
    done = subprocess.run([sys.executable, "-c", PROCESS], stdout=output, stderr=subprocess.PIPE, timeout=CEILING)
    assert (done.returncode, done.stderr) == (0, b"supervises\n")
