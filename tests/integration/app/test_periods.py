"""The chain begins at the first start of all, and no machine starts without the key of what waits."""

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from hub.app.hub import Hub
from hub.app.period_file import PeriodFile
from hub.app.periods import SUITE, begin_anew, begin_periods, give, recover_period, request, take
from hub.canonical.partners import KeyUse
from hub.envelope.keys import check_public, generate, load_encryption_key, load_signing_key
from hub.envelope.ratchet import PeriodKey
from hub.envelope.sealing import seal
from hub.errors import OperatorError
from hub.ports import Period, Place
from hub.store.engine import connect
from tests.databases import one, rows


def another_machine(hub: Hub, home: Path) -> Hub:
    home.mkdir()
    return replace(hub, settings=replace(hub.settings, home=home))


def file_of(hub: Hub) -> PeriodFile:
    return PeriodFile(hub.settings.home)


async def used(hub: Hub) -> Period:
    return (await hub.database.store.contents()).period


async def refused(hub: Hub) -> str:
    with pytest.raises(OperatorError) as error:
        await begin_periods(hub)
    return error.value.code


async def as_before_the_first_start(hub: Hub) -> None:
    query = "update directory_head set period_chain = null, period_step = null, period_since = null"
    await rows(hub.database._engine, query)


async def test_the_first_start_makes_the_chain_and_the_next_ones_go_on_with_it(hub: Hub) -> None:
    key = file_of(hub).read()
    assert key is not None
    assert await used(hub) == Period(key.chain, 0)
    await begin_periods(hub)
    assert await used(hub) == Period(key.chain, 0)


async def test_a_start_that_died_between_file_and_database_is_finished_by_the_next(hub: Hub) -> None:
    await as_before_the_first_start(hub)
    key = file_of(hub).read()
    await begin_periods(hub)
    assert key is not None
    assert await used(hub) == Period(key.chain, key.step)


async def test_a_home_that_has_stepped_takes_its_step_into_a_new_database(hub: Hub) -> None:
    file_of(hub).forget_before(7)
    await as_before_the_first_start(hub)
    await begin_periods(hub)
    assert (await used(hub)).step == 7


async def test_a_machine_without_a_key_is_refused_and_makes_none(hub: Hub, tmp_path: Path) -> None:
    other = another_machine(hub, tmp_path / "other")
    assert await refused(other) == "period-key-missing"
    assert file_of(other).read() is None


async def test_a_machine_of_another_chain_is_refused(hub: Hub, tmp_path: Path) -> None:
    other = another_machine(hub, tmp_path / "other")
    file_of(other).put(PeriodKey.begin())
    assert await refused(other) == "period-key-other"


async def test_of_two_that_start_first_at_once_one_makes_the_chain(hub: Hub, tmp_path: Path) -> None:
    await as_before_the_first_start(hub)
    other = another_machine(hub, tmp_path / "other")
    file_of(other).first()
    await begin_periods(hub)
    assert await refused(other) == "period-key-other"


async def test_a_machine_that_is_ahead_of_the_database_is_refused(hub: Hub) -> None:
    file_of(hub).forget_before(1)
    assert await refused(hub) == "period-key-ahead"


async def test_one_whose_file_is_damaged_is_refused_with_what_to_do(hub: Hub) -> None:
    (file_of(hub).folder / "key.json").write_text("{}")
    assert await refused(hub) == "key-unreadable"


async def test_a_copy_of_the_keys_of_a_machine_is_a_machine(hub: Hub, tmp_path: Path) -> None:
    shutil.copytree(hub.settings.home / "keys", tmp_path / "other" / "keys")
    other = replace(hub, settings=replace(hub.settings, home=tmp_path / "other"))
    await begin_periods(other)


# --- from one machine to another ----------------------------------------------------------------------------------


@pytest.fixture
def newcomer(hub: Hub, tmp_path: Path) -> Hub:
    """A machine that has every key of the hub but this one."""
    shutil.copytree(hub.settings.home / "keys", tmp_path / "new" / "keys", ignore=shutil.ignore_patterns("period"))
    return replace(hub, settings=replace(hub.settings, home=tmp_path / "new"))


async def test_a_new_machine_gets_the_key_from_one_that_runs_and_from_nothing_else(hub: Hub, newcomer: Hub) -> None:
    asked = request(newcomer.settings.home)
    given = await give(hub, asked)
    key = file_of(hub).read()
    assert key is not None
    assert json.loads(key.text())["k"] not in asked + given

    await take(newcomer, given)

    got = file_of(newcomer).read()
    assert got is not None
    assert got.secret == key.secret
    await begin_periods(newcomer)
    assert {path.name for path in file_of(newcomer).folder.iterdir()} == {"key.json", "lock"}


async def test_what_opens_a_key_that_was_given_is_overwritten_when_it_was_taken_asked_for_anew_or_of_no_use(
    hub: Hub, newcomer: Hub
) -> None:
    """With it, what was given is the key, from wherever that was kept on its way."""
    home, file = newcomer.settings.home, file_of(newcomer)

    async def taken() -> None:
        await take(newcomer, await give(hub, request(home)))

    async def stepped_on() -> None:
        assert file.forget_before(1)

    for done in (lambda: asyncio.to_thread(request, home), taken, stepped_on):
        request(home)
        with file.request.open("rb") as before:
            await done()
            assert before.read().strip(b"\0") == b""
    assert not file.request.exists()


