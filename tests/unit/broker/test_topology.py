"""The virtual host of a partner, as docs/contract.md, "Broker" has it."""

import re

import pytest

from hub.broker.topology import DEAD, EXCHANGE, FROM_HUB, INTAKE, LANE_OF, NOTHING, PARTNER, QUEUES, Limits, queues
from hub.canonical.codes import Lane


def test_the_names_are_those_of_the_contract() -> None:
    assert EXCHANGE == "to-hub"
    assert set(QUEUES) == {"intake.acuut", "intake.regulier", "from-hub.acuut", "from-hub.regulier", "dead"}
    assert INTAKE[Lane.ACUTE] == "intake.acuut"
    assert FROM_HUB[Lane.ROUTINE] == "from-hub.regulier"
    assert LANE_OF["intake.acuut"] is Lane.ACUTE


def test_dead_comes_first_and_is_the_only_queue_without_a_target() -> None:
    made = queues(Limits())
    assert made[0].name == DEAD
    assert [queue.name for queue in made if "x-dead-letter-exchange" not in queue.arguments] == [DEAD]


def test_limits_are_given_to_every_queue() -> None:
    for queue in queues(Limits(queue_messages=3, queue_bytes=5)):
        assert queue.arguments["x-max-length"] == 3
        assert queue.arguments["x-max-length-bytes"] == 5


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
