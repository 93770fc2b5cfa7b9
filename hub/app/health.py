"""The state of a running hub, gathered from outside: what the database holds and what the broker says."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hub.app.ages import overlong
from hub.app.closing import heir_of, left_of
from hub.app.hub import Hub
from hub.app.own_keys import without_keys
from hub.app.readiness import SENTENCES, workers
from hub.app.servers import advice
from hub.app.sizes import complaints
from hub.app.suite_rotation import without_answer
from hub.broker.admin import Admin, Depth
from hub.broker.nodes import Nodes
from hub.broker.readers import NOBODY, reach, told_by
from hub.broker.topology import ASIDE, DEAD, FROM_HUB, INTAKE, QUEUES
from hub.canonical.belief import Doubt
from hub.canonical.codes import Lane
from hub.canonical.partners import Directory, Life, Partner
from hub.errors import HubError
from hub.ids import PartnerId
from hub.ports import Contents
from hub.routing.hub_keys import unnamed
from hub.settings import ACCEPTED, UNVERIFIED, Settings, unverified
from hub.store.backlog import Backlog, Kind
from hub.store.lacks import Standing
from hub.store.views import Unreadable

READ = (*INTAKE.values(), DEAD)
"""The queues that the hub reads."""
AT_ONCE = 8
"""Partners whose queues are asked for side by side: while a node of the broker hangs, each takes seconds."""
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
FILLING = 0.8
"""Of the limit of a queue that a partner should read: from here on an operator is told."""


@dataclass(slots=True)
class Status:
    """Attributes:
    numbers: of the database, see `store.views.status`; and how old what waits is, in seconds.
    backlogs: what waits, by kind, partner, lane and code.
    queues: of the broker, by partner and queue.
    unready: why the hub cannot do its work, each a sentence; none means it can.
    attention: what it does as it should, and an operator has to look at.
    lacks: for want of what messages wait.
    now: by the database's clock, if it answers.
    directory: if it could be read.
    """

    numbers: dict[str, int] = field(default_factory=dict)
    backlogs: list[Backlog] = field(default_factory=list)
    queues: dict[PartnerId, dict[str, Depth]] = field(default_factory=dict)
    unready: list[str] = field(default_factory=list)
    attention: list[str] = field(default_factory=list)
    lacks: list[Standing] = field(default_factory=list)
    now: datetime | None = None
    directory: Directory | None = None


async def status(hub: Hub) -> Status:
    """How the hub is now. What does not answer is a reason to be unready, and leaves its part of the numbers out.

    Each of `_PARTS` adds what it finds; one that needs what did not answer is left out.
    """
    found = Status(attention=[*_unverified(hub.settings)])
    for part, can in _PARTS:
        if can(found):
            try:
                await part(hub, found)
            except HubError as error:
                said = advice(await hub.why(error), hub.settings)
                found.unready += [said] if said not in found.unready else []
    return found


async def _workers(hub: Hub, found: Status) -> None:
    """Those of this machine, as they say themselves."""
    for name, said in workers(hub.settings.home).items():
        found.unready += [f"worker {name}: {SENTENCES[why]}" for why in said.unready]
        found.attention += _doubts(f"worker {name}", said.doubts)


async def _database(hub: Hub, found: Status) -> None:
    """Whether it answers, whether anybody works on it, and who is connected."""
    found.now = await hub.now()
    found.attention += _doubts("this machine", hub.database.store.doubts)
    here = {said.lane for said in workers(hub.settings.home).values()}
    found.unready += _unworked(here | await hub.database.lanes_worked())
    found.directory = await hub.database.store.directory()


async def _messages(hub: Hub, found: Status) -> None:
    """What there is, what waits, and for how long."""
    assert found.now is not None
    found.numbers |= await hub.database.status()
    found.backlogs = await hub.database.backlogs()
    found.numbers |= _oldest(found.backlogs, found.now)
    found.unready += overlong(found.backlogs, found.now, hub.config.limits.delayed_notice_after)
    found.lacks = await hub.database.lacking()
    found.attention += [*map(lacking, found.lacks), *_to_do(found.numbers)]
    found.attention += map(unreadable, await hub.database.unreadable())


async def _keys(hub: Hub, found: Status) -> None:
    """What its machines lack of the hub's own keys, and whether those go that should."""
    found.attention += _steps(await hub.database.store.contents(), hub.config.limits.period)
    stops, waits = await _ask_keys(hub)
    found.unready += stops
    found.attention += waits


async def _reach(hub: Hub, found: Status) -> None:
    """Whether the broker takes a connection: its management API may answer where that does not."""
    await reach(hub.connector, next((one.id for one in _read(found)), NOBODY))


async def _broker(hub: Hub, found: Status) -> None:
    """Whether the hub can send and read."""
    read = _read(found)
    async with hub.admin() as admin:
        nodes = await admin.nodes()
        # Short of memory or disk it listens to nobody who publishes.
        found.attention += [] if nodes.short else await complaints(hub, admin)
        room = asyncio.Semaphore(AT_ONCE)
        depths = await asyncio.gather(*(_depths(hub, admin, one.id, room) for one in read))
    found.queues = {one.id: of_one for one, of_one in zip(read, depths, strict=True)}
    found.unready += [f"the broker is short of {what}: nobody can send" for what in nodes.short]
    ended = {one for said in workers(hub.settings.home).values() for one in said.cut_off}
    found.unready += [*_leaderless(found.queues), *_unread(found.queues, ended)]
    most = {one.id: hub.limits_of(one).queue_messages for one in read}
    found.attention += [*_filling(found.queues, most), *_limited(found.queues), *_missing(nodes)]
    for one in read:
        if found.now and found.directory and one.life(found.now) is Life.CLOSING:
            found.attention.append(await _closing(hub, found.directory, one, found.queues[one.id], found.now))


