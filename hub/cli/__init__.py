"""The command line: what an operator and a partner type. One file a group; `main` is the only entry."""

import os
import resource
import sys

from hub.cli.root import application
from hub.errors import HubError
from hub.settings import TRACEBACK

FAILED = 1
INTERRUPTED = 130


def main() -> None:
    """Run one command. An error of the hub is one line with what to do; its traceback is for `KETENHUB_TRACEBACK=1`."""
    # What is in memory here, keys of periods too, comes on no disk; workers take it over (docs/decisions/0037).
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        application(sys.argv[1] if len(sys.argv) > 1 else None)(prog_name="ketenhub")
    except HubError as error:
        if os.environ.get(TRACEBACK):
            raise
        sys.stderr.write(f"ketenhub: {error.sentence} [{error.code}]\n")
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
