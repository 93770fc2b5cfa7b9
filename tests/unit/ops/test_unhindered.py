"""Nobody waits for who reads the log: the buffer is bounded, what is left out is counted and said, the process ends."""

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

import pytest

from hub.local.processes import eventually
from hub.ops.unhindered import Unhindered
from tests.patience import CEILING

WHO: ContextVar[str] = ContextVar("who", default="nobody")
WITHIN = CEILING
END = b"\0"


@contextmanager
def a_pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    with a_pipe() as ends:
        yield ends


class Log:
    """A stream into a pipe that holds at most so many bytes, and says what it left out."""

    def __init__(self, end: int, most: int) -> None:
        self.stream = Unhindered(end, self.say, most)

    def say(self, lines: int) -> None:
        self.stream.write(f"{WHO.get()} left out {lines}\n")


def read(end: int) -> "tuple[threading.Thread, list[bytes]]":
    """Everything, from now on."""
    found: list[bytes] = []

    def reading() -> None:
        while not b"".join(found).endswith(END):
            found.append(os.read(end, 1 << 16))

    thread = threading.Thread(target=reading, daemon=True)
    thread.start()
    return thread, found


def test_what_is_written_comes_out_in_order_and_whole(pipe: tuple[int, int]) -> None:
    log, (thread, found) = Log(pipe[1], 1 << 20), read(pipe[0])
    lines = [f"line {n} " + "x" * n for n in range(500)]
    for line in lines:
        log.stream.write(line + "\n")
    assert log.stream.drain(WITHIN)
    assert ended(pipe, thread, found).splitlines() == lines


def ended(pipe: tuple[int, int], thread: threading.Thread, found: list[bytes]) -> str:
    """All that was read, when all of it is written."""
    os.write(pipe[1], END)
    thread.join(WITHIN)
    return b"".join(found).removesuffix(END).decode()


def test_a_reader_that_stands_still_holds_up_nobody_and_hears_later_what_it_missed(pipe: tuple[int, int]) -> None:
    fill(pipe[1])
    log = Log(pipe[1], 20_000)
    token = WHO.set("routine-1")
    log.stream.write(f"{0:99d}\n")
    assert eventually(lambda: not log.stream._waiting, WITHIN)  # it is on its way
    for n in range(1, 2_000):
        log.stream.write(f"{n:99d}\n")
    WHO.reset(token)
    assert not log.stream.drain(0.01)

    thread, found = read(pipe[0])
    assert log.stream.drain(WITHIN)
    log.stream.write("after\n")
    assert log.stream.drain(WITHIN)
    *lines, after = ended(pipe, thread, found).lstrip().splitlines()
    *numbers, said = lines
    assert [int(one) for one in numbers] == [*range(len(numbers))]
    assert len(numbers) == 201  # the buffer, and the one on its way
    assert said == f"routine-1 left out {2_000 - len(numbers)}"
    assert after == "after"


def fill(end: int) -> None:
    """To the last byte: who writes to it now waits."""
    os.set_blocking(end, False)
    with suppress(BlockingIOError):
        while True:
            os.write(end, b"\n")
    os.set_blocking(end, True)


def test_a_stream_that_cannot_be_written_stops_nothing() -> None:
    read_only = os.open(os.devnull, os.O_RDONLY)
    log = Log(read_only, 1 << 20)
    os.close(read_only)
    log.stream.write("lost\n")
    assert log.stream.drain(WITHIN)


def test_what_could_not_be_written_is_counted_and_said_after_the_next_line_that_can(tmp_path: Path) -> None:
    """As where a disk is full for a while: half a line may be written of what does not fit."""
    file = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    log = Log(file, 1 << 20)
    room = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (25, limit[1]))
        for n in range(4):
            log.stream.write(f"line {n} " + "x" * 8 + "\n")  # 16 bytes each
        assert log.stream.drain(WITHIN)
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        log.stream.write("after\n")
        assert log.stream.drain(WITHIN)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, room)
        os.close(file)
    first, torn, *rest = (tmp_path / "log").read_text().splitlines()
    assert (first, torn) == ("line 0 xxxxxxxx", "line 1 xx")
    assert rest == ["after", "nobody left out 3"]


def test_where_nobody_is_there_to_read_a_process_ends_at_once(pipe: tuple[int, int]) -> None:
    with a_pipe() as (reading, writing):
        log = Log(writing, 1 << 20)
        os.dup2(pipe[0], reading)  # as closed
        for n in range(100):
            log.stream.write(f"{n}\n")
        assert log.stream.drain(WITHIN)
        assert log.stream._lost == 100


def test_what_takes_the_place_of_its_stream_gets_no_line_of_it(pipe: tuple[int, int]) -> None:
    """A descriptor that is closed is the next thing that is opened: a line in a connection would break that."""
    with a_pipe() as (reading, writing):
        log = Log(pipe[1], 1 << 20)
        os.dup2(writing, pipe[1])  # as closed, and opened by another
        thread, found = read(reading)
        for n in range(100):
            log.stream.write(f"{n}\n")
        assert log.stream.drain(WITHIN)
        assert ended((reading, writing), thread, found) == ""
        assert os.read(pipe[0], 1 << 16).startswith(b"0\n1\n")


def test_one_that_does_not_wait_for_its_reader_gets_all_of_it_all_the_same(pipe: tuple[int, int]) -> None:
    os.set_blocking(pipe[1], False)
    log = Log(pipe[1], 1 << 20)
    for n in range(2_000):
        log.stream.write(f"{n:99d}\n")
    thread, found = read(pipe[0])
    assert log.stream.drain(WITHIN)
    assert [int(one) for one in ended(pipe, thread, found).splitlines()] == [*range(2_000)]


PROCESS = """
import sys
from hub.cli.common import log_to_stderr
from hub.ops.logging import logger
from hub.telemetry import LogEvent

log_to_stderr()
for _ in range(int(sys.argv[1])):
    logger().info(LogEvent.BATCH_HALVED, messages=2)
print("done", flush=True)
"""


@pytest.mark.parametrize("lines", [3, 5_000])
def test_a_process_whose_log_nobody_reads_does_its_work_and_ends(lines: int) -> None:
    command = [sys.executable, "-c", PROCESS, str(lines)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        assert process.wait(WITHIN) == 0  # before anybody has read a line of its log
        assert process.stderr is not None
        written = process.stderr.read().count("batch_halved")
    assert written == lines if lines == 3 else 0 < written < lines
