"""Decryptions by kind: what platforms seal their bodies with."""

from relay.decryption import Decryption
from relay.decryptions.feishu import FeishuCipher
from relay.decryptions.wechatpay import WechatPayCipher
from relay.decryptions.wecom import WecomFrame
from relay.signatures.beside import DecryptWords


def decryption(words: DecryptWords, key: str, owner: str) -> Decryption:
    """By one key. Raises RelayError, without the key in it, on one that isn't a key of that kind."""
    match words.kind:
        case "wecom":
            return WecomFrame(key, owner, words.key_form)
        case "feishu":
            return FeishuCipher(key)
        case "wechatpay":
            return WechatPayCipher(key)
