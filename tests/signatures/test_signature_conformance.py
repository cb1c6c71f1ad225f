"""What every signature scheme keeps, shipped or spelled out: it takes what it signs, and nothing else."""

import hmac
import time
import timeit
from collections.abc import Callable, Iterable
from itertools import product

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signature_cases import CASES, PROVING, Case
from signature_requests import NOW, as_received, outgoing_request, replaced, value_at, with_body

from relay.duration import parse_duration_ms
from relay.errors import Forged, RelayError
from relay.signature import Received
from relay.signatures.reading import MOST

JUNK = ["", " ", "=", ",", ";,; ,", "v1", "v1,", "t=,v1=", "\x00", "\xff\xfe", "é" * 40, "签名", "\ud800", "9" * 5000]
MOST_HMACS = 100
HUGE = "A" * 2_000_000


def over(cases: Iterable[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases])


every_proving = over(PROVING)
every_stamped = over(case for case in PROVING if case.words.timestamp)
every_listing = over(case for case in PROVING if case.words.separator or case.words.pair)
every_labelled = over(case for case in PROVING if case.words.prefix or case.words.pair)
every_binding = over(case for case in PROVING if case.scheme.binds_body)
every_loose = over(case for case in PROVING if not case.scheme.binds_body)
every_of_any_bytes = over(case for case in PROVING if case.takes_any_bytes)
every_batched = over(case for case in PROVING if case.scheme.each)
every_numbered = over(case for case in PROVING if case.signed_at[1] != case.signed_at[1].removesuffix("-1"))


def refuses(case: Case, received: Received, secrets: list[str] | None = None, now: float = NOW) -> None:
    """Also together with the other ways of its scheme."""
    live = [secret.verifying for secret in case.secrets[:2]] if secrets is None else secrets
    for scheme in (case.scheme, case.whole):
        with pytest.raises(Forged):
            scheme.verify(received, live, now)


def accepts(case: Case, received: Received, now: float = NOW) -> None:
    live = [secret.verifying for secret in case.secrets[:2]]
    for scheme in (case.scheme, case.whole):
        assert scheme.verify(received, live, now) in live


def signature_of(case: Case, received: Received) -> str:
    return value_at(received, case.signed_at)


def with_signature(case: Case, received: Received, value: str) -> Received:
    return replaced(received, case.signed_at, value)


def parts_of(case: Case, received: Received) -> tuple[list[str], str]:
    """What stands in front of the one candidate of a value, and that with its label."""
    value, stamp = signature_of(case, received), case.words.timestamp
    if stamp is None or not (stamp.pair or stamp.first):
        return [], value
    front, _, code = value.rpartition(case.words.separator or ",")
    return [front], code


@every_proving
def test_accepts_what_it_signs_with_each_secret_that_is_live(case: Case) -> None:
    first, second, _ = case.secrets
    accepts(case, case.received(first))
    accepts(case, case.received(second))


@every_of_any_bytes
def test_takes_every_body_as_the_bytes_that_it_is(case: Case) -> None:
    body, _ = case.sample
    for each in (b"", b"\x00\xff\xfe", b"\r\n \n", body * 1000):
        accepts(case, case.received(case.secrets[0], body=each))


@every_proving
def test_refuses_another_secret_and_none_at_all(case: Case) -> None:
    received = case.received(case.secrets[2])
    refuses(case, with_own_secret(case, received, case.secrets[0].verifying))
    refuses(case, with_own_secret(case, received, None), [])


@every_proving
def test_a_secret_that_cannot_be_read_opens_nothing_and_shuts_nothing(case: Case) -> None:
    received = case.received(case.secrets[0])
    for unreadable in ("", "\udcff"):
        refuses(case, with_own_secret(case, received, unreadable), [unreadable])
        case.whole.verify(received, [unreadable, case.secrets[0].verifying], NOW)


def with_own_secret(case: Case, received: Received, secret: str | None) -> Received:
    """With another one where the scheme takes none of the source's secrets."""
    if case.words.secret_from:
        return replaced(received, ("vars", case.words.secret_from), secret)
    return msgspec.structs.replace(received, key=secret) if case.scheme.keyed else received


