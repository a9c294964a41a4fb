"""Hashes and verifies passwords with argon2id, in the same time whether or not there is a password to compare with."""

from __future__ import annotations

import secrets
from functools import cached_property
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from casebase.domain.sign_in import as_typed_anywhere

AT_ONCE = 4
"""How many hashes are computed at a time; each takes 64 MB, so a flood of sign-ins waits instead of filling the memory."""


class Passwords:
    """Argon2id with the parameters of RFC 9106 for less memory (argon2-cffi's default), unless another hasher is handed in.

    Safe to share between threads. One hash or verification takes about a tenth of a second.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._gate = BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        """Return the hash of a password, with salt and parameters in it."""
        with self._gate:
            return self._hasher.hash(as_typed_anywhere(password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Tell whether the password has this hash. Where there is none, verify against a hash of nobody's and say no.

        Exactly one verification either way: the time of the answer does not tell which accounts exist.
        """
        nobodys = self._nobodys
        with self._gate:
            try:
                self._hasher.verify(password_hash or nobodys, as_typed_anywhere(password))
            except (VerificationError, InvalidHashError):
                return False
        return password_hash is not None

    @cached_property
    def _nobodys(self) -> str:
        return self.hash(secrets.token_urlsafe())
