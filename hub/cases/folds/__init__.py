"""What each event does to a case, by subject. No rule stands here: what is decided, is applied."""

from collections.abc import Callable, Mapping
from typing import Any

from hub.cases.case import Case
from hub.cases.folds import apart, handovers, holder, reports, succession, tables, terms

FOLDS: Mapping[type, Callable[[Case, Any], Case]] = {
    **holder.FOLDS,
    **succession.FOLDS,
    **reports.FOLDS,
    **apart.FOLDS,
    **terms.FOLDS,
    **handovers.FOLDS,
    **tables.FOLDS,
}
"""By kind of event; `CaseOpened` is not among them, since it makes the case."""
