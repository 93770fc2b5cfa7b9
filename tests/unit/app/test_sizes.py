"""What is said of a broker that takes too much, or too little."""

import re

from hub.app.sizes import SENTENCES, Wrong, wrong
from hub.broker.sizes import LARGEST, OWN_VHOST, Sizes
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.local.rabbitmq_files import ALONE, configuration


def test_each_node_is_judged_by_itself() -> None:
    nodes = [Sizes("a:1", True, True), Sizes("b:1", False, True), Sizes("c:1", True, False)]
    assert list(wrong(nodes)) == [("b:1", Wrong.TOO_MUCH), ("c:1", Wrong.TOO_LITTLE)]


def test_each_fault_has_a_sentence_that_says_the_right_value() -> None:
    assert all(f"max_message_size to {LARGEST}" in SENTENCES[one] for one in Wrong)


def test_a_private_broker_has_that_value_and_what_fits_is_well_below_it() -> None:
    ports = {"amqp": 1, "management": 2}
    assert f"\nmax_message_size = {LARGEST}\n" in configuration(ports, lambda name: name, ALONE)
    assert 2 * FROM_HUB_LIMIT <= LARGEST


def test_the_hubs_own_virtual_host_is_no_partners() -> None:
    assert not re.fullmatch("[a-z0-9-]{2,40}", OWN_VHOST)
