"""Where the hub runs: test data never meet real ones."""

from enum import StrEnum


class Environment(StrEnum):
    """`KETENHUB_OMGEVING` (README, "Settings")."""

    TEST = "test"
    PRODUCTION = "productie"
