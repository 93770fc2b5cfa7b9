"""One worker process: one lane in, everything out, time; built here, run until told to stop, ended in order.

Ending, within the grace time: take no more (what is under way is committed and acknowledged), publish what is in hand,
let the rest go back: unacknowledged deliveries to the broker, unpublished rows to the outbox.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from random import Random

import structlog

from hub.amqp.connection import Connector
from hub.app import runtime
from hub.app.clock import DatabaseClock
from hub.app.closing import Closing, heir_of
from hub.app.configuration import setting_for
from hub.app.depths import BrokerDepths
from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles
from hub.app.memory import Remembered
from hub.app.own_keys import KeyWatch, check
from hub.app.period_file import NEVER_BEGINS, refusal
from hub.app.pulse import Pulse
from hub.app.readiness import Word
from hub.app.renewing import Renewing
from hub.app.supervisor import BEAT, BEAT_EVERY, READY
from hub.app.watch import Watch
from hub.broker.consumer import Consumers
from hub.broker.publisher import Publisher
from hub.canonical.codes import Lane
from hub.canonical.partners import Life
from hub.errors import Busy
from hub.ids import CaseId, PartnerId
from hub.lanes.alarms import owe
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.intake import Intake
from hub.lanes.lookout import Lookout
from hub.lanes.periods import Periods
from hub.lanes.readdress import readdress
from hub.lanes.relay import Relay
from hub.lanes.resending import Resending
from hub.lanes.setting import Setting
from hub.lanes.timers import Timers
from hub.ops.crash import Edges, Fuse, crashing
from hub.ports import Glance, OutboxRow, Store
from hub.routing.config import Config
from hub.routing.document import from_document, to_document
from hub.settings import Settings
from hub.store.database import opened
from hub.store.machines import Machine
from hub.store.store import PostgresStore
from hub.telemetry import LogEvent
from hub.upkeep.leader import Leader
from hub.upkeep.rounds import Rounds

_log = structlog.get_logger()
READY_EVERY = 0.05
"""Seconds between two looks at whether every queue is read, at the start."""
BATCHES = 2
"""Batches under way at once: while one waits for the database, the other is opened and decided."""
STATEMENT_PATIENCE = 10.0
"""Seconds for a statement that takes milliseconds: by then whoever should answer is gone, without a goodbye."""


@dataclass(frozen=True, slots=True)
class Worker:
    """The parts of a worker."""

    store: PostgresStore
    consumers: Consumers
    intake: Intake
    lookout: Lookout
    relay: Relay
    resending: Resending
    timers: Timers
    upkeep: Leader
    periods: Periods
    patient: Patient
    watch: Watch
    clock: DatabaseClock
    keys: KeyWatch
    report: Callable[[Machine], Awaitable[None]]
    publisher: Publisher
    closing: Closing | None
    renewing: Renewing | None


async def work(lane: Lane, name: str, settings: Settings, config: Config, grace: float) -> None:
    """Be a worker of this lane until SIGTERM, SIGINT or the end of standard input."""
    structlog.contextvars.bind_contextvars(worker=name, lane=lane.value)
    stop = _stopping()
    setting = setting_for(name, settings, config)
    pulse = Pulse(partial(_say, BEAT), config.limits.worker_silence.total_seconds(), BEAT_EVERY)
    async with pulse.beating():
        with Word(settings.home, name, lane) as word:
            async with _built(lane, settings, config, setting, word) as worker:
                runtime.settle()
                await _run(worker, stop, grace)


@asynccontextmanager
async def _built(lane: Lane, settings: Settings, config: Config, setting: Setting, word: Word) -> AsyncIterator[Worker]:
    limits = config.limits
    connector = Connector(settings.amqp_urls, name=f"ketenhub {setting.worker}", chance=Random())
    lease = limits.lease.total_seconds()
    url = settings.database_url or ""
    memory = Remembered(settings.home, setting.worker)
    async with opened(url, setting.worker, to_document, from_document, lease, STATEMENT_PATIENCE, memory) as database:
        health = Health()
        patient = Patient(health)
        await patient(database.check)
        keys = KeyWatch(KeyFiles(settings.home))
        await check(partial(patient, database.store.directory), keys.files)
        clock = DatabaseClock(await patient(database.store.now))
        # The acute worker drains `dead` too: it has the least to do, and somebody always must.
        reads = {one: getattr(limits, one) for one in ("prefetch", "prefetch_bytes", "batch_bytes")}
        consumers = Consumers(connector, lane, **reads, dead=lane is Lane.ACUTE)
        publisher = Publisher(connector, deadline=limits.publish_deadline.total_seconds(), clock=clock)
        store, sends, source, settler = _edges(settings, database.store, publisher, consumers)
        relay, lookout = Relay(store, sends, setting, patient, clock), Lookout(store, patient, clock.put_right)
        offer, fair = partial(_committed, relay, lookout), (consumers.hold_back, relay.room)
        intake = Intake(source, settler, store, offer, lane, setting, patient, *fair)
        timers = Timers(store, offer, setting, patient)
        yields = partial(_yields, lane, database.store)
        upkeep = Leader(store, lambda led: Rounds(led, offer, setting), setting.worker, lease, yields)
        hub = Hub(settings, config, database)
        resending = Resending(store, limits.resend_unanswered_after, patient, BrokerDepths(hub).lying)
        periods = Periods(store, setting, patient)
        if (found := await periods.look()) in NEVER_BEGINS:
            raise refusal(found)
        parts = keys, consumers, publisher, relay, setting.keys.periods
        watch = Watch(health, *parts, word, memory, lambda: database.store.doubts)
        # The acute worker, as for `dead`: it needs the right to manage the broker.
        closes = lane is Lane.ACUTE and bool(settings.amqp_admin_urls)
        hand_over = partial(_owe, store, setting, patient, relay)
        move = partial(_move, store, setting, patient)
        closing = Closing(hub, hand_over, move) if closes else None
        renewing = Renewing(hub, clock) if closes else None
        try:
            lanes = intake, lookout, relay, resending, timers, upkeep, periods
            runs = consumers, *lanes, patient, watch, clock, keys
            yield Worker(database.store, *runs, database.report, publisher, closing, renewing)
        finally:
            await asyncio.gather(consumers.stop(), publisher.stop())


def _yields(lane: Lane, store: PostgresStore) -> bool:
    """Whether any other should keep house: the acute lane is left alone, and who doubts its clock lets nothing go."""
    return lane is Lane.ACUTE or bool(store.doubts)


def _committed(relay: Relay, lookout: Lookout, rows: Sequence[OutboxRow]) -> None:
    """What this process has committed goes out at once; what that has made due is looked for soon."""
    relay.offer(rows)
    lookout.soon()


async def _owe(store: Store, setting: Setting, patient: Patient, relay: Relay, cases: Sequence[CaseId]) -> None:
    changes = await patient.unless_busy(lambda: owe(cases, store, setting))
    relay.offer(changes.outbox)


async def _move(store: Store, setting: Setting, patient: Patient, former: PartnerId, most: int) -> int:
    waiting = await patient.unless_busy(lambda: store.waiting_outgoing(former, most))
    if not waiting:
        return 0
    return len((await patient.unless_busy(lambda: readdress(former, waiting, store, setting))).moved)


def _edges(settings: Settings, store: PostgresStore, publisher: Publisher, consumers: Consumers) -> Edges:
    """What the lanes get; with crash points around it where a test asks for one."""
    edges: Edges = (store, publisher, consumers, consumers)
    if settings.crash_at is None:
        return edges
    _log.warning(LogEvent.CRASH_POINT_SET, at=f"{settings.crash_at.point}:{settings.crash_at.number}")
    return crashing(Fuse(settings.crash_at), *edges)


async def _run(worker: Worker, stop: asyncio.Event, grace: float) -> None:
    side = [
        asyncio.create_task(_follow_directory(worker), name="directory"),
        asyncio.create_task(worker.relay.run(worker.lookout), name="relay"),
        asyncio.create_task(worker.resending.run(), name="resending"),
        asyncio.create_task(worker.timers.run(worker.lookout), name="timers"),
        asyncio.create_task(worker.upkeep.run(), name="upkeep"),
        asyncio.create_task(worker.periods.run(), name="periods"),
        asyncio.create_task(worker.watch.run(), name="watch"),
    ]
    if worker.closing is not None:
        side.append(asyncio.create_task(worker.closing.run(worker.lookout), name="closing"))
    if worker.renewing is not None:
        side.append(asyncio.create_task(worker.renewing.run(), name="renewing"))
    intake = asyncio.create_task(worker.intake.run(stop, BATCHES), name="intake")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    await asyncio.wait({intake, stopping, *side}, return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        await _fail({intake, *side})
    _log.info(LogEvent.SHUTDOWN_BEGUN)
    began = time.monotonic()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(intake), grace / 2)
    left = await worker.relay.drain(max(0.5, grace * 0.8 - (time.monotonic() - began)))
    for task in (intake, *side):
        task.cancel()
    await asyncio.gather(intake, *side, return_exceptions=True)
    _log.info(LogEvent.SHUTDOWN_DONE, seconds=time.monotonic() - began, unfinished=left)


async def _fail(tasks: set[asyncio.Task[None]]) -> None:
    """A part that should never end has: the process ends with its error, and the supervisor starts another."""
    for task in tasks:
        if task.done():
            _log.error(LogEvent.CRASHED, at=task.get_name())
            await task
    raise RuntimeError("a part of the worker ended")


async def _follow_directory(worker: Worker) -> None:
    """Read the queues of every partner until it has ended, and take back what lies unread for one with a successor."""
    begun = asyncio.Event()
    saying = asyncio.create_task(_say_when_ready(worker, begun))
    try:
        await _follow(worker, begun)
    finally:
        saying.cancel()


async def _follow(worker: Worker, begun: asyncio.Event) -> None:
    reading: frozenset[PartnerId] = frozenset()
    version, glance = -1, None
    while True:
        glance = await worker.lookout.after(glance)
        if said := worker.keys.look(glance.directory, time.monotonic()):
            with contextlib.suppress(Busy):  # it is said again soon, and the directory is followed meanwhile
                await worker.patient.unless_busy(partial(worker.report, said))
        reading = await _read_all(worker, glance, reading)
        if glance.directory.version != version:
            version = glance.directory.version
            _log.info(LogEvent.DIRECTORY_CHANGED, version=version)
        begun.set()


async def _read_all(worker: Worker, glance: Glance, reading: frozenset[PartnerId]) -> frozenset[PartnerId]:
    """Whose queues are read from now on."""
    directory, now = glance.directory, glance.now
    wanted = {id_: one for id_, one in directory.partners.items() if one.is_read(now)}
    for partner in wanted.keys() - reading:
        await worker.consumers.add(partner)
    for id_, one in wanted.items():
        if one.life(now) is Life.CLOSING and heir_of(directory, one, now) is not None:
            await worker.consumers.take_back(id_)
    for partner in reading - wanted.keys():
        await asyncio.gather(worker.consumers.remove(partner), worker.publisher.remove(partner))
    return frozenset(wanted)


async def _say_when_ready(worker: Worker, begun: asyncio.Event) -> None:
    await begun.wait()
    while True:
        if worker.consumers.healthy:
            worker.watch.takes_messages()
            _say_ready()
            return
        await asyncio.sleep(READY_EVERY)


def _say_ready() -> None:
    _log.info(LogEvent.WORKER_STARTED, pid=os.getpid())
    _say(READY)


def _say(line: bytes) -> None:
    # A supervisor that does not read, or is no more, must never hold up a worker.
    with contextlib.suppress(BlockingIOError, BrokenPipeError):
        os.write(sys.stdout.fileno(), line)


def _stopping() -> asyncio.Event:
    stop = asyncio.Event()
    os.set_blocking(sys.stdout.fileno(), False)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # The supervisor holds the other end of our standard input, and writes nothing: its end is the supervisor's end.
    loop.add_reader(sys.stdin.fileno(), _at_end_of_input, loop, stop)
    return stop


def _at_end_of_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1):
        loop.remove_reader(sys.stdin.fileno())
        stop.set()