@every_binding
def test_refuses_a_body_with_one_byte_changed_or_added(case: Case) -> None:
    received = case.received(case.secrets[0])
    body = received.body
    for other in (body + b" ", b" " + body, body[:-1], body.replace(b"12.30", b"12.31"), b""):
        refuses(case, with_body(received, other))


@every_loose
def test_what_it_does_not_bind_may_change_and_what_it_signs_may_not(case: Case) -> None:
    received = case.received(case.secrets[0])
    accepts(case, msgspec.structs.replace(received, body=received.body + b" "))
    for place in case.places:
        refuses(case, replaced(received, place, value_at(received, place) + "1"))


@every_proving
def test_refuses_a_signature_with_one_character_changed(case: Case) -> None:
    received = case.received(case.secrets[0])
    value = signature_of(case, received)
    for place in (len(value) - 1, len(value) - 2, len(value) // 2):
        other = "Z" if value[place] != "Z" else "Y"
        refuses(case, with_signature(case, received, value[:place] + other + value[place + 1 :]))


@every_proving
def test_refuses_where_anything_that_it_looks_at_is_missing(case: Case) -> None:
    received = case.received(case.secrets[0])
    for place in case.places:
        refuses(case, replaced(received, place, None))


@every_proving
def test_refuses_junk_in_anything_that_it_looks_at(case: Case) -> None:
    received = case.received(case.secrets[0])
    for place, junk in product(case.places, [*JUNK, HUGE]):
        refuses(case, replaced(received, place, junk))


@every_proving
def test_refuses_a_right_signature_with_junk_at_its_end(case: Case) -> None:
    received = case.received(case.secrets[0])
    for junk in ("é", "\xff", "签", "\x00"):
        refuses(case, with_signature(case, received, signature_of(case, received) + junk))


@every_proving
def test_a_mebibyte_takes_no_more_than_some_plain_hmacs_of_it(case: Case) -> None:
    """Both in one run, in time of the processor, the best of some; unescaped and sorted contents among them."""
    received = case.received(case.secrets[0], body=case.large)
    live = [case.secrets[1].verifying, case.secrets[0].verifying]
    plain = fastest(lambda: hmac.digest(b"key", received.body, "sha256"))
    assert fastest(lambda: case.whole.verify(received, live, NOW)) < MOST_HMACS * plain


def fastest(work: Callable[[], object]) -> float:
    return min(timeit.repeat(work, timer=time.process_time, number=1, repeat=4))


@every_stamped
def test_holds_the_timestamp_against_the_clock(case: Case) -> None:
    received, stamp = case.received(case.secrets[0]), case.words.timestamp
    assert stamp
    tolerance = parse_duration_ms(stamp.tolerance) // 1_000
    for age in (tolerance - 1, tolerance, 0, 1 - tolerance, -tolerance):
        accepts(case, received, now=NOW + age)
    for stale in (tolerance + 1, 10 * tolerance, 86_400 * 365):
        refuses(case, received, now=NOW + stale)
    for ahead in (tolerance + 1, 10 * tolerance):
        (accepts if stamp.bound == "past" else refuses)(case, received, now=NOW - ahead)


@every_stamped
def test_reads_a_timestamp_as_it_is_written_only(case: Case) -> None:
    received = case.received(case.secrets[0])
    place = case.stamped_at or case.signed_at
    value = value_at(received, place)
    digits = value if case.stamped_at else f"{NOW}"
    for odd in (f"+{digits}", f"-{digits}", f"{digits}.0", "1_700_000_000", "١٧٠٠٠٠٠٠٠٠", f"{digits}e0"):
        refuses(case, replaced(received, place, value.replace(digits, odd) if digits in value else odd))


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
    (front, code), (_, other) = parts_of(case, right), parts_of(case, wrong)
    for offered in ([code, other], [other, code], [other, other, code], ["", code, ""]):
        accepts(case, with_signature(case, right, separator.join([*front, *offered])))
    refuses(case, with_signature(case, right, separator.join([*front, other, other])))


@every_listing
def test_looks_at_no_more_of_a_long_list_than_any_sender_offers(case: Case) -> None:
    separator = case.words.separator or ","
    received = case.received(case.secrets[0])
    front, code = parts_of(case, received)
    wrong = [(f"{case.words.pair}=" if case.words.pair else case.words.prefix) + "AAAA"]
    for few in ([code, *wrong * 999], [*wrong * (MOST - 2), code]):
        accepts(case, with_signature(case, received, separator.join([*front, *few])))
    for many in ([*wrong * 999, code], wrong * 1000):
        refuses(case, with_signature(case, received, separator.join([*front, *many])))


@every_numbered
def test_accepts_the_right_one_of_several_numbered_headers(case: Case) -> None:
    received, wrong = case.received(case.secrets[0]), case.received(case.secrets[2])
    kind, name = case.signed_at
    second = (kind, name.removesuffix("1") + "2")
    moved = with_signature(case, received, signature_of(case, wrong))
    refuses(case, moved)
    accepts(case, replaced(moved, second, signature_of(case, received)))
    for number in range(3, 1000):
        moved = replaced(moved, (kind, f"{name.removesuffix('1')}{number}"), signature_of(case, wrong))
    refuses(case, moved)


@every_batched
def test_every_item_of_a_batch_proves_itself_and_none_proves_nothing(case: Case) -> None:
    one, two, wrong = (case.received(secret) for secret in case.secrets)
    accepts(case, msgspec.structs.replace(one, items=[*one.items * 1000, *two.items]))
    for items in ([*one.items, *wrong.items], [*one.items, {}], [*one.items, None], [*one.items, ["é"]], []):
        refuses(case, msgspec.structs.replace(one, items=items))


@every_proving
def test_checks_its_secrets_without_repeating_them(case: Case) -> None:
    case.scheme.check_secret(case.secrets[0].verifying)
    case.whole.check_secret(case.secrets[0].verifying)
    for bad in ("", "\udcff") if case.scheme.needs_secret else ():
        with pytest.raises(RelayError) as refused:
            case.scheme.check_secret(bad)
        assert refused.value.remedy


def signs_by_headers(case: Case) -> bool:
    made = [case.signed_at, case.stamped_at or ("headers", "")]
    digest = case.words.body_digest
    return all(kind == "headers" for kind, _ in made) and not case.scheme.vars and not (digest and digest.query)


@every_proving
def test_signs_by_headers_or_says_at_load_that_it_cannot(case: Case) -> None:
    secret, outgoing = case.secrets[0], case.outgoing()
    if signs_by_headers(case):
        case.scheme.check_secret(secret.signing, signs=True)
        signed = as_received(outgoing, case.scheme.sign(outgoing, secret.signing))
        accepts(case, with_own_secret(case, signed, secret.verifying))
        return
    for attempt in (
        lambda: case.scheme.check_secret(secret.signing, signs=True),
        lambda: case.scheme.sign(outgoing, secret.signing),
    ):
        with pytest.raises(RelayError, match="can't sign"):
            attempt()


ANYTHING = st.one_of(  # made once: each making reads the pattern again
    st.none(), st.text(max_size=80), st.from_regex(r"(t=[0-9]{10},)?(v[01][,=][A-Za-z0-9+/=]*[ ,]?)+")
)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), st.lists, max_leaves=5)
ANYTHING_OR_JSON = ANYTHING | JSON
BYTES, METHODS, LISTS = st.binary(max_size=100), st.text(max_size=5), st.lists(JSON, max_size=3)


@every_proving
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_whatever_comes_is_refused_and_never_an_error(case: Case, data: st.DataObject) -> None:
    received = case.received(case.secrets[0])
    for place in case.places:
        received = replaced(received, place, data.draw(ANYTHING_OR_JSON if place[0] == "field" else ANYTHING))
    body, method = data.draw(BYTES), data.draw(METHODS)
    refuses(case, msgspec.structs.replace(received, body=body, method=method))
    if case.scheme.reads_body:
        junk = msgspec.structs.replace(received, tree=data.draw(JSON), items=data.draw(LISTS))
        refuses(case, junk)


@over(case for case in PROVING if case.takes_any_bytes)
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
    assert scheme.signed(outgoing, "", {}) == outgoing
    assert scheme.verify(as_received(outgoing, {}), [], NOW) == ""
