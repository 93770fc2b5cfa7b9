"""Crash points: to end a process outright at a named boundary, so that tests see what a crash there leaves.

The composition root puts these around the edges where `TEST_KETENHUB_CRASH_AT` is set; nothing else knows of them.
"""

from hub.ops.crash.edges import Edges, crashing
from hub.ops.crash.fuse import Fuse
from hub.ops.crash.points import POINTS, CrashAt

__all__ = ["POINTS", "CrashAt", "Edges", "Fuse", "crashing"]
