"""What Yonyou NC's exchange platform has beyond the others: charsets, results one by one, vouchers overwritten."""

from decimal import Decimal

import pytest
from speakers.yonyou_nc import VOUCHER
from staged import Scene

SYSTEM = "yonyou-nc"


@pytest.mark.parametrize("charset", ["GBK", "gb2312", "UTF-8"])
async def test_a_receipt_comes_in_the_charset_of_the_request(named: Scene, charset: str) -> None:
    heard = await named.speaks.send(VOUCHER.format(key="B1", debit="1", credit="1"), charset=charset)
    assert heard.headers["Content-Type"] == f"text/xml;charset={charset}"
    assert named.speaks.root(heard).findtext("sendresult/content") == "2026.03-记账凭证-1"
    assert "差旅" in named.played.books.entries[0].document


async def test_replace_overwrites_the_voucher_of_a_known_id(named: Scene) -> None:
    numbers = [named.speaks.number(await named.speaks.post("B1", amount, replace="Y")) for amount in ("1", "2")]
    assert numbers == ["1", "1"]
    assert [entry.amount for entry in named.played.books.entries] == [Decimal(2)]


async def test_without_replace_a_known_id_is_refused(named: Scene) -> None:
    await named.speaks.post("B1", "1")
    assert "不允许重复" in (await named.speaks.post("B1", "1")).text


async def test_each_voucher_has_its_own_result_and_one_failure_makes_the_whole_unsuccessful(named: Scene) -> None:
    good, bad = VOUCHER.format(key="B1", debit="1", credit="1"), VOUCHER.format(key="B2", debit="1", credit="2")
    root = named.speaks.root(await named.speaks.send(good + bad))
    assert root.get("successful") == "N"
    assert [result.findtext("resultcode") for result in root.iter("sendresult")] == ["1", "-1"]
    assert [entry.key for entry in named.played.books.entries] == ["B1"]


@pytest.mark.parametrize(
    "body",
    [
        "<ufinterface>",
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        '<?xml version="1.0" encoding="klingon"?><a/>',
    ],
)
async def test_what_it_cant_read_it_says(named: Scene, body: str) -> None:
    heard = await named.speaks.say("POST", "/service/XChangeServlet?account=develop", data=body.encode())
    assert "XML解析错误" in heard.text
    assert named.played.books.entries == []
