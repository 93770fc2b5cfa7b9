"""A hub on an empty database. What every test leaves must add up: the books, and each case with its register."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.databases import books_fit, registers_tell_the_cases
from tests.kit import Kit, kit_on


@pytest.fixture
async def kit(database: AsyncEngine) -> AsyncIterator[Kit]:
    yield await kit_on(database)
    await books_fit(database)
    await registers_tell_the_cases(database)


@pytest.fixture
async def meddled(database: AsyncEngine) -> Kit:
    """A hub whose records a test spoils: nothing is checked after it."""
    return await kit_on(database)
