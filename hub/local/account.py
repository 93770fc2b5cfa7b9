"""The account PostgreSQL runs under: our own, or for root, whom it refuses, one without privileges."""

import hashlib
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from hub.local.files import Say

CANDIDATES = ("postgres", "nobody")


class Switch(TypedDict, total=False):
    """Arguments of `subprocess.Popen` that start a process under another account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int

    def switch(self) -> Switch:
        return {} if self.uid == os.geteuid() else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def owns(self, path: Path) -> None:
        """Give this file or folder to the account."""
        os.chown(path, self.uid, self.gid)

    def reaches(self, folder: Path) -> bool:
        """Whether this account may enter the folder, tried as this account."""
        command = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
        return subprocess.run(command, cwd="/", stderr=subprocess.DEVNULL, **self.switch(), check=False).returncode == 0


def unprivileged_account() -> Account:
    """Ourselves; or, for root, the first of `CANDIDATES` that exists."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(known[name] for name in CANDIDATES if name in known)
    return Account(entry.pw_uid, entry.pw_gid)


def place_for(folder: Path, account: Account, say: Say) -> Path:
    """A private folder of the account: in `folder` (which lies in the home) if it can get there, else in /var/lib.

    Only the home and `folder` are opened, to the account's group, to pass through; no folder above them is touched.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    for passage in (folder, folder.parent) if account.switch() else ():
        os.chown(passage, -1, account.gid)
        passage.chmod(passage.stat().st_mode | 0o010)
    place = folder / "server"
    if not account.reaches(folder):
        place = elsewhere(folder)
        say(f"PostgreSQL's account cannot reach {folder}: its data are in {place}")
    place.mkdir(mode=0o700, exist_ok=True)
    account.owns(place)
    return place


def elsewhere(folder: Path) -> Path:
    """Where `place_for` goes when its account cannot reach `folder`; the same for the same folder."""
    return Path(f"/var/lib/ketenhub-{hashlib.sha256(bytes(folder)).hexdigest()[:8]}")
