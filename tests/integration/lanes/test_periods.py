"""Content that waits goes from period to period, and once a period's key is destroyed no copy of what it held opens."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from sqlalchemy import text

from hub.envelope.at_rest import Kept, Label, StorageKey, reveal
from hub.envelope.ratchet import PeriodKey
from hub.errors import Standstill, Surroundings
from hub.lanes import asking
from hub.lanes import periods as module
from hub.lanes.stepping import KeyStanding
from hub.ports import OutboxRow, Period, Place
from hub.routing.document import from_document
from hub.store import periods, recovery
from hub.store.engine import connect, transaction
from hub.store.memory import Memory
from hub.store.store import PostgresStore
from tests.clock import Clock
from tests.databases import one, rows
from tests.kit import PERIOD, Kit, Machine, on_own_machine
from tests.periods import keeper
from tests.talk import DOSSIER, OFFER, PRESENTED, PROCESSED, REPORT, YES, a_case, a_yes, an_offer, processed, timers

LASTS = timedelta(hours=6)
A_LITTLE = timedelta(minutes=1)


@pytest.fixture
async def hub(kit: Kit, clock: Clock) -> Kit:
    """One whose keys no other test has."""
    return on_own_machine(kit)


def machine_of(hub: Kit) -> Machine:
    found = hub.setting.keys.periods
    assert isinstance(found, Machine)
    return found


def held_by(hub: Kit) -> int | None:
    held = machine_of(hub).held
    return held.step if held else None


async def used(hub: Kit) -> int:
    return int(await one(hub.engine, "select period_step from directory_head"))


async def labels(hub: Kit, table: str) -> list[int | None]:
    """The steps that rows there are under."""
    where = "where next_at is not null" if table == "outbox" else ""
    found = await rows(hub.engine, f"select key_id from {table} {where} order by key_id")
    read = [Label.read(row["key_id"]) for row in found]
    return [label.step if label else None for label in read]


async def over(hub: Kit, clock: Clock) -> None:
    """A period ends, and all that follows from it is done."""
    await clock.put_ahead(LASTS + A_LITTLE)
    for _ in range(2):
        assert await keeper(hub).look() is KeyStanding.READY


async def presented(hub: Kit) -> OutboxRow:
    return (await hub.tell("politie-test", REPORT)).row("vt-test", PRESENTED)


async def as_stored(hub: Kit, row: OutboxRow) -> OutboxRow:
    (found,) = await rows(hub.engine, "select ciphertext, wrapped_key, key_id from outbox where id = :id", id=row.id)
    payload = replace(row.payload, **found)
    return replace(row, payload=payload)


async def test_what_waits_is_under_the_next_key_once_a_period_is_over_and_the_old_key_is_gone(
    hub: Kit, clock: Clock
) -> None:
    row = await presented(hub)
    said = hub.opened(row)
    await keeper(hub).look()
    assert (await used(hub), held_by(hub)) == (0, 0)

    await over(hub, clock)

    after = await as_stored(hub, row)
    assert (await used(hub), held_by(hub)) == (1, 1)
    assert after.payload.ciphertext == row.payload.ciphertext
    assert hub.opened(after) == said
    with pytest.raises(Surroundings):
        hub.opened(row)


async def test_everything_that_waits_goes_along_and_is_used_as_before(
    hub: Kit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await a_case(hub)
    offer = an_offer(hub)
    offered = await hub.tell("vt-test", OFFER, offer, correlationid=case.case)
    with monkeypatch.context() as broken:
        broken.setattr(asking, "check_environment", lambda *_: 1 / 0)
        late = await hub.tell("politie-test", REPORT)
    for table in ("held", "stored_delivery"):
        assert await labels(hub, table) == [0]

    for step in (1, 2, 3):
        await over(hub, clock)
        assert (await used(hub), held_by(hub)) == (step, step)
        for table in ("held", "stored_delivery"):
            assert await labels(hub, table) == [step]
        assert set(await labels(hub, "outbox")) == {step}

    said: list[OutboxRow] = []
    await timers(hub, said).look()
    assert [row for row in said if row.type.endswith("melding-aangeboden.v1")]
    assert late.changes.stored
    yes = await hub.tell(
        "wijkteam-test", YES, a_yes(offer, offered.row("wijkteam-test", OFFER)), correlationid=case.case
    )
    assert yes.one("wijkteam-test", DOSSIER)["data"]


async def test_a_hub_that_was_off_for_days_steps_once_and_then_after_a_whole_period(hub: Kit, clock: Clock) -> None:
    await presented(hub)
    await clock.put_ahead(timedelta(days=3))
    for _ in range(5):
        await keeper(hub).look()
    assert await used(hub) == 1
    await clock.put_ahead(LASTS - timedelta(minutes=5))
    for _ in range(2):
        await keeper(hub).look()
    assert await used(hub) == 1
    await clock.put_ahead(timedelta(minutes=10))
    await keeper(hub).look()
    assert await used(hub) == 2


async def test_a_step_that_a_wrong_clock_took_ahead_of_its_time_holds_up_none_after_it(hub: Kit, clock: Clock) -> None:
    await over(hub, clock)
    await rows(hub.engine, "update directory_head set period_since = period_since + interval '60 days'")
    await keeper(hub).look()
    assert await used(hub) == 2
    await keeper(hub).look()
    assert await used(hub) == 2


async def test_while_the_clock_is_doubted_no_step_is_taken(hub: Kit, clock: Clock) -> None:
    await presented(hub)
    await keeper(hub).look()
    await clock.jump(timedelta(days=3))
    for _ in range(3):
        assert await keeper(hub).look() is KeyStanding.READY
    assert await used(hub) == 0

    await clock.jump(timedelta(days=-3))
    await keeper(hub).look()
    await clock.put_ahead(LASTS + A_LITTLE)
    await keeper(hub).look()
    assert await used(hub) == 1


async def test_while_the_clock_is_doubted_what_waits_is_wrapped_anew_and_no_key_is_destroyed(
    hub: Kit, clock: Clock
) -> None:
    row = await presented(hub)
    await clock.put_ahead(LASTS + A_LITTLE)
    await keeper(hub).look()
    await clock.jump(timedelta(hours=2))
    await keeper(hub).look()
    assert (await used(hub), held_by(hub)) == (1, 0)
    assert set(await labels(hub, "outbox")) == {1}
    assert hub.opened(await as_stored(hub, row))

    await clock.jump(timedelta(hours=-2))
    await keeper(hub).look()
    await clock.put_ahead(timedelta(minutes=11))
    for _ in range(2):
        await keeper(hub).look()
    assert (await used(hub), held_by(hub)) == (1, 1)


async def test_many_that_look_at_once_take_one_step_and_wrap_each_row(hub: Kit, clock: Clock) -> None:
    await asyncio.gather(*(presented(hub) for _ in range(10)))
    await clock.put_ahead(LASTS + A_LITTLE)
    machines = [on_own_machine(hub) for _ in range(4)]
    for _ in range(2):
        await asyncio.gather(*(keeper(machine).look() for machine in machines))

    assert await used(hub) == 1
    assert set(await labels(hub, "outbox")) == {1}
    for machine in machines:
        await keeper(machine).look()
        assert held_by(machine) == 1


async def test_a_step_waits_for_what_a_batch_is_still_writing_under_the_key_before(hub: Kit, clock: Clock) -> None:
    await clock.put_ahead(LASTS + A_LITTLE)
    async with hub.store.unit() as unit:
        stepping = asyncio.ensure_future(hub.store.step_period(PERIOD, LASTS.total_seconds()))
        await asyncio.sleep(0.2)
        assert not stepping.done()
        assert unit.period.step == 0
    assert await stepping
    async with hub.store.unit() as unit:
        assert unit.period.step == 1


async def test_no_step_is_taken_while_something_is_under_the_key_before_the_last(hub: Kit, clock: Clock) -> None:
    row = await presented(hub)
    await clock.put_ahead(LASTS + A_LITTLE)
    await keeper(hub).look()
    async with transaction(hub.engine) as holding:
        # Somebody has the row in hand for hours.
        await holding.execute(text("select from outbox where id = :id for update"), {"id": row.id})
        await clock.put_ahead(LASTS + A_LITTLE)
        for _ in range(2):
            assert await keeper(hub).look() is KeyStanding.READY
        assert (await used(hub), held_by(hub)) == (1, 0)
    await keeper(hub).look()
    assert (await used(hub), held_by(hub)) == (2, 1)


# --- machines ------------------------------------------------------------------------------------------------------


async def test_a_machine_that_was_off_steps_on_to_what_is_in_use(hub: Kit, clock: Clock) -> None:
    off = on_own_machine(hub)
    row = await presented(hub)
    for _ in range(3):
        await over(hub, clock)
    assert held_by(off) == 0

    assert await keeper(off).look() is KeyStanding.READY

    assert held_by(off) == 3
    assert off.opened(await as_stored(hub, row))
    assert await presented(off)


async def test_a_machine_that_is_one_step_behind_reads_and_writes_with_the_others(hub: Kit, clock: Clock) -> None:
    late = on_own_machine(hub)
    row = await presented(hub)
    await over(hub, clock)

    assert late.opened(await as_stored(hub, row))
    assert hub.opened(await presented(late))
    assert held_by(late) == 0


async def test_a_machine_without_the_key_takes_nothing_and_says_so(hub: Kit) -> None:
    bare = on_own_machine(hub, None)
    assert await keeper(bare).look() is KeyStanding.MISSING
    with pytest.raises(Standstill):
        await bare.tell("politie-test", REPORT)
    assert await rows(hub.engine, "select from inbox") == []


async def test_a_machine_of_another_chain_takes_nothing_and_gives_nothing_up(hub: Kit, clock: Clock) -> None:
    await presented(hub)
    await clock.put_ahead(LASTS + A_LITTLE)
    other = on_own_machine(hub, PeriodKey.begin())
    assert await keeper(other).look() is KeyStanding.OTHER
    with pytest.raises(Standstill):
        await other.tell("politie-test", REPORT)
    assert await used(hub) == 0


async def test_a_machine_that_is_ahead_of_the_database_takes_nothing(hub: Kit) -> None:
    first = machine_of(hub).held
    assert first is not None
    ahead = on_own_machine(hub, first.at(1))
    assert await keeper(ahead).look() is KeyStanding.AHEAD
    with pytest.raises(Standstill):
        await ahead.tell("politie-test", REPORT)


async def test_a_machine_whose_old_key_cannot_be_destroyed_takes_no_step_and_works_on(
    hub: Kit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its disk is full: after another step it would be behind, and take nothing any more."""
    await over(hub, clock)

    def full(*_: object) -> bool:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(machine_of(hub), "forget_before", full)
        for _ in range(3):
            await clock.put_ahead(LASTS + A_LITTLE)
            assert await keeper(hub).look() is KeyStanding.READY
        assert (await used(hub), held_by(hub)) == (1, 1)
        await presented(hub)
    await over(hub, clock)
    assert (await used(hub), held_by(hub)) == (2, 2)


