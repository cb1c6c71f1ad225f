"""Every preset books each document once with the system that it is for, whatever that one does meanwhile.

The long run: python -m tests.presets --documents 1000.
"""

import pytest

from relay.destinations import preset

from .account import lines
from .case import OTHERWISE, names
from .run import Wanted, run


def test_a_case_is_of_a_preset() -> None:
    assert {file.stem for file in OTHERWISE.iterdir()} <= set(names())


@pytest.mark.parametrize("name", names())
def test_an_example_gives_what_the_preset_needs_and_nothing_that_it_doesnt_know(name: str) -> None:
    known = preset(name)
    assert known.needs.keys() <= known.example.vars.keys() <= known.needs.keys() | known.options.keys()
    assert known.example.request


async def test_each_document_is_booked_once_under_its_amount() -> None:
    lanes = await run(Wanted(names(), documents=6, seed=7, within_s=200), lambda _: None)
    assert all(lane.holds for lane in lanes), "\n".join(lines(lanes))
    assert sum(lane.doubtful for lane in lanes) >= len(lanes)
