"""Many more of what `tests/unit/lanes/test_own_report_only.py` plays a few of."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.canonical.partners import Role
from hub.routing.radar import RolePairs
from tests.unit.lanes.test_own_report_only import ALL, Script, same_in_both, scripts


@pytest.mark.exhaustive
@settings(max_examples=3_000, deadline=None)
@given(scripts, st.sampled_from(ALL))
def test_a_reporter_receives_the_same_whatever_else_happens(script: Script, roles: tuple[Role, Role]) -> None:
    same_in_both(script, *roles, RolePairs())
