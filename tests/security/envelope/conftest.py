import pytest

from hub.canonical.partners import Suite
from tests.security.envelope.scene import Scene
from tests.unit.envelope.kit import System, agree


@pytest.fixture(scope="session")
def _systems() -> dict[Suite, tuple[System, System, System]]:
    return {suite: (System.of(suite), System.of(suite), System.of(suite)) for suite in Suite}


def _scene(systems: dict[Suite, tuple[System, System, System]], suite: Suite) -> Scene:
    hub, sender, stranger = systems[suite]
    return Scene(hub, sender, stranger, agree(hub))


@pytest.fixture(params=list(Suite), ids=lambda suite: suite.value)
def scene(_systems: dict[Suite, tuple[System, System, System]], request: pytest.FixtureRequest) -> Scene:
    return _scene(_systems, request.param)


@pytest.fixture
def s1(_systems: dict[Suite, tuple[System, System, System]]) -> Scene:
    return _scene(_systems, Suite.S1)


@pytest.fixture
def s1x(_systems: dict[Suite, tuple[System, System, System]]) -> Scene:
    return _scene(_systems, Suite.S1X)
