"""`serve`, `demo`, and the worker processes that `serve` starts."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hub.addresses.database import database_address
from hub.app.configuration import configuration, first_version
from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles
from hub.app.memory import newest
from hub.app.own_keys import join
from hub.app.partners import apply_topology
from hub.app.periods import begin_periods
from hub.app.servers import advising, environment_of, reached, served
from hub.app.sizes import say_sizes
from hub.app.supervisor import Patience, Supervisor, jobs, stop_at_signals
from hub.canonical.codes import Lane
from hub.canonical.environment import Environment
from hub.cli.common import console, log_to_stderr, settings
from hub.errors import OperatorError, Standstill
from hub.local.homes import emptied
from hub.ops.unhindered import Unhindered
from hub.routing.changes import check_environment
from hub.routing.config import Config
from hub.routing.document import from_document, to_document
from hub.settings import ENVIRONMENT, Settings
from hub.store.database import Database, opened
from hub.store.engine import NO_TABLES
from hub.store.head import NO_DIRECTORY
from hub.store.memory import RECOVERY_NEEDED, Memory

Say = Callable[[str], None]
ASK_EVERY = 2.0
"""Seconds between two looks whether an operator has said that the hub goes on."""
STOPS_BEFORE = 1.0
"""Seconds a worker stops before its supervisor would kill it."""


def add_to(root: typer.Typer) -> None:
    root.command()(serve)
    root.command()(demo)
    root.command(hidden=True)(worker)


def serve(
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes for the routine lane; acute has its own.")] = 1,
) -> None:
    """Run the hub until Ctrl-C or SIGTERM. Without URLs it starts, and stops, a private RabbitMQ and PostgreSQL."""
    log_to_stderr()
    say = _saying()
    chosen = settings()
    config = configuration(chosen)
    with served(chosen, say) as running:
        with advising(running):
            asyncio.run(_prepare(running, config, say))
        _tell_addresses(running, say)
        ready = f"Ready: {workers} routine worker{'s' * (workers > 1)} and one for the acute lane. Ctrl-C stops."
        asyncio.run(_supervise(workers, running, config, partial(say, ready)))


def demo(
    home: Annotated[Path | None, typer.Option(help="Where the demo works; default: demo in KETENHUB_HOME.")] = None,
) -> None:
    """Play the main job with fake partners, on private servers: reports, triage, handovers, and the account."""
    chosen = settings()
    if chosen.environment is Environment.PRODUCTION:
        raise OperatorError(
            "demo-in-production", f"{ENVIRONMENT} is {chosen.environment}: the demo plays with test data."
        )
    folder = emptied(home or chosen.home / "demo")
    from hub.simulator.demo import run_demo  # not on the way of every other command

    raise SystemExit(asyncio.run(run_demo(folder, console())))


def worker(lane: Lane, name: str) -> None:
    """One process of `serve`; it stops when its standard input ends."""
    from hub.app.runtime import run  # not on the way of every other command
    from hub.app.worker import work

    log_to_stderr()
    chosen = reached(settings())
    config = configuration(chosen)
    run(work(lane, name, chosen, config, config.limits.grace.total_seconds() - STOPS_BEFORE))


async def _prepare(running: Settings, config: Config, say: Say) -> None:
    """The database of this version, with a directory; the broker as that directory says, where we may manage it."""
    memory = Memory(newest(running.home))
    keys = memory.seen.keys if memory.seen else ()
    async with opened(running.database_url or "", "serve", to_document, from_document, memory=memory) as database:
        await database.require_sessions()
        await _recognised(database, memory, say)
        await database.prepare(lambda now: first_version(running, config, now, keys))
        check_environment(await database.store.directory(), running.environment)
        hub = Hub(running, config, database)
        await join(database, KeyFiles(running.home))
        await begin_periods(hub)
        if running.amqp_admin_urls:
            await apply_topology(hub)
            await say_sizes(hub)


async def _recognised(database: Database, memory: Memory, say: Say) -> None:
    """Wait for an operator's word where the database lacks what the hub saw: nothing is made in it before.

    Not an end: a private database runs only as long as this process does.
    """
    said = ""
    while lost := await _lost(database, known=memory.seen is not None):
        if lost != said:
            say(f"Waiting: {lost}")
        said = lost
        await asyncio.sleep(ASK_EVERY)


async def _lost(database: Database, *, known: bool) -> str:
    """What an operator has to know before the hub goes on; empty if it may.

    Args:
        known: this machine has seen one: it does not begin on an empty one.
    """
    try:
        await database.store.directory()
    except Standstill as error:
        if error.code == NO_TABLES:
            gone = "The database has no tables, or older ones than this machine saw. See `ketenhub recover`."
            return gone if known else ""
        if error.code == NO_DIRECTORY:
            return ""
        if error.code != RECOVERY_NEEDED:
            raise
        return error.sentence
    return ""


async def _supervise(workers: int, running: Settings, config: Config, ready: Callable[[], None]) -> None:
    limits = config.limits
    patience = Patience(limits.worker_silence.total_seconds(), limits.grace.total_seconds())
    supervisor = Supervisor(environment_of(running), patience)
    await supervisor.run(jobs(workers), ready, stop_at_signals())


def _tell_addresses(running: Settings, say: Say) -> None:
    say(f"RabbitMQ    {_without_passwords(running.amqp_urls)}")
    say(f"            {_without_passwords(running.amqp_admin_urls)} (management)")
    say(f"PostgreSQL  {', '.join(map(str, database_address(running.database_url or '').places))}")
    say(f"Home        {running.home}")


def _without_passwords(urls: Sequence[str]) -> str:
    return ", ".join(map(_without_password, urls)) or "not set"


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"


def _saying() -> Say:
    """To who started this; it may read that late, or not at all, or be gone."""
    stream = Unhindered(sys.stdout.fileno(), lambda _: None)

    def say(line: str) -> None:
        stream.write(f"{line}\n")

    return say
