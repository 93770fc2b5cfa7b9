"""A hub on an empty database. What every test leaves must add up: the books, and each case with its register."""

from collections.abc import AsyncIterator

import pytest

from tests.databases import books_fit, registers_tell_the_cases
from tests.kit import Kit, kit_on


@pytest.fixture
async def kit(database: str) -> AsyncIterator[Kit]:
    async with kit_on(database) as made:
        yield made
        await books_fit(database)
        await registers_tell_the_cases(database)


@pytest.fixture
async def meddled(database: str) -> AsyncIterator[Kit]:
    """A hub whose records a test spoils: nothing is checked after it."""
    async with kit_on(database) as made:
        yield made
