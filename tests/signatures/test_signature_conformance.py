"""What every signature scheme keeps, shipped or spelled out: it takes what it signs, and nothing else."""

from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signature_cases import BODY, CASES, NOW, PROVING, Case, as_received, outgoing_request, replaced, value_at

from relay.duration import parse_duration_ms
from relay.errors import Forged, RelayError
from relay.signature import Received
from relay.signatures.reading import MOST

JUNK = ["", " ", "=", ",", ";,; ,", "v1", "v1,", "t=,v1=", "\x00", "\xff\xfe", "é" * 40, "签名", "\ud800", "9" * 5000]
HUGE = "A" * 2_000_000


def over(cases: Iterable[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases])


every_proving = over(PROVING)
every_stamped = over(case for case in PROVING if case.words.timestamp)
every_listing = over(case for case in PROVING if case.words.separator or case.words.pair)
every_labelled = over(case for case in PROVING if case.words.prefix or case.words.pair)
every_binding = over(case for case in PROVING if case.binds_body)


def refuses(case: Case, received: Received, secrets: list[str] | None = None, now: float = NOW) -> None:
    live = [secret.verifying for secret in case.secrets[:2]] if secrets is None else secrets
    with pytest.raises(Forged):
        case.scheme.verify(received, live, now)


def accepts(case: Case, received: Received, now: float = NOW) -> None:
    case.scheme.verify(received, [secret.verifying for secret in case.secrets[:2]], now)


def signature_of(case: Case, received: Received) -> str:
    return value_at(received, case.places[0])


def with_signature(case: Case, received: Received, value: str) -> Received:
    return replaced(received, case.places[0], value)


def code_of(case: Case, received: Received) -> str:
    """The one candidate of a value, with its label, without the timestamp beside it."""
    value = signature_of(case, received)
    return value.rpartition(case.words.separator or ",")[2] if case.words.pair else value


@every_proving
def test_accepts_what_it_signs_with_each_secret_that_is_live(case: Case) -> None:
    first, second, _ = case.secrets
    accepts(case, case.received(first))
    accepts(case, case.received(second))


@every_proving
def test_takes_every_body_as_the_bytes_that_it_is(case: Case) -> None:
    for body in (b"", b"\x00\xff\xfe", b"\r\n \n", BODY * 1000):
        accepts(case, case.received(case.secrets[0], body=body))


@every_proving
def test_refuses_another_secret_and_none_at_all(case: Case) -> None:
    received = case.received(case.secrets[2])
    refuses(case, received)
    refuses(case, received, [])


@every_proving
def test_a_secret_that_cannot_be_read_opens_nothing_and_shuts_nothing(case: Case) -> None:
    received = case.received(case.secrets[0])
    refuses(case, received, ["", "\udcff"])
    case.scheme.verify(received, ["", "\udcff", case.secrets[0].verifying], NOW)


@every_binding
def test_refuses_a_body_with_one_byte_changed_or_added(case: Case) -> None:
    received = case.received(case.secrets[0])
    for body in (BODY + b" ", b" " + BODY, BODY[:-1], BODY.replace(b"12.30", b"12.31"), b""):
        refuses(case, msgspec.structs.replace(received, body=body))


