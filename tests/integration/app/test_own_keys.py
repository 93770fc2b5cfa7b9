"""Whether a machine has the hub's keys: at its start, as it runs, and what it says of them."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.app import rotation
from hub.app.configuration import first_version
from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles
from hub.app.own_keys import LOOK_EVERY, KeyWatch, check, first_keys, join, without_keys
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory
from hub.errors import OperatorError
from hub.routing.hub_keys import add_hub_key, unnamed
from hub.store.machines import Machine

KINDS = list(KeyKind)


@pytest.fixture
def home(hub: Hub, tmp_path: Path) -> KeyFiles:
    """Of another machine, with the same keys."""
    shutil.copytree(hub.settings.home / "keys", tmp_path / "second" / "keys")
    return KeyFiles(tmp_path / "second")


def take(files: KeyFiles, kind: KeyKind) -> tuple[Path, str]:
    """Take a key's file away: where it was, and what was in it."""
    (file,) = files.held()[kind].values()
    text = file.path.read_text()
    file.path.unlink()
    return file.path, text


def less(files: KeyFiles, kind: KeyKind) -> None:
    take(files, kind)


def other(files: KeyFiles, kind: KeyKind) -> None:
    path, _ = take(files, kind)
    files.make(kind).write().rename(path)


def more(files: KeyFiles, kind: KeyKind) -> None:
    files.make(kind).write()


def tree(files: KeyFiles) -> list[str]:
    return sorted(str(path) for path in files.home.rglob("*"))


async def test_a_machine_with_the_hubs_keys_starts(hub: Hub, home: KeyFiles) -> None:
    await join(hub.database, home)
    await check(hub.database.store.directory, home)


async def test_a_home_without_keys_or_with_another_hubs_does_not_start_and_gets_none(hub: Hub, tmp_path: Path) -> None:
    wrong = KeyFiles(tmp_path / "wrong")
    first_keys(wrong.home, await hub.now())
    for files, code in ((KeyFiles(tmp_path / "none"), "hub-key-missing"), (wrong, "hub-key-foreign")):
        before = tree(files)
        with pytest.raises(OperatorError, match=f"^{code}: "):
            await join(hub.database, files)
        assert tree(files) == before
    assert await hub.database.machines() == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("how", "code"), [(less, "hub-key-missing"), (other, "hub-key-foreign"), (more, "hub-key-foreign")]
)
async def test_one_file_less_other_or_more_ends_the_start_with_the_kind_and_the_file(
    how: Callable[[KeyFiles, KeyKind], None], code: str, kind: KeyKind, hub: Hub, home: KeyFiles
) -> None:
    how(home, kind)
    before = tree(home)

    with pytest.raises(OperatorError) as refused:
        await join(hub.database, home)

    assert (refused.value.code, tree(home)) == (code, before)
    assert f"{kind} key" in refused.value.sentence
    assert str(home.place(kind)) in refused.value.sentence


async def test_who_uses_one_kind_needs_no_other_but_may_have_no_other_hubs(hub: Hub, home: KeyFiles) -> None:
    read = hub.database.store.directory
    less(home, KeyKind.LOG)
    await check(read, home, [KeyKind.RADAR])
    more(home, KeyKind.STORAGE)

    with pytest.raises(OperatorError, match="hub-key-foreign"):
        await check(read, home, [KeyKind.RADAR])


@pytest.mark.parametrize("kind", KINDS)
async def test_an_announced_key_that_is_not_here_stops_nothing_and_is_said(
    kind: KeyKind, hub: Hub, home: KeyFiles
) -> None:
    await hub.database.change_directory(
        "test", lambda newest: add_hub_key(newest, HubKey(kind, "new", KeyState.ANNOUNCED), newest.hub_keys[0].since)
    )
    await join(hub.database, home)
    stops, waits = without_keys(await hub.database.store.directory(), await hub.database.machines())

    assert stops == []
    assert [f"lacks announced {kind} key new" in said for said in waits] == [True]


