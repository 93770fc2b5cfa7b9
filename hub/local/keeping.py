"""A private server that ends by itself is started again, on its address and its data, until its owner ends it.

Its own process is looked at, by its id: nobody else's server is ever taken for it. A pause lies before each start,
which grows for as long as the server does not stay up.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from hub.errors import OperatorError
from hub.local.files import Say

LOOK_EVERY = 0.5
FIRST_PAUSE, LONGEST_PAUSE, SETTLED = 0.5, 30.0, 60.0
"""Seconds before a start: doubling, and from the start again after the server has lived for a while."""

Clock = Callable[[], float]
Stopped = Callable[[float], bool]
"""Waits for so many seconds; whether the owner ends the server meanwhile."""


@dataclass(frozen=True, slots=True)
class Death:
    """The end of a server's own process: its id, and its exit code (below 0: the signal)."""

    pid: int
    exit_code: int


class Kept(Protocol):
    """A server as its keeper sees it."""

    def death(self) -> Death | None: ...
    def revive(self) -> None: ...
    def is_ready(self) -> bool: ...


Died = Callable[[str, Death], None]


@dataclass
class Keeper:
    """Of one server, for `run` in a thread of its own."""

    name: str
    server: Kept
    say: Say
    died: Died
    clock: Clock = time.monotonic
    _pause: float = FIRST_PAUSE
    _began: float = 0.0
    _comes_back: bool = False

    def run(self, stopped: Stopped) -> None:
        self._began = self.clock()
        while not stopped(LOOK_EVERY):
            death = self.server.death()
            if death is not None:
                self._revive(death, stopped)
            elif self._comes_back and self.server.is_ready():
                self._comes_back = False
                self.say(f"{self.name} is ready again")

    def _revive(self, death: Death, stopped: Stopped) -> None:
        self.died(self.name, death)
        self.say(f"{self.name} (process {death.pid}) ended with {death.exit_code}: it is started again")
        self._pause = FIRST_PAUSE if self.clock() - self._began > SETTLED else self._pause
        if stopped(self._pause):
            return
        self._pause = min(LONGEST_PAUSE, self._pause * 2)
        self._began, self._comes_back = self.clock(), True
        try:
            self.server.revive()
        except (OperatorError, OSError) as error:  # no room, no memory: it counts as dead still
            self.say(f"{self.name} cannot be started: {error}")


@contextmanager
def kept(servers: Mapping[str, Kept], say: Say, died: Died) -> Iterator[None]:
    """Keep these alive for the length of the block."""
    stop = threading.Event()
    keepers = [Keeper(name, server, say, died) for name, server in servers.items()]
    threads = [threading.Thread(target=one.run, args=(stop.wait,), name=one.name, daemon=True) for one in keepers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
