"""Write the generated pages of docs/ from the code: `python scripts/make_docs.py [--check]`.

A generator is a function without arguments that gives a page's whole text. Where only parts of a page are generated
(`filled` in `scripts/pages/tables.py`), its text is the page as it is with those parts made anew. `--check` writes
nothing and exits 1 when a page differs from what the code says now; `tests/unit/test_docs.py` asks the same.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

# As a script it is run from scripts/, and hub is not installed in .venv.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.pages.contract import contract_page
from scripts.pages.crash_points import crash_points_page
from scripts.pages.disclosure import disclosure_page
from scripts.pages.glossary import glossary_page
from scripts.pages.runbook import runbook_page
from scripts.pages.states import states_page
from scripts.pages.tables import ROOT

GENERATORS: Mapping[str, Callable[[], str]] = {
    "docs/states.md": states_page,
    "docs/contract.md": contract_page,
    "docs/crash-points.md": crash_points_page,
    "docs/disclosure.md": disclosure_page,
    "docs/glossary.md": glossary_page,
    "docs/runbook.md": runbook_page,
}


def stale(root: Path = ROOT) -> list[str]:
    """The pages that differ from what their generators give."""
    return [page for page, generate in GENERATORS.items() if _text(root / page) != generate()]


def write(root: Path = ROOT) -> list[str]:
    """Bring every stale page up to date; gives the ones that were."""
    old = stale(root)
    for page in old:
        (root / page).parent.mkdir(parents=True, exist_ok=True)
        (root / page).write_text(GENERATORS[page](), encoding="utf-8")
    return old


def main(arguments: Iterable[str]) -> int:
    if "--check" in arguments:
        old = stale()
        for page in old:
            print(f"{page} is stale: run `make docs`", file=sys.stderr)
        return 1 if old else 0
    for page in write():
        print(f"{page} written")
    return 0


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
