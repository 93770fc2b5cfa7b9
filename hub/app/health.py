"""The state of a running hub, gathered from outside: what the database holds and what the broker says."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.app.closing import heir_of, left_of
from hub.app.hub import Hub
from hub.app.own_keys import without_keys
from hub.app.readiness import SENTENCES, doubted, heard
from hub.app.sizes import complaints
from hub.app.suite_rotation import without_answer
from hub.broker.admin import Admin, Depth
from hub.broker.nodes import Nodes
from hub.broker.readers import readers
from hub.broker.topology import DEAD, FROM_HUB, INTAKE, QUEUES
from hub.canonical.partners import Directory, Life, Partner
from hub.errors import BrokerAway, Standstill
from hub.ids import PartnerId
from hub.ports import Contents
from hub.routing.hub_keys import unnamed
from hub.store.lacks import Standing

READ = (*INTAKE.values(), DEAD)
"""The queues that the hub reads."""
AT_ONCE = 8
"""Partners whose queues are asked for side by side: while a node of the broker hangs, each takes seconds."""
HOUR = timedelta(hours=1)
FILLING = 0.8
"""Of the limit of a queue that a partner should read: from here on an operator is told."""


@dataclass(frozen=True, slots=True)
class Status:
    """Attributes:
    numbers: of the database, see `store.views.status`.
    queues: of the broker, by partner and queue.
    unready: why the hub cannot do its work, each a sentence; none means it can.
    attention: what it does as it should, and an operator has to look at.
    lacks: for want of what messages wait.
    """

    numbers: dict[str, int]
    queues: dict[PartnerId, dict[str, Depth]]
    unready: list[str]
    attention: list[str]
    lacks: list[Standing]


async def status(hub: Hub) -> Status:
    """How the hub is now. What does not answer is a reason to be unready, and leaves its part of the numbers out."""
    numbers: dict[str, int] = {}
    queues: dict[PartnerId, dict[str, Depth]] = {}
    away: list[str] = []
    lacks: list[Standing] = []
    unready = [f"worker {name}: {SENTENCES[why]}" for name, said in heard(hub.settings.home).items() for why in said]
    try:
        numbers = dict(await hub.database.status())
        lacks = await hub.database.lacking()
        away += _steps(await hub.database.store.contents(), hub.config.limits.period)
        stops, waits = await _ask_keys(hub)
        unready += stops
        away += waits
        unready += await _ask_broker(hub, queues, away)
    except (Standstill, BrokerAway) as error:
        unready.append(error.sentence)
    full = list(_filling(queues, hub.queue_limits.queue_messages))
    attention = [*_doubts(hub), *map(lacking, lacks), *_waiting(numbers), *full, *away]
    return Status(numbers, queues, unready, attention, lacks)


def lacking(one: Standing) -> str:
    """A lack as a line for an operator: since when, how many wait, and what to do."""
    outgoing = f", {one.outgoing} to partners" if one.outgoing else ""
    waits = f"{one.messages} messages wait ({one.acute} acute){outgoing}"
    return f"{one.lack.id} since {one.since:%Y-%m-%d %H:%M}Z: {waits}. {one.lack.sentence}"


async def _ask_keys(hub: Hub) -> tuple[list[str], list[str]]:
    """What its machines lack of the hub's own keys, and whether the directory names these."""
    directory = await hub.database.store.directory()
    stops, waits = without_keys(directory, await hub.database.machines())
    waits += await without_answer(hub, directory)
    if unnamed(directory):
        stops.append("the database does not name the hub's own keys: run `ketenhub key adopt`")
    return stops, waits


def _doubts(hub: Hub) -> Iterator[str]:
    """Of the workers of this machine; and of this process, which has asked the database for the moment just now."""
    here = {"this machine": sorted(hub.database.store.doubts)}
    for name, doubts in (here | {f"worker {one}": found for one, found in doubted(hub.settings.home).items()}).items():
        if doubts:
            yield f"clock: {name} doubts it ({', '.join(doubts)}): nothing ends by time, see the runbook"


