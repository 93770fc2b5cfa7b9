"""A database of the version before the directory named the hub's keys takes them over once, if nothing contradicts."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.app.adoption import NEW, adopt
from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles
from hub.app.own_keys import first_keys, join
from hub.app.own_keys import machine as machine_of
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory
from hub.errors import OperatorError
from hub.routing.hub_keys import keys_of, unnamed, writes
from hub.store.engine import connect
from tests.databases import one, rows

HELD = "insert into held values (gen_random_uuid(), gen_random_uuid(), 'x', 'x', :key, now() + interval '1 day')"


@pytest.fixture
async def older(hub: Hub) -> Hub:
    """As the version before left it: of all keys, the directory names the radar's."""

    def before(directory: Directory) -> Directory:
        radar = tuple(replace(key, since=None) for key in keys_of(directory, KeyKind.RADAR))
        return replace(directory, version=directory.version + 1, hub_keys=radar)

    await hub.database.change_directory("test", before)
    return hub


@pytest.fixture
def files(older: Hub) -> KeyFiles:
    return KeyFiles(older.settings.home)


@pytest.fixture
def second(files: KeyFiles, tmp_path: Path) -> KeyFiles:
    """A machine with the same keys."""
    shutil.copytree(files.root, tmp_path / "second" / "keys")
    return KeyFiles(tmp_path / "second")


def refused(code: str) -> pytest.RaisesExc[OperatorError]:
    return pytest.raises(OperatorError, match=f"^{code}: ")


async def told(hub: Hub, files: KeyFiles) -> None:
    """Its `serve` says what it has, and does not start."""
    with refused("hub-keys-unnamed"):
        await join(hub.database, files)


async def test_no_machine_starts_before_the_keys_are_adopted_and_each_says_what_it_has(
    older: Hub, files: KeyFiles, second: KeyFiles
) -> None:
    await told(older, files)
    await told(older, second)

    machines = await older.database.machines()
    assert [one.keys for one in machines] == [{kind.value: sorted(ids) for kind, ids in files.held().items()}] * 2


async def test_keys_are_adopted_once_and_every_machine_starts(older: Hub, files: KeyFiles, second: KeyFiles) -> None:
    await told(older, second)
    before = files.held()
    directory = await adopt(older, ())

    assert unnamed(directory) == ()
    assert {(key.kind, key.id, key.jwk) for key in directory.hub_keys} == {
        (kind, id_, file.jwk) for kind, ids in before.items() for id_, file in ids.items()
    }
    assert files.held() == before, "none is made"
    for machine in (files, second):
        await join(older.database, machine)
    with refused("keys-adopted"):
        await adopt(older, ())


@pytest.mark.parametrize("kind", list(KeyKind))
async def test_nothing_is_adopted_while_two_machines_say_different_ids(
    kind: KeyKind, older: Hub, second: KeyFiles
) -> None:
    (file,) = second.held()[kind].values()
    file.path.unlink()
    second.make(kind).write()
    await told(older, second)

    with pytest.raises(OperatorError, match=rf"machines-differ: .*{kind}") as error:
        await adopt(older, ())
    assert unnamed(await older.database.store.directory())
    name = error.value.sentence.split()[1]
    assert unnamed(await adopt(older, [name])) == (), "that machine is no more"


async def test_a_machine_that_was_put_right_and_says_so_holds_up_nothing(older: Hub, second: KeyFiles) -> None:
    made = second.make(KeyKind.STORAGE).write()
    await told(older, second)
    with refused("machines-differ"):
        await adopt(older, ())
    made.unlink()
    await told(older, second)

    assert unnamed(await adopt(older, ())) == ()


