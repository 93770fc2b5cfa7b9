"""The directory: versions only ever added to; a batch works with one, and a change waits for the batches before it."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from hub.canonical.partners import Directory
from hub.errors import OperatorError
from hub.ports import Fate
from hub.routing.changes import revoke_key
from hub.routing.document import from_document, to_document
from hub.store.directory import Change, change, import_first
from hub.store.engine import transaction
from tests.databases import emptied, one, rows
from tests.fakes import until
from tests.kit import Kit
from tests.patience import CEILING
from tests.talk import RECEIPT, REFUSAL, REPORT

WAITING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


def revoking(kit: Kit, name: str = "politie-test") -> Change:
    speaker = kit.speakers[name]

    def how(directory: Directory) -> Directory:
        return revoke_key(directory, speaker.partner.id, speaker.signing.kid, datetime.now(UTC))

    return how


async def changed(kit: Kit, how: Change) -> Directory:
    return await change(kit.engine, from_document, to_document, "test", how)


async def test_a_revocation_waits_for_the_batch_that_began_before_it(kit: Kit) -> None:
    delivery = kit.delivery("politie-test", kit.event("politie-test", REPORT))
    async with transaction(kit.engine) as blocker:
        await blocker.execute(text("lock table case_event in exclusive mode"))
        batch = asyncio.create_task(kit.decide([delivery]))
        await until(lambda: waiting(kit, 1))
        revocation = asyncio.create_task(changed(kit, revoking(kit)))
        await until(lambda: waiting(kit, 2))
        assert await one(kit.engine, "select version from directory_head") == kit.directory.version
    await asyncio.gather(batch, revocation)

    assert batch.result().inbox[0].fate is Fate.ACCEPTED
    decided, known = await rows(
        kit.engine, "select decided_at as at from inbox union all select max(at) from directory"
    )
    assert decided["at"] < known["at"]


async def test_a_batch_that_begins_while_a_key_is_revoked_waits_and_counts_it_for_nothing(kit: Kit) -> None:
    """Otherwise a message could commit, signed with a key that was revoked before its commit."""
    delivery = kit.delivery("politie-test", kit.event("politie-test", REPORT))
    await kit.tell("om-test", "meldingen.strafrechtelijk-bericht")  # the store has the old version in hand
    async with transaction(kit.engine) as connection:
        await connection.execute(text("select from directory_head for update"))
        batch = asyncio.create_task(kit.decide([delivery]))
        await until(lambda: waiting(kit, 1))
        newer = revoking(kit)(kit.directory)
        await connection.execute(
            text("insert into directory (version, document, change) values (:v, :d, 'test')"),
            {"v": newer.version, "d": to_document(newer)},
        )
        await connection.execute(text("update directory_head set version = :v"), {"v": newer.version})
    changes = await batch

    assert changes.inbox[0].code == "envelop-ongeldig"
    assert changes.inbox[0].directory_version == newer.version


async def test_a_change_is_seen_by_the_next_batch_of_every_process(kit: Kit) -> None:
    assert (await kit.tell("politie-test", REPORT)).to("politie-test", RECEIPT)
    await changed(kit, revoking(kit, "politie-test"))

    assert (await kit.tell("politie-test", REPORT)).to("politie-test", REFUSAL)
    versions = await rows(kit.engine, "select directory_version as v from inbox order by received_at")
    assert [row["v"] for row in versions] == [kit.directory.version, kit.directory.version + 1]


async def test_batches_do_not_wait_for_each_other_on_the_directory(kit: Kit) -> None:
    async with kit.store.unit() as first, asyncio.timeout(CEILING), kit.store.unit() as second:
        assert first.directory == second.directory


async def test_changes_at_once_follow_each_other(kit: Kit) -> None:
    names = ["politie-test", "om-test", "rvdk-test"]
    await asyncio.gather(*(changed(kit, revoking(kit, name)) for name in names))

    newest = await kit.store.directory()
    assert newest.version == kit.directory.version + 3
    revoked = {one.id for one in newest.partners.values() if any(key.revoked_at for key in one.keys)}
    assert revoked == set(names)
    assert await one(kit.engine, "select count(*) from directory") == 4


async def test_a_change_that_is_refused_changes_nothing(kit: Kit) -> None:
    await changed(kit, revoking(kit))
    with pytest.raises(OperatorError):
        await changed(kit, revoking(kit))

    assert await one(kit.engine, "select count(*) from directory") == 2


async def test_the_first_directory_is_imported_once_by_however_many_start_at_once(kit: Kit) -> None:
    await emptied(kit.engine)
    imported = await asyncio.gather(*(import_first(kit.engine, kit.directory, to_document) for _ in range(4)))

    assert sorted(imported) == [False, False, False, True]
    assert await one(kit.engine, "select count(*) from directory") == 1
    assert (await kit.store.directory()) == kit.directory


async def test_every_version_stays_as_it_was(kit: Kit) -> None:
    before = await one(kit.engine, "select document from directory")
    await changed(kit, revoking(kit))

    assert await one(kit.engine, "select document from directory order by version limit 1") == before
    assert from_document(before) == kit.directory


async def waiting(kit: Kit, number: int) -> bool:
    return bool(await one(kit.engine, WAITING) == number)
