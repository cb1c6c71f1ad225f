"""A short run of the fault suite; `python -m tests.faults` runs it longer."""

from .plan import PROCESSES, plan
from .run import Wanted, run


def test_a_seed_is_a_plan() -> None:
    """What breaks, and when, is the same each time."""
    assert plan(7, 600, 4) == plan(7, 600, 4) != plan(8, 600, 4)


def test_each_kind_of_fault_comes_in_a_run_of_some_minutes() -> None:
    assert set(PROCESSES) <= {fault.kind for fault in plan(7, 120, 4)}


async def test_every_promise_holds_while_things_break() -> None:
    """Web, worker and Redis are killed, a worker is frozen beyond its lease, and the ERP misbehaves meanwhile."""
    account = await run(Wanted(seed=976, seconds=8, gap_s=1.4, per_second=15), print)
    assert account.holds, "\n".join(account.lines())