@every_proving
def test_refuses_a_signature_with_one_character_changed(case: Case) -> None:
    received = case.received(case.secrets[0])
    value = signature_of(case, received)
    for place in (len(value) - 1, len(value) - 2, len(value) // 2):
        other = "Z" if value[place] != "Z" else "Y"
        refuses(case, with_signature(case, received, value[:place] + other + value[place + 1 :]))


@every_proving
def test_refuses_where_any_header_or_parameter_is_missing(case: Case) -> None:
    received = case.received(case.secrets[0])
    for place in case.places:
        refuses(case, replaced(received, place, None))


@every_proving
@pytest.mark.parametrize("junk", [*JUNK, HUGE], ids=lambda junk: ascii(junk[:12]))
def test_refuses_junk_in_any_header_or_parameter(case: Case, junk: str) -> None:
    received = case.received(case.secrets[0])
    for place in case.places:
        refuses(case, replaced(received, place, junk))


@every_proving
@pytest.mark.parametrize("junk", ["é", "\xff", "签", "\x00"], ids=ascii)
def test_refuses_a_right_signature_with_junk_at_its_end(case: Case, junk: str) -> None:
    received = case.received(case.secrets[0])
    refuses(case, with_signature(case, received, signature_of(case, received) + junk))


@every_stamped
def test_holds_the_timestamp_against_the_clock_both_ways(case: Case) -> None:
    received = case.received(case.secrets[0])
    assert case.words.timestamp
    tolerance = parse_duration_ms(case.words.timestamp.tolerance) // 1_000
    for fresh in (-tolerance + 1, -tolerance, 0, tolerance, tolerance - 1):
        accepts(case, received, now=NOW + fresh)
    for off in (-tolerance - 1, tolerance + 1, -10 * tolerance, 86_400 * 365):
        refuses(case, received, now=NOW + off)


@every_stamped
def test_reads_a_timestamp_as_plain_digits_only(case: Case) -> None:
    received = case.received(case.secrets[0])
    stamped = next((place for place in case.places[1:] if "id" not in place[1]), None)
    place = stamped or case.places[0]
    value, digits = value_at(received, place), f"{NOW}"
    for odd in (f"+{digits}", f"-{digits}", f"{digits}.0", "1_700_000_000", "١٧٠٠٠٠٠٠٠٠", f"{digits}e0", "0x6553f100"):
        refuses(case, replaced(received, place, value.replace(digits, odd)))


@every_labelled
def test_refuses_the_right_code_under_another_label(case: Case) -> None:
    received = case.received(case.secrets[0])
    value, label = signature_of(case, received), f"{case.words.pair}=" if case.words.pair else case.words.prefix
    assert label in value
    refuses(case, with_signature(case, received, value.replace(label, "v9" + label[-1])))
    refuses(case, with_signature(case, received, value.replace(label, "")))


@every_listing
def test_accepts_the_right_one_of_several_offered_signatures(case: Case) -> None:
    separator = case.words.separator or ","
    right, wrong = case.received(case.secrets[0]), case.received(case.secrets[2])
    value, other = signature_of(case, right), code_of(case, wrong)
    for offered in ([value, other], [other, value], [other, other, value], ["", value, ""]):
        accepts(case, with_signature(case, right, separator.join(offered)))
    refuses(case, with_signature(case, right, separator.join([signature_of(case, wrong), other])))


@every_listing
def test_looks_at_no_more_of_a_long_list_than_any_sender_offers(case: Case) -> None:
    separator = case.words.separator or ","
    received = case.received(case.secrets[0])
    value = signature_of(case, received)
    wrong = [(f"{case.words.pair}=" if case.words.pair else case.words.prefix) + "AAAA"]
    accepts(case, with_signature(case, received, separator.join([value, *wrong * 999])))
    accepts(case, with_signature(case, received, separator.join([*wrong * (MOST - 2), value])))
    refuses(case, with_signature(case, received, separator.join([*wrong * 999, value])))
    refuses(case, with_signature(case, received, separator.join(wrong * 1000)))


@every_proving
def test_checks_its_secrets_without_repeating_them(case: Case) -> None:
    case.scheme.check_secret(case.secrets[0].verifying)
    for bad in ("", "\udcff"):
        with pytest.raises(RelayError) as refused:
            case.scheme.check_secret(bad)
        assert refused.value.remedy


@every_proving
def test_signs_by_headers_or_says_at_load_that_it_cannot(case: Case) -> None:
    by_headers = all(kind == "headers" for kind, _ in case.places)
    secret, outgoing = case.secrets[0], outgoing_request()
    if by_headers:
        case.scheme.check_secret(secret.signing, signs=True)
        accepts(case, as_received(outgoing, case.scheme.sign(outgoing, secret.signing)))
        return
    for attempt in (
        lambda: case.scheme.check_secret(secret.signing, signs=True),
        lambda: case.scheme.sign(outgoing, secret.signing),
    ):
        with pytest.raises(RelayError, match="can't sign"):
            attempt()


@every_proving
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_whatever_comes_is_refused_and_never_an_error(case: Case, data: st.DataObject) -> None:
    received = case.received(case.secrets[0])
    anything = st.one_of(
        st.none(), st.text(max_size=80), st.from_regex(r"(t=[0-9]{10},)?(v[01][,=][A-Za-z0-9+/=]*[ ,]?)+")
    )
    for place in case.places:
        received = replaced(received, place, data.draw(anything))
    body, method = data.draw(st.binary(max_size=100)), data.draw(st.text(max_size=5))
    refuses(case, msgspec.structs.replace(received, body=body, method=method))


@every_proving
@settings(max_examples=20, deadline=None)
@given(body=st.binary(max_size=300), id=st.from_regex(r"[!-~]{1,40}", fullmatch=True), at=st.integers(10**9, 10**10))
def test_what_it_signs_it_accepts_whatever_it_is(case: Case, body: bytes, id: str, at: int) -> None:  # noqa: A002
    accepts(case, case.received(case.secrets[0], at=at, id=id, body=body), now=at)


def test_none_takes_everything_and_says_so() -> None:
    scheme = CASES["none"].scheme
    outgoing = outgoing_request()
    assert scheme.open
    scheme.check_secret("")
    assert scheme.sign(outgoing, "") == {}
    scheme.verify(as_received(outgoing, {}), [], NOW)
