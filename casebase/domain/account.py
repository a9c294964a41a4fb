"""Who may sign in: accounts with role, agency and scope, and the rules that hold for every one of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

from casebase.domain.places import with_provinces_of_today
from casebase.domain.text import control_characters, one_line
from casebase.domain.workflow import Actor, Role
from casebase.errors import AgencyMissingError, EmailMalformedError, NameMissingError, ScopeMisplacedError

if TYPE_CHECKING:
    from collections.abc import Iterable

AccountId = NewType("AccountId", str)
AgencyId = NewType("AgencyId", str)

LONGEST_EMAIL = 254
"""Characters; what SMTP can deliver to."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class AccountAction(StrEnum):
    """What happened to an account, as the audit log names it."""

    ADD = "add-account"
    ISSUE_LINK = "issue-link"
    SET_PASSWORD = "set-password"  # noqa: S105 - the name of an action
    CHANGE_PASSWORD = "change-password"  # noqa: S105 - the same
    CHANGE_ROLE = "change-role"
    DISABLE = "disable-account"
    ENABLE = "enable-account"
    SIGN_OUT_EVERYWHERE = "sign-out-everywhere"


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency whose people submit stories. Its name may change, its id never does."""

    id: AgencyId
    name: str


@dataclass(frozen=True, slots=True)
class Scope:
    """The cases that a moderator looks after; without sectors those of every sector, without places those of every place."""

    sectors: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    def covers(self, *, sectors: Iterable[str], places: Iterable[str]) -> bool:
        """Tell whether a case of these sectors and places is in the scope: one sector and one place in common are enough.

        A province of before July 2025 counts as the one that it is part of now, on either side.
        """
        here = set(with_provinces_of_today(self.places))
        return (not self.sectors or bool(set(self.sectors) & set(sectors))) and (
            not here or bool(here & set(with_provinces_of_today(places)))
        )


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in, under an e-mail address as `tidy_email` leaves it. Only the program itself has none.

    Building one that breaks a rule raises an AccountError: a malformed address, no name, an author without an agency, a scope for
    somebody who is no moderator. Others may belong to an agency too, and then never decide about its cases.
    """

    id: AccountId
    email: str
    name: str
    role: Role
    agency: Agency | None = None
    scope: Scope = field(default=EVERYTHING)
    disabled: bool = False

    def __post_init__(self) -> None:
        """Hold the rules."""
        if self.role is Role.SYSTEM:
            raise ValueError("the program itself has no account")
        if self.email != tidy_email(self.email):
            raise EmailMalformedError(email=self.email)
        if not self.name:
            raise NameMissingError(email=self.email)
        if self.role is Role.AUTHOR and self.agency is None:
            raise AgencyMissingError(email=self.email)
        if self.role is not Role.MODERATOR and self.scope != EVERYTHING:
            raise ScopeMisplacedError(email=self.email)

    @property
    def actor(self) -> Actor:
        """Who acts, for the rules of the workflow."""
        return Actor(self.id, self.role, self.agency.id if self.agency else None)

    @property
    def administers(self) -> bool:
        """Whether this person can look after accounts now."""
        return self.role is Role.ADMINISTRATOR and not self.disabled

    @property
    def duty(self) -> str:
        """Role, agency and scope on one line, without the person: what the audit log keeps for ever."""
        parts = {
            "agency": self.agency.name if self.agency else "",
            "sectors": " ".join(self.scope.sectors),
            "places": ", ".join(self.scope.places),
        }
        return "; ".join([self.role.value, *(f"{name}: {value}" for name, value in parts.items() if value)])


def tidy_email(typed: str) -> str:
    """Return the address in the one form under which it is kept and looked for; raise EmailMalformedError when it is none.

    Lower case throughout: two people never differ in the case of their address, but people type it either way.
    """
    email = one_line(typed).lower()
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email) or control_characters(email):
        raise EmailMalformedError(email=typed)
    return email
