from collections.abc import Iterator
from dataclasses import replace

import pytest

from hub.local.servers import Addresses
from tests.acceptance.hub import RunningHub, new_database_now, serving
from tests.servers import new_home


@pytest.fixture(scope="module")
def hub(servers: Addresses) -> Iterator[RunningHub]:
    """One hub a module, of one routine worker, on the session's broker and a database of its own."""
    with (
        new_database_now(servers.database_url) as url,
        new_home() as home,
        serving(home, replace(servers, database_url=url)) as running,
    ):
        yield running
