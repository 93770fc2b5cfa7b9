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

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from hub.canonical.codes import Lane
from hub.canonical.commands import Confirm
from hub.envelope.at_rest import Kept, reveal
from hub.envelope.opening import CRYPTO_AWAY
from hub.errors import HubError, OurFault, Surroundings
from hub.ids import HandoverId, MessageId, Oin
from hub.lanes.answers import answer, rejected
from hub.lanes.arrival import Arrival, arrive, refused_unopened, uuid_of, written_at
from hub.lanes.asking import Asked, ask
from hub.lanes.fate import MACHINE_FAILS, NotYet, Poison, judge_failure, unexpected, waits
from hub.lanes.item import Item, as_kept
from hub.lanes.judge import judge
from hub.lanes.refill import fill, resent
from hub.lanes.setting import Setting
from hub.lanes.stepping import KEY_GONE
from hub.lanes.workspace import Verdict, Workspace
from hub.ports import (
    Changes,
    Delivery,
    Fate,
    InboxRow,
    Loaded,
    Place,
    Store,
    StoredDelivery,
    Unit,
    Wanted,
)
from hub.ports.periods import AS_IT_CAME
from hub.routing.directory import acting, formers, next_connection
from hub.telemetry import LogEvent

_log = structlog.get_logger()

FAILS_ALONE = "fails-alone"
OF_A_MACHINE = (MACHINE_FAILS, CRYPTO_AWAY)
"""Codes of what a machine lacks, and a message may bring about by itself."""
Keep = Callable[[Delivery, OurFault, Store, Lane, Setting], Awaitable[Changes]]


async def decide_batch(deliveries: Sequence[Delivery], store: Store, lane: Lane, setting: Setting) -> Changes:
    """Decide what the broker brought, and commit all that follows.

    Raises:
        DatabaseAway, Clash, OurFault: nothing was written.
    """
    async with store.unit() as unit:
        arrivals = [_owned(_opened(one, unit, setting), unit) for one in deliveries]
        _note_other_lanes(arrivals)
        unit.hear(_times(arrivals, unit))
        return await _settle(await _claimed(arrivals, unit), (), unit, lane, setting)


async def keep_delivery(delivery: Delivery, error: OurFault, store: Store, lane: Lane, setting: Setting) -> Changes:
    """Keep one delivery for a retry or in quarantine, by this error, without judging it."""
    async with store.unit() as unit:
        arrival = _owned(_opened(delivery, unit, setting), unit)
        blamed = replace(arrival, error=arrival.error or error)
        return await _settle(await _claimed([blamed], unit), (), unit, lane, setting)


async def keep_unopened(delivery: Delivery, error: OurFault, store: Store, lane: Lane, setting: Setting) -> Changes:
    """As `keep_delivery`, for one that may kill whoever opens it."""
    async with store.unit() as unit:
        arrival = _owned(refused_unopened(delivery, unit.now, setting, error), unit)
        return await _settle(await _claimed([arrival], unit), (), unit, lane, setting)


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
    row: InboxRow, kept: StoredDelivery, store: Store, setting: Setting, error: OurFault | None = None
) -> Changes:
    """Judge a stored delivery again; nothing, if somebody else has decided it meanwhile.

    Args:
        error: keep it by this error without judging it, because judging it spoiled its transaction.
    """
    async with store.unit() as unit:
        before = (await unit.reopen([row.id])).get(row.id)
        if before is None or before.fate is not Fate.RETRY:
            return Changes()
        delivery = Delivery(row.partner, row.lane, b"", kept.properties, stored=row.id, dead=kept.dead)
        try:
            delivery = replace(delivery, body=_body(kept, setting))
        except OurFault as unreadable:
            if unreadable.code == KEY_GONE:  # wrapped anew since it was read: due again when its lease ends
                return Changes()
            # a key is not here, or it is damaged: it stays what it was
            arrival = refused_unopened(delivery, unit.now, setting, unreadable)
            return await _settle([_again(arrival, before, kept)], (), unit, row.lane, setting)
        arrival = _owned(_arrived_again(delivery, kept, unit, setting), unit)
        blamed = replace(arrival, error=arrival.error or error)
        item, ended = await _reopened(blamed, before, kept, unit, setting)
        return await _settle([item], ended, unit, row.lane, setting)


