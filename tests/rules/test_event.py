"""What the store keeps of an event gives the same event again, also where an earlier layout wrote it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from relay.event import COMMON, Event, pack, unpack

TEXTS = st.text(max_size=40)
EVENTS = st.builds(
    Event,
    id=TEXTS,
    source=TEXTS,
    type=TEXTS,
    external_id=TEXTS,
    headers=st.dictionaries(st.sampled_from(COMMON) | TEXTS, TEXTS),
    body=st.binary(max_size=100),
    config=TEXTS,
    routes=st.lists(TEXTS, max_size=3).map(tuple),
    deliveries=st.lists(TEXTS, max_size=3).map(tuple),
)
PARTS = st.builds(
    lambda event, part, post: replace(event, part=part, post=post), EVENTS, st.integers(1, 1000), st.text(min_size=1)
)


@given(EVENTS | PARTS)
def test_an_event_comes_back_as_it_was_under_its_id(event: Event) -> None:
    assert unpack(event.id, pack(event)) == event


@given(EVENTS)
def test_one_that_was_alone_in_its_post_is_kept_as_it_always_was(event: Event) -> None:
    """Eight places, so that it costs no more, and a version before this one reads it."""
    assert len(msgspec.msgpack.decode(pack(event))) == 8


@given(EVENTS)
def test_one_that_was_kept_by_name_is_read_too(event: Event) -> None:
    """As layout 1 kept it."""
    assert unpack(event.id, msgspec.msgpack.encode(event)) == event


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"\x81\xa7version\x63",
        b"\x90",
        pack(Event(id="", source="", type="", external_id="", headers={}, body=b"", config=""))[:-1],
    ],
)
def test_what_is_no_event_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        unpack("evt", data)


@pytest.mark.parametrize("number", [-1, len(COMMON)])
def test_a_header_that_has_no_name_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="header number"):
        unpack("evt", msgspec.msgpack.encode(("s", "t", "x", {number: "v"}, b"", "c", (), ())))


def test_the_common_names_stay_where_they_are() -> None:
    """What is stored knows them by number."""
    assert (COMMON[0], COMMON[8], COMMON[19], len(set(COMMON))) == (
        "content-type",
        "webhook-id",
        "x-signature",
        len(COMMON),
    )
