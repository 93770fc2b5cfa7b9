"""A machine's period key on its disk: whole or not at all, never an older one again, and nothing left of what was."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from hub.app import period_file as module
from hub.app.period_file import MachinePeriods, PeriodFile
from hub.envelope.at_rest import StorageKey
from hub.envelope.ratchet import PeriodKey
from hub.errors import OperatorError, Surroundings
from hub.lanes.stepping import KeyStanding
from hub.ports import Period

STORAGE = StorageKey.new()


@pytest.fixture
def file(tmp_path: Path) -> PeriodFile:
    return PeriodFile(tmp_path)


def held(file: PeriodFile) -> PeriodKey:
    key = file.read()
    assert key is not None
    return key


def everything(file: PeriodFile) -> bytes:
    return b"".join(path.read_bytes() for path in file.folder.iterdir())


def test_the_first_key_is_made_once_and_only_its_owner_can_read_it(file: PeriodFile) -> None:
    assert file.read() is None
    first = file.first()
    assert (file.first().secret, held(file).secret) == (first.secret, first.secret)
    assert {path.stat().st_mode & 0o077 for path in file.folder.iterdir() if path.suffix == ".json"} == {0}


def test_a_step_leaves_nothing_of_the_key_before_and_there_is_no_way_back(file: PeriodFile) -> None:
    first = file.first()
    assert file.forget_before(2)
    assert held(file).secret == first.at(2).secret
    assert not file.forget_before(1)
    assert not file.forget_before(2)
    assert held(file).step == 2
    assert PeriodKey.load(first.text()).text().encode() not in everything(file)


def test_the_old_file_is_overwritten_before_its_room_is_given_back(file: PeriodFile) -> None:
    first = file.first()
    path = file.folder / "key.json"
    with path.open("rb") as before:
        file.forget_before(1)
        left = before.read()
    assert first.text().encode() not in left
    assert left.strip(b"\0") == b""


CALLS = ((os, "open"), (os, "fsync"), (os, "link"), (os, "pwrite"), (Path, "replace"), (Path, "unlink"))
"""All by which the file is written, in the order in which each first comes."""


def killed_at(number: int, file: PeriodFile, step: int) -> bool:
    """A process that steps is killed before its call of this number; whether it came to that."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    left = iter(range(number))

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return called

    for owner, name in CALLS:
        setattr(owner, name, counted(getattr(owner, name)))
    file.forget_before(step)
    os._exit(0)


def test_one_that_is_killed_at_any_call_leaves_the_old_key_or_the_new_and_the_next_destroys_what_it_left(
    tmp_path: Path,
) -> None:
    for number in count():
        file = PeriodFile(tmp_path / str(number))
        first = file.first()
        with (file.folder / "key.json").open("rb") as before:
            killed = killed_at(number, file, 1)
            assert held(file).secret in (first.secret, first.at(1).secret)
            file.forget_before(1)
            assert held(file).secret == first.at(1).secret
            assert before.read().strip(b"\0") == b"", f"overwritten, whoever was killed at call {number}"
        assert {path.name for path in file.folder.iterdir()} == {"key.json", "lock"}
        file.forget_before(2)
        assert first.at(1).text().encode() not in everything(file)
        if not killed:
            break
    assert number > 8


def test_a_full_disk_leaves_the_old_key(file: PeriodFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.first()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            file.forget_before(1)
    assert held(file).step == 0
    assert file.forget_before(1)


def _step_on(home: Path, step: int) -> None:
    PeriodFile(home).forget_before(step)


def test_processes_that_step_at_once_leave_the_newest(tmp_path: Path) -> None:
    file = PeriodFile(tmp_path)
    first = file.first()
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_step_on, args=(tmp_path, step)) for step in (3, 1, 2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert held(file).secret == first.at(3).secret


def test_a_file_that_others_can_read_or_that_is_damaged_is_refused_at_the_start(file: PeriodFile) -> None:
    file.first()
    path = file.folder / "key.json"
    path.chmod(0o640)
    with pytest.raises(OperatorError, match="chmod"):
        MachinePeriods(file)
    path.chmod(0o600)
    path.write_text(path.read_text().replace('"step":0', '"step":1'))
    with pytest.raises(OperatorError, match="not whole"):
        MachinePeriods(file)


def test_a_file_that_goes_while_the_hub_runs_is_seen_and_so_is_its_return(file: PeriodFile) -> None:
    first = file.first()
    used, path = Period(first.chain, 0), file.folder / "key.json"
    periods = MachinePeriods(file)
    kept = path.read_text()
    assert periods.look(used) is KeyStanding.READY

    path.unlink()
    assert periods.look(used) is KeyStanding.MISSING
    with pytest.raises(Surroundings):
        periods.wrapping(first.chain, 0, STORAGE)

    path.write_text(kept)
    assert periods.look(used) is KeyStanding.MISSING  # others can read it
    path.chmod(0o600)
    assert periods.look(used) is KeyStanding.READY
    assert periods.wrapping(first.chain, 0, STORAGE).secret == first.wrapping(STORAGE).secret


def test_what_another_process_destroyed_is_forgotten_here(file: PeriodFile) -> None:
    first = file.first()
    mine, other = MachinePeriods(file), MachinePeriods(file)
    assert mine.wrapping(first.chain, 0, STORAGE)
    assert mine.wrapping(first.chain, 1, STORAGE).secret == first.at(1).wrapping(STORAGE).secret

    other.forget_before(1)
    mine.look(Period(first.chain, 1))

    with pytest.raises(Surroundings) as gone:
        mine.wrapping(first.chain, 0, STORAGE)
    assert gone.value.code == "period-key-gone"
    assert mine.wrapping(first.chain, 1, STORAGE).secret == first.at(1).wrapping(STORAGE).secret
    with pytest.raises(Surroundings):
        mine.wrapping("A" * 22, 1, STORAGE)


def test_every_reason_has_a_sentence() -> None:
    for standing in KeyStanding:
        assert standing is KeyStanding.READY or module.refusal(standing).sentence
