"""The inbox goes by organisation: what the version before decided by connection is carried over, and it works on.

What it wrote stands as it was decided. Where it took one message of an organisation for two, because it came by two
connections, the first is the known one from here on.
"""

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.canonical.environment import Environment
from hub.canonical.partners import Directory, Role
from hub.envelope.hashes import sha256_hex
from hub.errors import Clash
from hub.routing.changes import add_partner, retire_partner
from hub.routing.document import to_document
from hub.store import migrate as migrations
from hub.store.engine import connect
from hub.store.migrate import SCRIPTS, migrate
from hub.store.migrations import steps
from tests.databases import books_fit, one, rows
from tests.kit import REGION, Kit, kit_on
from tests.talk import RECEIPT, REPORT, timers

BEFORE, ITS_OWN = "0008", "0009"
POLICE, OTHER, OIN = "politie-test", "a-parket", "00000099000000001000"
AT = datetime(2026, 11, 1, tzinfo=UTC)
OLD_INSERT = """
insert into inbox (id, partner, message, content_hash, opened, claims_id, lane, received_at, type, fate, decided_at,
  code, fields, found, answer, reference, "case", directory_version, rule, journal_hash, deliveries)
values (:id, :partner, :message, :content_hash, true, :claims_id, 'regulier', :at, null, :fate, :decided, :code, '[]',
  '[]', null, null, null, 1, '', '', 1)
"""
"""What a worker of the version before sends."""


