"""What an operator is told of the broker's nodes, read from one answer of the management API."""

from typing import Any

import pytest

from hub.broker.nodes import Nodes, nodes_from


def node(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "running": True, "mem_alarm": False, "disk_free_alarm": False, "partitions": []} | more


WELL = [node("a"), node("b"), node("c")]


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([], Nodes((), (), ())),
        (WELL, Nodes((), (), ())),
        ([*WELL[:2], node("c", mem_alarm=True)], Nodes(("memory",), (), ())),
        ([node("a", mem_alarm=True), node("b", disk_free_alarm=True)], Nodes(("memory", "disk"), (), ())),
        ([*WELL[:2], {"name": "c", "running": False}], Nodes((), ("c",), ())),
        # Each of two that go on by themselves names the other; one that sees no partition names nobody.
        ([node("a", partitions=["c"]), node("b"), node("c", partitions=["a"])], Nodes((), (), ("a", "c"))),
        ([node("a", partitions=["c"]), node("b", partitions=["c"])], Nodes((), (), ("c",))),
        ([node("a", partitions=None)], Nodes((), (), ())),
    ],
)  # fmt: skip
def test_a_cluster_says_what_is_short_who_is_away_and_who_was_cut_off(
    listed: list[dict[str, Any]], expected: Nodes
) -> None:
    assert nodes_from(listed) == expected