async def _ask_broker(hub: Hub, queues: dict[PartnerId, dict[str, Depth]], away: list[str]) -> list[str]:
    directory = await hub.database.store.directory()
    now = await hub.now()
    async with hub.admin() as admin:
        nodes = await admin.nodes()
        away += _missing(nodes)
        # Short of memory or disk it listens to nobody who publishes.
        away += [] if nodes.short else await complaints(hub, admin)
        read = [partner.id for partner in directory.partners.values() if partner.is_read(now)]
        room = asyncio.Semaphore(AT_ONCE)
        queues |= zip(read, await asyncio.gather(*(_depths(hub, admin, one, room) for one in read)), strict=True)
    away += [await _closing(hub, directory, directory.partners[one], queues[one], now) for one in read
             if directory.partners[one].life(now) is Life.CLOSING]  # fmt: skip
    short = [f"the broker is short of {what}: nobody can send" for what in nodes.short]
    return [*short, *_leaderless(queues), *_unread(queues)]


async def _closing(hub: Hub, directory: Directory, partner: Partner, depths: Mapping[str, Depth], now: datetime) -> str:
    left, heir = await left_of(hub, partner.id, depths), heir_of(directory, partner, now)
    goes = (
        f"for {heir.id}"
        if heir
        else f"nobody gets it: `ketenhub partner retire {partner.id} --successor`, or --give-up"
    )
    return f"{partner.id} is closing since {partner.valid_to:%Y-%m-%d %H:%M}Z; left: {left.words()} ({goes})"


def _missing(nodes: Nodes) -> Iterator[str]:
    yield from (f"node {name} of the broker does not run: see the runbook" for name in nodes.away)
    for name in nodes.parted:
        yield f"node {name} of the broker was cut off, and restarting it is due: see the runbook"


async def _depths(hub: Hub, admin: Admin, partner: PartnerId, room: asyncio.Semaphore) -> dict[str, Depth]:
    async with room:
        return await _sure(hub, partner, await admin.depths(partner))


async def _sure(hub: Hub, partner: PartnerId, depths: dict[str, Depth]) -> dict[str, Depth]:
    """The management API may not know a new reader for seconds: where it says nobody reads, the queue is asked."""
    doubtful = [name for name in READ if name in depths and depths[name].led and depths[name].consumers == 0]
    if not doubtful:
        return depths
    found = await readers(hub.connector, partner, doubtful)
    return depths | {name: replace(depths[name], consumers=number) for name, number in found.items()}


def _waiting(numbers: dict[str, int]) -> list[str]:
    alarms = {
        "quarantined": "{} in quarantine: look with `ketenhub quarantine list`",
        "undeliverable": "{} messages that a partner's system says it cannot take: repair, they are sent again",
        "awaiting_resend": "{} messages await that their sender sends them again: see `ketenhub awaiting`",
        "overdue": "{} terms overdue: see `ketenhub case show`",
    }
    return [text.format(numbers[name]) for name, text in alarms.items() if numbers.get(name)]


def _steps(contents: Contents, lasts: timedelta) -> Iterator[str]:
    """Whether the keys of what was delivered go in time (docs/reliability.md, "Erased")."""
    if contents.since is None:
        yield "what is delivered stays in copies of the database, while older versions run: stop those"
    elif (stands := contents.now - contents.since) > 2 * lasts:
        yield f"no key of what was delivered was destroyed for {stands // HOUR} hours: see the runbook"


def _filling(queues: dict[PartnerId, dict[str, Depth]], limit: int) -> Iterator[str]:
    for partner, depths in queues.items():
        for name in FROM_HUB.values():
            depth = depths.get(name)
            held = depth.ready + depth.unacked if depth else 0
            if held >= FILLING * limit:
                yield f"{partner}: {name} holds {held} of at most {limit} messages: does its system read them?"


def _leaderless(queues: Mapping[PartnerId, Mapping[str, Depth]]) -> Iterator[str]:
    for partner, depths in queues.items():
        for name in QUEUES:
            if name in depths and not depths[name].led:
                yield f"{partner}: queue {name} has no leader: nothing goes in or out, see the runbook"


def _unread(queues: dict[PartnerId, dict[str, Depth]]) -> list[str]:
    alarms = []
    for partner, depths in queues.items():
        for name in READ:
            if name not in depths:
                alarms.append(f"{partner}: queue {name} is missing: run `ketenhub topology apply`")
            elif depths[name].led and depths[name].consumers == 0:
                alarms.append(f"{partner}: nobody reads {name}: is `ketenhub serve` running?")
    return alarms
