"""The examples of docs/examples, each run by a relay of the acceptance tests, whose modules stand in their folder."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "acceptance"))
