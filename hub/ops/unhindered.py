"""A stream that nobody waits for: whoever reads what the hub says of itself may stand still, and the hub goes on.

Theory. A pipe that nobody reads takes 64 KiB, and then a write waits for ever: in a process that decides, nothing is
decided any more, and it does not even end when it is told to. So lines go into a buffer, and a thread of its own writes
them. The buffer is bounded: what does not fit is left out, counted, and said as soon as there is room again. It writes
to the file descriptor itself: a thread that hangs in a write of Python's own stream would keep the process from ending.
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
        self._waiting: deque[bytes] = deque()
        self._size = self._lost = 0
        self._say = copy_context()
        self._turn = threading.Condition()
        self._writing = False
        threading.Thread(target=self._write_for_ever, name="log", daemon=True).start()
        atexit.register(self.drain, ENDS_WITHIN)

    def isatty(self) -> bool:
        return os.isatty(self._fd)

    def write(self, text: str) -> int:
        """Never waits."""
        data = text.encode(errors="backslashreplace")
        with self._turn:
            if self._size + len(data) > self._most:
                self._lost += 1
                self._say = copy_context()  # who is left out says so: a worker by its name
            else:
                self._waiting.append(data)
                self._size += len(data)
                self._turn.notify_all()
        return len(text)

    def flush(self) -> None:
        """What was written is on its way: see `drain`."""

    def drain(self, within: float) -> bool:
        """Wait for so many seconds, at most, until everything is written; whether it is."""
        with self._turn:
            return self._turn.wait_for(lambda: not self._waiting and not self._writing and not self._lost, within)

    def _write_for_ever(self) -> None:
        while True:
            with self._turn:
                self._writing = False
                self._turn.notify_all()
                self._turn.wait_for(lambda: self._waiting or self._lost)
                self._writing = True
                taken = self._waiting.popleft() if self._waiting else None
                lost, say = (0, self._say) if taken else (self._lost, self._say)
                self._size -= len(taken or b"")
                self._lost -= lost
            if taken is not None:
                self._put(taken)
            else:
                say.run(self._left_out, lost)

    def _put(self, data: bytes) -> None:
        """Where it cannot be written, it is gone: a log that fails stops no message."""
        try:
            while data:
                data = data[self._some(data) :]
        except OSError:
            return

    def _some(self, data: bytes) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:  # whoever gave us the stream does not wait for it, so that it does not wait for us
            select.select([], [self._fd], [])
            return 0