def _times(arrivals: Sequence[Arrival], unit: Unit) -> Iterator[tuple[Oin, datetime]]:
    """What senders signed as the moment at which they wrote; one that has become another's speaks for that one."""
    for one in arrivals:
        if (time := written_at(one)) is not None:
            yield acting(unit.directory, unit.directory.partners[one.row.partner], unit.now), time


def _note_other_lanes(arrivals: Sequence[Arrival]) -> None:
    for one in arrivals:
        if one.row.lane is not one.delivery.lane:
            log = _log.bind(partner=one.row.partner, message=one.row.message, lane=one.row.lane.value)
            log.warning(LogEvent.LANE_MISMATCH, queue=f"intake.{one.delivery.lane.value}")


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


# --- what becomes of each ------------------------------------------------------------------------------------------


async def _settle(
    items: Sequence[Item], ended: Sequence[InboxRow], unit: Unit, lane: Lane, setting: Setting
) -> Changes:
    setting.keys.begins(unit.period)
    first = {item.row.id: item for item in reversed(items) if item.row.fate is Fate.NEW}
    asked = {id_: _asked(item, unit, setting) for id_, item in first.items()}
    again = await resent(items, unit, setting)
    wanted = _wanted([one for one in (*asked.values(), *again.asked.values()) if isinstance(one, Asked)], unit)
    work = _workspace(unit, await unit.load(wanted))
    for row in ended:
        work.put(Verdict(replace(row, decided_at=unit.now)), stored_before=True)
    await fill(again, unit, work, setting)  # first: a yes beside it may need the part
    for item in _in_order(items, asked) if unit.recovering else items:
        _take(item, asked, work, setting)
    brought = [item for item in items if item.arrival.delivery.stored is None]
    new = {item.row.id for item in brought if item.row.fate is Fate.NEW}
    changes = work.changes(len(brought), len(brought) - len(new))
    await unit.write(changes, setting.worker, lane)
    return changes


def _workspace(unit: Unit, loaded: Loaded) -> Workspace:
    recovery = unit.recovery, unit.recovering
    return Workspace(unit.now, unit.directory, unit.period, loaded, unit.doubted, *recovery)


def _in_order(items: Sequence[Item], asked: Mapping[UUID, Asked | HubError]) -> list[Item]:
    """While the hub recovers: as they were signed, as far as that is known."""

    def signed(item: Item) -> datetime:
        found = asked.get(item.row.id)
        return found.event.time if isinstance(found, Asked) else item.row.received_at

    return sorted(items, key=signed)


def _asked(item: Item, unit: Unit, setting: Setting) -> Asked | HubError:
    """What it asks, or why it cannot be decided: before anything is looked up, so that what to look up is known."""
    try:
        # Without these there is no answer, whatever it is.
        setting.keys.names(unit.directory)
        setting.keys.keeps(unit.directory)
        found = {"doubted": unit.doubted, "recovering": unit.recovering}
        return ask(item.arrival, item.row, unit.directory, unit.now, setting, **found)
    except HubError as error:
        return error
    except Exception as exc:  # noqa: BLE001 - a bug of ours on one message must not stop the others
        return unexpected(exc)


