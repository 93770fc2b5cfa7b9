"""Environments of the bench's own, under .cache: made from a lock file, every package checked against its hash."""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = {"peer": ROOT / "bench" / "peer" / "requirements.txt", "tools": ROOT / "bench" / "requirements.txt"}


def environment(name: str) -> Path:
    """The folder with the programs of an environment, which is made if it is not there as locked.

    Args:
        name: `peer`, or `tools` (plots, py-spy).
    """
    folder, lock = ROOT / ".cache" / f"bench-{name}", LOCKS[name]
    wanted = f"{sys.version} {hashlib.sha256(lock.read_bytes()).hexdigest()}"
    made = folder / "complete"
    if not made.exists() or made.read_text() != wanted:
        print(f"Making {folder.relative_to(ROOT)} from {lock.relative_to(ROOT)} (once)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [
            folder / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
        ]
        subprocess.run([*pip, "--require-hashes", "-r", lock], check=True)
        made.write_text(wanted)
    return folder / "bin"
