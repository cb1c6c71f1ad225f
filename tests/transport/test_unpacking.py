"""Packed bodies come out whole or are refused, and never larger than the limit."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import Unreadable
from relay.transport.unpacking import unpack

PACKED = gzip.compress(b"abc")
PACKERS = {"gzip": gzip.compress, "x-gzip": gzip.compress, " Deflate ": zlib.compress, "identity": bytes, "": bytes}


@pytest.mark.parametrize("encoding", PACKERS)
@given(body=st.binary(max_size=300), limit=st.integers(0, 300))
def test_a_body_comes_out_as_it_went_in_up_to_the_limit(encoding: str, body: bytes, limit: int) -> None:
    assert unpack(PACKERS[encoding](body), encoding, limit) == (body[:limit], len(body) > limit)


@given(st.binary(min_size=1, max_size=60), st.sampled_from(["gzip", "deflate"]), st.integers(0, 100))
def test_junk_is_refused_and_never_raises_anything_else(junk: bytes, encoding: str, limit: int) -> None:
    try:
        body, _ = unpack(junk, encoding, limit)
    except Unreadable:
        return
    assert len(body) <= limit


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
def test_an_unknown_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(Unreadable, match="unknown way"):
        unpack(b"x", encoding, 100)


@pytest.mark.parametrize("body", [PACKED[:-4], PACKED + b"more"], ids=["unfinished", "tail"])
def test_an_unfinished_body_and_one_with_a_tail_are_refused(body: bytes) -> None:
    with pytest.raises(Unreadable, match="longer or shorter"):
        unpack(body, "gzip", 100)


def test_a_bomb_gives_no_more_than_the_limit() -> None:
    """10 MB in 10 kB."""
    assert unpack(gzip.compress(bytes(10_000_000), 1), "gzip", 1000) == (bytes(1000), True)
