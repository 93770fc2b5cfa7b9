import pytest

from tests.kit import Kit, kit_without_database


@pytest.fixture(scope="session")
def kit() -> Kit:
    return kit_without_database()
