"""What platforms seal is opened, what is sealed for them they can open, and whatever is wrong is one and the same."""

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.decryption import Decryption
from relay.decryptions import decryption
from relay.decryptions.cbc import closed
from relay.errors import Forged, RelayError
from relay.signatures.beside import DecryptWords

SAMPLES = yaml.safe_load((Path(__file__).parent / "sealed.yaml").read_text(encoding="utf-8"))
RANDOM = bytes(range(16))
JUNK: list[Any] = [None, 7, [], {}, True, "", "=", "AAAA", "é", "签名", "\ud800", "A" * 64, "A" * 44, "A" * 10_000_000]
every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["source"][-40:])


def words_of(sample: dict[str, Any]) -> DecryptWords:
    return msgspec.convert(sample["words"], DecryptWords)


def way(sample: dict[str, Any], **changed: str) -> Decryption:
    words = words_of(sample)
    return decryption(words, changed.get("key", str(words.key)), changed.get("owner", words.owner or ""))


def altered(sample: dict[str, Any]) -> list[Any]:
    """What is sealed with one character changed, at its beginning, its middle and its end."""
    sealed = sample["sealed"]
    code = sealed["ciphertext"] if isinstance(sealed, dict) else sealed
    end = len(code.rstrip("=")) - 3
    changed = [code[:at] + ("Z" if code[at] != "Z" else "Y") + code[at + 1 :] for at in (0, 30, end // 2, end)]
    return [{**sealed, "ciphertext": each} if isinstance(sealed, dict) else each for each in changed]


@every_sample
def test_opens_what_is_published(sample: dict[str, Any]) -> None:
    assert way(sample).decrypt(sample["sealed"]).decode() == sample["opens"]


@every_sample
def test_opens_what_it_seals_and_seals_it_by_chance(sample: dict[str, Any]) -> None:
    one = way(sample)
    for plain in (b"", b"success", "差旅".encode(), bytes(range(256)) * 40):
        assert one.decrypt(one.encrypt(plain, RANDOM)) == plain
    assert one.encrypt(b"success", RANDOM) != one.encrypt(b"success", RANDOM[::-1])


@every_sample
def test_another_key_opens_nothing(sample: dict[str, Any]) -> None:
    key = str(words_of(sample).key)
    with pytest.raises(Forged):
        way(sample, key=("x" if key[0] != "x" else "y") + key[1:]).decrypt(sample["sealed"])


@every_sample
@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: ascii(junk)[:12])
def test_junk_is_refused_and_never_an_error(sample: dict[str, Any], junk: Any) -> None:
    for sealed in (junk, {"ciphertext": junk, "nonce": "n" * 12}, {"ciphertext": "AAAA", "nonce": junk}):
        with pytest.raises(Forged):
            way(sample).decrypt(sealed)


@pytest.mark.parametrize("sample", [each for each in SAMPLES if each["words"]["kind"] == "wecom"][:5])
def test_what_is_sealed_for_another_owner_is_refused(sample: dict[str, Any]) -> None:
    for owner in ("", "another", sample["words"]["owner"] + "x", sample["words"]["owner"][:-1]):
        with pytest.raises(Forged):
            way(sample, owner=owner).decrypt(sample["sealed"])


@pytest.mark.parametrize("sample", [each for each in SAMPLES if each["words"]["kind"] != "feishu"])
def test_a_changed_character_is_refused_where_the_frame_tells_it(sample: dict[str, Any]) -> None:
    """Of a CBC frame the middle may change unseen: that is what the signature is for. Its ends may not."""
    ends = altered(sample)[1:] if sample["words"]["kind"] == "wechatpay" else altered(sample)[-1:]
    for sealed in ends:
        with pytest.raises(Forged):
            way(sample).decrypt(sealed)


def test_a_frame_that_lies_about_its_length_is_refused() -> None:
    key = base64.b64decode(SAMPLES[0]["words"]["key"] + "=")
    owner = SAMPLES[0]["words"]["owner"].encode()
    for length in (0, 1, 6, 8, 2**31, 2**32 - 1):
        frame = RANDOM + length.to_bytes(4) + b"success" + owner
        with pytest.raises(Forged):
            way(SAMPLES[0]).decrypt(base64.b64encode(closed(frame, key, key[:16], 32)).decode())


def test_every_failure_is_the_same_so_that_none_tells_of_the_padding() -> None:
    """Bad base64, no whole block, bad padding, a short frame, a wrong owner: one kind of error, one text."""
    one, key = way(SAMPLES[0]), base64.b64decode(SAMPLES[0]["words"]["key"] + "=")
    padded = [closed(plain, key, key[:16], 32) for plain in (b"", b"short", bytes(40))]
    tries: list[Any] = ["?", "AAAA", *(base64.b64encode(each).decode() for each in (bytes(32), bytes(64), *padded))]
    told = set()
    for sealed in (*tries, *altered(SAMPLES[0])[-1:]):
        with pytest.raises(Forged) as refused:
            one.decrypt(sealed)
        told.add((type(refused.value), str(refused.value), refused.value.__cause__))
    assert len(told) == 1


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_comes_is_opened_or_refused(data: st.DataObject) -> None:
    one = way(data.draw(st.sampled_from(SAMPLES)))
    code = base64.b64encode(data.draw(st.binary(max_size=200))).decode()
    sealed = data.draw(st.sampled_from([code, {"ciphertext": code, "nonce": data.draw(st.text(max_size=16))}]))
    try:
        one.decrypt(sealed)
    except Forged:
        return


@pytest.mark.parametrize("kind", ["wecom", "feishu", "wechatpay"])
def test_a_key_that_is_none_is_refused_when_it_is_given_and_not_repeated(kind: str) -> None:
    words = DecryptWords(kind=kind, key="", field="encrypt", owner="o" if kind == "wecom" else None)
    for key in ("", "toosecret", "签" * 43) if kind != "feishu" else ("",):
        with pytest.raises(RelayError) as refused:
            decryption(words, key, "o")
        assert refused.value.remedy
        assert not key or key not in str(refused.value)