async def test_of_a_kind_that_the_version_before_had_not_the_first_key_is_made(older: Hub, files: KeyFiles) -> None:
    before = files.held()
    (ids,) = before[KeyKind.IDS].values()
    ids.path.unlink()
    directory = await adopt(older, ())

    after = files.held()
    (made,) = keys_of(directory, KeyKind.IDS)
    assert (set(after[KeyKind.IDS]), made.state) == ({made.id}, KeyState.WRITE)
    assert {**after, KeyKind.IDS: {}} == {**before, KeyKind.IDS: {}}
    await join(older.database, files)


async def test_an_adoption_that_was_broken_off_can_be_said_again(older: Hub, files: KeyFiles, second: KeyFiles) -> None:
    """Between the file of the new kind and the directory: no other machine can have it yet."""
    for machine in (files, second):
        (ids,) = machine.held()[KeyKind.IDS].values()
        ids.path.unlink()
        await told(older, machine)
    made = files.make(KeyKind.IDS)
    made.write()
    await older.database.report(machine_of(files, files.held()))
    directory = await adopt(older, ())

    assert [key.id for key in keys_of(directory, KeyKind.IDS)] == [made.id]


OLD_KINDS = [kind for kind in KeyKind if kind not in NEW and kind is not KeyKind.RADAR]


@pytest.mark.parametrize("kind", OLD_KINDS)
async def test_a_home_that_lacks_a_kind_adopts_nothing_and_gets_none(
    kind: KeyKind, older: Hub, files: KeyFiles
) -> None:
    (file,) = files.held()[kind].values()
    file.path.unlink()

    with pytest.raises(OperatorError, match=str(files.place(kind))):
        await adopt(older, ())
    assert files.held()[kind] == {}


async def test_a_home_without_what_the_database_was_written_with_adopts_nothing(
    older: Hub, files: KeyFiles, tmp_path: Path, database: AsyncEngine
) -> None:
    """Seen: a second machine made keys of its own, and both wrote."""
    (storage,) = files.held()[KeyKind.STORAGE]
    await rows(database, HELD, key=storage)
    wrong = replace(older, settings=replace(older.settings, home=tmp_path / "wrong"))
    first_keys(wrong.settings.home, await older.now())

    with pytest.raises(OperatorError, match=rf"hub-key-missing: .*{storage}.*1 rows"):
        await adopt(wrong, ())
    (radar,) = files.held()[KeyKind.RADAR]
    await rows(database, "delete from held")
    with pytest.raises(OperatorError, match=rf"hub-key-missing: .*{radar}.*the directory names it"):
        await adopt(wrong, ())
    assert unnamed(await adopt(older, ())) == ()


async def test_of_several_files_the_newest_writes_and_a_key_that_the_radar_retired_stays_so(
    older: Hub, files: KeyFiles
) -> None:
    left, newest = files.make(KeyKind.RADAR), files.make(KeyKind.STORAGE)
    left.write()
    newest.write().rename(files.place(KeyKind.STORAGE) / "~.json")
    (first,) = set(files.held()[KeyKind.STORAGE]) - {newest.id}
    directory = await adopt(older, ())

    assert {key.id: key.state for key in keys_of(directory, KeyKind.STORAGE)} == {
        first: KeyState.READ,
        newest.id: KeyState.WRITE,
    }
    assert HubKey(KeyKind.RADAR, left.id, KeyState.RETIRED) in directory.hub_keys
    writing = writes(directory, KeyKind.RADAR)
    assert writing is not None
    assert writing.id != left.id


@pytest.fixture
async def older_code(database: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """A worker of the version before, connected."""
    engine = connect(database.url, "test")
    old = connect(database.url, "old")
    name = "ketenhub 0007 kh1-acuut"
    async with old.connect() as connection:
        await connection.exec_driver_sql(f"set application_name = '{name}'")
        yield engine
    await old.dispose()
    await engine.dispose()


@pytest.mark.usefixtures("older_code")
async def test_nothing_is_adopted_beside_the_version_before_which_hides_its_keys(
    older: Hub, database: AsyncEngine
) -> None:
    with refused("older-workers-run"):
        await adopt(older, ())
    assert await one(database, "select count(*) from directory") == 2
