"""The parties of a case as the directory has them now, before anything on it is decided."""

from dataclasses import replace
from uuid import UUID

from hub.canonical.partners import Role
from hub.cases import events as e
from hub.cases.case import Candidacy, Case, Handover
from hub.cases.states import CandidacyState
from hub.ids import CaseId, HandoverId, Oin, PartnerId, RegionId
from hub.lanes.surroundings import succeeded
from hub.lanes.workspace import Workspace
from hub.ports import Loaded
from tests.kit import PERIOD, Kit
from tests.unit.lanes.rows import NOW

HERE, THERE = RegionId("haaglanden"), RegionId("utrecht")
DESK, OFFER = Oin("00000099000000070000"), HandoverId(UUID(int=2))


def memory(kit: Kit, *regions: RegionId) -> Workspace:
    """Of a hub that has a second Veilig Thuis, of these regions."""
    mine = kit.speakers["vt-test"].partner
    other = replace(mine, id=PartnerId("vt-utrecht"), oin=DESK, regions=regions)
    return Workspace(
        NOW, replace(kit.directory, partners={**kit.directory.partners, other.id: other}), PERIOD, Loaded()
    )


def held_by_the_other(kit: Kit, role: Role) -> Case:
    """As the version before left it: sight on safety went to another Veilig Thuis by a yes, and the region stayed."""
    team, triage = kit.oin("wijkteam-test"), kit.oin("vt-test")
    yes = {DESK: Candidacy(CandidacyState.ACCEPTED)}
    offers = {OFFER: Handover(OFFER, team, NOW, acute=False, candidates=yes)}
    parts = {OFFER: {DESK: role}}
    return Case(CaseId(UUID(int=1)), HERE, triage, DESK, NOW, handovers=offers, parts=parts, held=(team, DESK))


def test_a_desk_that_a_version_before_let_hold_by_its_yes_is_the_triage(kit: Kit) -> None:
    case, events = succeeded(held_by_the_other(kit, Role.VEILIG_THUIS), memory(kit, THERE))

    assert events == (e.RegionMoved(NOW, THERE, DESK),)
    assert (case.triage, case.region, case.desks) == (DESK, THERE, (kit.oin("vt-test"),))
    assert succeeded(case, memory(kit, THERE))[1] == (), "once"


def test_no_other_holder_is_made_the_triage(kit: Kit) -> None:
    as_another = held_by_the_other(kit, Role.CERTIFIED_INSTITUTION)
    by_report = replace(held_by_the_other(kit, Role.VEILIG_THUIS), handovers={}, desks=(DESK,))
    for case, work in (
        (as_another, memory(kit, THERE)),
        (by_report, memory(kit, THERE)),
        (held_by_the_other(kit, Role.VEILIG_THUIS), memory(kit)),
        (replace(as_another, holder=None), memory(kit, THERE)),
    ):
        assert succeeded(case, work) == (case, ())
