"""The embedded servers of one home: start, wait, tell the addresses, stop.

    with running(home, say=print) as addresses:
        ...

While they run, `home/run/addresses.json` tells other processes of the same user where they are (`found`), and a lock
on `home/run/lock` keeps a second owner out. A kill -9 of the owner frees the lock and leaves the servers running: the
next `running` ends them and starts anew on the same data and, where they are free, the same ports.
"""

import fcntl
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from hub.errors import OperatorError
from hub.local.answers import admin_answers, amqp_answers, database_answers
from hub.local.files import Say, write_private
from hub.local.homes import is_owned
from hub.local.install import Installation, debian_rabbitmq
from hub.local.keeping import Died, Kept, kept
from hub.local.postgres import Postgres
from hub.local.rabbitmq import RabbitMQ


@dataclass(frozen=True, slots=True)
class Addresses:
    """URLs with user and password. Empty where that server was not asked for."""

    amqp_url: str
    admin_url: str
    database_url: str


class Server(Kept, Protocol):
    def launch(self) -> None: ...
    def wait_until_ready(self) -> None: ...
    def stop(self) -> None: ...


@contextmanager
def running(
    home: Path,
    *,
    broker: bool = True,
    database: bool = True,
    say: Say,
    installation: Installation | None = None,
    died: Died = lambda _, __: None,
) -> Iterator[Addresses]:
    """Run the private servers of this home for the length of a `with` block; one that ends by itself is started again.

    SIGTERM and SIGHUP end the block as Ctrl-C does (where nobody else handles them), so that the servers stop then too.

    Args:
        home: the folder of state, made if absent (0700).
        say: is told, line by line, what happens.
        installation: another RabbitMQ than Debian's own.
        died: is told of each server that ended by itself, before it is started again; in a thread.

    Raises:
        OperatorError: another process runs the servers of this home, or a server cannot be installed or started.
    """
    home = home.resolve()
    home.parent.mkdir(parents=True, exist_ok=True)
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "run").mkdir(mode=0o700, exist_ok=True)
    with _signals() as ignore_signals, _sole_owner(home), ExitStack() as stack:
        servers: dict[str, Server] = {}
        node = cluster = None
        if broker:
            chosen = installation or debian_rabbitmq(say)
            servers["RabbitMQ"] = node = RabbitMQ(home, chosen)
        if database:
            servers["PostgreSQL"] = cluster = Postgres(home / "postgres", say)
        try:
            _start(servers, stack, say)
            addresses = Addresses(
                amqp_url=node.amqp_url if node else "",
                admin_url=node.admin_url if node else "",
                database_url=cluster.database_url if cluster else "",
            )
            stack.callback(_file(home).unlink, missing_ok=True)
            write_private(_file(home), json.dumps(asdict(addresses)))
            with kept(servers, say, died):
                try:
                    yield addresses
                finally:
                    ignore_signals()
        finally:
            ignore_signals()


def found(home: Path) -> Addresses | None:
    """Where the servers of this home are: those that a process runs, which may be starting one of them again; or those
    that one left running that was killed, if any of them answers."""
    addresses = addresses_of(home)
    if addresses is None or is_owned(home):
        return addresses
    checks = (
        (addresses.amqp_url, amqp_answers),
        (addresses.admin_url, admin_answers),
        (addresses.database_url, database_answers),
    )
    return addresses if any(answers(url) for url, answers in checks if url) else None


def addresses_of(home: Path) -> Addresses | None:
    """Where the servers of this home are, or were when they were not stopped in order."""
    try:
        return Addresses(**json.loads(_file(home).read_text()))
    except FileNotFoundError:
        return None


def _file(home: Path) -> Path:
    return home / "run" / "addresses.json"


def _start(servers: dict[str, Server], stack: ExitStack, say: Say) -> None:
    """Launch all, then wait for all, so that they start side by side; `stack` will stop what was launched."""
    begin = time.monotonic()
    say(f"Starting {' and '.join(servers)}")
    for server in servers.values():
        stack.callback(server.stop)
        server.launch()
    for name, server in reversed(servers.items()):
        server.wait_until_ready()
        say(f"{name} is ready ({time.monotonic() - begin:.1f} s)")


@contextmanager
def _sole_owner(home: Path) -> Iterator[None]:
    """Hold the lock of this home; the kernel frees it when we end, however we end."""
    with (home / "run" / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            lock.seek(0)
            raise OperatorError(
                "home-in-use",
                f"process {lock.read() or '?'} runs the servers of {home}: stop it, or set another KETENHUB_HOME",
            ) from exc
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def _signals() -> Iterator[Callable[[], object]]:
    """Turn the signals that end a process into KeyboardInterrupt; gives a function that ignores them from then on.

    Python leaves signals to the main thread: elsewhere this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    try:
        yield lambda: [signal.signal(number, signal.SIG_IGN) for number in before]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
