"""A batch of deliveries in one transaction: opened, claimed, loaded, judged in order, written, committed.

Theory. A batch exists for speed only: its result must be that of its deliveries one by one. So each is opened and
judged by itself, in the order they came, against a memory (`Workspace`) in which the earlier ones have already
happened; what fails leaves no trace in it. The database sees a few reads and one write a table, however many there
are. Nothing outside the transaction has happened when it commits, and everything has when it returns: only then may
the caller acknowledge (P1) and publish.

A delivery takes one of these ways through here:

    known already      counted, and its answer, if it has one, goes out again          (P2)
    decided            a verdict: accepted or refused, with all it leads to
    ours to blame      kept with its bytes for a retry, or in quarantine               (P5)
    for want of what   kept with its bytes for as long as that is lacking, whatever it is
      is not here
    a stored retry     the same inbox row, judged again; one that was kept unopened and opens now becomes the message
                       it turns out to be, and its old row ends as a duplicate
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from hub.canonical.codes import Lane
from hub.envelope.at_rest import Kept, reveal
from hub.errors import BUSY, OurFault
from hub.ids import Oin
from hub.lanes.answers import answer
from hub.lanes.arrival import Arrival, arrive, refused_unopened, uuid_of, written_at
from hub.lanes.fate import Poison, waits
from hub.lanes.item import Item
from hub.lanes.setting import Setting
from hub.lanes.settling import settle
from hub.lanes.stepping import KEY_GONE
from hub.lanes.turns import unhurried
from hub.ports import (
    Body,
    Changes,
    Delivery,
    Fate,
    InboxRow,
    Place,
    Store,
    StoredDelivery,
    Unit,
)
from hub.ports.periods import AS_IT_CAME
from hub.routing.directory import acting, next_connection

Keep = Callable[[Delivery, OurFault, Store, Lane, Setting], Awaitable[Changes]]


async def decide_batch(
    deliveries: Sequence[Delivery], store: Store, lane: Lane, setting: Setting, *, hasty: bool = False
) -> Changes:
    """Decide what the broker brought, and commit all that follows; `Changes.left` are to be decided next.

    Args:
        hasty: it was tried, and found something locked: see `ports.Store.unit`.

    Raises:
        DatabaseAway, Busy, Clash, OurFault: nothing was written.
    """
    async with store.unit(hasty=hasty) as unit:
        await _noted_no_more(deliveries, unit)
        arrivals = [_owned(_opened(one, unit, setting), unit) async for one in unhurried(deliveries, setting.ticks)]
        unit.hear(_times(arrivals, unit))
        changes = await settle(await _claimed(arrivals, unit), (), unit, lane, setting)
        if left := again(changes.left):
            await unit.begin(left)
    setting.unreadable.committed(changes.read, setting.ticks())
    setting.misplaced.committed(changes.misplaced, setting.ticks())
    return changes


async def keep_delivery(delivery: Delivery, error: OurFault, store: Store, lane: Lane, setting: Setting) -> Changes:
    """Keep one delivery for a retry or in quarantine, by this error, without judging it; what is locked is not waited
    for."""
    async with store.unit(hasty=True) as unit:
        await _noted_no_more([delivery], unit)
        arrival = _owned(_opened(delivery, unit, setting), unit)
        blamed = replace(arrival, error=arrival.error or error)
        return await settle(await _claimed([blamed], unit), (), unit, lane, setting)


async def keep_unopened(delivery: Delivery, error: OurFault, store: Store, lane: Lane, setting: Setting) -> Changes:
    """As `keep_delivery`, for one that may kill whoever opens it."""
    async with store.unit(hasty=True) as unit:
        await _noted_no_more([delivery], unit)
        arrival = _owned(refused_unopened(delivery, unit.now, setting, error), unit)
        return await settle(await _claimed([arrival], unit), (), unit, lane, setting)


async def begin(bodies: Collection[Body], store: Store) -> Collection[Body]:
    """Note, committed, what the broker brings again before it is opened; see `ports.Unit.begin`.

    The transaction that decides or keeps it forgets it. What another process has open now is waited for, so only what
    one left behind as it died is found.
    """
    async with store.unit() as unit:  # where nothing can be decided nothing is noted: who ends then died of nothing
        return await unit.begin(bodies)


async def take_back(deliveries: Sequence[Delivery], store: Store, lane: Lane, setting: Setting) -> Changes:
    """Messages of the hub that their recipient has not fetched and never will: they go to who stands in its place.

    Each keeps its id and bytes. One that is delivered is over, and so is a `vertraagd`: the answer itself follows.
    """
    async with store.unit() as unit:
        setting.keys.begins(unit.period)
        named = (uuid_of(one.properties.message_id) for one in deliveries)
        answered = await unit.resend([id_ for id_ in dict.fromkeys(named) if id_ is not None])
        directory, now = unit.directory, unit.now
        heirs = [next_connection(directory, directory.partners[row.partner], now) for row in answered]
        pairs = zip(answered, heirs, strict=True)
        said = [answer(row, heir, directory, unit.period, setting) for row, heir in pairs]
        changes = Changes(outbox=[one for one in said if one is not None])
        await unit.write(changes, setting.worker, lane)
        return changes


async def retry_stored(
    row: InboxRow,
    kept: StoredDelivery,
    store: Store,
    setting: Setting,
    error: OurFault | None = None,
    *,
    hasty: bool = False,
) -> Changes:
    """Judge a stored delivery again; nothing, if somebody else has decided it meanwhile.

    Args:
        hasty: see `ports.Store.unit`; one that was locked before always is.
        error: keep it by this error without judging it, because judging it spoiled its transaction.
    """
    async with store.unit(hasty=hasty or BUSY in (kept.code, error and error.code)) as unit:
        before = (await unit.reopen([row.id])).get(row.id)
        if before is None or before.fate is not Fate.RETRY:
            return Changes()
        dead = kept.dead and not kept.properties.published_by(row.partner)  # a version before kept both alike
        delivery = Delivery(row.partner, row.lane, b"", kept.properties, stored=row.id, dead=dead)
        try:
            delivery = replace(delivery, body=_body(kept, setting))
        except OurFault as unreadable:
            if unreadable.code == KEY_GONE:  # wrapped anew since it was read: due again when its lease ends
                looked = replace(kept, attempts=kept.attempts - 1)  # at no fault of its own
                await unit.write(Changes(stored=(looked,)), setting.worker, row.lane)
                return Changes()
            # a key is not here, or it is damaged: it stays what it was
            arrival = refused_unopened(delivery, unit.now, setting, unreadable)
            return await settle([_again(arrival, before, kept)], (), unit, row.lane, setting)
        arrival = _owned(_arrived_again(delivery, kept, unit, setting), unit)
        blamed = replace(arrival, error=arrival.error or error)
        item, ended = await _reopened(blamed, before, kept, unit, setting)
        return await settle([item], ended, unit, row.lane, setting)


def _times(arrivals: Sequence[Arrival], unit: Unit) -> Iterator[tuple[Oin, datetime]]:
    """What senders signed as the moment at which they wrote; one that has become another's speaks for that one."""
    for one in arrivals:
        if (time := written_at(one)) is not None:
            yield acting(unit.directory, unit.directory.partners[one.row.partner], unit.now), time


