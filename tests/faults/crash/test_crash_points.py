"""The hub is killed at its boundaries in the middle of traffic: by the partners' books nothing is lost or doubled."""

import pytest

from hub.ops.crash import POINTS
from tests.faults.crash.dying import Death, die, settled
from tests.faults.rig import rigged
from tests.faults.soak import TERMS

TELLING = (
    Death("decide.before", "regulier"),
    Death("commit.before", "acuut"),
    Death("commit.after", "regulier"),
    Death("confirm.before", number=5),
    Death("mark-sent.before"),
    Death("release-held.before"),
    Death("destroy-key.after", number=2),
)
"""One of each kind: nothing done yet, all written, all committed, sent or confirmed and not known, one part of many."""


@pytest.mark.exhaustive
async def test_a_hub_that_dies_between_any_two_of_its_steps_loses_and_doubles_nothing() -> None:
    async with rigged(workers=2, seed=7) as rig:
        for death in TELLING:
            await die(rig, death)
        assert await settled(rig) == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("lane", ["regulier", "acuut"])
async def test_every_point_is_come_to_and_whoever_dies_there_loses_and_doubles_nothing(lane: str, workers: int) -> None:
    wrong: dict[str, str] = {}
    async with rigged(workers=workers, seed=8, config=TERMS) as rig:
        for death in (Death(point, lane, number) for point in POINTS for number in (1, 3)):
            try:
                await die(rig, death)
                found = await settled(rig)
            except AssertionError as error:
                found = [str(error)]
            if found:
                wrong[str(death)] = found[0]
    assert wrong == {}
