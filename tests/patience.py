"""How long a test waits: for what it waits for, however slow the machine is just now.

No test asserts a time that it does not own: both cores may be busy with something else. A wait ends when what is
waited for has come, else after `CEILING`, which is far above what anything takes; or, where it can be seen whether
anything still moves, when nothing has for a while. A test of a bound owns its clock (`tests/clock.py`,
`tests/loops.py`), or sets what must not be waited for to `NEVER`.
"""

CEILING = 300.0
"""Seconds; only a test that has failed comes to it."""
NEVER = 10 * CEILING
"""Seconds that no test waits."""
