"""In what two reports on one number speak of two people, and which cases that keeps a report off. Values only.

What is said of whom a number is of (`hub/schemas/traits.py`) comes here keyed: of each trait a set, and two sets that
are there and have nothing in common contradict each other.
"""

from collections.abc import Iterable

from hub.canonical.codes import Trait
from hub.ids import CaseId

Traits = frozenset[tuple[Trait, bytes]]
NO_TRAITS: Traits = frozenset()


def contradictions(mine: Traits, theirs: Traits) -> tuple[Trait, ...]:
    """In what they differ; what one of them leaves open contradicts nothing."""
    return tuple(trait for trait in Trait if _differ(_said(mine, trait), _said(theirs, trait)))


def contradicted(known: Iterable[tuple[CaseId, Traits, Traits]]) -> set[CaseId]:
    """The cases that a report does not join by a number.

    One report that contradicts is enough, whatever others there leave open: else these would make one family of two.
    But where another says wholly the same, somebody has put both on that case by its name, and knows better.

    Args:
        known: of each report that has the number: its case, what the new one says, what it says.
    """
    kept = list(known)
    against = {case for case, mine, theirs in kept if contradictions(mine, theirs)}
    return against - {case for case, mine, theirs in kept if mine == theirs and _is_whole(mine)}


def _is_whole(traits: Traits) -> bool:
    return all(_said(traits, trait) for trait in Trait)


def _said(traits: Traits, trait: Trait) -> frozenset[bytes]:
    return frozenset(said for one, said in traits if one is trait)


def _differ(one: frozenset[bytes], other: frozenset[bytes]) -> bool:
    return bool(one) and bool(other) and one.isdisjoint(other)