async def _migrated(engine: AsyncEngine, to: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To this revision, and no further."""
    scripts = folder / to
    shutil.copytree(SCRIPTS, scripts, dirs_exist_ok=True)
    for script in (scripts / "versions").glob("[0-9]*.py"):
        if script.name[:4] > to:
            script.unlink()
    with monkeypatch.context() as older:
        older.setattr(migrations, "REVISION", to)
        await migrate(engine, scripts)


@pytest.fixture
async def kit(fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kit]:
    """On a database of the last revision that went by connection; the police also are a prosecution's office."""
    engine = connect(fresh_database, "test", pool=8)
    await _migrated(engine, BEFORE, tmp_path, monkeypatch)
    kit = await kit_on(engine, by_periods=False)
    made = replace(kit.newcomer(OTHER, Role.PROSECUTION, REGION, 80), oin=kit.oin(POLICE))
    kit.speakers[OTHER] = replace(kit.speakers[OTHER], partner=made)
    await changed(kit, add_partner(kit.directory, made, Environment.TEST))
    yield kit
    await engine.dispose()


async def changed(kit: Kit, directory: Directory) -> None:
    """A change by the version before, whose head of the directory says nothing of periods."""
    kit.directory = directory
    insert = "insert into directory (version, document, change) values (:version, :said, 'test')"
    await rows(kit.engine, insert, version=directory.version, said=to_document(directory))
    await rows(kit.engine, "update directory_head set version = :version", version=directory.version)


async def written(kit: Kit, partner: str, content: str = "a", after: int = 0, **fields: Any) -> UUID:
    """A row of the version before."""
    id_ = uuid4()
    values: dict[str, Any] = {
        "id": id_,
        "partner": partner,
        "message": uuid4(),
        "content_hash": content,
        "claims_id": True,
        "at": AT + timedelta(seconds=after),
        "fate": "geweigerd",
        "decided": AT,
        "code": "verlopen",
    }
    await rows(kit.engine, OLD_INSERT, **values | fields)
    return id_


async def found(kit: Kit) -> dict[UUID, tuple[str | None, bool]]:
    """Whose each row is, and whether it has its id."""
    read = await rows(kit.engine, "select id, organisation, claims_id from inbox")
    return {row["id"]: (row["organisation"], row["claims_id"]) for row in read}


@pytest.mark.parametrize("at_once", [1, 2, 5_000])
async def test_every_row_gets_the_organisation_of_its_connection_also_of_one_that_has_ended(
    kit: Kit, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "AT_ONCE", at_once)
    await changed(kit, retire_partner(kit.directory, kit.speakers[OTHER].partner.id, datetime.now(UTC)))
    made = {await written(kit, name, name): name for name in (POLICE, OTHER, "vt-test", "om-test")}

    await migrate(kit.engine)

    assert await found(kit) == {id_: (kit.oin(name), True) for id_, name in made.items()}


async def test_of_one_content_by_two_connections_the_first_is_the_known_one_and_both_stay(kit: Kit) -> None:
    second = await written(kit, POLICE, after=1)
    first = await written(kit, OTHER, after=0)
    apart = await written(kit, "vt-test", after=-1)

    await migrate(kit.engine)

    assert await found(kit) == {first: (OIN, True), second: (None, True), apart: (kit.oin("vt-test"), True)}


async def test_of_two_contents_under_one_id_the_first_has_the_id_and_both_are_known(kit: Kit) -> None:
    id_ = uuid4()
    second = await written(kit, POLICE, "b", after=1, message=id_)
    first = await written(kit, OTHER, "a", after=0, message=id_)

    await migrate(kit.engine)

    assert await found(kit) == {first: (OIN, True), second: (OIN, False)}


async def test_a_migration_that_was_broken_off_goes_on_from_there(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await written(kit, POLICE)
    await _migrated(kit.engine, ITS_OWN, tmp_path, monkeypatch)
    await rows(kit.engine, f"update alembic_version set version_num = '{BEFORE}'")
    await rows(kit.engine, "update inbox set organisation = null")

    await _migrated(kit.engine, ITS_OWN, tmp_path, monkeypatch)

    assert await found(kit) == {first: (OIN, True)}


async def test_what_the_version_before_writes_meanwhile_is_of_its_organisation_too(kit: Kit) -> None:
    await migrate(kit.engine)

    id_ = await written(kit, POLICE)
    again = await written(kit, OTHER)
    nobody = await written(kit, "niemand")

    assert await found(kit) == {id_: (OIN, True), again: (None, True), nobody: (None, True)}
    with pytest.raises(Clash):
        await written(kit, POLICE)


async def test_a_message_that_the_version_before_decided_is_known_by_whichever_connection_it_comes(kit: Kit) -> None:
    payload = kit.event(POLICE, REPORT)
    id_ = json.loads(payload)["id"]
    answer = uuid4()
    await written(
        kit, POLICE, sha256_hex(payload), message=UUID(id_), fate="aanvaard", code=None, decided=datetime.now(UTC)
    )
    await rows(kit.engine, "update inbox set answer = :answer, reference = :answer", answer=answer)

    await migrate(kit.engine)
    changes = await kit.decide([kit.delivery(OTHER, payload)])

    assert (changes.duplicates, changes.cases) == (1, ())
    assert [(row.id, row.partner) for row in changes.outbox] == [(answer, OTHER)]
    assert kit.opened(changes.outbox[0])["type"] == f"nl.ketenhub.{RECEIPT}.v1"


async def test_a_copy_that_still_waits_finds_that_it_is_known_and_has_no_second_effect(kit: Kit) -> None:
    """The version before took it for another message, and could not decide it yet."""
    payload = kit.event(POLICE, REPORT)
    await migrate(kit.engine)
    decided = await kit.decide([kit.delivery(POLICE, payload)])
    waits = kit.delivery(OTHER, payload)
    id_ = await written(
        kit, OTHER, sha256_hex(payload), after=9, message=uuid4(), fate="opnieuw", code="bug:x", decided=None
    )
    await kept(kit, id_, waits.body)

    said: list[Any] = []
    await timers(kit, said).look()

    assert [(row.id, row.partner) for row in said] == [(decided.inbox[0].answer, OTHER)]
    assert await one(kit.engine, "select count(*) from cases") == 1
    assert await one(kit.engine, "select fate from inbox where id = :id", id=id_) == "dubbel"
    await books_fit(kit.engine)


async def kept(kit: Kit, id_: UUID, body: bytes) -> None:
    """Its bytes, and that it was counted and journaled, as the version before left it."""
    await rows(
        kit.engine,
        "insert into stored_delivery (inbox, body, message_id, user_id, code, attempts, next_at, dead)"
        " select id, :body, cast(message as text), partner, code, 1, now(), false from inbox where id = :id",
        id=id_,
        body=body,
    )
    await rows(
        kit.engine,
        "insert into journal (inbox, at, partner, message, content_hash, fate, code, hash)"
        " select id, received_at, partner, message, content_hash, fate, code, 'x' from inbox where id = :id",
        id=id_,
    )
    await rows(
        kit.engine, "insert into batch (at, worker, lane, deliveries, duplicates) values (now(), 'x', 'x', 1, 0)"
    )