async def test_what_a_live_machine_lacks_in_use_is_said_and_a_stopped_one_lacks_nothing(hub: Hub) -> None:
    directory = await hub.database.store.directory()
    everything = {kind: [key.id for key in directory.hub_keys if key.kind is kind] for kind in KeyKind}
    partly = {**everything, KeyKind.LOG: []}
    stops, waits = without_keys(directory, [Machine("a", "/h", everything), Machine("b", "/h", partly)])

    assert [said.startswith("machine b:/h lacks log key") for said in stops] == [True]
    assert waits == []
    assert without_keys(directory, [Machine("b", "/h", partly, live=False)]) == ([], [])


async def test_a_machine_says_the_ids_of_what_it_has_and_says_it_anew(hub: Hub, home: KeyFiles) -> None:
    await join(hub.database, home)
    key, path = await rotation.add(hub, KeyKind.RADAR)
    shutil.copy(path, home.place(KeyKind.RADAR))
    await join(hub.database, home)

    (machine,) = await hub.database.machines()
    assert machine.live
    assert machine.home == str(home.home)
    assert machine.keys == {kind.value: sorted(ids) for kind, ids in home.held().items()}
    assert key.id in machine.keys["radar"]


# ---- as it runs


async def test_a_file_that_goes_makes_a_running_process_unready_until_it_is_back(hub: Hub, home: KeyFiles) -> None:
    directory, watch = await hub.database.store.directory(), KeyWatch(home)
    assert watch.look(directory, 0.0) is not None
    path, text = take(home, KeyKind.STORAGE)
    assert watch.look(directory, 1.0) is None, "the files are not read every second"
    said = watch.look(directory, LOOK_EVERY)

    assert said is not None
    assert (watch.here, said.keys["storage"]) == (False, [])
    path.write_text(text)
    path.chmod(0o644)
    assert watch.look(directory, 2 * LOOK_EVERY) is None, "it cannot say what it has"
    assert not watch.here
    path.chmod(0o600)
    assert watch.look(directory, 3 * LOOK_EVERY) is not None
    assert watch.here


async def test_a_version_that_needs_a_key_which_is_not_here_makes_it_unready_and_goes_unnoticed_by_none(
    hub: Hub, home: KeyFiles
) -> None:
    watch = KeyWatch(home)
    key, path = await rotation.add(hub, KeyKind.RADAR)
    watch.look(await hub.database.store.directory(), 0.0)
    assert watch.here
    read = await rotation.move(hub, KeyKind.RADAR, key.id, KeyState.READ)

    watch.look(read, 0.1)
    assert not watch.here
    shutil.copy(path, home.place(KeyKind.RADAR))
    watch.look(read, 0.1 + LOOK_EVERY)
    assert watch.here


async def test_another_hubs_key_ends_a_running_process_with_the_next_version(hub: Hub, home: KeyFiles) -> None:
    directory, watch = await hub.database.store.directory(), KeyWatch(home)
    watch.look(directory, 0.0)
    other(home, KeyKind.STORAGE)

    assert watch.look(replace(directory, version=directory.version + 1), 0.1) is None
    with pytest.raises(OperatorError, match="hub-key-foreign"):
        watch.look(replace(directory, version=directory.version + 1), 1.1)


# ---- while another process adds a key


async def test_a_key_that_is_added_between_two_looks_is_nobody_elses(hub: Hub, home: KeyFiles) -> None:
    async def read_just_before(adds: list[KeyKind]) -> Directory:
        directory = await hub.database.store.directory()
        for kind in adds:
            _, path = await rotation.add(hub, kind)
            shutil.copy(path, home.place(kind))
        adds.clear()
        return directory

    adds = [KeyKind.RADAR]
    await check(lambda: read_just_before(adds), home)
    watch = KeyWatch(home)
    assert watch.look(await read_just_before([KeyKind.LOG]), 0.0) is None
    assert watch.here
    assert watch.look(await hub.database.store.directory(), 1.0) is not None


