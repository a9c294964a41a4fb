"""The store on disk and the store in memory give the same answers after any sequence of writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from factories import make_case, make_passages
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from casebase.domain.case import CaseId, State
from casebase.domain.passage import PassageId, Sentence
from casebase.errors import CaseNotFoundError, ConflictError
from casebase.storage.cases import SqliteCaseStore
from casebase.storage.connections import Connections
from casebase.storage.memory import MemoryCaseStore
from casebase.storage.migrations import migrate

IDS = ("case-a", "case-b", "case-c")
HASHES = ("a", "b", "c")
titles = st.sampled_from(["Một cửa", "Hai cửa"]) | st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
texts = st.sampled_from(["Một câu. Hai câu.", "Câu khác."]) | st.text(st.characters(categories=["L", "N"]), max_size=40)
moments = st.integers(0, 10**6).map(lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=7))


class StoresAgree(RuleBasedStateMachine):
    """Write the same to both stores, and compare all that they say."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        connections = Connections(Path(self.folder.name) / "casebase.db")
        migrate(connections)
        self.disk, self.memory = SqliteCaseStore(connections), MemoryCaseStore()
        self.seen = 0
        self.removed = set[CaseId]()

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(
        case_id=st.sampled_from(IDS),
        title=titles,
        lessons=texts,
        left_out=st.integers(0, 2),
        repeated=st.integers(0, 1),
        uncut=st.booleans(),
        now=moments,
        note=texts,
    )
    def publish(
        self, *, case_id: str, title: str, lessons: str, left_out: int, repeated: int, uncut: bool, now: datetime, note: str
    ) -> None:
        case = make_case(id=case_id, title=title, sections={"problem": "Hồ sơ giấy.", "lessons": lessons})
        passages = make_passages(case)[left_out:]
        passages += passages[:repeated]
        if uncut:
            passages = [replace(passage, sentences=(Sentence(passage.text),)) for passage in passages]
        if CaseId(case_id) in self.removed:
            for store in (self.disk, self.memory):
                with pytest.raises(ConflictError):
                    store.publish(case, passages, actor="importer", now=now, note=note)
            return
        on_disk, in_memory = (
            store.publish(case, passages, actor="importer", now=now, note=note) for store in (self.disk, self.memory)
        )
        assert on_disk == in_memory
        assert on_disk.stored.case == case

    @rule(case_id=st.sampled_from(IDS), state=st.sampled_from([State.ARCHIVED, State.PUBLISHED, State.REMOVED]), now=moments)
    def move(self, *, case_id: str, state: State, now: datetime) -> None:
        answers = []
        for store in (self.disk, self.memory):
            try:
                answers.append(store.move(CaseId(case_id), lambda _: state, actor="mai", action="move", now=now))
            except CaseNotFoundError as error:
                answers.append(error.code)
        assert answers[0] == answers[1]
        if state is State.REMOVED and answers[0] != CaseNotFoundError.code:
            self.removed.add(CaseId(case_id))
        elif state is not State.REMOVED:
            self.removed.discard(CaseId(case_id))

    @rule(hashes=st.sets(st.sampled_from(HASHES)), model=st.sampled_from(["one", "two"]), number=st.floats(width=32))
    def add_vectors(self, hashes: set[str], model: str, number: float) -> None:
        for store in (self.disk, self.memory):
            store.add_vectors({text_hash: np.full(3, number, np.float32) for text_hash in hashes}, model=model)

    @invariant()
    def say_the_same(self) -> None:
        assert self.disk.public() == self.memory.public()
        assert self.disk.passages() == self.memory.passages()
        ids = [PassageId(number) for number in range(40)]
        assert self.disk.sentences(ids) == self.memory.sentences(ids)
        assert self.disk.history() == self.memory.history()
        assert self.disk.history(CaseId(IDS[0])) == self.memory.history(CaseId(IDS[0]))
        for case_id in IDS:
            for number in (1, 2, 3):
                assert self.disk.version(CaseId(case_id), number) == self.memory.version(CaseId(case_id), number)

    @invariant()
    def keep_the_same_vectors(self) -> None:
        for model in ("one", "two"):
            assert self.disk.unembedded(model=model) == self.memory.unembedded(model=model)
            on_disk, in_memory = (store.vectors(HASHES, model=model) for store in (self.disk, self.memory))
            assert on_disk.keys() == in_memory.keys()
            for text_hash, vector in on_disk.items():
                np.testing.assert_array_equal(vector, in_memory[text_hash], strict=True)

    @invariant()
    def count_on(self) -> None:
        generation = self.disk.generation()
        assert generation == self.memory.generation() == len(self.disk.history()) >= self.seen
        self.seen = generation

    @invariant()
    def are_sound(self) -> None:
        assert self.disk.check() == self.memory.check() == []


TestStoresAgree = StoresAgree.TestCase
TestStoresAgree.settings = settings(
    max_examples=25, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
