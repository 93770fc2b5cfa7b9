"""What is left of a connection that is closing: only what is known to be empty is."""

from dataclasses import replace

import pytest

from hub.app.closing import left_in
from hub.broker.admin import Depth
from hub.broker.topology import ASIDE, QUEUES
from hub.ports import Waiting

EMPTY = {name: Depth(0, 0, 0) for name in QUEUES}
NONE = Waiting(0, 0, 0)


def test_nothing_is_left_where_every_queue_is_empty_or_gone() -> None:
    assert left_in(EMPTY, NONE).nothing
    assert left_in({}, NONE).nothing


@pytest.mark.parametrize("queue", [*QUEUES, *ASIDE.values()])
@pytest.mark.parametrize(
    "holds", [Depth(1, 0, 0), Depth(0, 1, 0), Depth(0, 0, 0, dying=1), Depth(0, 0, 0, led=False, counted=False)]
)
def test_whatever_one_queue_holds_or_does_not_say_that_it_holds_is_left(queue: str, holds: Depth) -> None:
    left = left_in(EMPTY | {queue: holds}, NONE)
    assert not left.nothing
    assert left.words() != "nothing"


@pytest.mark.parametrize("waits", ["retries", "quarantined", "outgoing"])
def test_what_the_database_holds_is_left(waits: str) -> None:
    assert not left_in(EMPTY, replace(NONE, **{waits: 1})).nothing
