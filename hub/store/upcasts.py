"""From one version of a stored case to the next. Events read as they are: what an older one lacks has a default.

1 to 2: a case had one list of names, and its tables did not say by what who sits at them is there (decision 45).
"""

from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]
"""As it is stored: `v`, and `case` or `event`, in JSON values."""


def to_2(document: Document) -> Document:
    case = document.get("case")
    found = document if case is None else document | {"case": _tied(case)}
    return found | {"v": 2}


def _tied(case: Mapping[str, Any]) -> Document:
    reports, names = dict(case.get("reports", {})), list(case.get("names", ()))
    # Since there are names each report that joined brought one, in the order in which they came.
    joined = list(reports)[1:]
    for id_, name in zip(reversed(joined), reversed(names), strict=False):
        reports[id_] = reports[id_] | {"names": [name]}
    left = _left(case)
    tables = {id_: _table(one, case, left) for id_, one in case.get("tables", {}).items() if one["chair"] not in left}
    return {key: value for key, value in case.items() if key != "names"} | {"reports": reports, "tables": tables}


def _left(case: Mapping[str, Any]) -> set[str]:
    """Who was on the case by reports that were taken out of it, and by nothing else."""
    out = {one["reporter"] for one in case.get("reports", {}).values() if one.get("state") == "losgemaakt"}
    return {oin for oin in out if _report_of(oin, case) is None and not _is_by_the_case(oin, case)}


def _table(table: Mapping[str, Any], case: Mapping[str, Any], left: set[str]) -> Document:
    """Each is at it by its latest report, as it is spoken to by that, or by the case. Who has left, has no seat."""
    there = [oin for oin in (table["chair"], *table["seats"]) if not _is_by_the_case(oin, case)]
    ties = {oin: report for oin in there if (report := _report_of(oin, case)) is not None}
    seats = {oin: state for oin, state in table["seats"].items() if oin not in left}
    actions = {
        id_: one | {"state": "vervallen"} if one["responsible"] in left and one.get("state") == "afgesproken" else one
        for id_, one in table.get("actions", {}).items()
    }
    # Of a table of OM the date was its custody clock, or one that it had set before that.
    by_om = case.get("parts", {}).get(table["id"], {}).get(table["chair"]) == "om"
    clock = {"decision_by": table["answer_by"]} if by_om else {}
    return dict(table) | {"ties": ties, "seats": seats, "actions": actions} | clock


def _report_of(oin: str, case: Mapping[str, Any]) -> str | None:
    reports = case.get("reports", {}).items()
    own = [id_ for id_, one in reports if one["reporter"] == oin and one.get("state") != "losgemaakt"]
    return own[-1] if own else None


def _is_by_the_case(oin: str, case: Mapping[str, Any]) -> bool:
    asked = (one["candidates"] for one in case.get("handovers", {}).values())
    return oin in (case["triage"], *case.get("desks", ())) or any(oin in candidates for candidates in asked)
