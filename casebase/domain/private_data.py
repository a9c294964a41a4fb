"""Finds what identifies a private person in a text: phone, ID, tax and account numbers of Vietnam, addresses at free mail hosts.

A number counts only in the form that its issuer gives it, so that figures, dates and numbers of decrees are left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class PrivateKind(StrEnum):
    """What a finding is."""

    BANK_ACCOUNT = "bank_account"
    TAX_CODE = "tax_code"
    EMAIL = "email"
    ID_NUMBER = "id_number"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class PrivateData:
    """A number or an address in a text, from `start` to `end`."""

    kind: PrivateKind
    start: int
    end: int


FREE_MAIL_HOSTS = frozenset(
    {
        "aol.com", "gmail.com", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "hotmail.fr", "icloud.com",
        "laposte.net", "live.com", "mail.com", "mail.ru", "me.com", "msn.com", "orange.fr", "outlook.com", "outlook.com.vn",
        "proton.me", "protonmail.com", "qq.com", "rocketmail.com", "yahoo.com", "yahoo.com.vn", "yahoo.fr", "yandex.com",
        "ymail.com", "zohomail.com", "163.com",
    }
)  # fmt: skip
"""Where people, not offices, have their mail."""
_ACCOUNT = re.compile(
    r"\b(?:số tài khoản|tài khoản số|STK|account (?:number|no\.?))\b[^\d\n]{0,25}"
    r"(?P<found>\d{3,19}(?:[ -]\d{2,6}){0,5})(?![\d.,]*\d)",
    re.IGNORECASE,
)
_LABELLED_TAX_CODE = re.compile(
    r"\b(?:mã số thuế|MST|tax (?:code|id|identification number))\b[^\d\n]{0,25}(?P<found>8\d{9})(?!\d)", re.IGNORECASE
)
_TAX_CODE = re.compile(r"(?<![\d.,/-])(?P<found>8\d{9})(?![\d/-]|[.,]\d)")
_EMAIL = re.compile(r"(?P<found>[\w.+-]{1,64}@(?P<host>[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}))")
_CITIZEN = re.compile(r"(?<![\d.,/-])(?P<found>0\d{2}(?:[ .]?\d){9})(?![\d/-]|[.,]\d)")
_OLD_ID = re.compile(r"(?<![\d.,/-])(?P<found>[0-3]\d{8})(?![\d/-]|[.,]\d|\s*(?:đ|đồng|VN[DĐ]|USD)\b)")
_HOME_PHONE = re.compile(
    r"(?<![\d.,/-])(?P<found>(?:\(?\+84\)?[ .-]?|\(?0)(?:[35789](?:[ .()-]{0,2}\d){8}|2(?:[ .()-]{0,2}\d){9}))(?![\d/-])"
)
_FOREIGN_PHONE = re.compile(r"(?<![\w.,])(?P<found>\+(?!84)\d{1,3}(?:[ ()-]{0,2}\d){8,11})(?!\d)")
_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_LAST_PROVINCE = 96
"""The highest code of a place of birth in a citizen's number."""
_LAST_CENTURY_AND_SEX = 3
"""0 and 1 stand for a birth before 2000, 2 and 3 for a later one."""
_ACCOUNT_DIGITS = range(8, 20)


def find_private_data(text: str) -> list[PrivateData]:
    """Return the findings in a text in order, none inside another. Linear in the length of the text."""
    found: list[PrivateData] = []
    for kind, pattern, holds in _RULES:
        for match in pattern.finditer(text):
            start, end = match.span("found")
            if holds(match) and not any(one.start < end and start < one.end for one in found):
                found.append(PrivateData(kind, start, end))
    return sorted(found, key=lambda one: one.start)


def _digits(match: re.Match[str]) -> str:
    return re.sub(r"\D", "", match["found"])


def _always(_: re.Match[str]) -> bool:
    return True


def _is_account(match: re.Match[str]) -> bool:
    return len(_digits(match)) in _ACCOUNT_DIGITS


def _has_check_digit(match: re.Match[str]) -> bool:
    """Tell whether the tenth digit is the one that the tax office computes from the nine before it."""
    *digits, check = map(int, match["found"])
    return check == 10 - sum(weight * digit for weight, digit in zip(_TAX_WEIGHTS, digits, strict=True)) % 11


def _is_free_mail(match: re.Match[str]) -> bool:
    return match["host"].casefold() in FREE_MAIL_HOSTS


def _is_citizen(match: re.Match[str]) -> bool:
    digits = _digits(match)
    return 1 <= int(digits[:3]) <= _LAST_PROVINCE and int(digits[3]) <= _LAST_CENTURY_AND_SEX


_RULES: tuple[tuple[PrivateKind, re.Pattern[str], Callable[[re.Match[str]], bool]], ...] = (
    (PrivateKind.BANK_ACCOUNT, _ACCOUNT, _is_account),
    (PrivateKind.TAX_CODE, _LABELLED_TAX_CODE, _always),
    (PrivateKind.TAX_CODE, _TAX_CODE, _has_check_digit),
    (PrivateKind.EMAIL, _EMAIL, _is_free_mail),
    (PrivateKind.ID_NUMBER, _CITIZEN, _is_citizen),
    (PrivateKind.ID_NUMBER, _OLD_ID, _always),
    (PrivateKind.PHONE, _HOME_PHONE, _always),
    (PrivateKind.PHONE, _FOREIGN_PHONE, _always),
)
"""Labelled numbers first: what is called an account number is none of the others."""