def body_of(delivery: Delivery) -> Body:
    return delivery.partner, delivery.body_hash


def again(deliveries: Sequence[Delivery]) -> set[Body]:
    """The bodies of those that the broker brings again."""
    return {body_of(one) for one in deliveries if one.count}


async def _noted_no_more(deliveries: Sequence[Delivery], unit: Unit) -> None:
    if bodies := again(deliveries):
        await unit.forget(bodies)


# --- which inbox row each delivery is ------------------------------------------------------------------------------


async def _claimed(arrivals: Sequence[Arrival], unit: Unit) -> list[Item]:
    """Each with its row; the first of several copies in the batch asks for all of them."""
    asked: dict[tuple[Oin | None, str], InboxRow] = {}
    for one in arrivals:
        asked.setdefault(_key(one), one.row)
    found = dict(zip(asked, await unit.claim(list(asked.values())), strict=True))
    return [Item(one, found[_key(one)]) for one in arrivals]


def _opened(delivery: Delivery, unit: Unit, setting: Setting) -> Arrival:
    return arrive(delivery, unit.directory, unit.now, setting, sure=unit.sure, recovering=unit.recovering)


def _owned(arrival: Arrival, unit: Unit) -> Arrival:
    """A message belongs to the organisation, by whichever of its connections it comes."""
    return replace(arrival, row=replace(arrival.row, organisation=unit.directory.partners[arrival.row.partner].oin))


def _arrived_again(delivery: Delivery, kept: StoredDelivery, unit: Unit, setting: Setting) -> Arrival:
    """Opened, unless its last attempt should have been the last and never ended: it may have killed its worker."""
    if kept.attempts > setting.limits.retry_attempts and not waits(kept.code):
        return refused_unopened(delivery, unit.now, setting, Poison())
    return _opened(delivery, unit, setting)


async def _reopened(
    arrival: Arrival, before: InboxRow, kept: StoredDelivery, unit: Unit, setting: Setting
) -> tuple[Item, tuple[InboxRow, ...]]:
    """The stored delivery's own row, new again; or, if it opens only now, or an older version kept the same content of
    its organisation twice, that of the message it is."""
    opens = arrival.row.opened and not before.opened
    if not opens and before.organisation is not None:
        return _again(arrival, before, kept), ()
    opened = replace(arrival.row, id=setting.new_id(), received_at=before.received_at, deliveries=0)
    (row,) = await unit.claim([opened])
    item = Item(replace(arrival, row=opened), row, kept.attempts, kept)
    return item, (replace(before, fate=Fate.DUPLICATE),)


def _again(arrival: Arrival, before: InboxRow, kept: StoredDelivery) -> Item:
    return Item(arrival, replace(before, fate=Fate.NEW), kept.attempts, kept)


def _body(kept: StoredDelivery, setting: Setting) -> bytes:
    payload = kept.payload
    if payload.key_id == AS_IT_CAME:
        return payload.ciphertext
    at_rest = Kept(payload.ciphertext, payload.wrapped_key)
    return reveal(at_rest, keys=setting.keys.wrapped, bound_to=Place.STORED.bound(kept.inbox))


def _key(arrival: Arrival) -> tuple[Oin | None, str]:
    return arrival.row.organisation, arrival.row.content_hash
