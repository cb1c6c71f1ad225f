"""What is counted over time; the clock is an argument."""

from relay.rate import Seldom


def test_what_happens_often_is_told_at_once_and_then_seldom_with_how_often_it_was() -> None:
    seldom = Seldom(10.0)
    assert [seldom.count(now) for now in (0.0, 0.1, 9.9)] == [1, 0, 0]
    assert [seldom.count(now) for now in (10.0, 19.9, 40.0)] == [3, 0, 2]
