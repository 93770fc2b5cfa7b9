"""Who may take the lead of upkeep, cell by cell."""

import pytest

from hub.ports import Lead
from hub.upkeep.leader import may_take

LEASE = 15.0
FREE, LED, YIELDING = Lead(3, 9), Lead(3, 9, "a"), Lead(3, 9, "a", yields=True)


@pytest.mark.parametrize(
    ("lead", "still", "yields", "may"),
    [
        (FREE, 0.0, False, True),
        (FREE, 0.0, True, False),
        (FREE, LEASE, True, True),
        (Lead(), 0.0, False, True),
        (LED, 14.9, False, False),
        (LED, LEASE, False, True),
        (LED, 14.9, True, False),
        (LED, LEASE, True, True),
        (YIELDING, 0.0, False, True),
        (YIELDING, 14.9, True, False),
        (YIELDING, LEASE, True, True),
    ],
)
def test_the_lead_is_taken_when_it_is_free_or_stands_still_or_who_has_it_yields(
    lead: Lead, still: float, yields: bool, may: bool
) -> None:
    assert may_take(lead, still, LEASE, yields=yields) is may
