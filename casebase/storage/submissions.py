"""The submissions on disk, in the database of the cases: a decision and what it makes public are one transaction."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from casebase.domain.case import CaseId, Section, State
from casebase.domain.submission import OPEN, Decision, Remark, Submission, SubmissionId
from casebase.domain.workflow import ReasonCode
from casebase.errors import CaseNotFoundError, ConflictError
from casebase.storage import rows, writing
from casebase.storage.audit import Deed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlite_utils import Database

    from casebase.domain.case import CaseStudy
    from casebase.domain.passage import Passage
    from casebase.domain.ports import Move
    from casebase.domain.submission import Fields
    from casebase.storage.connections import Connections
    from casebase.storage.rows import Row

_COLUMNS = (
    "id",
    "case_id",
    "author",
    "agency",
    "state",
    "revision",
    "fields",
    "reviewed",
    "created_at",
    "updated_at",
    "submitted_at",
    "claimed_by",
    "claimed_at",
    "reviewed_by",
    "reason",
    "reason_text",
    "survivor",
)
_NOT_PUBLISHED_YET = 0
"""The version that the audit log names for what is not public yet."""


class SqliteSubmissionStore:
    """A `SubmissionStore` in the database of `connections`, which `migrate` has brought up to date."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._path = connections.path

    def add(self, submission: Submission, *, actor: str) -> None:
        """Keep a new submission."""
        with self._connections.writing() as db:
            _write(db, submission)
            self._log(db, submission, Deed("start", actor, submission.created_at))

    def get(self, submission_id: SubmissionId) -> Submission | None:
        """Return a submission, whoever asks, or None."""
        with self._connections.reading() as db:
            return self._find(db, submission_id)

    def save(self, submission_id: SubmissionId, fields: Fields, *, revision: int, now: datetime) -> Submission:
        """Replace the text of a draft, unless it has changed since `revision` or is no longer open: ConflictError."""
        with self._connections.writing() as db:
            current = self._find(db, submission_id)
            if current is None:
                raise CaseNotFoundError(id=submission_id)
            if current.revision != revision or current.state not in OPEN:
                raise ConflictError(id=submission_id, state=current.state.value)
            saved = current.saved(fields, now=now)
            _write(db, saved)
        return saved

    def in_states(self, states: Collection[State], *, agency: str | None = None) -> list[Submission]:
        """Return the submissions in these states, of one agency if it is named, those that have waited longest first."""
        sql = """
            SELECT * FROM submissions WHERE state IN (SELECT value FROM json_each(?)) AND (? IS NULL OR agency = ?)
            ORDER BY ifnull(submitted_at, updated_at), id
        """
        with self._connections.reading() as db:
            found = list(db.query(sql, [rows.json_array(state.value for state in states), agency, agency]))
            return [_submission(row, _remarks(db, row["id"])) for row in found]

    def move(self, submission_id: SubmissionId, decide: Callable[[Submission], Move], *, now: datetime) -> Submission:
        """Let `decide` look at the submission as it is and carry out what it says, while nobody else can change it."""
        with self._connections.writing() as db:
            current = self._find(db, submission_id)
            if current is None:
                raise CaseNotFoundError(id=submission_id)
            move = decide(current)
            _write(db, move.submission)
            deed = Deed(move.action, move.actor, now, move.note)
            if not (move.publication and self._published(db, move.publication, deed)):
                self._log(db, move.submission, deed)
        return move.submission

    def _published(self, db: Database, publication: tuple[CaseStudy, tuple[Passage, ...]], deed: Deed) -> bool:
        """Make a case public; tell whether that wrote anything, and with it an entry in the log."""
        case, passages = publication
        return writing.publish(db, case, passages, deed, path=self._path).changed

    def _find(self, db: Database, submission_id: SubmissionId) -> Submission | None:
        sql = "SELECT submissions.* FROM json_each(?) AS asked JOIN submissions ON submissions.id = asked.value"
        row = next(db.query(sql, [rows.json_array([submission_id])]), None)
        return _submission(row, _remarks(db, submission_id)) if row else None

    def _log(self, db: Database, submission: Submission, deed: Deed) -> None:
        writing.log(db, submission.case_id or submission.id, _NOT_PUBLISHED_YET, deed, path=self._path)


def _write(db: Database, submission: Submission) -> None:
    """Write the submission as it is now; remarks are only ever added."""
    decision = submission.decision or Decision(None)
    values = {
        "id": submission.id,
        "case_id": submission.case_id,
        "author": submission.author,
        "agency": submission.agency,
        "state": submission.state.value,
        "revision": submission.revision,
        "fields": json.dumps(dict(submission.fields), ensure_ascii=False),
        "reviewed": json.dumps(dict(submission.reviewed), ensure_ascii=False) if submission.reviewed is not None else None,
        "created_at": _stamp(submission.created_at),
        "updated_at": _stamp(submission.updated_at),
        "submitted_at": _stamp(submission.submitted_at),
        "claimed_by": submission.claimed_by,
        "claimed_at": _stamp(submission.claimed_at),
        "reviewed_by": submission.reviewed_by,
        "reason": decision.reason.value if decision.reason else None,
        "reason_text": decision.text,
        "survivor": decision.survivor,
    }
    places = ", ".join(f":{name}" for name in _COLUMNS)
    updates = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "id")
    db.execute(
        f"INSERT INTO submissions ({', '.join(_COLUMNS)}) VALUES ({places}) ON CONFLICT (id) DO UPDATE SET {updates}",  # noqa: S608 - as above
        values,
    )
    db.conn.executemany(
        """
        INSERT INTO remarks (submission_id, number, section, text, said_by, said_at) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO NOTHING
        """,
        [
            (submission.id, number, remark.section.value if remark.section else None, remark.text, remark.by, _stamp(remark.at))
            for number, remark in enumerate(submission.remarks, 1)
        ],
    )


def _remarks(db: Database, submission_id: str) -> tuple[Remark, ...]:
    sql = "SELECT section, text, said_by, said_at FROM remarks WHERE submission_id = ? ORDER BY number"
    return tuple(
        Remark(Section(section) if section else None, text, by, datetime.fromisoformat(at))
        for section, text, by, at in db.execute(sql, [submission_id]).fetchall()
    )


def _submission(row: Row, remarks: tuple[Remark, ...]) -> Submission:
    decided = row["reason"] or row["reason_text"] or row["survivor"]
    survivor = CaseId(row["survivor"]) if row["survivor"] else None
    submission = Submission(
        id=SubmissionId(row["id"]),
        author=row["author"],
        agency=row["agency"],
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
        state=State(row["state"]),
        fields=MappingProxyType(json.loads(row["fields"])),
        revision=row["revision"],
        case_id=CaseId(row["case_id"]) if row["case_id"] else None,
        submitted_at=_moment(row["submitted_at"]),
        claimed_by=row["claimed_by"],
        claimed_at=_moment(row["claimed_at"]),
        reviewed_by=row["reviewed_by"],
        reviewed=MappingProxyType(json.loads(row["reviewed"])) if row["reviewed"] else None,
        remarks=remarks,
    )
    if not decided:
        return submission
    reason = ReasonCode(row["reason"]) if row["reason"] else None
    return replace(submission, decision=Decision(reason, row["reason_text"] or "", survivor))


def _stamp(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
