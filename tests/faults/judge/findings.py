"""What the judge has to say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    LOST = "lost"
    DOUBLED = "doubled"
    INVENTED = "invented"
    AGAINST = "against the rules"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that should not be.

    Attributes:
        what: a sentence, with types and no content.
        at: the partner whose books show it.
        ids: of the messages concerned.
    """

    kind: Kind
    what: str
    at: str
    ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}: {self.what} at {self.at} {' '.join(self.ids)}".rstrip()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Attributes:
    sent: messages to the hub, copies apart; `confirmations` of them are `verwerkt`.
    got: messages of the hub, copies apart.
    resent, again: copies more than one, each way.
    refused: how many by code, those that were meant to be refused among them.
    """

    findings: tuple[Finding, ...]
    sent: int
    confirmations: int
    resent: int
    got: int
    again: int
    accepted: int
    refused: Mapping[str, int]

    @property
    def counts(self) -> dict[str, int]:
        return {kind.value: sum(one.kind is kind for one in self.findings) for kind in Kind}

    @property
    def clean(self) -> bool:
        return not self.findings

    def lines(self) -> Iterable[str]:
        """The table, then each finding."""
        yield f"sent {self.sent} ({self.confirmations} of them verwerkt), copies {self.resent}"
        yield f"got {self.got}, copies {self.again}"
        refused = ", ".join(f"{code} {number}" for code, number in sorted(self.refused.items()))
        yield f"accepted {self.accepted}, refused {sum(self.refused.values())} ({refused or 'none'})"
        yield from (f"{name:>18} {number}" for name, number in self.counts.items())
        yield from (f"  {one}" for one in self.findings)
