"""`python -m tests.faults.judge FOLDER`: judge the books in a folder; exits 1 on findings, 2 without books."""

import sys
from pathlib import Path

from tests.faults.judge import judge, load


def main(folder: Path) -> int:
    books = load(folder)
    if not books:
        sys.stderr.write(f"no books in {folder}\n")
        return 2
    verdict = judge(books)
    sys.stdout.writelines(f"{line}\n" for line in verdict.lines())
    return 0 if verdict.clean else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tests.faults.judge FOLDER")
    raise SystemExit(main(Path(sys.argv[1])))
