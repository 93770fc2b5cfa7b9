from collections.abc import Iterator
from dataclasses import replace

import pytest

from hub.local.servers import Addresses
from tests.acceptance.hub import RunningHub, serving
from tests.servers import new_home


@pytest.fixture
def hub(servers: Addresses, fresh_database: str) -> Iterator[RunningHub]:
    """A hub of one routine worker on the session's broker and a database of its own."""
    with new_home() as home, serving(home, replace(servers, database_url=fresh_database)) as running:
        yield running
