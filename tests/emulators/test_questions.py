"""What a played ledger can be asked: OData's filters, and Oracle's fields."""

import pytest

from relay.emulators.stage import odata
from relay.emulators.stage.query import fields


@pytest.mark.parametrize(
    ("asked", "terms"),
    [
        ("", {}),
        ("Reference eq 'B1'", {"Reference": "B1"}),
        ("A eq 'it''s and B eq 1' and (B eq 7)", {"A": "it's and B eq 1", "B": "7"}),
        ("Id eq guid'0a' and At eq datetime'2026-03-01T00:00:00'", {"Id": "0a", "At": "2026-03-01T00:00:00"}),
        ("A gt 1", None),
        ("A eq 'x' or B eq 'y'", None),
        ("A eq 'x", None),
    ],
)
def test_a_filter_of_equal_fields_is_understood_and_any_other_is_not(asked: str, terms: dict[str, str] | None) -> None:
    assert odata.terms(asked) == terms


def test_numbers_and_texts_are_found_alike() -> None:
    rows = [{"A": 1, "B": "x"}, {"A": 2, "B": "x"}]
    assert odata.found(rows, {"A": "2", "B": "x"}) == rows[1:]
    assert odata.found(rows, {"C": "x"}) == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", {}),
        ("InvoiceNumber='INV-1';Supplier=\"A & B\"", {"InvoiceNumber": "INV-1", "Supplier": "A & B"}),
        ("requestId=145,fileType=LOG", {"requestId": "145", "fileType": "LOG"}),
        ("A = 1 and B = 2", {"A": "1", "B": "2"}),
        ("A > 1", None),
    ],
)
def test_oracles_fields_are_understood(asked: str, found: dict[str, str] | None) -> None:
    assert fields(asked) == found
