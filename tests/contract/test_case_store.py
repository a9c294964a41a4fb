"""What every case store promises (`casebase.domain.ports.CaseStore`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from factories import make_case, make_passages

from casebase.domain.case import CaseId, CaseStudy, Section, State
from casebase.domain.passage import PassageId, Sentence
from casebase.errors import CaseNotFoundError, ConflictError, WorkflowError
from casebase.storage.audit import GENESIS
from casebase.storage.cases import SqliteCaseStore
from casebase.storage.connections import Connections
from casebase.storage.memory import MemoryCaseStore
from casebase.storage.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from casebase.domain.case import StoredCase
    from casebase.domain.passage import Passage
    from casebase.domain.ports import CaseStore, Published

NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
LATER = NOON + timedelta(days=1)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> CaseStore:
    if request.param == "memory":
        return MemoryCaseStore()
    connections = Connections(tmp_path / "casebase.db")
    migrate(connections)
    return SqliteCaseStore(connections)


@pytest.fixture
def move(store: CaseStore) -> Callable[[CaseStudy, State], None]:
    """Give a way to put the public version into a state that `publish` alone does not lead to."""

    def in_memory(case: CaseStudy, state: State) -> None:
        assert isinstance(store, MemoryCaseStore)
        versions = store._versions[CaseId(case.id)]
        versions[-1] = versions[-1].model_copy(update={"state": state})

    def on_disk(case: CaseStudy, state: State) -> None:
        assert isinstance(store, SqliteCaseStore)
        with store._connections.writing() as db:
            db.execute("UPDATE versions SET state = ? WHERE case_id = ?", [state.value, case.id])

    return in_memory if isinstance(store, MemoryCaseStore) else on_disk


def publish(store: CaseStore, case: CaseStudy, passages: Sequence[Passage] | None = None, **more: Any) -> Published:
    chosen = make_passages(case) if passages is None else passages
    return store.publish(case, chosen, **{"actor": "importer", "now": NOON, **more})


def ids(store: CaseStore) -> list[PassageId]:
    return [passage.id for passage in store.passages()]


def test_an_empty_store_holds_nothing(store: CaseStore) -> None:
    assert store.generation() == 0
    assert store.public() == []
    assert store.passages() == []
    assert store.history() == []
    assert store.check() == []


def test_a_published_case_is_read_back_as_it_was_written(store: CaseStore) -> None:
    case = make_case(
        headlines={"en": {"title": "One-stop shop", "summary": "An electronic one-stop shop. " * 4, "method": "human"}},
        translations=[
            {
                "translation_of": "mot-cua-dien-tu-ba-dinh",
                "lang": "fr",
                "method": "machine",
                "title": "Guichet unique",
                "summary": "Un guichet unique pour toutes les démarches des habitants, avec suivi en ligne des dossiers.",
                "sections": {"problem": "Des dossiers sur papier."},
            }
        ],
        metrics=[{"indicator": "Thời gian chờ", "before": "5 ngày", "after": "1 ngày", "source": 1}],
        confirmed_at="2026-01-31",
    )
    published = publish(store, case)
    assert published.changed
    stored = store.get(CaseId(case.id))
    assert stored == published.stored
    assert stored is not None
    assert stored.case == case
    assert stored.content_hash == case.content_hash
    assert (stored.version, stored.state) == (1, State.PUBLISHED)
    assert stored.created_at == stored.updated_at == stored.published_at == NOON


def test_publishing_another_text_makes_the_next_version_and_keeps_the_one_before(store: CaseStore) -> None:
    first, second = make_case(), make_case(title="Một cửa số")
    publish(store, first)
    stored = publish(store, second, now=LATER).stored
    assert stored.version == 2
    assert (stored.created_at, stored.updated_at, stored.published_at) == (NOON, LATER, LATER)
    assert store.get(CaseId(first.id)) == store.version(CaseId(first.id), 2) == stored
    before = store.version(CaseId(first.id), 1)
    assert before is not None
    assert (before.case, before.version, before.published_at) == (first, 1, NOON)
    assert [found.case for found in store.public()] == [second]


def test_publishing_the_same_text_and_passages_writes_nothing(store: CaseStore) -> None:
    case = make_case()
    first = publish(store, case)
    before = (store.generation(), store.history(), store.passages())
    again = publish(store, case, now=LATER, actor="somebody else", note="again")
    assert not again.changed
    assert again.stored == first.stored
    assert (store.generation(), store.history(), store.passages()) == before


def test_the_order_in_which_unchanged_passages_come_changes_nothing(store: CaseStore) -> None:
    case = make_case()
    publish(store, case)
    assert not publish(store, case, make_passages(case)[::-1]).changed


def test_returning_to_an_earlier_text_is_a_new_version(store: CaseStore) -> None:
    first, second = make_case(), make_case(title="Một cửa số")
    versions = [publish(store, case).stored.version for case in (first, second, first)]
    assert versions == [1, 2, 3]


def test_an_unchanged_passage_keeps_its_id_and_a_changed_one_gets_a_new_one(store: CaseStore) -> None:
    case = make_case()
    publish(store, case)
    before = {passage.section: passage.id for passage in store.passages()}
    sections = {**case.sections.model_dump(), "lessons": "Bài học mới. Hãy bắt đầu từ người dân."}
    publish(store, make_case(sections=sections))
    after = {passage.section: passage.id for passage in store.passages()}
    assert after.pop(Section.LESSONS) > max(before.values())
    assert after == {section: id_ for section, id_ in before.items() if section is not Section.LESSONS}


def test_a_passage_with_another_context_gets_a_new_id(store: CaseStore) -> None:
    case = make_case()
    publish(store, case)
    before = set(ids(store))
    publish(store, make_case(title="Một cửa số"))
    assert not before & set(ids(store))


def test_the_ids_of_deleted_passages_are_never_given_again(store: CaseStore) -> None:
    case = make_case()
    publish(store, case)
    first = ids(store)
    publish(store, case, [])
    assert store.passages() == []
    publish(store, case)
    assert min(ids(store)) > max(first)


def test_equal_passages_each_have_an_id(store: CaseStore) -> None:
    case = make_case()
    twice = [*make_passages(case), *make_passages(case)]
    publish(store, case, twice)
    assert len(set(ids(store))) == len(twice)
    assert not publish(store, case, twice).changed


def test_passages_come_in_order_of_id_with_everything_but_their_sentences(store: CaseStore) -> None:
    first, second = make_case(id="case-b"), make_case(id="case-a")
    publish(store, first)
    publish(store, second)
    passages = store.passages()
    assert [passage.id for passage in passages] == sorted({passage.id for passage in passages})
    expected = [replace(passage, sentences=()) for case in (first, second) for passage in make_passages(case)]
    assert [replace(passage, id=PassageId(0)) for passage in passages] == expected


def test_sentences_come_for_the_passages_that_exist(store: CaseStore) -> None:
    case = make_case()
    passages = [*make_passages(case)[:2], replace(make_passages(case)[2], sentences=())]
    publish(store, case, passages)
    known = [passage.id for passage in store.passages()]
    found = store.sentences([*known, known[0], PassageId(9999)])
    assert found == dict(zip(known, [passage.sentences for passage in passages], strict=True))
    assert store.sentences([]) == {}


def test_other_passages_for_the_same_text_replace_the_old_ones_within_the_version(store: CaseStore) -> None:
    case = make_case()
    first = publish(store, case).stored
    longer = [replace(passage, text=f"{passage.text}\n") for passage in make_passages(case)[1:]]
    published = publish(store, case, [make_passages(case)[0], *longer], now=LATER)
    assert published.changed
    assert published.stored == first
    assert store.generation() == 2
    assert [passage.text for passage in store.passages()][1:] == [passage.text for passage in longer]
    assert [(entry.action, entry.version) for entry in store.history()] == [("publish", 1), ("repassage", 1)]


def test_other_sentences_for_the_same_passage_replace_the_old_ones_and_keep_its_id(store: CaseStore) -> None:
    case = make_case()
    publish(store, case)
    before = ids(store)
    cut = (Sentence("Một câu."),)
    assert publish(store, case, [replace(passage, sentences=cut) for passage in make_passages(case)]).changed
    assert ids(store) == before
    assert store.sentences(before) == dict.fromkeys(before, cut)


def test_the_generation_grows_by_one_with_every_change_of_a_public_text(store: CaseStore) -> None:
    seen = [store.generation()]
    for title in ("A", "B", "B", "C"):
        publish(store, make_case(title=title))
        seen.append(store.generation())
    assert seen == [0, 1, 2, 2, 3]


def test_many_cases_come_in_the_order_asked_without_those_that_do_not_exist(store: CaseStore) -> None:
    for case_id in ("case-a", "case-b", "case-c"):
        publish(store, make_case(id=case_id))
    asked = [CaseId(case_id) for case_id in ("case-c", "nothing", "case-a", "case-c")]
    found = store.get_many(asked)
    assert list(found) == ["case-c", "case-a"]
    assert [stored.case.id for stored in found.values()] == ["case-c", "case-a"]
    assert store.get_many([]) == {}


def test_public_cases_come_in_order_of_id(store: CaseStore) -> None:
    for case_id in ("case-b", "case-c", "case-a"):
        publish(store, make_case(id=case_id))
    assert [stored.case.id for stored in store.public()] == ["case-a", "case-b", "case-c"]


@pytest.mark.parametrize("case_id", ["", "no-such-case", "' OR 1=1 --", "\x00", "đường", "\udcff"])
def test_an_id_that_no_case_has_finds_nothing(store: CaseStore, case_id: str) -> None:
    publish(store, make_case())
    assert store.get(CaseId(case_id)) is None
    assert store.get_many([CaseId(case_id)]) == {}
    assert store.version(CaseId(case_id), 1) is None
    assert store.history(CaseId(case_id)) == []


@pytest.mark.parametrize("number", [-1, 0, 2])
def test_a_version_that_does_not_exist_is_not_found(store: CaseStore, number: int) -> None:
    case = make_case()
    publish(store, case)
    assert store.version(CaseId(case.id), number) is None


def test_an_archived_case_stays_readable_and_a_removed_one_does_not(
    store: CaseStore, move: Callable[[CaseStudy, State], None]
) -> None:
    case = make_case()
    publish(store, case)
    move(case, State.ARCHIVED)
    stored = store.get(CaseId(case.id))
    assert stored is not None
    assert stored.state is State.ARCHIVED
    assert len(store.passages()) == len(make_passages(case))
    move(case, State.REMOVED)
    assert store.get(CaseId(case.id)) is None
    assert store.public() == []
    assert store.passages() == []
    tombstone = store.version(CaseId(case.id), 1)
    assert tombstone is not None
    assert tombstone.state is State.REMOVED


def test_publishing_an_archived_text_again_leaves_it_archived(store: CaseStore, move: Callable[[CaseStudy, State], None]) -> None:
    case = make_case()
    publish(store, case)
    move(case, State.ARCHIVED)
    published = publish(store, case)
    assert not published.changed
    assert published.stored.state is State.ARCHIVED


def test_a_decision_about_a_public_case_looks_at_it_and_is_logged(store: CaseStore) -> None:
    publish(store, make_case())
    seen: list[State] = []

    def archive(stored: StoredCase) -> State:
        seen.append(stored.state)
        return State.ARCHIVED

    moved = store.move(CaseId(make_case().id), archive, actor="mai", action="archive", now=LATER, note="Đã cũ.")
    assert (seen, moved.state, moved.updated_at) == ([State.PUBLISHED], State.ARCHIVED, LATER)
    assert store.get(CaseId(make_case().id)) == moved
    assert store.generation() == 2
    last = store.history()[-1]
    assert (last.actor, last.action, last.version, last.note) == ("mai", "archive", 1, "Đã cũ.")


def test_a_removed_case_takes_its_passages_and_their_vectors_along_and_no_others(store: CaseStore) -> None:
    publish(store, make_case(id="mot"))
    publish(
        store,
        make_case(
            id="hai",
            title="Hai cửa",
            summary="Người dân phải đi hai nơi vì hồ sơ giấy. Nay chỉ còn một nơi, nhanh hơn nhiều, theo báo cáo.",
        ),
    )
    store.add_vectors(dict.fromkeys(store.unembedded(model="m"), np.ones(3, np.float32)), model="m")
    store.move(CaseId("mot"), lambda _: State.REMOVED, actor="mai", action="remove", now=LATER)
    assert {passage.case_id for passage in store.passages()} == {"hai"}
    assert store.unembedded(model="m") == {}
    gone = {passage.hash for passage in make_passages(make_case(id="mot"))} - {passage.hash for passage in store.passages()}
    assert gone
    assert store.vectors(gone, model="m") == {}


def test_a_refused_decision_leaves_everything_as_it_was(store: CaseStore) -> None:
    publish(store, make_case())

    def refuse(_stored: StoredCase) -> State:
        raise WorkflowError(transition="archive", state="published", why="role")

    with pytest.raises(WorkflowError):
        store.move(CaseId(make_case().id), refuse, actor="lan", action="archive", now=LATER)
    with pytest.raises(CaseNotFoundError):
        store.move(CaseId("no-such-case"), lambda _: State.ARCHIVED, actor="lan", action="archive", now=LATER)
    assert (store.generation(), len(store.history())) == (1, 1)


@pytest.mark.parametrize("title", ["Một cửa điện tử ở phường Ba Đình", "Một cửa số"])
def test_the_id_of_a_removed_case_is_not_used_again(store: CaseStore, move: Callable[[CaseStudy, State], None], title: str) -> None:
    case = make_case()
    publish(store, case)
    move(case, State.REMOVED)
    before = (store.generation(), store.history())
    with pytest.raises(ConflictError) as raised:
        publish(store, make_case(title=title))
    assert raised.value.context == {"id": case.id, "state": "removed"}
    assert (store.generation(), store.history()) == before


def test_history_tells_who_did_what_and_when_in_order(store: CaseStore) -> None:
    publish(store, make_case(id="case-a"), actor="an", note="lần đầu")
    publish(store, make_case(id="case-b"), actor="bình", now=LATER.astimezone(timezone(timedelta(hours=7))))
    publish(store, make_case(id="case-a", title="Một cửa số"), actor="chi", now=LATER)
    entries = store.history()
    told = [(e.number, e.at, e.actor, e.action, e.case_id, e.version, e.note) for e in entries]
    assert told == [
        (1, NOON, "an", "publish", "case-a", 1, "lần đầu"),
        (2, LATER, "bình", "publish", "case-b", 1, ""),
        (3, LATER, "chi", "publish", "case-a", 2, ""),
    ]
    assert {entry.at.tzinfo for entry in entries} == {UTC}
    assert store.history(CaseId("case-a")) == [entries[0], entries[2]]


def test_every_entry_of_the_history_has_a_digest_of_its_own(store: CaseStore) -> None:
    for title in ("A", "B", "C"):
        publish(store, make_case(title=title))
    digests = {entry.digest for entry in store.history()}
    assert len(digests | {GENESIS}) == 4
    assert all(len(digest) == 64 for digest in digests)


def test_vectors_come_back_by_hash_and_model_bit_for_bit(store: CaseStore) -> None:
    vectors = np.random.default_rng(7).standard_normal((3, 8)).astype(np.float32)
    store.add_vectors({"a": vectors[0], "b": vectors[1]}, model="one")
    store.add_vectors({"a": vectors[2]}, model="two")
    found = store.vectors(["b", "a", "a", "missing"], model="one")
    assert set(found) == {"a", "b"}
    np.testing.assert_array_equal(found["a"], vectors[0], strict=True)
    np.testing.assert_array_equal(found["b"], vectors[1], strict=True)
    np.testing.assert_array_equal(store.vectors(iter(["a"]), model="two")["a"], vectors[2], strict=True)
    assert store.vectors(["a"], model="three") == {}
    assert store.vectors([], model="one") == {}


def test_a_vector_that_is_kept_already_stays(store: CaseStore) -> None:
    store.add_vectors({"a": np.zeros(4, np.float32)}, model="one")
    store.add_vectors({"a": np.ones(4, np.float32), "b": np.ones(4, np.float32)}, model="one")
    found = store.vectors(["a", "b"], model="one")
    assert (found["a"].sum(), found["b"].sum()) == (0, 4)


def test_a_kept_vector_cannot_be_changed_from_outside(store: CaseStore) -> None:
    mine = np.zeros(4, np.float32)
    store.add_vectors({"a": mine}, model="one")
    mine[0] = 1
    found = store.vectors(["a"], model="one")["a"]
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1
    assert store.vectors(["a"], model="one")["a"].sum() == 0


def test_the_texts_without_a_vector_of_the_model_are_those_of_public_passages_and_their_sentences(store: CaseStore) -> None:
    publish(store, make_case(title="Một cửa cũ"))
    case = make_case()
    publish(store, case)
    passages = make_passages(case)
    texts = {passage.hash: passage.full_text for passage in passages}
    texts |= {sentence.hash: sentence.text for passage in passages for sentence in passage.sentences}
    assert store.unembedded(model="one") == texts
    done = [passages[0].hash, passages[1].sentences[0].hash]
    store.add_vectors(dict.fromkeys(done, np.ones(4, np.float32)), model="one")
    assert store.unembedded(model="one") == {key: text for key, text in texts.items() if key not in done}
    assert store.unembedded(model="two") == texts


def test_the_texts_of_a_removed_case_need_no_vectors(store: CaseStore, move: Callable[[CaseStudy, State], None]) -> None:
    case = make_case()
    publish(store, case)
    move(case, State.REMOVED)
    assert store.unembedded(model="one") == {}


def test_vectors_outlive_the_passages_they_were_made_for(store: CaseStore) -> None:
    case = make_case()
    publish(store, case)
    text_hash = store.passages()[0].hash
    store.add_vectors({text_hash: np.ones(4, np.float32)}, model="one")
    publish(store, case, [])
    publish(store, case)
    assert store.passages()[0].hash == text_hash
    assert set(store.vectors([text_hash], model="one")) == {text_hash}


def test_a_working_store_has_no_faults(store: CaseStore) -> None:
    for title in ("A", "B"):
        publish(store, make_case(title=title))
    publish(store, make_case(title="B"), [])
    assert store.check() == []
