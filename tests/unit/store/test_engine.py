"""Where errors of the database become ours: a connection that broke is no message's doing."""

import pytest
from sqlalchemy.exc import InterfaceError, InvalidRequestError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from hub.errors import DatabaseAway, OurFault
from hub.store.engine import errors_become_ours

BROKEN = [
    ConnectionResetError(),
    TimeoutError(),
    PoolTimeoutError(),
    InterfaceError("", {}, Exception()),
    PendingRollbackError("a connection that was used again after it broke"),
]


@pytest.mark.parametrize("error", BROKEN, ids=lambda error: type(error).__name__)
def test_a_connection_that_broke_is_a_database_that_is_away(error: Exception) -> None:
    with pytest.raises(DatabaseAway), errors_become_ours():
        raise error


def test_a_statement_that_cannot_be_made_is_a_fault_of_ours() -> None:
    with pytest.raises(OurFault) as caught, errors_become_ours():
        raise InvalidRequestError

    assert not isinstance(caught.value, DatabaseAway)
