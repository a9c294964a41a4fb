"""Every error that Casebase raises on purpose.

CasebaseError                      something expected went wrong; the message says what to do
├── UsageError                     a request that cannot be carried out as asked
├── CaseNotFoundError              no such case, or none that this person may see
├── CaseFileError                  a case file with faults (all of them, in `faults`)
├── DatasetError                   an evaluation file or folder that cannot be read
├── WorkflowError                  a transition that the workflow does not allow
├── ConflictError                  somebody else was faster; what they did stands
├── AccountError                   something about an account
│   ├── AccountNotFoundError       nobody has this e-mail address
│   ├── AccountExistsError         somebody has this e-mail address already
│   ├── EmailMalformedError        not an e-mail address
│   ├── NameMissingError           an account without a name
│   ├── AgencyMissingError         an author without an agency
│   ├── ScopeMisplacedError        sectors or places for somebody who is no moderator
│   ├── LastAdministratorError     nobody could look after accounts any more
│   └── NotAdministratorError      only administrators look after accounts
├── PasswordError                  a password that cannot be taken
│   ├── PasswordTooShortError
│   ├── PasswordTooLongError
│   ├── PasswordGuessableError     it is the name or address, or repeats a few characters
│   ├── PasswordRepeatError        the two fields of the form differ
│   └── PasswordWrongError         the password in use was not typed right
├── LinkError                      a one-time link that cannot be used
│   ├── LinkUnknownError           no such link, or a newer one took its place
│   ├── LinkUsedError
│   └── LinkExpiredError
├── SignInError                    signing in did not work
│   ├── SignInRefusedError         unknown account, wrong password, disabled account: the answer is the same
│   ├── SignInThrottledError       too many failures; how long to wait
│   ├── SignInRequiredError        no session, or one that is over
│   └── ForeignFormError           a form that another site sent in the person's name
├── DocumentError                  a PDF or Word file from which no story can be proposed
│   ├── DocumentKindError          it is neither PDF nor .docx
│   ├── DocumentDisguisedError     it would open as two kinds of file
│   ├── DocumentMacroError         it carries macros
│   ├── DocumentNestedError        it has an archive inside
│   ├── DocumentUnsafeError        its XML declares entities
│   ├── DocumentEncryptedError     it asks for a password
│   ├── DocumentTooLargeError      it is larger than is read, as a file or unfolded
│   ├── DocumentTooSlowError       it takes longer than a document may
│   └── DocumentUnreadableError    it is damaged
├── ModelError
│   ├── ModelUnavailableError      the named model cannot be had
│   ├── ModelCorruptError          a weights file is not what its hash promises
│   └── EngineMissingError         the engine's package is not installed
├── IndexError_
│   ├── SnapshotCorruptError       a file of the search snapshot is damaged or foreign
│   ├── StaleIndexError            the snapshot was made from another model or an older generation
│   └── IndexMissingError          there is no snapshot yet
└── StorageError
    ├── DatabaseBusyError          the database stayed locked for longer than the timeout
    ├── DatabaseCorruptError       the database is damaged
    └── MigrationError             a migration failed; nothing was changed

`code` is stable: it is the key of the message in `casebase/i18n` (`error.<code>`), and what JSON output and logs carry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casebase.domain.fault import Fault


class CasebaseError(Exception):
    """Something expected went wrong. `context` fills the placeholders of the message."""

    code: ClassVar[str] = "unexpected"

    def __init__(self, **context: object) -> None:
        self.context = context
        super().__init__(f"{self.code}: " + ", ".join(f"{key}={value}" for key, value in context.items()))


class UsageError(CasebaseError):
    """The request cannot be carried out as asked."""

    code = "usage"


class CaseNotFoundError(CasebaseError):
    """There is no such case, or none that this person may see: the answer is the same."""

    code = "case.not_found"


class CaseFileError(CasebaseError):
    """A case file has faults."""

    code = "case.file"

    def __init__(self, faults: Sequence[Fault], **context: object) -> None:
        self.faults = tuple(faults)
        super().__init__(count=len(self.faults), **context)


class DatasetError(CasebaseError):
    """An evaluation file or folder is missing or malformed."""

    code = "dataset"


class WorkflowError(CasebaseError):
    """The workflow does not allow this transition to this person in this state."""

    code = "workflow.refused"


class ConflictError(CasebaseError):
    """Somebody else changed the same thing first."""

    code = "conflict"


class AccountError(CasebaseError):
    """Something about an account."""

    code = "account.failed"


class AccountNotFoundError(AccountError):
    """Nobody has this e-mail address."""

    code = "account.not_found"


class AccountExistsError(AccountError):
    """Somebody has this e-mail address already."""

    code = "account.exists"


class EmailMalformedError(AccountError):
    """The text is not an e-mail address."""

    code = "account.email"


class NameMissingError(AccountError):
    """An account says whose it is."""

    code = "account.name_missing"


class AgencyMissingError(AccountError):
    """An author writes for an agency."""

    code = "account.agency_missing"


class ScopeMisplacedError(AccountError):
    """Only a moderator has a scope."""

    code = "account.scope"


class LastAdministratorError(AccountError):
    """The change would leave nobody who can look after accounts."""

    code = "account.last_administrator"


class NotAdministratorError(AccountError):
    """Only administrators look after accounts."""

    code = "account.not_administrator"


class PasswordError(CasebaseError):
    """A password cannot be taken."""

    code = "password.failed"


class PasswordTooShortError(PasswordError):
    """The password is too short."""

    code = "password.too_short"


class PasswordTooLongError(PasswordError):
    """The password is too long."""

    code = "password.too_long"


class PasswordGuessableError(PasswordError):
    """The password is what others would try first."""

    code = "password.guessable"


class PasswordRepeatError(PasswordError):
    """The password was not typed the same twice."""

    code = "password.repeat"


class PasswordWrongError(PasswordError):
    """The password in use was not typed right."""

    code = "password.wrong"


class LinkError(CasebaseError):
    """A one-time link cannot be used."""

    code = "link.failed"


class LinkUnknownError(LinkError):
    """There is no such link, or a newer one took its place."""

    code = "link.unknown"


class LinkUsedError(LinkError):
    """The link was used before."""

    code = "link.used"


class LinkExpiredError(LinkError):
    """The link is too old."""

    code = "link.expired"


class SignInError(CasebaseError):
    """Signing in did not work."""

    code = "sign_in.failed"


class SignInRefusedError(SignInError):
    """Unknown account, wrong password or disabled account: nobody can tell which."""

    code = "sign_in.refused"


class SignInThrottledError(SignInError):
    """There were too many failures; `seconds` says how long to wait, `minutes` the same for people."""

    code = "sign_in.throttled"

    def __init__(self, *, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(minutes=-(-seconds // 60))


class SignInRequiredError(SignInError):
    """There is no session, or it is over."""

    code = "sign_in.required"


class ForeignFormError(SignInError):
    """The form was not sent from a page of ours."""

    code = "sign_in.foreign"


class DocumentError(CasebaseError):
    """Something about a PDF or Word file. The story it was to help with is as it was before."""

    code = "document.failed"


class DocumentKindError(DocumentError):
    """The file is neither PDF nor .docx, whatever its name."""

    code = "document.kind"


class DocumentDisguisedError(DocumentError):
    """The file would open as two kinds: a page of the web or an archive as well as a PDF."""

    code = "document.disguised"


class DocumentMacroError(DocumentError):
    """The Word file carries macros."""

    code = "document.macros"


class DocumentNestedError(DocumentError):
    """The Word file has an archive inside."""

    code = "document.nested"


class DocumentUnsafeError(DocumentError):
    """The XML of the Word file declares a document type or entities, which Word never does."""

    code = "document.unsafe"


class DocumentEncryptedError(DocumentError):
    """The file asks for a password."""

    code = "document.encrypted"


class DocumentTooLargeError(DocumentError):
    """The file, or what it unfolds to, is larger than what is read."""

    code = "document.too_large"


class DocumentTooSlowError(DocumentError):
    """Reading the file took longer than a document may."""

    code = "document.too_slow"


class DocumentUnreadableError(DocumentError):
    """The file is damaged, or its end is missing."""

    code = "document.unreadable"


class ModelError(CasebaseError):
    """Something about the embedding model."""

    code = "model.failed"


class ModelUnavailableError(ModelError):
    """The named model is not on this machine and cannot be fetched."""

    code = "model.unavailable"


class ModelCorruptError(ModelError):
    """A weights file does not have the expected hash."""

    code = "model.corrupt"


class EngineMissingError(ModelError):
    """The package of the chosen engine is not installed."""

    code = "model.engine_missing"


class IndexError_(CasebaseError):  # noqa: N801, N818 - the built-in IndexError means something else
    """Something about the search snapshot."""

    code = "index.failed"


class SnapshotCorruptError(IndexError_):
    """A file of the snapshot is damaged, truncated, or belongs to another snapshot."""

    code = "index.corrupt"


class StaleIndexError(IndexError_):
    """The snapshot was built from another model or an older generation."""

    code = "index.stale"


class IndexMissingError(IndexError_):
    """There is no snapshot yet."""

    code = "index.missing"


class StorageError(CasebaseError):
    """Something about the database."""

    code = "storage.failed"


class DatabaseBusyError(StorageError):
    """The database stayed locked for longer than the timeout."""

    code = "storage.busy"


class DatabaseCorruptError(StorageError):
    """The database file is damaged."""

    code = "storage.corrupt"


class MigrationError(StorageError):
    """A migration failed; the database is as it was before."""

    code = "storage.migration"
