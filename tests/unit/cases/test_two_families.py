"""Two families on one case by mistake: after it was taken apart each is as if it had never been joined to the other.

A: the police report, a team may hold, another is at a table. B: OM reports, and puts it on a table with probation. What
each has said of its own is played twice: together until the mistake is seen, and each by itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from hub.canonical import commands as c
from hub.canonical import notices as n
from hub.canonical.codes import Contribution, MatchGround, Outcome, TableKind
from hub.cases.case import Case
from hub.cases.context import Radar
from hub.cases.decide import decide
from hub.cases.states import CoincidenceState
from hub.errors import Rejection
from hub.ids import ActionId, HandoverId, Oin, ReportId, TableId
from tests.unit.cases.builders import (
    MONDAY,
    OM,
    POLICE,
    PROBATION,
    TEAM_A,
    TEAM_B,
    VT,
    a_context,
    happened,
    play,
)

ONLY_A, ONLY_B = {POLICE, TEAM_A, TEAM_B}, {OM, PROBATION}
OFFER, GUESTS = HandoverId(UUID(int=10**6)), TableId(UUID(int=10**6 + 1))
TABLES = {"A": TableId(UUID(int=10**6 + 2)), "B": TableId(UUID(int=10**6 + 3))}
ACTIONS = {"A": ActionId(UUID(int=10**6 + 4)), "B": ActionId(UUID(int=10**6 + 5))}
CHAIRS, GUEST = {"A": POLICE, "B": OM}, {"A": TEAM_B, "B": PROBATION}
Say = Callable[[ReportId, Case], tuple[Oin, c.CaseCommand]]


def of(family: str) -> Mapping[str, Say]:
    """What may be said of a family, the triage's words included."""
    table, guest, chair, action = TABLES[family], GUEST[family], CHAIRS[family], ACTIONS[family]
    return {
        "record": lambda report, _: (VT, c.Record(report)),
        "assess": lambda report, _: (VT, c.Assess(report, Outcome.NO_FOLLOW_UP, None)),
        "table": lambda *_: (chair, c.OpenTable(table, TableKind.ACTION, (VT, guest), None)),
        "says": lambda *_: (guest, c.Contribute(table, Contribution.KNOWN)),
        "agrees": lambda *_: (chair, c.Agree(table, (c.AgreedAction(action, guest, None),))),
        "takes on": lambda *_: (guest, c.AcceptAction(table, action)),
    }


def latest(case: Case) -> str:
    offer = case.handovers.get(OFFER)
    return (offer.candidates[TEAM_A].offer_hash if offer else None) or ""


SAID: Mapping[tuple[str, str], Say] = {
    **{("A", name): say for name, say in of("A").items()},
    **{("B", name): say for name, say in of("B").items()},
    ("A", "offer"): lambda *_: (VT, c.Offer(OFFER, (TEAM_A,), None)),
    ("A", "yes"): lambda _, case: (TEAM_A, c.Accept(OFFER, latest(case))),
    ("A", "guests"): lambda *_: (VT, c.OpenTable(GUESTS, TableKind.ACTION, (POLICE, OM), None)),
    ("A", "guest says"): lambda *_: (POLICE, c.Contribute(GUESTS, Contribution.KNOWN)),
}
steps = st.lists(st.sampled_from(sorted(SAID)), max_size=14)


@dataclass
class Told:
    """A hub with the case of each family, which may be one; each step an hour after the one before it."""

    cases: dict[str, Case] = field(default_factory=dict)
    reports: dict[str, ReportId] = field(default_factory=dict)
    heard: dict[str, set[Oin]] = field(default_factory=lambda: {"A": set(), "B": set()})

    def report(self, family: str, hour: int, joined: Case | None = None) -> None:
        there = joined.reports.items() if joined else ()
        hits = tuple(n.Hit(one.reporter, id_, (MatchGround.BSN,), sure=True) for id_, one in there)
        radar = Radar(MatchGround.BSN if joined else None, hits=hits, pairs=lambda *_: True)
        ctx = a_context(CHAIRS[family], now=at(hour), radar=radar, new_id=ids(family, hour))
        played = play(joined, c.Report(None), ctx)
        self.reports[family] = next(reversed(played.case.reports))
        self.cases = dict.fromkeys("AB", played.case) if joined else {family: played.case}

    def say(self, family: str, name: str, hour: int) -> bool:
        """Whether it was accepted."""
        case = self.cases[family]
        sender, command = SAID[family, name](self.reports[family], case)
        by_report = sender == CHAIRS[family] and not case.knows_case(sender)
        calls = self.reports[family] if by_report else case.id
        try:
            played = play(case, command, a_context(sender, now=at(hour), called=calls, new_id=ids(family, hour)))
        except Rejection:
            return False
        self.cases = {key: played.case if one.id == case.id else one for key, one in self.cases.items()}
        self.heard[family] |= {notice.to for notice in played.notices}
        return True

    def take_apart(self, hour: int) -> None:
        ctx = a_context(VT, now=at(hour))
        decision = decide(self.cases["B"], c.Detach(self.reports["B"]), ctx)
        assert decision.opens is not None
        left, own = happened(self.cases["A"], decision, ctx), happened(None, decision.opens, ctx)
        self.cases, self.heard = {"A": left.case, "B": own.case}, {"A": set(), "B": set()}


