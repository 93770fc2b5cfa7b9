"""Small steps that every fold takes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from hub.canonical.partners import Role
from hub.cases.case import Case, ReportOnCase
from hub.cases.states import State, Step, after
from hub.ids import Oin, ReportId

K = TypeVar("K")
V = TypeVar("V")


def having(mapping: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    return {**mapping, key: value}


def taking_part(case: Case, about: UUID, roles: Mapping[Oin, Role | None]) -> Case:
    """With the roles in which these organisations take part in this, where they are known."""
    known = {oin: role for oin, role in roles.items() if role is not None}
    return replace(case, parts=having(case.parts, about, known)) if known else case


def counted_under(case: Case, report: ReportOnCase, told: int) -> dict[ReportId, int]:
    """What is told under a report is counted by itself. A version before counted by organisation, and kept no desk."""
    under = dict(case.told_under)
    return under if report.desk is None else having(under, report.id, told)


def stepped(table: Mapping[tuple[State, Step], State], state: State, step: Step) -> State:
    """The state after a step that was decided: the table allowed it."""
    found = after(table, state, step)
    assert found is not None
    return found
