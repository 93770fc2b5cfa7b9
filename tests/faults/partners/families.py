"""Invented families: by far the most are nobody else's, some are reported on again, so that reports join."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from hub.schemas.samples import sample
from hub.schemas.texts import moment_text
from hub.simulator.people import strangers

NUMBERED = 12
"""One family in so many is known by its numbers (BSN), of which there are few for tests."""


@dataclass
class Families:
    """Those of one process; `start` keeps those of several apart."""

    chance: Random
    start: int = 0
    known: deque[int] = field(default_factory=lambda: deque(maxlen=20))
    _fresh: "count[int]" = field(default_factory=count)

    def report(self, name: str, municipality: str, again: float) -> dict[str, Any]:
        """A report of this type: on a family that was reported on before with chance `again`, else on a new one."""
        if self.known and self.chance.random() < again:
            return self._about(name, self.chance.choice(self.known), municipality)
        family = self.start + next(self._fresh)
        if family % NUMBERED == 0:
            self.known.append(family)
        return self._about(name, family, municipality)

    def _about(self, name: str, family: int, municipality: str) -> dict[str, Any]:
        data = strangers(sample(name), family)
        for person in data["betrokkenen"]:
            if family % NUMBERED and "ongeboren" not in person:
                person.pop("bsn", None)
        return data | {"gemeente": municipality, "omschrijving": f"Verzonnen {self.word()}."} | self._tag(data)

    def _tag(self, data: dict[str, Any]) -> dict[str, Any]:
        """A moment or a day that no other report has, by which the judge knows it again where its text is not shown."""
        if "ingaandOp" in data:
            begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.chance.randrange(10**13))
            end = {"eindigtOp": moment_text(begin + timedelta(days=10))} if "eindigtOp" in data else {}
            return {"ingaandOp": moment_text(begin)} | end
        if "statusOp" in data:
            return {"statusOp": (date(1950, 1, 1) + timedelta(days=self.chance.randrange(27_000))).isoformat()}
        return {}

    def word(self) -> str:
        """Letters that no other text has."""
        return "".join(self.chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(16))
