"""Accounts and signing in: who is added, disabled and moved by whom, how a password is set, who is behind a session."""

from __future__ import annotations

import logging
import math
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from casebase.domain.account import EVERYTHING, Account, AccountAction, AccountId, Agency, AgencyId, tidy_email
from casebase.domain.sign_in import LINK_LIFETIME, Link, LinkPurpose, Session, check_password, token_hash
from casebase.domain.text import one_line
from casebase.domain.workflow import Actor, Role
from casebase.errors import (
    AccountNotFoundError,
    EmailMalformedError,
    LinkUnknownError,
    NotAdministratorError,
    PasswordWrongError,
    SignInRefusedError,
    SignInRequiredError,
    SignInThrottledError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from casebase.domain.account import Scope
    from casebase.domain.ports import AccountStore, Clock
    from casebase.domain.sign_in import SessionLimits
    from casebase.services.passwords import Passwords

CONSOLE = Actor("console", Role.SYSTEM)
"""Who acts on the command line: whoever may write to the database file may do everything."""

SESSION_COOKIE = "casebase_session"
"""The cookie that holds the token of a session: routes set it, pages read it."""
SIGN_IN_PATH, SIGN_OUT_PATH = "/sign-in", "/sign-out"
SET_PASSWORD_PATH = "/set-password"  # noqa: S105 - an address
_NOBODY = AccountId("")
_MAY_ADMINISTER = frozenset({Role.ADMINISTRATOR, Role.SYSTEM})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time link to set a password with. `token` is its secret, kept nowhere: whoever loses it asks for another link."""

    account: Account
    token: str
    expires_at: datetime

    def address(self, base: str) -> str:
        """Return the link, for an app that people reach under `base`."""
        return f"{base}{SET_PASSWORD_PATH}?{urlencode({'token': self.token})}"


@dataclass(frozen=True, slots=True)
class Accounts:
    """What can be done with accounts and sessions. Changes to accounts need an actor who administers: NotAdministratorError."""

    store: AccountStore
    passwords: Passwords
    clock: Clock
    limits: SessionLimits

    def add_user(
        self, email: str, *, name: str, role: Role, agency: str | None = None, scope: Scope = EVERYTHING, by: Actor
    ) -> Invitation:
        """Add an account and return the one-time link that its owner sets a password with; until then nobody can sign in.

        `agency` is a name, of an agency that is known or a new one. Raises AccountExistsError, and what `Account` raises.
        """
        _demand_administrator(by)
        account = Account(
            id=AccountId(secrets.token_hex(8)),
            email=tidy_email(email),
            name=one_line(name),
            role=role,
            agency=_agency(agency),
            scope=scope,
        )
        now = self.clock()
        invitation = _invite(account, now=now)
        self.store.add(account, _link(invitation), by=by.id, now=now)
        return replace(invitation, account=self._found(account.email))

    def new_link(self, email: str, *, by: Actor) -> Invitation:
        """Return a fresh one-time link for somebody who lost theirs or forgot the password; unused earlier ones are void.

        The password in use, if any, stays until the link is used. Raises AccountNotFoundError.
        """
        _demand_administrator(by)
        now = self.clock()
        invitation = _invite(self._found(email), now=now)
        self.store.add_link(_link(invitation), by=by.id, now=now)
        return invitation

    def disable(self, email: str, *, by: Actor) -> Account:
        """Keep an account from signing in and end its sessions. Raises AccountNotFoundError, LastAdministratorError."""
        return self._change(email, lambda account: replace(account, disabled=True), action=AccountAction.DISABLE, by=by)

    def enable(self, email: str, *, by: Actor) -> Account:
        """Let a disabled account sign in again, with the password that it had. Raises AccountNotFoundError."""
        return self._change(email, lambda account: replace(account, disabled=False), action=AccountAction.ENABLE, by=by)

    def change_role(self, email: str, role: Role, *, agency: str | None = None, scope: Scope = EVERYTHING, by: Actor) -> Account:
        """Give an account another role and scope, from its next action on in every open session.

        It stays with its agency unless another is named: who comes from an agency never decides about its cases. Raises
        AccountNotFoundError, LastAdministratorError, and what `Account` raises.
        """
        named = _agency(agency)
        return self._change(
            email,
            lambda account: replace(account, role=role, agency=named or account.agency, scope=scope),
            action=AccountAction.CHANGE_ROLE,
            by=by,
        )

    def users(self, *, by: Actor) -> list[Account]:
        """Return every account, in order of address."""
        _demand_administrator(by)
        return self.store.accounts()

    def invited(self, token: str) -> Account:
        """Return whose link this is; raise a LinkError when it cannot be used."""
        found = self.store.link(token_hash(token))
        if found is None:
            raise LinkUnknownError
        link, account = found
        link.check(self.clock())
        return account

    def set_password(self, token: str, password: str) -> Account:
        """Set the password with a one-time link and end every session of the account.

        A password that is refused (PasswordError) does not use the link up. Raises LinkError.
        """
        account = self.invited(token)
        check_password(password, account)
        hashed = self.passwords.hash(password)
        done = self.store.use_link(token_hash(token), password_hash=hashed, now=self.clock())
        self.store.forgive_attempts(account=_account_key(done.email))
        return done

    def sign_in(self, email: str, password: str, *, address: str) -> str:
        """Return the token of a new session. `address` is the network address of who asks.

        Unknown account, wrong password, disabled account, no password yet: all take one argon2 verification and raise the same
        SignInRefusedError. After some failures, for the account or the address, SignInThrottledError says how long to wait; it
        comes without looking at the password.
        """
        now = self.clock()
        account_key, address_key = _account_key(email), token_hash(f"address {address}")
        self._demand_no_wait(account=account_key, address=address_key, now=now)
        account = self._known(email)
        kept = self.store.password_hash(account.id if account else _NOBODY)
        password_hash = kept if account and not account.disabled else None
        if not self.passwords.verify(password_hash, password) or account is None or password_hash is None:
            log.info("a sign-in was refused")
            raise SignInRefusedError
        token = secrets.token_urlsafe(32)
        session = Session(account.id, created_at=now, last_seen_at=now, ends_at=now + self.limits.absolute)
        if not self.store.open_session(token_hash(token), session, password_hash=password_hash):
            raise SignInRefusedError
        self.store.forgive_attempts(account=account_key, address=address_key)
        log.info("account %s signed in", account.id)
        return token

    def who(self, token: str | None) -> Account | None:
        """Return who is behind a session, as the account is now; None where nobody is, any more or at all.

        Reads the database each time, so that a disabled account or a lowered role bites at the next action in every open page.
        Counts as a sign of life, which is written down once or twice a minute at most.
        """
        if not token:
            return None
        hashed, now = token_hash(token), self.clock()
        found = self.store.session(hashed)
        if found is None:
            return None
        session, account = found
        if account.disabled or session.is_over(now, idle=self.limits.idle):
            return None
        if session.is_to_be_noted(now, idle=self.limits.idle):
            self.store.note_session(hashed, now=now)
        return account

    def sign_out(self, token: str) -> None:
        """End a session; one that is over or never was is fine."""
        self.store.end_session(token_hash(token))

    def sign_out_everywhere(self, token: str) -> None:
        """End every session of the account behind this one, itself included; raise SignInRequiredError where it is over."""
        self.store.end_sessions(self._demand(token).id, now=self.clock())

    def change_password(self, token: str, *, current: str, password: str) -> None:
        """Replace the password and end the other sessions of the account; this one goes on.

        Raises SignInRequiredError, PasswordWrongError where `current` is not the password in use (throttled like a sign-in, with
        SignInThrottledError), and PasswordError.
        """
        account = self._demand(token)
        check_password(password, account)
        key = _account_key(account.email)
        self._demand_no_wait(account=key, address=token_hash(f"session {token}"), now=self.clock())
        if not self.passwords.verify(self.store.password_hash(account.id), current):
            raise PasswordWrongError
        self.store.forgive_attempts(account=key)
        self.store.change_password(account.id, self.passwords.hash(password), keep=token_hash(token), now=self.clock())

    def _change(self, email: str, edit: Callable[[Account], Account], *, action: AccountAction, by: Actor) -> Account:
        _demand_administrator(by)
        return self.store.change(self._found(email).id, edit, action=action, by=by.id, now=self.clock())

    def _demand(self, token: str) -> Account:
        account = self.who(token)
        if account is None:
            raise SignInRequiredError
        return account

    def _demand_no_wait(self, *, account: str, address: str, now: datetime) -> None:
        wait = self.store.count_attempt(account=account, address=address, now=now)
        if wait:
            raise SignInThrottledError(seconds=math.ceil(wait.total_seconds()))

    def _found(self, email: str) -> Account:
        account = self._known(email)
        if account is None:
            raise AccountNotFoundError(email=email)
        return account

    def _known(self, email: str) -> Account | None:
        try:
            return self.store.find(tidy_email(email))
        except EmailMalformedError:
            return None


def _demand_administrator(actor: Actor) -> None:
    if actor.role not in _MAY_ADMINISTER:
        log.warning("account %s may not look after accounts", actor.id)
        raise NotAdministratorError


def _agency(name: str | None) -> Agency | None:
    """Return an agency of that name, with an id that counts only where the store knows none of that name."""
    tidy = one_line(name or "")
    return Agency(AgencyId(secrets.token_hex(8)), tidy) if tidy else None


def _invite(account: Account, *, now: datetime) -> Invitation:
    return Invitation(account, secrets.token_urlsafe(32), now + LINK_LIFETIME)


def _link(invitation: Invitation) -> Link:
    return Link(token_hash(invitation.token), invitation.account.id, LinkPurpose.SET_PASSWORD, invitation.expires_at)


def _account_key(email: str) -> str:
    """Return the key under which failures for an address are counted, whether or not there is such an account."""
    return token_hash(f"account {one_line(email).lower()}")
