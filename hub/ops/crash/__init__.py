"""Crash points: to end a process outright at a named boundary, so that tests see what a crash there leaves.

Only where `KETENHUB_CRASH_AT` is set does the composition root put these around the edges; nothing else knows of them.
"""

from hub.ops.crash.edges import Edges, crashing
from hub.ops.crash.fuse import Fuse
from hub.ops.crash.points import POINTS, CrashAt

__all__ = ["POINTS", "CrashAt", "Edges", "Fuse", "crashing"]
