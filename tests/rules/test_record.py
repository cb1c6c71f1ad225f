"""What is shown of a request and of an answer: readable in their own charset, masked, cut."""

import pytest

from relay.destination import Answer, Request
from relay.masking import Mask
from relay.record import shown_answer, shown_request

MASK = Mask(["密码密码", "s3cr3t"])
GBK = "text/xml; charset=GBK"
DECLARED = '<?xml version="1.0" encoding="GBK"?><a>差旅</a>'


def sent(body: bytes, content_type: str) -> str:
    request = Request(method="POST", url="http://erp", headers={"Content-Type": content_type}, body=body)
    return str(shown_request(request, MASK)["body"])


def answered(body: bytes, content_type: str) -> str:
    return str(shown_answer(Answer(status=200, headers={"content-type": content_type}, body=body), MASK)["body"])


@pytest.mark.parametrize("shown", [sent, answered])
@pytest.mark.parametrize(("body", "content_type"), [("<a>差旅</a>", GBK), (DECLARED, "text/xml")])
def test_a_body_in_gbk_is_shown_as_it_reads(shown, body, content_type):
    assert shown(body.encode("gbk"), content_type) == body


@pytest.mark.parametrize("shown", [sent, answered])
def test_a_secret_is_masked_in_every_charset(shown):
    assert shown("<a>密码密码 s3cr3t</a>".encode("gbk"), GBK) == "<a>*** ***</a>"


@pytest.mark.parametrize("content_type", ["text/xml; charset=rot13", "text/xml; charset=klingon", ""])
def test_under_a_charset_that_nobody_knows_it_is_shown_as_utf_8(content_type):
    assert answered("差旅".encode(), content_type) == "差旅"


def test_its_length_is_that_of_the_bytes():
    assert sent("差".encode("gbk") * 3000, GBK).endswith("… (6000 bytes)")
