"""`status`, `account` and `case show`: what an operator looks at. Counts, codes, parties and times only."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from hub.app import health
from hub.app.hub import Hub
from hub.cases.stand import open_steps, running_terms
from hub.cli.common import AsJson, console, new_group, print_json
from hub.cli.running import on_hub
from hub.errors import OperatorError
from hub.store.account import Account
from hub.store.views import CaseView

NOT_READY = 1
DOES_NOT_FIT = 1


def add_to(root: typer.Typer) -> None:
    root.command()(status)
    root.command()(account)
    case = new_group("Cases: who holds sight on safety, what is open, which terms run.")
    case.command("show")(show)
    case.callback()(lambda: None)
    root.add_typer(case, name="case")


def status(as_json: AsJson = False) -> None:
    """Whether the hub can do its work, and what waits. Exit 1 if it cannot."""
    found = on_hub(health.status)
    if as_json:
        queues = {
            partner: {name: asdict(depth) for name, depth in depths.items()} for partner, depths in found.queues.items()
        }
        state = {"ready": not found.unready, "unready": found.unready, "attention": found.attention}
        print_json(state | {"numbers": found.numbers, "queues": queues})
    else:
        _show_status(found)
    raise SystemExit(NOT_READY if found.unready else 0)


def account(as_json: AsJson = False) -> None:
    """The sum of every delivery and its fate, from records written apart. Exit 1 if it does not fit."""
    found = on_hub(_account)
    if as_json:
        print_json(asdict(found) | {"fits": found.fits})
    else:
        _show_account(found)
    raise SystemExit(0 if found.fits else DOES_NOT_FIT)


def show(
    zaak: Annotated[UUID, typer.Argument(help="The case's id, or that of a report on it.")], as_json: AsJson = False
) -> None:
    """Who holds the case, what is open on it, which terms run. No content."""
    view = on_hub(lambda hub: hub.database.case(zaak))
    if view is None:
        raise OperatorError("case-unknown", "There is no such case or report.")
    if as_json:
        print_json(_case_as_json(view))
    else:
        _show_case(view)


async def _account(hub: Hub) -> Account:
    return await hub.database.account()


def _show_status(found: health.Status) -> None:
    out = console()
    out.print("[bold green]ready[/]" if not found.unready else "[bold red]not ready[/]")
    for line in found.unready:
        out.print(f"  [red]![/] {line}")
    for line in found.attention:
        out.print(f"  [yellow]-[/] {line}")
    table = Table("queue", "waiting", "being read", "readers", title="Queues")
    for partner, depths in found.queues.items():
        for name, depth in depths.items():
            table.add_row(f"{partner} {name}", str(depth.ready), str(depth.unacked), str(depth.consumers))
    numbers = Table("what", "how many", title="Database")
    for name, value in found.numbers.items():
        numbers.add_row(name.replace("_", " "), str(value))
    out.print(table, numbers)


def _show_account(found: Account) -> None:
    out = console()
    fates = " + ".join(f"{number} {fate}" for fate, number in sorted(found.fates.items())) or "0"
    out.print(f"{found.deliveries} deliveries = {found.distinct} distinct + {found.duplicates} duplicates")
    out.print(f"{found.distinct} distinct = {fates}")
    table = Table("partner", "delivered", "accepted", "refused", "retry", "quarantine", "sent to it", "of which stored")
    for name, numbers in found.partners.items():
        columns = ("deliveries", "accepted", "rejected", "retry", "quarantined", "outgoing", "delivered")
        table.add_row(name, *(str(numbers.get(column, 0)) for column in columns))
    out.print(table)
    for name, number in found.differences.items():
        out.print(f"[bold red]does not fit[/]: {name} {number}")
    if found.fits:
        out.print("[green]It fits.[/]")


def _case_as_json(view: CaseView) -> dict[str, object]:
    case = view.case
    return {
        "zaak": str(case.id),
        "status": case.state.value,
        "houder": case.holder,
        "regio": case.region,
        "triage": case.triage,
        "versie": case.version,
        "meldingen": [
            {"melding": str(one.id), "van": one.reporter, "stand": one.state.value} for one in case.reports.values()
        ],
        "openStappen": [{"type": step.type, "door": step.by, "over": str(step.about)} for step in open_steps(case)],
        "termijnen": [
            {"naam": term.name, "over": str(term.about), "uiterlijk": str(term.due), "verlopen": term.overdue}
            for term in running_terms(case, view.at)
        ],
        "gebeurtenissen": [{"op": event.at.isoformat(), "wat": type(event).__name__} for event in view.events],
    }


def _show_case(view: CaseView) -> None:
    case, out = view.case, console()
    out.print(f"case {case.id}: {case.state.value}, region {case.region}, version {case.version}")
    out.print(f"sight on safety: [bold]{case.holder or 'nobody, the case is closed'}[/]")
    steps = Table("open step", "owed by", "about", title="Open")
    for step in open_steps(case):
        steps.add_row(step.type, step.by, str(step.about))
    terms = Table("term", "about", "at the latest", "", title="Terms")
    for term in running_terms(case, view.at):
        terms.add_row(
            term.name, str(term.about), f"{term.due:%Y-%m-%d %H:%M}Z", "[red]overdue[/]" if term.overdue else ""
        )
    register = Table("at", "what", title="Register")
    for event in view.events:
        register.add_row(f"{event.at:%Y-%m-%d %H:%M:%S}Z", type(event).__name__)
    out.print(steps, terms, register)
