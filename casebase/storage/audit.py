"""The chain of the audit log: every entry carries a hash over itself and the hash of the entry before.

Changing, inserting or deleting an entry breaks the chain at that entry. Somebody who can write to the file and recomputes every
later hash can still rewrite history; keeping the newest digest elsewhere (a backup, a printed report) shows that too.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from casebase.domain.case import CaseId
from casebase.domain.ports import AuditEntry

if TYPE_CHECKING:
    from collections.abc import Iterable

GENESIS = "0" * 64
"""What the first entry is chained to."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does what, when, and what is said about it: what an entry of the audit log tells."""

    action: str
    actor: str
    at: datetime
    note: str = ""


class AuditRow(TypedDict):
    """An entry as it is stored, so that a value that no longer makes sense breaks the chain instead of the reader."""

    number: int
    at: str
    actor: str
    action: str
    case_id: str
    version: int
    account_id: str
    note: str
    digest: str


def chain(previous: str, row: AuditRow) -> str:
    """Return the digest of a row: SHA-256 over the previous digest and the row without its own, as canonical JSON.

    An entry that is not about an account is hashed without that field, so that entries from before there were accounts keep theirs.
    """
    content = {key: value for key, value in row.items() if key != "digest"}
    if content["account_id"] == "":
        del content["account_id"]
    # `repr` for what JSON does not know: bytes in place of a text are damage, which must break the chain and not the check.
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(f"{previous}{canonical}".encode()).hexdigest()


def next_row(previous: AuditRow | None, deed: Deed, *, case_id: str = "", version: int = 0, account_id: str = "") -> AuditRow:
    """Return the row that follows `previous` (None at the start of the log); entries are numbered from 1.

    It is about a version of a case, or about an account.
    """
    row = AuditRow(
        number=previous["number"] + 1 if previous else 1,
        at=deed.at.astimezone(UTC).isoformat(),
        actor=deed.actor,
        action=deed.action,
        case_id=case_id,
        version=version,
        account_id=account_id,
        note=deed.note,
        digest="",
    )
    row["digest"] = chain(previous["digest"] if previous else GENESIS, row)
    return row


def broken_link(rows: Iterable[AuditRow], *, written: int) -> int | None:
    """Return the number of the first entry that was changed, inserted or deleted; None when the chain is whole.

    `rows` are in order of number; `written` is how many entries were ever written, which tells a log whose end was cut off.
    """
    previous, expected = GENESIS, 1
    for row in rows:
        if row["number"] != expected or row["digest"] != chain(previous, row):
            return expected
        previous, expected = row["digest"], expected + 1
    return expected if expected <= written else None


def to_entry(row: AuditRow) -> AuditEntry:
    """Return the row as an entry; raise ValueError when its time is not one."""
    return AuditEntry(
        number=row["number"],
        at=datetime.fromisoformat(row["at"]),
        actor=row["actor"],
        action=row["action"],
        case_id=CaseId(row["case_id"]),
        version=row["version"],
        note=row["note"],
        digest=row["digest"],
        account_id=row["account_id"],
    )
