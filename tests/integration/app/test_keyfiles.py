"""The hub's keys on disk: read and never made by reading, for their owner only, and found when they come later."""

import os
from pathlib import Path

import pytest

from hub.app.keyfiles import FOLDERS, KeyFiles, NewKey, write_private
from hub.canonical.hub_keys import KeyKind
from hub.errors import OperatorError, Surroundings
from hub.ids import KeyId, RadarKeyId

KINDS = list(KeyKind)


def a_home(root: Path) -> KeyFiles:
    """With one key of each kind."""
    files = KeyFiles(root)
    for kind in KeyKind:
        files.make(kind).write()
    return files


def only(files: KeyFiles, kind: KeyKind) -> Path:
    (file,) = files.held()[kind].values()
    return file.path


def test_every_kind_has_its_files_and_no_two_kinds_share_one(tmp_path: Path) -> None:
    assert set(FOLDERS) == set(KeyKind)
    files = a_home(tmp_path)

    paths = [only(files, kind) for kind in KeyKind]
    assert sorted(paths) == sorted(path for path in tmp_path.rglob("*") if path.is_file())


def test_every_process_of_a_home_finds_the_same_keys_and_nobody_else_can_read_them(tmp_path: Path) -> None:
    files = a_home(tmp_path)
    held, own = files.held(), KeyFiles(tmp_path).keys()

    assert held == KeyFiles(tmp_path).held()
    assert set(own.signing) == {*held[KeyKind.S1_SIGNING], *held[KeyKind.S1X_SIGNING]}
    assert set(own.decryption) == {*held[KeyKind.S1_ENCRYPTION], *held[KeyKind.S1X_ENCRYPTION]}
    assert (set(own.storage), set(own.log)) == (set(held[KeyKind.STORAGE]), set(held[KeyKind.LOG]))
    assert own.radar(RadarKeyId(next(iter(held[KeyKind.RADAR])))) is not None
    assert len(own.signing) == len(own.decryption) == 2
    assert {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*") if path != tmp_path} == {0}


def test_looking_makes_nothing(tmp_path: Path) -> None:
    files = KeyFiles(tmp_path / "mistyped")
    own = files.keys()

    assert files.held() == {kind: {} for kind in KeyKind}
    assert own.storage.get("any") is own.decryption.get(KeyId("any")) is own.radar(RadarKeyId("any")) is None
    assert not (tmp_path / "mistyped").exists()


def test_a_secret_shows_in_no_public_half_and_no_repr(tmp_path: Path) -> None:
    for kind in KeyKind:
        made = KeyFiles(tmp_path).make(kind)
        secret = made.text.split('"d":"' if '"d":"' in made.text else '"k":"')[1].split('"')[0]
        assert secret not in made.jwk + made.id + repr(made)
        assert (made.jwk == "") == ("-" not in kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_came_after_the_start_is_found_when_it_is_asked_for(kind: KeyKind, tmp_path: Path) -> None:
    own, made = KeyFiles(tmp_path).keys(), KeyFiles(tmp_path).make(kind)
    lookups = (own.signing.get, own.decryption.get, own.storage.get, own.radar, own.log.get, own.ids.get)

    assert [lookup(made.id) for lookup in lookups] == [None] * 6  # type: ignore[operator]
    made.write()
    assert sum(lookup(made.id) is not None for lookup in lookups) == 1  # type: ignore[operator]


def test_a_key_in_use_is_known_on_after_its_file_went(tmp_path: Path) -> None:
    """So that what is acute goes on; `status` says that the file is missing."""
    files = a_home(tmp_path)
    own, (id_,) = files.keys(), files.held()[KeyKind.STORAGE]
    assert own.storage.get(id_) is not None
    only(files, KeyKind.STORAGE).unlink()

    assert own.storage.get(id_) is not None
    assert files.held()[KeyKind.STORAGE] == {}


def spoilt(made: NewKey) -> str:
    return made.text.replace('"kid":"', '"kid":"x')


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_open_damaged_or_no_text_is_refused_by_its_path(kind: KeyKind, tmp_path: Path) -> None:
    files = KeyFiles(tmp_path)
    path = files.make(kind).write()
    for change, says in (
        (lambda: path.chmod(0o640), "chmod 600"),
        (lambda: path.write_text(spoilt(files.make(kind))), "kid"),
        (lambda: path.write_bytes(b"\xff"), "restore the file"),
        (lambda: path.write_text(""), "one JWK"),
    ):
        path.chmod(0o600)
        change()
        with pytest.raises(OperatorError, match=says) as refused:
            files.held()
        assert str(path) in refused.value.sentence


def test_a_file_that_cannot_be_read_when_its_key_is_asked_for_is_a_fault_of_the_surroundings(tmp_path: Path) -> None:
    files = a_home(tmp_path)
    only(files, KeyKind.RADAR).chmod(0o640)

    with pytest.raises(Surroundings, match="chmod 600"):
        files.keys().radar(RadarKeyId("any"))


def test_a_draft_that_a_crash_left_is_no_key(tmp_path: Path) -> None:
    files = a_home(tmp_path)
    before = files.held()
    (tmp_path / "keys" / "storage" / ".new.json.4711").write_text("{}")
    (tmp_path / "keys" / "storage" / ".new.json").write_text("{}")

    assert files.held() == before


def test_a_file_is_whole_or_not_there_and_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "one.json"
    assert write_private(path, "first")
    assert not write_private(path, "second")

    assert path.read_text() == "first\n"
    assert os.listdir(path.parent) == ["one.json"]
    assert (path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)
