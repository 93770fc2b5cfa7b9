"""The terms and limits of the configuration, read from their tables."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hub.canonical.codes import TermUnit
from hub.canonical.terms import SET_BY_PARTIES, TERMS, TermRule, Terms, TermStart
from hub.routing.limits import COUNT_BOUNDS, KINDS, LONGEST, TIME_BOUNDS, TIME_LEASTS, Backoff, Limits, PerLane
from hub.routing.reader import Table

LONGEST_TERM = 1_000
"""In any unit."""
MOST_TIMES = 100


def read_terms(document: Table, base: Terms | None) -> Terms:
    """`[terms]` and `[calendar]`; what is not there is as in `base`."""
    given = _given_terms(document)
    missing = [name for name in TERMS if name not in given and not base]
    if missing:
        raise document.wrong("terms", f"[terms.{missing[0]}] is missing; write its length, unit, start and again")
    rules = tuple(given[name] if name in given or not base else base.named(name) for name in TERMS)
    return Terms(rules, _equated_days(document, base))


def _given_terms(document: Table) -> dict[str, TermRule]:
    if not document.has("terms"):
        return {}
    table = document.table("terms")
    for name in table.names():
        if name not in TERMS:
            raise table.wrong(name, f"the hub keeps no such term; write one of {', '.join(TERMS)}")
    return {name: _term(name, table.table(name)) for name in table.names()}


def _term(name: str, table: Table) -> TermRule:
    """One term as a whole; `remind` and `most` may be left out, `again` not: an alarm's rhythm is nobody's accident."""
    unit, start = _one_of(TermUnit, table, "unit"), _one_of(TermStart, table, "start")
    length = table.number("length", 1, LONGEST_TERM)
    again = table.number("again", 1, LONGEST_TERM)
    rule = TermRule(name, length, TermUnit(unit), TermStart(start), _remind(table, length), again)
    if table.has("most"):
        rule = replace(rule, most=_most(name, table))
    table.done()
    return rule


def _most(name: str, table: Table) -> int:
    if name not in SET_BY_PARTIES:
        raise table.wrong("most", f"leave it out: parties set the end of {', '.join(SET_BY_PARTIES)} only")
    return table.number("most", 1, MOST_TIMES)


def _remind(table: Table, length: int) -> int | None:
    if not table.has("remind"):
        return None
    if length == 1:
        raise table.wrong("remind", "leave it out: there is no moment in a term of length 1; a smaller unit has one")
    return table.number("remind", 1, length - 1)


def _one_of(codes: type[TermUnit] | type[TermStart], table: Table, key: str) -> str:
    value = table.text(key)
    if value not in set(codes):
        raise table.wrong(key, f"write one of {', '.join(codes)}")
    return value


def _equated_days(document: Table, base: Terms | None) -> frozenset[str]:
    if not document.has("calendar"):
        return base.equated_days if base else frozenset()
    table = document.table("calendar")
    days = frozenset(day.isoformat() for day in table.dates("equated_days"))
    table.done()
    return days


def read_limits(document: Table, base: Limits | None) -> Limits:
    """`[limits]`; what is not there is as in `base`."""
    if base and not document.has("limits"):
        return base
    table = document.table("limits")
    limits = {
        name: getattr(base, name) if base and not table.has(name) else _limit(table, name, kind)
        for name, kind in KINDS.items()
    }
    table.done()
    return Limits(**limits)


def _limit(table: Table, name: str, kind: object) -> Any:
    if kind is int:
        return table.number(name, *COUNT_BOUNDS.get(name, (1, None)))
    if kind in (PerLane, Backoff):
        return _pair(table.table(name), PerLane if kind is PerLane else Backoff, TIME_BOUNDS.get(name, LONGEST))
    return table.duration(name, TIME_BOUNDS.get(name, LONGEST), TIME_LEASTS.get(name, timedelta(0)))


def _pair(table: Table, kind: type[PerLane] | type[Backoff], longest: timedelta) -> PerLane | Backoff:
    pair: PerLane | Backoff
    if kind is PerLane:
        pair = PerLane(routine=table.duration("routine", longest), acute=table.duration("acute", longest))
    else:
        pair = Backoff(base=table.duration("base", longest), cap=table.duration("cap", longest))
    table.done()
    return pair
