"""Takes people out of an event: names, accounts, telephones, addresses of mail and ids become others of the same look,
the same one each time. Amounts, dates and codes stay. Pure: `salt` is a chance of the caller's."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

_PERSONAL = re.compile(
    r"(name|employee|user|staff|payee|payer|submitter|applicant|owner|customer|contact|traveller|seller|buyer|holder"
    r"|account|iban|card|mobile|phone|tel|mail|address|passport|open_?id|union_?id)(s|no|_no|number|_number)?$"
    r"|(^|_)u?u?ids?$|Ids?$|姓名|人员|员工|提交人|申请人|报销人|收款|付款人|户名|账号|帐号|卡号|手机|电话|邮箱|身份证|地址",
    re.IGNORECASE,
)
_KEPT = re.compile(r"(金额|日期|时间|币种|方式|类型|状态)$")
_PATTERNS = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\w.])(?:\+?86)?1[3-9]\d{9}(?![\w.])|(?<![\w.])\d{15,19}[\dXx]?(?![\w.])"
)
_CHINESE = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_SHORTEST = 2  # what is shorter stands in too many other words
_LONG = 8  # what is shorter may be a piece of an amount


def personal(tree: Any, key: str = "") -> Iterator[str]:
    """The texts that tell of a person or an account, by what they are called or by how they look."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from personal(value, name)
    elif isinstance(tree, list):
        for value in tree:
            yield from personal(value, key)
    elif isinstance(tree, str):
        yield from _PATTERNS.findall(tree)
        if _PERSONAL.search(key) and not _KEPT.search(key) and len(tree) >= _SHORTEST:
            yield tree


def others(values: Iterator[str], salt: bytes) -> dict[str, str]:
    """What stands for each of them."""
    return {value: _other(value, salt) for value in values}


def disguised(tree: Any, instead: Mapping[str, str]) -> Any:
    """The same with each value replaced wherever it stands, inside other texts too."""
    if isinstance(tree, dict):
        return {key: disguised(value, instead) for key, value in tree.items()}
    if isinstance(tree, list):
        return [disguised(value, instead) for value in tree]
    return _replaced(tree, instead) if isinstance(tree, str) else tree


def _replaced(text: str, instead: Mapping[str, str]) -> str:
    if text in instead or not instead:
        return instead.get(text, text)
    longest = "|".join(map(_standing, sorted(instead, key=len, reverse=True)))
    return re.sub(longest, lambda found: instead[found[0]], text)


def _standing(value: str) -> str:
    """Where it stands in a text: the number 10 not as a piece of 100.00."""
    is_number = value.isdecimal() and len(value) < _LONG
    return rf"(?<!\d)(?<!\d[.,]){value}(?![.,]?\d)" if is_number else re.escape(value)


def _other(value: str, salt: bytes) -> str:
    """Digits for digits, letters for letters, so that lengths and forms stay; mail goes where nobody has any."""
    chance = hashlib.blake2b(value.encode(), key=salt).digest()
    local, at, _domain = value.partition("@")
    changed = "".join(_letter(letter, chance[place % len(chance)]) for place, letter in enumerate(local))
    return f"{changed}@example.com" if at else changed


def _letter(letter: str, chance: int) -> str:
    if letter.isascii() and letter.isdigit():
        return str(chance % 10) if letter != "0" else "0"
    if letter.isascii() and letter.isalpha():
        made = chr(ord("a") + chance % 26)
        return made.upper() if letter.isupper() else made
    return _CHINESE[chance % len(_CHINESE)] if letter.isalpha() else letter
