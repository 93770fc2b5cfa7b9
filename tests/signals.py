"""Signals as a process has them that is started from a terminal."""

import signal


def by_default() -> None:
    """For `preexec_fn`: `nohup`, and a shell in the background, leave signals ignored, which children inherit."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
