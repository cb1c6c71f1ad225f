"""What is deployed is run at relays as the acceptance tests know them, whose modules stand in their folder."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "acceptance"))
