"""A stream that nobody waits for: whoever reads what the hub says of itself may stand still, and the hub goes on.

Theory. A pipe that nobody reads takes 64 KiB, and then a write waits for ever: in a process that decides, nothing is
decided any more, and it does not even end when it is told to. So lines go into a buffer, and a thread of its own writes
them. The buffer is bounded: what does not fit is left out, counted, and said as soon as there is room again. So is what
cannot be written, as the disk is full or nobody is there to read it: that is said after the next line that can. The
thread writes to the file descriptor itself: one that hangs in a write of Python's own stream would keep the process
from ending.
"""

import atexit
import os
import select
import threading
from collections import deque
from collections.abc import Callable
from contextvars import copy_context

MOST = 4 << 20
"""Bytes that wait to be written, at most: some ten thousand lines."""
ENDS_WITHIN = 2.0
"""Seconds in which a process that ends writes what is left."""


class Unhindered:
    """A text stream; what is written to it is kept in order, each write in one piece.

    Args:
        left_out: says, by this stream, that so many writes were left out.
    """

    def __init__(self, fd: int, left_out: Callable[[int], None], most: int = MOST) -> None:
        # One of its own: what is closed while a line waits may be somebody's connection by the time that it is written.
        self._fd, self._left_out, self._most = os.dup(fd), left_out, most
        self._waiting: deque[tuple[bytes, int]] = deque()
        """Each with how many lines are left out if it is not written."""
        self._size = self._lost = self._saying = 0
        self._fails = self._torn = False
        """The last one could not be written; half of it was."""
        self._say = copy_context()
        self._turn = threading.Condition()
        self._writing = False
        self._thread = threading.Thread(target=self._write_for_ever, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.drain, ENDS_WITHIN)

    def isatty(self) -> bool:
        return os.isatty(self._fd)

    def write(self, text: str) -> int:
        """Never waits."""
        data = text.encode(errors="backslashreplace")
        stands_for = self._saying if threading.current_thread() is self._thread else 1
        with self._turn:
            if self._size + len(data) > self._most:
                self._lost += stands_for
                self._say = copy_context()  # who is left out says so: a worker by its name
            else:
                self._waiting.append((data, stands_for))
                self._size += len(data)
                self._turn.notify_all()
        return len(text)

    def flush(self) -> None:
        """What was written is on its way: see `drain`."""

    def drain(self, within: float) -> bool:
        """Wait for so many seconds, at most, until everything is written that can be; whether it is."""
        with self._turn:
            return self._turn.wait_for(lambda: not self._writing and not self._has_more, within)

    @property
    def _has_more(self) -> bool:
        return bool(self._waiting) or (self._lost > 0 and not self._fails)

    def _write_for_ever(self) -> None:
        while True:
            with self._turn:
                self._writing = False
                self._turn.notify_all()
                self._turn.wait_for(lambda: self._has_more)
                self._writing = True
                data, stands_for = self._waiting.popleft() if self._waiting else (None, self._lost)
                self._size -= len(data or b"")
                self._lost -= stands_for if data is None else 0
                say = self._say
            if data is None:
                self._saying = stands_for
                say.run(self._left_out, stands_for)
            else:
                self._fails = not self._put(data)
                if self._fails:
                    with self._turn:
                        self._lost += stands_for

    def _put(self, data: bytes) -> bool:
        """Whether it could be written. If not it is gone: a log that fails stops no message."""
        left = b"\n" + data if self._torn else data
        try:
            while left:
                left = left[self._some(left) :]
        except OSError:
            self._torn = self._torn or len(left) < len(data)
            return False
        self._torn = False
        return True

    def _some(self, data: bytes) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:  # whoever gave us the stream does not wait for it, so that it does not wait for us
            select.select([], [self._fd], [])
            return 0
