"""What comes first in the stand of a case that owes more than a message holds."""

from uuid import UUID

from hub.cases.case import CoincidenceOnCase
from hub.cases.stand import stand_for
from hub.ids import CoincidenceId
from tests.unit.cases.builders import MONDAY, REPORT, TEAM_A, VT, a_case, a_report, an_offer

OLDER, NEWER = CoincidenceId(UUID(int=1)), CoincidenceId(UUID(int=2))
FOUND = tuple(CoincidenceOnCase(id_, REPORT, (VT,)) for id_ in (OLDER, NEWER))


def test_what_the_asker_owes_comes_first_and_of_what_the_radar_found_the_newest() -> None:
    case = a_case(reports=(a_report(),), offers=(an_offer(),), coincidences=FOUND)
    steps = stand_for(case, VT, MONDAY).steps
    assert [step.by for step in steps] == [VT, VT, VT, TEAM_A]
    assert [step.about for step in steps[:3]] == [REPORT, NEWER, OLDER]
