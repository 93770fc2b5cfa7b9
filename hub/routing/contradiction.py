"""In what two reports on one number speak of two people, which cases that keeps a report off, and who is surely one.

Values only.

What is said of whom a number is of (`hub/schemas/traits.py`) comes here keyed: of each trait a set, and two sets that
are there and have nothing in common contradict each other.
"""

from collections.abc import Callable, Iterable, Sequence

from hub.canonical.codes import Trait
from hub.ids import CaseId

Traits = frozenset[tuple[Trait, bytes]]
NO_TRAITS: Traits = frozenset()


def contradictions(mine: Traits, theirs: Traits) -> tuple[Trait, ...]:
    """In what they differ; what one of them leaves open contradicts nothing."""
    if mine == theirs:  # by far the most: the same people are reported again
        return ()
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


def of_one(known: Iterable[tuple[Traits, Sequence[Traits]]]) -> Callable[[Traits, Traits], bool]:
    """Whether a report on a number is surely of whom the new one is of: what the new one says, what it says.

    Once a number has been given to two people, who leaves open which of them is meant may mean either. So a report is
    surely of the same only if it says something of that in which somebody else differs from the new one, and if those
    that the new one fits do not differ among themselves. What says wholly the same is of the same.

    Args:
        known: under each key what the new one says, and what the reports say that have the number.
    """
    each = [[(theirs, contradictions(mine, theirs)) for theirs in others] for mine, others in known]
    others_differ_in = {found for under_one in each for _, found in under_one if found}
    of_two = any(_differ_among([theirs for theirs, found in under_one if not found]) for under_one in each)

    def surely(mine: Traits, theirs: Traits) -> bool:
        if mine == theirs and _is_whole(mine):
            return True
        says_which = all(any(_said(theirs, trait) for trait in found) for found in others_differ_in)
        return not of_two and says_which and not contradictions(mine, theirs)

    return surely


def _is_whole(traits: Traits) -> bool:
    return all(_said(traits, trait) for trait in Trait)


def _said(traits: Traits, trait: Trait) -> frozenset[bytes]:
    return frozenset(said for one, said in traits if one is trait)


def _differ(one: frozenset[bytes], other: frozenset[bytes]) -> bool:
    return bool(one) and bool(other) and one.isdisjoint(other)


def _differ_among(fitting: Sequence[Traits]) -> bool:
    """Whether two of them may be of two people: the first that says something of it against the others."""
    said = ([one for traits in fitting if (one := _said(traits, trait))] for trait in Trait)
    return any(_differ(each[0], other) for each in said for other in each[1:])
