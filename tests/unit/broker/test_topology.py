"""The virtual host of a partner, as docs/contract.md, "Broker" has it."""

import re

import pytest

from hub.broker.topology import (
    ASIDE,
    DEAD,
    EARLIER,
    EXCHANGE,
    FROM_HUB,
    INTAKE,
    LANE_OF,
    NOTHING,
    PARTNER,
    QUEUES,
    Limits,
    aside,
    policies,
    queues,
)
from hub.canonical.codes import Lane


def test_the_names_are_those_of_the_contract() -> None:
    assert EXCHANGE == "to-hub"
    assert set(QUEUES) == {"intake.acuut", "intake.regulier", "from-hub.acuut", "from-hub.regulier", "dead"}
    assert INTAKE[Lane.ACUTE] == "intake.acuut"
    assert FROM_HUB[Lane.ROUTINE] == "from-hub.regulier"
    assert LANE_OF["intake.acuut"] is Lane.ACUTE


def test_dead_comes_first_and_is_the_only_queue_without_a_target() -> None:
    made = queues()
    assert made[0].name == DEAD
    assert [queue.name for queue in made if "x-dead-letter-exchange" not in queue.arguments] == [DEAD]


@pytest.mark.parametrize("name", [*QUEUES, *ASIDE.values()])
def test_one_policy_rules_every_queue_also_while_it_is_made_anew(name: str) -> None:
    (one,) = [policy for policy in policies(Limits(queue_messages=3, queue_bytes=5)) if re.search(policy.pattern, name)]
    assert one.definition["max-length"] == 3
    assert one.definition["max-length-bytes"] == 5
    assert one.definition["overflow"] == "reject-publish"


@pytest.mark.parametrize("queue", ASIDE)
def test_what_lies_aside_goes_back_to_its_queue_and_stays_in_its_lane(queue: str) -> None:
    made = aside(queue)
    assert made.arguments["x-dead-letter-routing-key"] == queue
    assert made.arguments["x-dead-letter-strategy"] == "at-least-once"
    assert LANE_OF[made.name] is LANE_OF[queue]


def test_no_queue_has_a_limit_that_could_not_change() -> None:
    assert not [queue.name for queue in queues() if EARLIER & queue.arguments.keys()]


# The broker searches for the expression anywhere in the name, and calls the default exchange amq.default.
@pytest.mark.parametrize("name", ["amq.default", "amq.topic", "xto-hub", "to-hub2", "intake.acuut", "dead", ""])
def test_a_partner_may_write_only_to_the_hubs_exchange(name: str) -> None:
    assert re.search(PARTNER.write, EXCHANGE)
    assert not re.search(PARTNER.write, name)


@pytest.mark.parametrize("name", ["intake.acuut", "dead", "from-hub.acuut2", "from-hubXacuut", "xfrom-hub.acuut"])
def test_a_partner_may_read_only_its_two_queues(name: str) -> None:
    assert all(re.search(PARTNER.read, queue) for queue in FROM_HUB.values())
    assert not re.search(PARTNER.read, name)


def test_a_partner_may_configure_nothing() -> None:
    for name in (*QUEUES, EXCHANGE, "amq.gen-x", "x"):
        assert not re.search(PARTNER.configure, name)
        assert not re.search(NOTHING.write, name)
