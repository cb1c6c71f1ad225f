"""Every preset books each document once with the system that it is for, whatever that one does meanwhile.

The long run: python -m tests.presets --documents 1000.
"""

from relay import destinations

from .account import lines
from .case import names
from .run import Wanted, run

WITHOUT = frozenset({"http"})


def test_every_preset_has_a_case() -> None:
    assert set(names()) == set(destinations.names()) - WITHOUT


async def test_each_document_is_booked_once_under_its_amount() -> None:
    lanes = await run(Wanted(names(), documents=6, seed=7, within_s=200), lambda _: None)
    assert all(lane.holds for lane in lanes), "\n".join(lines(lanes))
    assert sum(lane.doubtful for lane in lanes) >= len(lanes)
