"""What the services and the search engine need from the outside world."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from casebase.domain.account import Account, AccountAction, AccountId, Agency
    from casebase.domain.case import CaseId, CaseStudy, State, StoredCase
    from casebase.domain.fault import Fault
    from casebase.domain.passage import Passage, PassageId, Sentence
    from casebase.domain.sign_in import Link, Session
    from casebase.domain.submission import Fields, Submission, SubmissionId

Vectors: TypeAlias = NDArray[np.float32]
Progress: TypeAlias = Callable[[int, int], None]
"""Called with what is done and what there is to do."""


def no_progress(done: int, total: int) -> None:
    """Report progress to nobody."""


class Clock(Protocol):
    """The time, as an aware datetime in UTC."""

    def __call__(self) -> datetime:
        """Return now."""
        ...


class Embedder(Protocol):
    """A model that turns texts into vectors of unit length, (n, dimension) float32, rows in the order of the texts.

    Prefixes and prompts are the model's own business. `fingerprint` names model and weights: vectors with different
    fingerprints are never compared.
    """

    @property
    def fingerprint(self) -> str:
        """Return the name of model and weights, short enough for a database key."""
        ...

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts that ask."""
        ...

    def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        """Return the vectors of texts that answer; `progress` counts texts."""
        ...


class VectorIndex(Protocol):
    """Inner products with a fixed set of vectors, by position in that set."""

    def nearest(
        self, vector: Vectors, *, limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], Vectors]:
        """Return positions and inner products of the best `limit` allowed vectors, best first."""
        ...

    def products(self, vector: Vectors, positions: NDArray[np.int64]) -> Vectors:
        """Return the inner product of the vector with each of the vectors at `positions`."""
        ...

    def between(self, positions: NDArray[np.int64], others: NDArray[np.int64]) -> Vectors:
        """Return the inner products (positions, others) of the set's own vectors."""
        ...


class LexicalIndex(Protocol):
    """How much of a query's words each passage of a fixed set holds."""

    def scores(self, text: str) -> Vectors:
        """Return one score in [0, 1] per passage, by position: BM25 over the query's own upper bound."""
        ...

    def holding(self, words: Sequence[str], positions: NDArray[np.int64], *, loose: bool) -> NDArray[np.bool_]:
        """Tell which of the words each passage at `positions` holds, (words, positions); `loose` lets any marks match."""
        ...


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing a case did. `changed` is false when nothing was written: the same text in the same passages was public."""

    stored: StoredCase
    changed: bool


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of the audit log. `digest` hashes this row and the digest of the row before it.

    `case_id` is empty (and `version` 0) in an entry about an account, `account_id` in one about a case.
    """

    number: int
    at: datetime
    actor: str
    action: str
    case_id: CaseId
    version: int
    note: str
    digest: str
    account_id: str = ""


class CaseStore(Protocol):
    """The truth: cases with their versions, passages, vectors and history.

    Every write is one transaction: after a crash all of it or none of it is there.
    """

    def generation(self) -> int:
        """Return the number that grows by one whenever a public text changes. Cheap: one row."""
        ...

    def publish(self, case: CaseStudy, passages: Sequence[Passage], *, actor: str, now: datetime, note: str = "") -> Published:
        """Make the case public as its next version, with its passages; nothing happens when that text is public already.

        A passage whose language, section, position, text and context are unchanged keeps its id. Raises ConflictError when the
        case was removed (an id is never reused).
        """
        ...

    def move(
        self, case_id: CaseId, decide: Callable[[StoredCase], State], *, actor: str, action: str, now: datetime, note: str = ""
    ) -> StoredCase:
        """Let `decide` look at the version that the public sees, or saw, and give it the state that it says.

        Nobody else can change it meanwhile. A case that leaves the public loses its passages and their vectors; so it is gone from
        every search that follows the generation. CaseNotFoundError where no version ever was public.
        """
        ...

    def get(self, case_id: CaseId) -> StoredCase | None:
        """Return the public version of a case, or None."""
        ...

    def get_many(self, case_ids: Collection[CaseId]) -> dict[CaseId, StoredCase]:
        """Return the public versions of the cases that exist, in the order asked."""
        ...

    def version(self, case_id: CaseId, number: int) -> StoredCase | None:
        """Return one version of a case, whatever its state, or None."""
        ...

    def public(self) -> list[StoredCase]:
        """Return every public case, in order of id."""
        ...

    def passages(self) -> list[Passage]:
        """Return the passages of every public case, in order of id, without their sentences."""
        ...

    def sentences(self, passage_ids: Collection[PassageId]) -> dict[PassageId, tuple[Sentence, ...]]:
        """Return the sentences of the passages that exist."""
        ...

    def vectors(self, hashes: Iterable[str], *, model: str) -> dict[str, Vectors]:
        """Return the raw vectors that are kept for these text hashes and this model fingerprint; each has shape (dimension,)."""
        ...

    def unembedded(self, *, model: str) -> dict[str, str]:
        """Return, by hash, the texts (full passages, sentences) of public cases that have no vector of this model yet."""
        ...

    def add_vectors(self, vectors: Mapping[str, Vectors], *, model: str) -> None:
        """Keep raw vectors by text hash; one that is kept already stays."""
        ...

    def history(self, case_id: CaseId | None = None) -> list[AuditEntry]:
        """Return the audit log, oldest first; of one case when it is named."""
        ...

    def check(self) -> list[Fault]:
        """Return what is wrong inside the store (file, foreign keys, broken audit chain); empty when all is well."""
        ...


