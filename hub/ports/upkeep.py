"""Who keeps house, as the database has it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lead:
    """Attributes:
    epoch: one more with each that takes the lead; 0: nobody ever has.
    beat: one more with each sign of life of whoever has it.
    leader: the worker; nobody if it was given back.
    yields: it would rather that another had it.
    """

    epoch: int = 0
    beat: int = 0
    leader: str | None = None
    yields: bool = False
