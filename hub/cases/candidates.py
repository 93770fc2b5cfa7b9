"""Who may be offered sight on safety, in which of its roles, and who gets the full part before it has said yes.

`soort` says as what a candidate is to take over; the configuration which roles may do so (`hub/canonical/holding.py`).
What fits no connection of an organisation goes to none of them: it would reach people whom nobody meant.
"""

from collections.abc import Mapping

from hub.canonical import commands as c
from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.cases.context import Context, check_is_there
from hub.errors import Code, Rejection
from hub.ids import Oin


def candidates_of(command: c.Offer, ctx: Context) -> dict[Oin, Role]:
    """Each candidate, with the role in which it is to take over.

    Raises:
        Rejection: one of them is no partner, the giver, named twice, or may not take over as this.
    """
    if not ctx.holding.as_kind(command.kind):
        raise Rejection(Code.CANDIDATE_UNFIT, ("/data/soort",), "nobody takes over as this")
    found: dict[Oin, Role] = {}
    for index, oin in enumerate(command.candidates):
        field = f"/data/kandidaten/{index}"
        check_is_there(oin, field, ctx)
        if oin == ctx.sender or not ctx.connected(oin) or oin in found:
            raise Rejection(Code.SCHEMA_INVALID, (field,), "giver, no partner, or named twice")
        found[oin] = _taking_over(oin, field, command, ctx)
    return found


def wait_for_their_yes(command: c.Offer, candidates: Mapping[Oin, Role], ctx: Context) -> tuple[Oin, ...]:
    """Those of an acute offer that get its full part with their yes: nobody outside the region of the case has it
    before, unless the giver says so, and no role that the configuration does not trust with it."""
    if ctx.lane is not Lane.ACUTE:
        return ()
    return tuple(oin for oin, role in candidates.items() if not _has_it_at_once(oin, role, command, ctx))


def _taking_over(oin: Oin, field: str, command: c.Offer, ctx: Context) -> Role:
    """While the hub recovers, a connection that it lost with the rest is no fault of the sender: the step waits."""
    roles = ctx.holding.as_kind(command.kind)
    role = ctx.role_of(oin, roles)
    if role is None or role not in roles:
        code = Code.CANDIDATE_UNFIT if ctx.resent is None else Code.STEP_NOT_ALLOWED
        raise Rejection(code, (field,), "no connection in a role that takes over as this")
    return role


def _has_it_at_once(oin: Oin, role: Role, command: c.Offer, ctx: Context) -> bool:
    return role in ctx.holding.at_once and (command.full_elsewhere or ctx.works_here(oin, role))
