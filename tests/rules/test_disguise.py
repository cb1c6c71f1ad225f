"""Taking people out of an event leaves its amounts as they are."""

from typing import Any

import pytest

from relay.disguise import disguised, others, personal


@pytest.mark.parametrize(
    ("tree", "kept"),
    [
        ({"userId": "10", "amount": "100.00", "tax": "-10.00", "total": "1,010.10"}, ("amount", "tax", "total")),
        ({"收款人": "张三", "收款金额": "88.50", "付款日期": "2026-07-01"}, ("收款金额", "付款日期")),
    ],
)
def test_amounts_stay_when_people_go(tree: dict[str, Any], kept: tuple[str, ...]) -> None:
    changed = disguised(tree, others(personal(tree), b"1"))
    assert {name for name in tree if changed[name] == tree[name]} == set(kept)


def test_a_number_that_tells_of_a_person_goes_where_it_stands_alone() -> None:
    tree = {"userId": "12", "account": "6222021234", "memo": "by 12, to account no6222021234/1, 12.50"}
    changed = disguised(tree, others(personal(tree), b"1"))
    user, account = changed["userId"], changed["account"]
    assert changed["memo"] == f"by {user}, to account no{account}/1, 12.50"
    assert (user, account) != ("12", "6222021234")
