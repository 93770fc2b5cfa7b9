"""As what a person counts, where a ground of disclosure is about some people only.

The role says it, unless the age does: who is abused is often the child, and then stands in the message as a victim; who
has outgrown childhood is still somebody's child. A ground about juveniles (Jeugdwet art. 1.1: under 18) covers the one
and not the other. A suspect is a suspect at any age: art. 7.2.1 lid 2 takes those out.
"""

from datetime import date

from hub.schemas.codes import PersonRole

OF_AGE = 18
_OLDEST, _YOUNGEST = "-01-01", "-12-31"


def counts_as(role: PersonRole, born: str | None, on: date | None) -> PersonRole:
    """Who is surely under 18 counts as a child, a child that is surely 18 as anybody else.

    Args:
        born: as much of the date of birth as is known (`jjjj`, `jjjj-mm`, `jjjj-mm-dd`).
        on: the day that it is told; without it the role alone says it.
    """
    if role is PersonRole.PERPETRATOR or born is None or on is None:
        return role
    years = [on.year - int(day[:4]) - (on.strftime("%m-%d") < day[5:]) for day in _earliest_and_latest(born)]
    if max(years) < OF_AGE:
        return PersonRole.CHILD
    return PersonRole.OTHER if role is PersonRole.CHILD and min(years) >= OF_AGE else role


def _earliest_and_latest(born: str) -> tuple[str, str]:
    """Of what is known in part. Text is enough: the 31st of a month that has none comes after its last day."""
    return (born + _OLDEST[len(born) - 4 :])[:10], (born + _YOUNGEST[len(born) - 4 :])[:10]
