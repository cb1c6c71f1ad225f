"""What an event's bytes hold, on the way in and long after: `body`, `whole`, and what was sealed."""

from typing import Any

import pytest

from relay.contents import AS_IT_CAME, Opening, Seen
from relay.decryption import Sealed
from relay.decryptions.feishu import FeishuCipher
from relay.decryptions.wecom import WecomFrame
from relay.errors import ExpressionError, Forged
from relay.event import Event
from relay.money import encode_json
from relay.shape import Shape

RANDOM = bytes(range(16))
KEY, OLD = FeishuCipher("the key"), FeishuCipher("the key before")
SEALED = Opening(sealed=Sealed(ways=(KEY, OLD), fields=(("encrypt",), ("xml", "Encrypt"))))


def posted(body: Any, kind: str = "application/json") -> Event:
    data = body if isinstance(body, bytes) else encode_json(body)
    headers = {"content-type": kind}
    return Event(id="evt_1", source="s", type="", external_id="", headers=headers, body=data, config="v1")


def test_what_is_sealed_is_the_body_and_the_post_stays_whole() -> None:
    code = KEY.encrypt(b'{"id": "e1", "total": 12.30}', RANDOM)
    found = SEALED.of(posted({"encrypt": code}))
    assert (found.body["id"], found.whole, found.plain) == ("e1", {"encrypt": code}, b'{"id": "e1", "total": 12.30}')


def test_while_a_key_rolls_either_opens() -> None:
    assert SEALED.of(posted({"encrypt": OLD.encrypt(b"[1]", RANDOM)})).body == [1]


def test_it_may_stand_in_xml_and_be_xml() -> None:
    code = KEY.encrypt(b"<xml><MsgId>7</MsgId></xml>", RANDOM)
    found = SEALED.of(posted(f"<xml><Encrypt>{code}</Encrypt></xml>".encode(), "text/xml"))
    assert found.body == {"xml": {"MsgId": "7"}}


def test_what_is_neither_json_nor_xml_is_a_text_and_so_is_what_is_said_to_be() -> None:
    assert SEALED.of(posted({"encrypt": KEY.encrypt(b"success", RANDOM)})).body == "success"
    told = Sealed(ways=(KEY,), fields=(("encrypt",),), text=True)
    assert Opening(sealed=told).of(posted({"encrypt": KEY.encrypt(b"0010", RANDOM)})).body == "0010"


def test_where_nothing_is_sealed_it_is_as_it_came() -> None:
    found = SEALED.of(posted({"id": "plain"}))
    assert (found.body, found.plain) == ({"id": "plain"}, None)


@pytest.mark.parametrize("sealed", ["", "?", 7, "AAAA", WecomFrame("a" * 43, "o", "").encrypt(b"{}", RANDOM)])
def test_what_no_key_opens_is_refused(sealed: Any) -> None:
    with pytest.raises(Forged):
        SEALED.of(posted({"encrypt": sealed}))
    with pytest.raises(Forged):
        SEALED.of(posted({"encrypt": KEY.encrypt(b"\xff\xfe", RANDOM)}))


def test_an_event_whose_source_reads_other_bodies_today_fails_where_it_is_asked_for_and_says_so() -> None:
    other = {"event": {"id": "evt_1"}}
    for event, opening in (
        (posted({"encrypt": "AAAA"}), SEALED),
        (posted(b"<a/>", "text/xml"), Opening(shapes={Shape.JSON})),
        (posted(b"<a", "text/xml"), AS_IT_CAME),
    ):
        seen = Seen(event, opening, other)
        assert seen["event"] == {"id": "evt_1"}
        assert set(seen) == {"event", "body", "whole"}
        for name in ("body", "whole"):
            with pytest.raises(ExpressionError, match="can't be read today"):
                seen[name]
