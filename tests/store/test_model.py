"""The store does what the model does, whatever happens and in whatever order. Each step runs on a real redis-server.

`RELAY_STORE_FUZZ=long python -m pytest -n 0 -s tests/store/test_model.py` walks more than 100,000 steps on each server;
RELAY_STORE_SEED repeats a walk, and a failure prints the one that it had.
"""

import os
import random
from collections.abc import Callable

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from walk import Bench, Walk, bench

WALKS = {"short": (30, 30), "long": (2000, 80)}


def seeded(shared: Bench) -> Callable[[], Walk]:
    number = int(os.environ.get("RELAY_STORE_SEED", random.randrange(2**32)))
    print(f"RELAY_STORE_SEED={number}")
    return seed(number)(lambda: Walk(shared))


def test_the_store_does_what_the_model_does(every_redis_url: str) -> None:
    """Any steps in any order leave the same deliveries, lanes, order keys, business keys and callbacks as the model."""
    examples, steps = WALKS[os.environ.get("RELAY_STORE_FUZZ", "short")]
    profile = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    with bench(every_redis_url) as shared:
        run_state_machine_as_test(seeded(shared), settings=profile)
        print(f"{shared.steps} steps agreed")