async def only_another_has_the_key(hub: Kit, clock: Clock) -> Kit:
    """What waits is under the step before, and this machine has destroyed that; another, which is off, has not."""
    off = on_own_machine(hub)
    await clock.put_ahead(LASTS + A_LITTLE)
    await hub.store.step_period(PERIOD, LASTS.total_seconds())
    machine_of(hub).forget_before(1)
    return off


async def test_what_only_a_machine_that_is_off_could_open_is_given_up_when_it_has_kept_old_keys_for_too_long(
    hub: Kit, clock: Clock
) -> None:
    """The keys of all that was delivered meanwhile would stay with it, for as long as that machine is off."""
    told = await hub.tell("politie-test", REPORT)
    row = told.row("vt-test", PRESENTED)
    await only_another_has_the_key(hub, clock)
    await clock.put_ahead(2 * LASTS - A_LITTLE)
    await keeper(hub).look()
    assert 0 in await labels(hub, "outbox")
    assert await used(hub) == 1

    await clock.put_ahead(2 * A_LITTLE)
    await keeper(hub).look()

    assert (await as_stored(hub, row)).payload.key_id == "gone"
    assert await used(hub) == 2
    again = await hub.decide([hub.delivery("politie-test", told.payload)])
    assert row.id in {one.id for one in again.outbox}


