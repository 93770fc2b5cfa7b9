"""One fixed Hypothesis profile: the same examples at every run, no deadlines, nothing written to disk.

`HYPOTHESIS_PROFILE=search` looks for new examples instead, and for longer.
"""

import os

from hypothesis import settings

settings.register_profile("fixed", deadline=None, derandomize=True, max_examples=150, stateful_step_count=50)
settings.register_profile("search", deadline=None, max_examples=2000, stateful_step_count=80, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
