"""Who may take over sight on safety (`[holding]`), read from the configuration."""

from hub.canonical.codes import ReceivingParty
from hub.canonical.holding import Holding
from hub.canonical.partners import Role
from hub.routing import checks
from hub.routing.reader import Table

BACK = ReceivingParty.VEILIG_THUIS


def read_holding(document: Table, base: Holding | None) -> Holding:
    """What is not there is as in `base`.

    Raises:
        OperatorError: no such kind or role, a kind without roles, or nobody could give back.
    """
    if base and not document.has("holding"):
        return base
    table = document.table("holding")
    given = _by_offer(table) if table.has("by_offer") else {}
    missing = [kind for kind in ReceivingParty if kind not in given and not base]
    if missing:
        raise table.wrong("", f"by_offer has no {missing[0]}; write the roles of who may take over as that, or []")
    at_once = frozenset(_roles(table, "at_once")) if table.has("at_once") or not base else base.at_once
    back = frozenset(_roles(table, "offered_back")) if table.has("offered_back") or not base else base.offered_back
    table.done()
    return Holding((dict(base.by_offer) if base else {}) | given, at_once, back)


def _by_offer(holding: Table) -> dict[ReceivingParty, tuple[Role, ...]]:
    table = holding.table("by_offer")
    for name in table.names():
        if name not in set(ReceivingParty):
            raise table.wrong(name, f"there is no such soort; write one of {', '.join(ReceivingParty)}")
    given = {ReceivingParty(name): _roles(table, name) for name in table.names()}
    if BACK in given and Role.VEILIG_THUIS not in given[BACK]:
        raise table.wrong(BACK, 'write ["veilig-thuis"]: nobody could give back to the triage, or hand over to another')
    return given


def _roles(table: Table, key: str) -> tuple[Role, ...]:
    names = table.texts(key)
    if len(set(names)) < len(names):
        raise table.wrong(key, "write each role once")
    roles = []
    for name in names:
        with table.at(key, name):
            roles.append(checks.role(name))
    return tuple(roles)