@dataclass(frozen=True, slots=True)
class Move:
    """What a decision changes: the submission as it is now, what the audit log says, and the case that it makes public, if any."""

    submission: Submission
    action: str
    actor: str
    note: str = ""
    publication: tuple[CaseStudy, tuple[Passage, ...]] | None = None


class SubmissionStore(Protocol):
    """The submissions on their way. Every write is one transaction, with its entry in the audit log."""

    def add(self, submission: Submission, *, actor: str) -> None:
        """Keep a new submission."""
        ...

    def get(self, submission_id: SubmissionId) -> Submission | None:
        """Return a submission, whoever asks, or None."""
        ...

    def save(self, submission_id: SubmissionId, fields: Fields, *, revision: int, now: datetime) -> Submission:
        """Replace the text of a draft. ConflictError, and nothing changes, if it is no longer at `revision` or no longer open."""
        ...

    def in_states(self, states: Collection[State], *, agency: str | None = None) -> list[Submission]:
        """Return the submissions in these states, of one agency if it is named, those that have waited longest first."""
        ...

    def move(self, submission_id: SubmissionId, decide: Callable[[Submission], Move], *, now: datetime) -> Submission:
        """Let `decide` look at the submission as it is and carry out what it says, while nobody else can change it.

        CaseNotFoundError for an unknown one. Whatever `decide` raises leaves everything as it was.
        """
        ...


class AccountStore(Protocol):
    """Who may sign in and who is signed in. Passwords and secrets come and stay as hashes.

    Every write is one transaction, with its audit entry where an account changes; `by` is who the entry names.
    """

    def add(self, account: Account, link: Link, *, by: str, now: datetime) -> None:
        """Keep a new account, its agency if nobody was of that name before, and its first link.

        Two names of an agency that differ only in case are one. Raises AccountExistsError when the address is taken.
        """
        ...

    def change(
        self, account_id: AccountId, edit: Callable[[Account], Account], *, action: AccountAction, by: str, now: datetime
    ) -> Account:
        """Replace role, agency, scope and whether it is disabled by what `edit` makes of the account; return it as it is now.

        Nothing is written when nothing changes. An account that is disabled loses its sessions and unused links. Raises
        AccountNotFoundError, LastAdministratorError when nobody could look after accounts any more, and what `edit` raises.
        """
        ...

    def find(self, email: str) -> Account | None:
        """Return the account of a tidy address, or None."""
        ...

    def accounts(self) -> list[Account]:
        """Return every account, in order of address."""
        ...

    def agencies(self) -> list[Agency]:
        """Return every agency, in order of name."""
        ...

    def password_hash(self, account_id: AccountId) -> str | None:
        """Return the hash of the password; None where there is no such account or none was set yet."""
        ...

    def change_password(self, account_id: AccountId, password_hash: str, *, keep: str, now: datetime) -> None:
        """Replace the password and end every session of the account but the one whose token has the hash `keep`."""
        ...

    def add_link(self, link: Link, *, by: str, now: datetime) -> None:
        """Keep a link; unused earlier ones of the account for the same purpose are gone."""
        ...

    def link(self, token_hash: str) -> tuple[Link, Account] | None:
        """Return a link with its account, or None."""
        ...

    def use_link(self, token_hash: str, *, password_hash: str, now: datetime) -> Account:
        """Set the password with a link, which is then used, and end every session of the account.

        Raises LinkUnknownError, LinkUsedError or LinkExpiredError; of two who use a link at once, one does.
        """
        ...

    def open_session(self, token_hash: str, session: Session, *, password_hash: str) -> bool:
        """Keep a session, unless the account was disabled or got another password meanwhile: then return False.

        Sessions whose time is over are cleared away on the occasion.
        """
        ...

    def session(self, token_hash: str) -> tuple[Session, Account] | None:
        """Return a session with its account as both are now, or None. One query."""
        ...

    def note_session(self, token_hash: str, *, now: datetime) -> None:
        """Note a sign of life of a session."""
        ...

    def end_session(self, token_hash: str) -> None:
        """Forget a session; one that is not there is fine."""
        ...

    def end_sessions(self, account_id: AccountId, *, now: datetime) -> None:
        """Forget every session of an account, on its own wish."""
        ...

    def count_attempt(self, *, account: str, address: str, now: datetime) -> timedelta:
        """Count a sign-in as failed before it is tried, and return zero; count nothing where one has to wait, and return how long.

        `account` and `address` are keys of the caller's choice. Counting first keeps many attempts at once from passing together.
        """
        ...

    def forgive_attempts(self, *, account: str, address: str | None = None) -> None:
        """Forget the failures of an account; take back one of the address where it is named."""
        ...
