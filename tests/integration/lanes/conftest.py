"""The clock by which the lanes' hubs live."""

from collections.abc import AsyncIterator

import pytest

from tests.clock import Clock, clock_of
from tests.kit import Kit


@pytest.fixture
async def clock(kit: Kit) -> AsyncIterator[Clock]:
    """By which this hub and its partners live."""
    async with clock_of(kit.engine, kit.own) as ahead:
        kit.clock = ahead
        yield ahead
