"""Requests of documented origin are taken or refused as their makers say, by the scheme that the file is named for."""

from pathlib import Path

import pytest
from capturing import Capture, Taken, captures, greeting
from signature_cases import HERE, SCHEMES

from relay.errors import Forged
from relay.signature import Outgoing
from relay.signatures import catalogue

EVERY = [pytest.param(name, one, id=f"{name}-{n}") for name in SCHEMES for n, one in enumerate(captures(name))]
SHIPPED = [name for name in catalogue.names() if not SCHEMES[name].open]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_scheme_has_a_request_that_it_takes_and_says_where_it_is_from(name: str) -> None:
    inferred = catalogue.record(name).evidence == "inferred"
    there = any(capture.expect == "valid" for capture in captures(name))
    assert there or inferred, f"{name} needs captures/{name}.yaml, or `evidence: inferred`"
    assert all(capture.source for capture in captures(name))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_scheme_says_what_it_rests_on_and_what_it_binds(name: str) -> None:
    record = catalogue.record(name)
    assert record.title
    assert record.docs.startswith("https://")
    assert record.evidence
    assert record.checked
    assert record.bound or SCHEMES[name].binds_body, f"{name} doesn't bind the whole body: say what is `bound:`"


@pytest.mark.parametrize(("name", "capture"), EVERY)
def test_a_capture_is_taken_or_refused_as_its_maker_says(name: str, capture: Capture, tmp_path: Path) -> None:
    source, received = capture.configured(name, tmp_path), capture.received(capture.body.encode())
    if capture.expect == "invalid":
        with pytest.raises(Forged):
            Taken(source, received, capture.at)
    elif capture.greets:
        assert greeting(source, received, capture.at) == capture.reply
    else:
        as_expected(capture, Taken(source, received, capture.at))


def as_expected(capture: Capture, taken: Taken) -> None:
    if capture.plain is not None:
        assert (taken.contents.plain or b"").decode() == capture.plain
    for key, expected in (("id", capture.ids), ("type", capture.types)):
        assert expected is None or taken.told(key) == expected
    assert capture.answer is None or taken.answer == capture.reply


@pytest.mark.parametrize(("name", "capture"), [one for one in EVERY if SCHEMES[one.values[0]].binds_body])
def test_a_capture_with_a_space_added_is_refused(name: str, capture: Capture, tmp_path: Path) -> None:
    with pytest.raises(Forged):
        Taken(capture.configured(name, tmp_path), capture.received(capture.body.encode() + b" "), capture.at)


def test_signing_makes_the_headers_that_the_specification_shows() -> None:
    capture = captures("standard-webhooks")[0]
    outgoing = Outgoing(
        id=capture.headers["webhook-id"], timestamp=capture.at, method="POST", url="", body=capture.body.encode()
    )
    assert catalogue.load("standard-webhooks").sign(outgoing, str(capture.secret)) == capture.headers


def test_a_capture_belongs_to_a_scheme() -> None:
    assert {path.stem for path in (HERE / "captures").iterdir()} <= set(SCHEMES)
