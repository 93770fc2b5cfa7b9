"""The steps of a key of the hub: none that needs a key is taken before every machine has it."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.app import rotation
from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles
from hub.app.own_keys import join
from hub.canonical.hub_keys import KeyKind, KeyState
from hub.canonical.partners import Directory
from hub.errors import OperatorError
from hub.routing.document import from_document, to_document
from hub.routing.hub_keys import naming
from hub.store.database import Database
from hub.store.store import PostgresStore
from tests.clock import Own, clock_of
from tests.databases import one, rows

RADAR, IDS = KeyKind.RADAR, KeyKind.IDS


def refused(code: str, says: str = "") -> pytest.RaisesExc[OperatorError]:
    return pytest.raises(OperatorError, match=f"^{code}: .*{says}")


@pytest.fixture
async def second(hub: Hub, tmp_path: Path) -> KeyFiles:
    """A machine that runs the hub too."""
    shutil.copytree(hub.settings.home / "keys", tmp_path / "second" / "keys")
    files = KeyFiles(tmp_path / "second")
    await join(hub.database, files)
    return files


async def test_a_new_key_is_announced_and_its_file_is_here(hub: Hub) -> None:
    key, path = await rotation.add(hub, RADAR)
    found = {listed.key.id: listed for listed in await rotation.listed(hub, RADAR)}[key.id]

    assert (found.key.state, found.here, found.lacking, found.needed) == (KeyState.ANNOUNCED, True, (), 0)
    assert path.parent == KeyFiles(hub.settings.home).place(RADAR)
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("kind", [RADAR, KeyKind.S1X_ENCRYPTION])
@pytest.mark.parametrize("to", [KeyState.READ, KeyState.WRITE])
async def test_no_step_needs_a_key_before_every_machine_that_runs_has_it(
    kind: KeyKind, to: KeyState, hub: Hub, second: KeyFiles, database: AsyncEngine
) -> None:
    key, path = await rotation.add(hub, kind)
    if to is KeyState.WRITE:
        await rows(database, "update machine set at = now() - interval '2 minutes'")
        await rotation.move(hub, kind, key.id, KeyState.READ)
        await rows(database, "update machine set at = now()")
    with refused("hub-key-missing", str(second.home)):
        await rotation.move(hub, kind, key.id, to)

    shutil.copy(path, second.place(kind))
    await join(hub.database, second)
    await rotation.move(hub, kind, key.id, to)
    assert {found.key.id: found.key.state for found in await rotation.listed(hub, kind)}[key.id] is to


async def test_no_step_needs_a_key_that_this_machine_lacks(hub: Hub) -> None:
    key, path = await rotation.add(hub, RADAR)
    path.unlink()

    with refused("hub-key-missing", "this one"):
        await rotation.move(hub, RADAR, key.id, KeyState.READ)
    await rotation.move(hub, RADAR, key.id, KeyState.RETIRED)


async def test_a_key_that_writes_is_not_retired_and_one_that_nobody_knows_takes_no_step(hub: Hub) -> None:
    (writing,) = await rotation.listed(hub, RADAR)
    for to in KeyState:
        with refused("hub-key-step"):
            await rotation.move(hub, RADAR, writing.key.id, to)
        with refused("hub-key-unknown"):
            await rotation.move(hub, RADAR, "unknown", to)


async def test_a_mistyped_home_gets_no_key_and_announces_none(hub: Hub, tmp_path: Path, database: AsyncEngine) -> None:
    nowhere = replace(hub, settings=replace(hub.settings, home=tmp_path / "mistyped"))

    with refused("hub-key-missing"):
        await rotation.add(nowhere, RADAR)
    assert not (tmp_path / "mistyped").exists()
    assert await one(database, "select count(*) from directory") == 1


# ---- what needs an old key

WRAPPED = "insert into held values (gen_random_uuid(), gen_random_uuid(), 'x', 'x', :key, now() + interval '1 day')"
TOLD = """insert into processing_log (partner, trace_id, span_id, name, at, attributes)
  values ('vt', 'a', 'a', 'a', now() + :later, '{}')"""


async def turned(hub: Hub, kind: KeyKind) -> tuple[str, str]:
    """A new key writes: the old one and the new."""
    (old,) = await rotation.listed(hub, kind)
    new, _ = await rotation.add(hub, kind)
    for to in (KeyState.WRITE,) if kind is KeyKind.IDS else (KeyState.READ, KeyState.WRITE):
        await rotation.move(hub, kind, new.id, to)
    return old.key.id, new.id


@pytest.mark.parametrize("kind", [one for one in rotation.KINDS if one is not IDS and not one.endswith("-enc")])
async def test_a_key_that_nothing_needs_any_more_is_retired(kind: KeyKind, hub: Hub) -> None:
    old, new = await turned(hub, kind)
    await rotation.move(hub, kind, old, KeyState.RETIRED)

    assert {one.key.id: one.key.state.value for one in await rotation.listed(hub, kind)} == {
        old: "retired",
        new: "write",
    }


async def test_a_storage_key_is_needed_while_a_row_is_under_it(hub: Hub, database: AsyncEngine) -> None:
    old, _ = await turned(hub, KeyKind.STORAGE)
    await rows(database, WRAPPED, key=old)

    with refused("hub-key-used", "1 rows"):
        await rotation.move(hub, KeyKind.STORAGE, old, KeyState.RETIRED)
    await rows(database, "delete from held")
    await rotation.move(hub, KeyKind.STORAGE, old, KeyState.RETIRED)


async def test_a_key_of_the_log_is_needed_while_there_are_lines_from_before_it_stopped(
    hub: Hub, database: AsyncEngine
) -> None:
    await rows(database, TOLD, later=timedelta(0))
    old, _ = await turned(hub, KeyKind.LOG)
    for later in (rotation.EDGE / 2, rotation.EDGE * 2):
        await rows(database, TOLD, later=later)

    for _ in ("before it stopped", "of a batch that was under way"):
        with refused("hub-key-used", "lapses on"):
            await rotation.move(hub, KeyKind.LOG, old, KeyState.RETIRED)
        await rows(database, "delete from processing_log where at = (select min(at) from processing_log)")
    await rotation.move(hub, KeyKind.LOG, old, KeyState.RETIRED)


async def test_a_key_of_the_log_that_never_wrote_is_needed_by_no_line(hub: Hub, database: AsyncEngine) -> None:
    await turned(hub, KeyKind.LOG)
    unused, _ = await rotation.add(hub, KeyKind.LOG)
    await rotation.move(hub, KeyKind.LOG, unused.id, KeyState.READ)
    await rows(database, TOLD, later=timedelta(0))

    await rotation.move(hub, KeyKind.LOG, unused.id, KeyState.RETIRED)


# ---- the key of the ids


async def test_a_key_of_the_ids_has_its_turn_from_a_moment_that_is_still_to_come(hub: Hub) -> None:
    before = await hub.now()
    old, new = await turned(hub, IDS)
    (until, first), (_, second) = naming(await hub.database.store.directory())

    assert (first.id, second.id) == (old, new)
    assert before + rotation.AHEAD <= until <= await hub.now() + rotation.AHEAD


async def test_a_key_of_the_ids_does_not_change_while_the_hub_recovers_or_doubts_its_clock(
    hub: Hub, database: AsyncEngine
) -> None:
    new, _ = await rotation.add(hub, IDS)
    await rows(database, "insert into recovery values (1, gen_random_uuid(), now(), now() + interval '7 days', '')")
    with refused("hub-key-step", "recovers"):
        await rotation.move(hub, IDS, new.id, KeyState.WRITE)
    await rows(database, "update recovery set until = now()")

    doubting = replace(hub, database=Database(database, to_document, from_document, 30.0))
    doubting.database.store = PostgresStore(database, from_document, 30.0, Own(off=timedelta(days=1)).clocks)
    with refused("hub-key-step", "doubted"):
        await rotation.move(doubting, IDS, new.id, KeyState.WRITE)
    await rotation.move(hub, IDS, new.id, KeyState.WRITE)


async def test_a_key_of_the_ids_is_needed_while_what_was_signed_in_its_turn_may_come_again(
    hub: Hub, database: AsyncEngine
) -> None:
    old, _ = await turned(hub, IDS)
    with refused("hub-key-used", "come again"):
        await rotation.move(hub, IDS, old, KeyState.RETIRED)

    def long_ago(directory: Directory) -> Directory:
        keys = (replace(key, since=key.since and key.since - timedelta(days=50)) for key in directory.hub_keys)
        return replace(directory, version=directory.version + 1, hub_keys=tuple(keys))

    await hub.database.change_directory("test", long_ago)
    await rotation.move(hub, IDS, old, KeyState.RETIRED)


async def test_while_the_clock_is_doubted_no_key_of_the_ids_goes_by_time(hub: Hub, database: AsyncEngine) -> None:
    """One that went never comes back, whatever time it turns out to be."""
    old, _ = await turned(hub, IDS)
    async with clock_of(database) as clock:
        await clock.jump(timedelta(days=400))
        with refused("hub-key-used", "come again"):
            await rotation.move(hub, IDS, old, KeyState.RETIRED)
