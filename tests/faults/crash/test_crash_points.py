"""The hub is killed at its boundaries in the middle of traffic: by the partners' books nothing is lost or doubled."""

import sys

import pytest

from hub.canonical.codes import Lane
from hub.local.servers import Addresses
from hub.ops.crash import POINTS
from tests.faults.crash.dying import Death
from tests.faults.crash.trial import Say, everywhere, lasting, trial
from tests.faults.crash.ways import WAYS

TELLING = (
    Death("decide.before", Lane.ROUTINE),
    Death("commit.before", Lane.ACUTE),
    Death("commit.after", Lane.ROUTINE),
    Death("confirm.before", Lane.ROUTINE),
    Death("mark-sent.before", Lane.ACUTE),
    Death("release-held.before", Lane.ROUTINE),
    Death("destroy-key.after", Lane.ROUTINE, 2),
)
"""One of each kind: nothing done yet, all written, all committed, sent or confirmed and not known, one part of many."""
PARTS = 2
"""Each some five minutes on an idle machine."""


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """On the terminal, while it goes on; on stderr, as that of pytest's own workers comes there too."""

    def now(line: str) -> None:
        with capsys.disabled():
            print(line, file=sys.stderr, flush=True)

    return now


def test_every_way_leads_to_a_point() -> None:
    assert all(any(point.startswith(name) for point in POINTS) for names in WAYS for name in names)


def test_a_difference_that_stays_is_one_finding_however_much_is_said_meanwhile() -> None:
    found = "p-1: distinct: {} in its books, {} in the account"
    assert lasting(found.format(8, 7)) == lasting(found.format(19, 18)) != lasting(found.format(19, 17))


async def test_a_worker_that_dies_between_two_steps_loses_and_doubles_nothing(servers: Addresses, say: Say) -> None:
    async with trial(servers, Lane.ROUTINE, 1, say) as one:
        assert await one.run(TELLING) == {}


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("lane", Lane, ids=lambda lane: lane.value)
async def test_every_point_is_come_to_and_whoever_dies_there_loses_and_doubles_nothing(
    servers: Addresses, lane: Lane, workers: int, part: int, say: Say
) -> None:
    async with trial(servers, lane, workers, say) as one:
        assert await one.run(everywhere(lane, workers)[part::PARTS]) == {}