_PARTS: tuple[tuple[Callable[[Hub, Status], Awaitable[None]], Callable[[Status], bool]], ...] = (
    (_workers, lambda _: True),
    (_database, lambda _: True),
    (_messages, lambda found: found.now is not None),
    (_keys, lambda found: found.directory is not None),
    (_reach, lambda _: True),
    (_broker, lambda _: True),
)
"""What is asked, in this order, and whether it can be."""


def _read(found: Status) -> list[Partner]:
    """The partners whose queues are read."""
    partners = found.directory.partners.values() if found.directory else ()
    return [one for one in partners if found.now and one.is_read(found.now)]


def lacking(one: Standing) -> str:
    """A lack as a line for an operator: since when, how many wait, and what to do."""
    outgoing = f", {one.outgoing} to partners" if one.outgoing else ""
    waits = f"{one.messages} messages wait ({one.acute} acute){outgoing}"
    return f"{one.lack.id} since {one.since:%Y-%m-%d %H:%M}Z: {waits}. {one.lack.sentence}"


def unreadable(one: Unreadable) -> str:
    """What of a sender could not be opened, as a line for an operator."""
    acute = f" ({one.acute} acute)" if one.acute else ""
    bodies = f"{one.bodies} {'body' if one.bodies == 1 else 'bodies'}{acute}"
    said = f"{bodies} in an hour that cannot be opened, the last at {one.last:%H:%M}Z"
    return f"{one.partner}: {said}: compare its keys, `ketenhub key list {one.partner}`, and call it, see the runbook"


async def _ask_keys(hub: Hub) -> tuple[list[str], list[str]]:
    """What its machines lack of the hub's own keys, and whether the directory names these."""
    directory = await hub.database.store.directory()
    stops, waits = without_keys(directory, await hub.database.machines())
    waits += await without_answer(hub, directory)
    if unnamed(directory):
        stops.append("the database does not name the hub's own keys: run `ketenhub key adopt`")
    return stops, waits


def _unverified(settings: Settings) -> Iterator[str]:
    """For as long as it is accepted, also where no address needs it now: the next one would go unsaid."""
    if settings.unverified:
        found = "; ".join(f"{', '.join(places)} ({name})" for name, places in unverified(settings).items())
        yield f"{UNVERIFIED} is {ACCEPTED}: connections where nothing proves who answers: {found or 'none now'}"


def _doubts(who: str, doubts: Collection[Doubt]) -> Iterator[str]:
    if doubts:
        yield f"clock: {who} doubts it ({', '.join(sorted(doubts))}): nothing ends by time, see the runbook"


def _unworked(lanes: Collection[Lane]) -> Iterator[str]:
    yield from (f"no worker of lane {lane} lives: is `ketenhub serve` running?" for lane in Lane if lane not in lanes)


def _oldest(backlogs: Iterable[Backlog], now: datetime) -> dict[str, int]:
    """How many seconds the oldest of each kind is old."""
    return {f"oldest_{kind}_seconds": max(0, (now - min(one.since for one in backlogs if one.what is kind)) // SECOND)
            for kind in Kind if any(one.what is kind for one in backlogs)}  # fmt: skip


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
    found = await told_by(hub.connector, partner, doubtful)
    return depths | {name: replace(depths[name], consumers=told.readers) for name, told in found.items()}


def _to_do(numbers: dict[str, int]) -> list[str]:
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


def _filling(queues: Mapping[PartnerId, Mapping[str, Depth]], most: Mapping[PartnerId, int]) -> Iterator[str]:
    for partner, depths in queues.items():
        for name in FROM_HUB.values():
            depth = depths.get(name)
            held = depth.ready + depth.unacked if depth else 0
            if held >= FILLING * most[partner]:
                yield f"{partner}: {name} holds {held} of at most {most[partner]} messages: does its system read them?"


def _limited(queues: Mapping[PartnerId, Mapping[str, Depth]]) -> Iterator[str]:
    """Whether the limits of the configuration are those of the queues."""
    for partner, depths in queues.items():
        for name in QUEUES:
            if (aside := ASIDE.get(name, "")) in depths:
                yield f"{partner}: queue {name} is being made anew, {depths[aside].held} messages lie aside meanwhile"
            elif name in depths and depths[name].earlier:
                yield f"{partner}: queue {name} has the limits of an earlier version: it is made anew when none runs"
        if other := [name for name in QUEUES if name in depths and not depths[name].ruled]:
            yield (
                f"{partner}: the limits of the configuration do not hold for {', '.join(other)}: "
                "run `ketenhub topology apply`, and see the runbook"
            )


def _leaderless(queues: Mapping[PartnerId, Mapping[str, Depth]]) -> Iterator[str]:
    for partner, depths in queues.items():
        for name in QUEUES:
            if name in depths and not depths[name].led:
                yield f"{partner}: queue {name} has no leader: nothing goes in or out, see the runbook"


def _unread(queues: Mapping[PartnerId, Mapping[str, Depth]], ended: Collection[str]) -> list[str]:
    alarms = []
    for partner, depths in queues.items():
        for name in READ:
            if name not in depths:
                alarms.append(f"{partner}: queue {name} is missing: run `ketenhub topology apply`")
            elif f"{partner} {name}" in ended:
                alarms.append(f"{partner}: the broker ends the reading of {name} each time it begins: see the runbook")
            elif depths[name].led and depths[name].consumers == 0:
                alarms.append(f"{partner}: nobody reads {name}: is `ketenhub serve` running?")
    return alarms