def at(hour: int) -> datetime:
    return MONDAY + timedelta(hours=hour)


def ids(family: str, hour: int) -> Callable[[], UUID]:
    """The same in both worlds."""
    numbers = iter(range(1000 * (2 * hour + (family == "B")) + 1, 10**6))
    return lambda: UUID(int=next(numbers))


def stands(case: Case, family: str) -> dict[str, Any]:
    """What is open on a case for its own family."""
    others = ONLY_B if family == "A" else ONLY_A
    terms = {(term.name, "" if term.about == case.id else str(term.about), term.due) for term in case.running()}
    return {
        "reports": {one.id: (one.state, one.outcome) for one in case.own_reports()},
        "tables": {
            id_: (one.chair, {oin: said for oin, said in one.seats.items() if oin not in others}, one.actions)
            for id_, one in case.tables.items()
        },
        "offers": {
            id_: {oin: one.state for oin, one in offer.candidates.items()} for id_, offer in case.handovers.items()
        },
        "contact": [one.id for one in case.coincidences.values() if one.state is CoincidenceState.FOUND],
        "attention": case.attention,
        # Where OM is a guest of the triage by its report, its silence is awaited no more.
        "terms": {one for one in terms if one[1] != str(GUESTS)},
    }


def together_and_apart(before: Sequence[tuple[str, str]], joins_at: int) -> tuple[Told, dict[str, Told]]:
    """Played on one case that is then taken apart, and each family by itself: what was accepted of either."""
    both, alone = Told(), {"A": Told(), "B": Told()}
    both.report("A", 0)
    alone["A"].report("A", 0)
    for hour, (family, name) in enumerate(before, 1):
        if hour == joins_at:
            both.report("B", hour, both.cases["A"])
            alone["B"].report("B", hour)
        if family in both.reports and both.say(family, name, hour):
            assert alone[family].say(family, name, hour), (family, name)
    if "B" not in both.reports:
        both.report("B", 99, both.cases["A"])
        alone["B"].report("B", 99)
    both.take_apart(100)
    return both, alone


def meant_for_a(said: Sequence[tuple[str, str]]) -> set[Oin]:
    """Whom the triage had at a table about A while it had not reported: not by its report on B."""
    return {OM} if ("A", "guests") in said else set()


@given(steps, st.integers(1, 14))
def test_each_is_as_if_it_had_never_been_joined(before: Sequence[tuple[str, str]], joins_at: int) -> None:
    both, alone = together_and_apart(before, joins_at)
    assert stands(both.cases["A"], "A") == stands(alone["A"].cases["A"], "A")
    own, never = stands(both.cases["B"], "B"), stands(alone["B"].cases["B"], "B")
    # Taking it apart says that it is recorded, and its assessment is awaited from then on.
    assert own.pop("reports").keys() == never.pop("reports").keys()
    assert own.pop("terms") >= never.pop("terms")
    assert own == never


@given(steps, st.integers(1, 14), steps)
def test_nobody_of_one_hears_of_the_other_afterwards(
    before: Sequence[tuple[str, str]], joins_at: int, after: Sequence[tuple[str, str]]
) -> None:
    both, _ = together_and_apart(before, joins_at)
    for hour, (family, name) in enumerate(after, 101):
        both.say(family, name, hour)
    meant = meant_for_a((*before[: joins_at - 1], *after))
    assert not both.heard["A"] & (ONLY_B - meant)
    assert not both.heard["B"] & ONLY_A


@given(steps, st.integers(1, 14))
def test_nobody_of_one_may_name_the_case_of_the_other(before: Sequence[tuple[str, str]], joins_at: int) -> None:
    both, _ = together_and_apart(before, joins_at)
    a, b = both.cases["A"], both.cases["B"]
    meant = meant_for_a(before[: joins_at - 1])
    assert {oin for oin in ONLY_B if a.known_as(oin) is not None} <= meant
    assert [oin for oin in ONLY_A if b.known_as(oin) is not None] == []
    for correlation in (a.id, *a.names, *a.reports):
        assert not any(a.may_call_it(oin, correlation) for oin in ONLY_B - meant)