async def test_a_kept_message_waits_for_the_machine_that_opens_it_and_is_no_fault_for_that(
    hub: Kit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(asking, "check_environment", lambda *_: 1 / 0)
        await hub.tell("politie-test", REPORT)
    off = await only_another_has_the_key(hub, clock)
    for _ in range(hub.setting.limits.retry_attempts + 2):
        await rows(hub.engine, "update stored_delivery set next_at = now()")
        await timers(hub).look()
    assert await one(hub.engine, "select fate from inbox") == "opnieuw"

    await keeper(off).look()
    await rows(hub.engine, "update stored_delivery set next_at = now()")
    await timers(hub).look()
    assert await one(hub.engine, "select fate from inbox") == "aanvaard"


# --- what is there from before ------------------------------------------------------------------------------------


def kept_before(content: bytes, storage: StorageKey, bound: bytes) -> Mapping[str, Any]:
    """As the version before periods wrote it."""
    data_key, nonce, label = os.urandom(32), os.urandom(12), b"\x01+" + storage.id.encode()
    ciphertext = nonce + AESGCM(data_key).encrypt(nonce, content, label + bound)
    return {"c": ciphertext, "w": label + aes_key_wrap(storage.secret, data_key), "k": storage.id}


async def test_what_the_version_before_kept_is_taken_along(
    hub: Kit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await presented(hub)
    with monkeypatch.context() as broken:
        broken.setattr(asking, "check_environment", lambda *_: 1 / 0)
        await hub.decide([delivery := hub.delivery("politie-test", hub.event("politie-test", REPORT))])
    said_before = hub.opened(row)
    before = kept_before(
        json.dumps(said_before).encode(), hub.setting.keys.keeps(hub.directory), Place.OUTBOX.bound(row.id)
    )
    await rows(
        hub.engine,
        "update outbox set ciphertext = :c, wrapped_key = :w, key_id = :k where id = :id",
        id=row.id,
        **before,
    )
    await rows(hub.engine, "update stored_delivery set body = :b, wrapped_key = null, key_id = ''", b=delivery.body)
    assert hub.opened(await as_stored(hub, row)) == said_before

    await keeper(hub).look()

    after = await as_stored(hub, row)
    assert after.payload.ciphertext != before["c"]
    assert hub.opened(after) == said_before
    assert await labels(hub, "stored_delivery") == [0]
    await clock.put_ahead(A_LITTLE)
    said: list[OutboxRow] = []
    await timers(hub, said).look()
    assert [one for one in said if one.type.endswith("melding-aangeboden.v1")]


async def test_bytes_of_the_version_before_are_decided_as_they_are_if_they_are_due_first(
    hub: Kit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(asking, "check_environment", lambda *_: 1 / 0)
        await hub.decide([delivery := hub.delivery("politie-test", hub.event("politie-test", REPORT))])
    await rows(hub.engine, "update stored_delivery set body = :b, wrapped_key = null, key_id = ''", b=delivery.body)
    await clock.put_ahead(A_LITTLE)
    said: list[OutboxRow] = []
    await timers(hub, said).look()
    assert [one for one in said if one.type.endswith("melding-aangeboden.v1")]


@pytest.fixture
async def unbegun(hub: Kit) -> Kit:
    """A database from before there were periods."""
    await rows(hub.engine, "update directory_head set period_chain = null, period_step = null, period_since = null")
    return hub


@asynccontextmanager
async def an_older_version(hub: Kit) -> AsyncIterator[None]:
    engine = connect(hub.engine.url, "old")
    async with engine.connect() as connection:
        await connection.exec_driver_sql("set application_name = 'ketenhub 0016 kh1-acuut'")
        yield
    await engine.dispose()


async def test_while_an_older_version_runs_content_is_kept_as_it_reads_it_and_by_periods_once_it_has_stopped(
    unbegun: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, storage = unbegun, unbegun.setting.keys.keeps(unbegun.directory)
    async with an_older_version(hub):
        for _ in range(2):
            assert await keeper(hub).look() is KeyStanding.READY
        row = await presented(hub)
        with monkeypatch.context() as broken:
            broken.setattr(asking, "check_environment", lambda *_: 1 / 0)
            await hub.decide([delivery := hub.delivery("politie-test", hub.event("politie-test", REPORT))])
        said = hub.opened(row)
        ((at_rest, wrapped),) = [(row.payload.ciphertext, row.payload.wrapped_key)]
        label, data_key = wrapped[:-40], aes_key_unwrap(storage.secret, wrapped[-40:])
        bound = label + Place.OUTBOX.bound(row.id)
        assert json.loads(AESGCM(data_key).decrypt(at_rest[:12], at_rest[12:], bound)) == said
        assert label == b"\x01+" + storage.id.encode()
        assert await one(hub.engine, "select body from stored_delivery where key_id = ''") == delivery.body
        assert await rows(hub.engine, "select from schema_floor") == []

    await keeper(hub).look()

    assert await one(hub.engine, "select revision from schema_floor") == periods.SINCE
    assert await labels(hub, "stored_delivery") == [0]
    assert set(await labels(hub, "outbox")) == {0}
    after = await as_stored(hub, row)
    assert after.payload.ciphertext[12:] != row.payload.ciphertext[12:]
    assert hub.opened(after) == said


async def test_machines_that_have_no_key_of_their_own_begin_nothing(unbegun: Kit) -> None:
    await keeper(on_own_machine(unbegun, None)).look()
    assert await one(unbegun.engine, "select period_chain from directory_head") is None


# --- erased --------------------------------------------------------------------------------------------------------


def found_in(needle: bytes, folder: Path) -> list[tuple[Path, bytes, int]]:
    """Every place in the database's files where these bytes stand."""
    files = ((path, octets, octets.find(needle)) for path, octets in files_in(folder))
    return [(path, octets, at) for path, octets, at in files if at >= 0]


def files_in(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*"):
        with suppress(OSError):  # the server made it and took it away
            yield path, path.read_bytes() if path.is_file() else b""


async def checkpoint(hub: Kit) -> None:
    async with hub.engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text("checkpoint"))


async def test_what_was_delivered_stands_in_the_files_and_opens_with_nothing_once_its_period_is_over(
    hub: Kit, clock: Clock
) -> None:
    data = Path(await one(hub.engine, "show data_directory"))
    row = await presented(hub)
    await hub.store.published([row.id], 1800, 60)
    await hub.tell("vt-test", PROCESSED, processed(row.id))
    assert (await as_stored(hub, row)).payload.ciphertext is None
    wrapped, ciphertext = row.payload.wrapped_key, row.payload.ciphertext
    await checkpoint(hub)
    places = found_in(wrapped, data)
    assert places, "what was erased stands in the files of the table still"

    def opens(here: Kit) -> bool:
        """With all that this machine and the database's files have."""
        _, octets, at = places[0]
        copied = Kept(ciphertext, octets[at : at + len(wrapped)])
        try:
            return bool(reveal(copied, keys=here.setting.keys.wrapped, bound_to=Place.OUTBOX.bound(row.id)))
        except Surroundings:
            return False

    assert opens(hub)
    await over(hub, clock)
    assert found_in(wrapped, data)
    assert not opens(hub)
    held = machine_of(hub).held
    assert held is not None
    for secret in (held.secret, held.wrapping(hub.setting.keys.keeps(hub.directory)).secret):
        assert not found_in(secret, data)


def wrapped_keys(hub: Kit, chain: str, folder: Path) -> list[tuple[Label, bytes]]:
    """Every wrapped data key of this chain in the database's files and its log, with the label that it is under."""
    prefix = f"{hub.setting.keys.keeps(hub.directory).id}.{chain}.".encode()
    pattern = re.compile(re.escape(bytes((2, len(prefix) + 1)) + prefix) + rb"(\d)(.{40})", re.DOTALL)
    found = {match for _, octets in files_in(folder) for match in pattern.findall(octets)}
    return [(Label(prefix.decode().split(".")[0], chain, int(step)), wrapped) for step, wrapped in found]


async def all_delivered(hub: Kit) -> None:
    """Every recipient has what was for it, and has said so."""
    query = "select id, partner, owes_confirmation from outbox where next_at is not null"
    while waiting := await rows(hub.engine, query):
        await hub.store.published([row["id"] for row in waiting], 1800, 60)
        for row in waiting:
            if row["owes_confirmation"]:
                await hub.tell(row["partner"], PROCESSED, processed(row["id"]))


async def test_who_copies_every_file_of_the_database_and_every_key_of_a_machine_opens_nothing_that_was_delivered(
    kit: Kit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = on_own_machine(kit, chain := PeriodKey.begin())
    async with transaction(hub.engine) as connection:
        await periods.take_up(connection, Period(chain.chain, 0), (await hub.store.moment()).now)
    case, offer = await a_case(hub), an_offer(hub)
    offered = await hub.tell("vt-test", OFFER, offer, correlationid=case.case)
    with monkeypatch.context() as broken:
        broken.setattr(asking, "check_environment", lambda *_: 1 / 0)
        await hub.tell("politie-test", REPORT)
    kept = {
        table: (await one(hub.engine, f"select wrapped_key from {table}"))[-40:]
        for table in ("held", "stored_delivery")
    }
    await hub.tell("wijkteam-test", YES, a_yes(offer, offered.row("wijkteam-test", OFFER)), correlationid=case.case)
    await clock.put_ahead(A_LITTLE)
    await timers(hub).look()
    assert await rows(hub.engine, "select from held") + await rows(hub.engine, "select from stored_delivery") == []
    await all_delivered(hub)
    await checkpoint(hub)
    data = Path(await one(hub.engine, "show data_directory"))
    assert {wrapped for _, wrapped in wrapped_keys(hub, chain.chain, data)} >= set(kept.values())

    await over(hub, clock)
    await checkpoint(hub)

    copied = wrapped_keys(hub, chain.chain, data)
    assert len(copied) > 10
    for label, _ in copied:
        with pytest.raises(Surroundings):
            hub.setting.keys.wrapped(label)


async def test_neither_the_key_of_a_period_nor_what_follows_from_it_is_ever_in_the_database(
    hub: Kit, clock: Clock
) -> None:
    data = Path(await one(hub.engine, "show data_directory"))
    first = machine_of(hub).held
    assert first is not None
    await presented(hub)
    for _ in range(2):
        await over(hub, clock)
    for step in range(4):
        assert not found_in(first.at(step).secret, data)
        assert not found_in(first.at(step).text().encode(), data)


async def test_what_does_not_open_any_more_is_said_and_holds_up_no_step(hub: Kit, clock: Clock) -> None:
    row = await presented(hub)
    spoil = "update outbox set wrapped_key = overlay(wrapped_key placing '\\x0000' from 80) where id = :id"
    await rows(hub.engine, spoil, id=row.id)
    await over(hub, clock)
    assert (await used(hub), held_by(hub)) == (1, 1)
    gone = "select key_id, next_at = 'infinity' as never from outbox where id = :id"
    assert [dict(one) for one in await rows(hub.engine, gone, id=row.id)] == [{"key_id": "gone", "never": True}]


async def test_a_database_that_lacks_what_was_wrapped_anew_would_be_noticed(hub: Kit, clock: Clock) -> None:
    """A key was destroyed for it: a standby that lagged has these rows under a key that no machine has."""
    await recovery.begin(hub.engine)
    await presented(hub)
    memory = Memory()
    remembers = replace(hub, store=PostgresStore(hub.engine, from_document, 30.0, hub.own.clocks, memory=memory))
    await over(remembers, clock)
    assert await labels(hub, "outbox") != []
    assert memory.seen is not None
    assert memory.seen.batch == await one(hub.engine, "select max(id) from batch")


async def test_what_waits_is_wrapped_in_short_transactions(
    hub: Kit, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    for _ in range(4):
        await presented(hub)
    await over(hub, clock)
    assert set(await labels(hub, "outbox")) == {1}


def test_the_key_of_what_was_delivered_is_gone_within_a_day(kit: Kit) -> None:
    """Delivered at the last moment before a step could be taken, under a key that had just come into use."""
    lasts, looks = kit.setting.limits.period, timedelta(seconds=module.TIDY_EVERY)
    # A look takes the step, the next wraps what waits and destroys: three looks, if each just misses what it is for.
    assert lasts + 3 * looks < timedelta(hours=24)