async def test_before_the_first_period_a_machine_takes_the_key_of_another_in_place_of_its_own(
    hub: Hub, newcomer: Hub
) -> None:
    await as_before_the_first_start(hub)
    file_of(newcomer).first()
    await take(newcomer, await give(hub, request(newcomer.settings.home)))
    for machine in (newcomer, hub):
        await begin_periods(machine)


async def test_the_answer_to_another_request_an_old_one_or_another_hub_is_refused(hub: Hub, newcomer: Hub) -> None:
    old = request(newcomer.settings.home)
    answer_to_old = await give(hub, old)
    asked = request(newcomer.settings.home)
    key = file_of(hub).read()
    assert key is not None
    request_of = check_public(asked, KeyUse.ENCRYPTION, SUITE)
    signing = load_signing_key(generate(SUITE).signing, SUITE)
    by_a_stranger = seal(key.text().encode(), signing=signing, recipient=load_encryption_key(request_of.jwk))

    for given in (answer_to_old, by_a_stranger.decode(), "", "nonsense", asked):
        with pytest.raises(OperatorError) as refused_here:
            await take(newcomer, given)
        assert refused_here.value.code == "period-given"
    assert file_of(newcomer).read() is None
    await take(newcomer, await give(hub, asked))


async def test_an_answer_is_good_once_and_only_where_a_key_is_lacking(hub: Hub, newcomer: Hub) -> None:
    given = await give(hub, request(newcomer.settings.home))
    await take(newcomer, given)
    with pytest.raises(OperatorError, match="needs no other"):
        await take(newcomer, given)
    (file_of(newcomer).folder / "key.json").unlink()
    with pytest.raises(OperatorError, match="No request is pending"):
        await take(newcomer, given)


async def test_a_key_that_was_given_long_ago_is_refused(hub: Hub, newcomer: Hub) -> None:
    given = await give(hub, request(newcomer.settings.home))
    key = file_of(hub).read()
    assert key is not None
    await hub.database.take_up_period(Period(key.chain, 5))
    file_of(hub).forget_before(5)
    with pytest.raises(OperatorError, match="not the one in use"):
        await take(newcomer, given)


async def test_a_machine_without_the_key_gives_none(hub: Hub, newcomer: Hub) -> None:
    with pytest.raises(OperatorError) as error:
        await give(newcomer, request(hub.settings.home))
    assert error.value.code == "period-key-missing"


@pytest.mark.parametrize("asked", ["", "{}", "x"])
async def test_what_is_no_request_is_refused(hub: Hub, asked: str) -> None:
    with pytest.raises(OperatorError):
        await give(hub, asked)


async def test_a_private_key_is_no_request(hub: Hub) -> None:
    with pytest.raises(OperatorError) as error:
        await give(hub, generate(SUITE).encryption)
    assert error.value.code == "key-private"


async def test_a_new_chain_is_begun_only_where_no_machine_has_the_key_and_says_what_is_lost(
    hub: Hub, newcomer: Hub
) -> None:
    with pytest.raises(OperatorError, match="needs no other"):
        await begin_anew(hub, sure=True)
    before = await used(hub)

    assert await begin_anew(newcomer, sure=False) == {Place.OUTBOX: 0, Place.HELD: 0, Place.STORED: 0}
    assert await used(hub) == before
    await begin_anew(newcomer, sure=True)

    after = await used(hub)
    assert after.chain != before.chain
    await begin_periods(newcomer)
    assert await refused(hub) == "period-key-other"


async def test_no_chain_is_begun_while_workers_are_connected(hub: Hub, newcomer: Hub) -> None:
    engine = connect(hub.database._engine.url, "machine-1-acuut")
    try:
        assert await one(engine, "select 1") == 1
        with pytest.raises(OperatorError, match="works has the key"):
            await begin_anew(newcomer, sure=True)
    finally:
        await engine.dispose()


async def test_a_new_chain_whose_file_could_not_be_written_is_begun_again(
    hub: Hub, newcomer: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(PeriodFile, "put", full)
        with pytest.raises(OSError, match="No space"):
            await begin_anew(newcomer, sure=True)
    await begin_anew(newcomer, sure=True)
    await begin_periods(newcomer)


async def test_after_a_restore_the_database_goes_on_with_the_key_of_the_machine_it_is_said_on(
    hub: Hub, newcomer: Hub
) -> None:
    first = file_of(hub).read()
    assert first is not None
    file_of(hub).forget_before(4)
    file_of(newcomer).put(first.at(5))
    assert await refused(hub) == "period-key-ahead"

    assert await recover_period(hub) == Period(first.chain, 5)

    for machine in (hub, newcomer):
        await begin_periods(machine)
    assert await recover_period(hub) == Period(first.chain, 5)


async def test_a_machine_without_a_key_leaves_the_period_of_a_restored_database_as_it_is(
    hub: Hub, newcomer: Hub
) -> None:
    before = await used(hub)
    assert await recover_period(newcomer) is None
    assert await used(hub) == before