def _take(item: Item, asked: Mapping[UUID, Asked | HubError], work: Workspace, setting: Setting) -> None:
    row = work.known(item.row.id) or item.row
    if row.fate is Fate.NEW:
        stored_before = item.arrival.delivery.stored is not None
        verdict = _verdict(item, asked[row.id], row, work, setting)
        if verdict.stored is None:
            setting.passing.passed(row.id)
        if item.kept is not None and item.kept.lack is not None and verdict.lack_id != item.kept.lack:
            work.mended(item.kept.lack)
        if verdict.lack_id is not None and stored_before and verdict.row.code == row.code:
            row = work.wait_on(verdict)
        else:
            row = work.put(verdict, stored_before=stored_before)
    elif item.arrival.delivery.stored is None:
        row = work.count_again(replace(row, deliveries=row.deliveries + 1))
    # The connection that asked is answered; in its place, if it has ended, its organisation's next.
    asker = work.directory.partners[item.arrival.delivery.partner]
    asked_by = next_connection(work.directory, asker, work.now)
    try:
        work.say(answer(row, asked_by, work.directory, work.period, setting))
    except Surroundings as fault:  # of a known one only, as all others asked for the key first: its sender asks again
        _log.error(LogEvent.ANSWER_WAITS, partner=row.partner, message=row.message, code=fault.code)


def _verdict(item: Item, asked: Asked | HubError, row: InboxRow, work: Workspace, setting: Setting) -> Verdict:
    if isinstance(asked, HubError):
        return _failed(item, row, asked, work, setting)
    try:
        return judge(asked, row, work, setting)
    except HubError as error:
        return _failed(item, row, error, work, setting)
    except Exception as exc:  # noqa: BLE001 - a bug of ours on one message must not stop the others
        return _failed(item, row, unexpected(exc), work, setting)


def _of_it_alone(error: HubError, item: Item, row: InboxRow, setting: Setting) -> HubError:
    """What a machine lacks, or a fault of the message: if it was found to be that once, or others pass meanwhile."""
    if error.code not in OF_A_MACHINE:
        return error
    found = item.kept is not None and item.kept.code == FAILS_ALONE
    if not setting.passing.is_alone(row.id) and not found:
        return error
    return OurFault(FAILS_ALONE, "The machine fails on this message, and not on others; report it as a bug.")


def _failed(item: Item, row: InboxRow, error: HubError, work: Workspace, setting: Setting) -> Verdict:
    error = _of_it_alone(error, item, row, setting)
    # Looks for its cause were no failures: a first fault after them must not end in quarantine.
    waited = item.kept is not None and waits(item.kept.code)
    attempt = 1 if waited and not isinstance(error, NotYet) else item.attempt
    judged = judge_failure(
        error,
        attempt=attempt,
        lane=row.lane,
        received_at=row.received_at,
        now=work.now,
        limits=setting.limits,
        doubted=work.doubted,
        recovering=work.recovering,
    )
    if judged.rejection is not None:
        return Verdict(rejected(row, written_at(item.arrival), judged.rejection, work.now, work.directory, setting))
    delivery, lack, kept = item.arrival.delivery, judged.lack, item.kept
    own = kept is not None and kept.inbox == row.id
    stored = StoredDelivery(
        row.id,
        kept.payload if kept and own else as_kept(row, delivery.body, work, setting),
        delivery.properties,
        judged.code,
        attempt if lack is None else attempt - 1,  # it ended, and by nothing that the message did
        judged.again_at,
        delivery.dead,
        row.lane,
        lack.id if lack else None,
        kept.told_at if kept else None,
    )
    return Verdict(replace(row, fate=judged.fate, code=judged.code), stored=stored, lack=lack)


# --- what has to be known to judge them ----------------------------------------------------------------------------


def _wanted(found: Sequence[Asked], unit: Unit) -> Wanted:
    """Every name that these messages mention."""
    sent = [(one.sender.oin, one.command.message) for one in found if isinstance(one.command, Confirm)]
    named = [(one.sender.oin, one.event.causationid) for one in found if one.event.causationid is not None]
    causes = [(oin, cause) for own, cause in named for oin in (own, *formers(unit.directory, own, unit.now))]
    handovers = (getattr(one.command, "handover", None) for one in found)
    return Wanted(
        correlations=list({one.event.correlationid for one in found if one.event.correlationid is not None}),
        causes=[(oin, MessageId(cause)) for oin, cause in dict.fromkeys(causes)],
        sent=list(dict.fromkeys(sent)),
        handovers=list({HandoverId(one) for one in handovers if one is not None}),
        radar=list({pseudonym for one in found for signal in one.signals for pseudonym in signal.pseudonyms}),
    )