# ---- the first start


async def test_a_new_hub_names_every_key_it_made(hub: Hub) -> None:
    directory, held = await hub.database.store.directory(), KeyFiles(hub.settings.home).held()

    assert unnamed(directory) == ()
    assert {(key.kind, key.id): key.jwk for key in directory.hub_keys} == {
        (kind, id_): file.jwk for kind, ids in held.items() for id_, file in ids.items()
    }


async def test_a_new_hub_takes_the_keys_that_are_there_the_newest_file_writes(hub: Hub, tmp_path: Path) -> None:
    files = KeyFiles(tmp_path / "prepared")
    old, new = files.make(KeyKind.STORAGE), files.make(KeyKind.STORAGE)
    old.write().rename(files.place(KeyKind.STORAGE) / "0001.json")
    new.write().rename(files.place(KeyKind.STORAGE) / "0002.json")
    keys = first_keys(files.home, await hub.now())

    assert {key.id: key.state for key in keys if key.kind is KeyKind.STORAGE} == {
        old.id: KeyState.READ,
        new.id: KeyState.WRITE,
    }


# ---- a new database, of a machine that saw the hub's keys in one before


def begun_anew(hub: Hub, files: KeyFiles, seen: tuple[HubKey, ...]) -> Directory:
    return first_version(replace(hub.settings, home=files.home), hub.config, datetime.now(UTC), seen)


async def test_a_machine_that_remembers_the_hubs_keys_begins_with_these_as_they_stood(hub: Hub, home: KeyFiles) -> None:
    for kind, to in ((KeyKind.S1_SIGNING, KeyState.READ), (KeyKind.IDS, KeyState.WRITE)):
        added, path = await rotation.add(hub, kind)
        shutil.copy(path, home.place(kind))
        await rotation.move(hub, kind, added.id, to)
    await rotation.add(hub, KeyKind.RADAR)  # only announced: its file need not be here
    seen, before = (await hub.database.store.directory()).hub_keys, tree(home)

    assert begun_anew(hub, home, seen).hub_keys == seen
    assert tree(home) == before


@pytest.mark.parametrize("kinds", [*([kind] for kind in KINDS), KINDS], ids=str)
@pytest.mark.parametrize(
    ("how", "code"), [(less, "hub-key-missing"), (other, "hub-key-foreign"), (more, "hub-key-foreign")]
)
async def test_a_machine_that_remembers_the_hubs_keys_and_has_not_these_makes_no_others(
    how: Callable[[KeyFiles, KeyKind], None], code: str, kinds: list[KeyKind], hub: Hub, home: KeyFiles
) -> None:
    """Seen: its volume was lost, the database too, and it went to work with fresh keys that no partner knew."""
    seen = (await hub.database.store.directory()).hub_keys
    for kind in kinds:
        how(home, kind)
    before = tree(home)

    with pytest.raises(OperatorError, match=f"^{code}: "):
        begun_anew(hub, home, seen)
    assert tree(home) == before


async def test_of_a_kind_that_a_machine_saw_no_key_of_the_first_is_made(hub: Hub, home: KeyFiles) -> None:
    """As it saw a database before the directory named the kinds of today."""
    less(home, KeyKind.IDS)
    seen = tuple(key for key in (await hub.database.store.directory()).hub_keys if key.kind is KeyKind.RADAR)
    directory = begun_anew(hub, home, seen)

    assert unnamed(directory) == ()
    assert {(key.kind, key.id) for key in directory.hub_keys} == {
        (kind, id_) for kind, ids in home.held().items() for id_ in ids
    }


async def test_a_database_that_has_a_directory_makes_no_keys(hub: Hub, tmp_path: Path) -> None:
    def never(_now: object) -> None:
        raise AssertionError("asked for a first directory")

    assert not await hub.database.prepare(never)  # type: ignore[arg-type]
