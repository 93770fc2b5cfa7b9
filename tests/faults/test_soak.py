"""The soak, short: in steady traffic whatever there is gets killed once, and nothing is lost, doubled or unanswered."""

import pytest

from tests.faults.soak import Plan, report, soak

KILLED = ("worker killed", "database killed", "supervisor killed", "broker killed")


@pytest.mark.exhaustive
async def test_a_hub_whose_every_part_is_killed_loses_doubles_and_invents_nothing() -> None:
    outcome = await soak(Plan(minutes=0.0, seed=4, rate=1.5, workers=2, regions=1, gap=1.0, kinds=KILLED), print)
    assert outcome.clean, "\n".join(report(outcome))
    assert outcome.kills == len(KILLED)
    assert outcome.messages > 300
