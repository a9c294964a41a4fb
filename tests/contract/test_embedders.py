"""Every engine behind the port `Embedder` keeps the same promises; those that share a model give the same vectors."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tiny_model import install_tiny_weights

from casebase.errors import EngineMissingError, ModelCorruptError, ModelUnavailableError, UsageError
from casebase.ingest.markdown import case_files
from casebase.search.embedders import open_embedder
from casebase.search.embedders.hashing import HashingEmbedder
from casebase.search.model.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from casebase.domain.ports import Embedder, Vectors
    from casebase.search.embedders.onnx import OnnxEmbedder

ROOT = Path(__file__).parents[2]
ANY_TEXT = st.text(st.characters(), max_size=400)

QUERY = "số hóa hồ sơ lưu trữ của huyện"
NEAR = "Huyện số hóa toàn bộ hồ sơ lưu trữ"
FAR = "Train passengers buy tickets on their phones"

# of a query, by these weights: a change of library, tokenizer or graph that moves it invalidates every index
CANONICAL = (0.05777, -0.03544, -0.02614, -0.04764, 0.02547, -0.03293)
TEXTS = (NEAR, FAR, "", "một", "Les habitants signalent les pannes", "hồ sơ " * 40)


needs_sentence_transformers = pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is None, reason="the extra [sentence-transformers] is not installed"
)


@pytest.fixture(scope="module")
def sentence_transformers_engine(model_folder: Path) -> Embedder:
    return open_embedder(engine="sentence-transformers", model=model_folder.name, models_folder=model_folder.parent)


@pytest.fixture(
    scope="module",
    params=[
        "hashing",
        pytest.param("onnx", marks=pytest.mark.model),
        pytest.param("sentence-transformers", marks=[pytest.mark.model, needs_sentence_transformers]),
    ],
)
def engine(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "hashing":
        return HashingEmbedder()
    fixture = {"onnx": "embedder", "sentence-transformers": "sentence_transformers_engine"}[request.param]
    embedder: Embedder = request.getfixturevalue(fixture)
    return embedder


def assert_unit_rows(vectors: Vectors, *, rows: int, dimension: int) -> None:
    assert vectors.shape == (rows, dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_vectors_are_float32_rows_of_unit_length(engine: Embedder) -> None:
    assert_unit_rows(engine.embed_passages(TEXTS), rows=len(TEXTS), dimension=engine.dimension)
    assert_unit_rows(engine.embed_queries(TEXTS), rows=len(TEXTS), dimension=engine.dimension)


def test_rows_come_in_the_order_of_the_texts(engine: Embedder) -> None:
    np.testing.assert_allclose(engine.embed_passages(TEXTS[::-1]), engine.embed_passages(TEXTS)[::-1], atol=1e-5)


def test_a_vector_does_not_depend_on_the_other_texts(engine: Embedder) -> None:
    alone = np.concatenate([engine.embed_passages([text]) for text in TEXTS])

    np.testing.assert_allclose(engine.embed_passages(TEXTS), alone, atol=1e-5)


def test_no_texts_give_no_rows(engine: Embedder) -> None:
    assert engine.embed_queries([]).shape == (0, engine.dimension)
    assert engine.embed_passages([]).shape == (0, engine.dimension)
    assert engine.embed_passages([]).dtype == np.float32


def test_no_texts_report_no_progress_beyond_none(engine: Embedder) -> None:
    reported: list[tuple[int, int]] = []

    engine.embed_passages([], progress=lambda *counts: reported.append(counts))

    assert all(counts == (0, 0) for counts in reported)


def test_progress_counts_texts_up_to_all_of_them(engine: Embedder) -> None:
    reported: list[tuple[int, int]] = []

    engine.embed_passages(TEXTS, progress=lambda *counts: reported.append(counts))

    assert reported == sorted(reported)
    assert {total for _, total in reported} == {len(TEXTS)}
    assert reported[-1] == (len(TEXTS), len(TEXTS))


def test_a_query_is_nearest_to_the_passage_that_answers_it(engine: Embedder) -> None:
    products = engine.embed_passages([FAR, NEAR]) @ engine.embed_queries([QUERY])[0]

    assert products.argmax() == 1


def test_only_the_beginning_of_an_over_long_text_counts(engine: Embedder) -> None:
    long = "hồ sơ điện tử của huyện " * 2_000

    first, second = engine.embed_passages([f"{long}{FAR}", f"{long}{NEAR}"])

    np.testing.assert_array_equal(first, second)


@settings(max_examples=60, deadline=None)
@example("")
@example("\x00")
@example("\ud800")
@example("a\udfff\ud800b")
@example("\U0010ffff\ufffe\ufdd0")
@example("e\u0301" * 300)
@example("<s></s><mask><pad>")
@given(ANY_TEXT)
def test_any_text_has_a_vector(engine: Embedder, text: str) -> None:
    assert_unit_rows(engine.embed_queries([text]), rows=1, dimension=engine.dimension)
    assert_unit_rows(engine.embed_passages([text]), rows=1, dimension=engine.dimension)


def test_threads_may_share_an_engine(engine: Embedder) -> None:
    expected = engine.embed_passages(TEXTS)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(engine.embed_passages, [TEXTS] * 8))

    for result in results:
        np.testing.assert_allclose(result, expected, atol=1e-5)


def test_fingerprint_is_short_enough_for_a_key(engine: Embedder) -> None:
    assert re.fullmatch(r"[\w./-]{1,64}", engine.fingerprint)


@pytest.mark.model
def test_onnx_engine_keeps_giving_the_vectors_that_indexes_hold(embedder: Embedder) -> None:
    vector = embedder.embed_queries(["chuyển đổi số"])[0]

    np.testing.assert_allclose(vector[:6], CANONICAL, atol=1e-4)


@pytest.mark.model
def test_threads_that_meet_at_the_first_text_load_the_model_once(model_folder: Path) -> None:
    fresh = open_embedder(engine="onnx", model=model_folder.name, models_folder=model_folder.parent)

    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(fresh.embed_queries, [[QUERY]] * 4)

    for other in others:
        np.testing.assert_allclose(other, first, atol=1e-6)


class Watched:
    """A session of ONNX Runtime that knows how many threads were in it at most."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._inside = 0
        self.most_inside = 0

    def run(self, *arguments: Any) -> Any:
        self._inside += 1
        self.most_inside = max(self.most_inside, self._inside)
        found = self._session.run(*arguments)
        self._inside -= 1
        return found


@pytest.mark.model
def test_threads_that_embed_at_once_take_turns(embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    model = embedder._loaded()
    session = Watched(model._session)
    monkeypatch.setattr(model, "_session", session)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(embedder.embed_queries, [[QUERY]] * 64))

    assert session.most_inside == 1


ENDING = """
import sys, threading
from pathlib import Path
from casebase.search.embedders.onnx import OnnxEmbedder

embedder, begun = OnnxEmbedder(Path(sys.argv[1])), threading.Event()
texts = ["chuyển đổi số"] * 10_000
threading.Thread(target=embedder.embed_passages, args=(texts,), kwargs={"progress": lambda *_: begun.set()}, daemon=True).start()
begun.wait()
"""


@pytest.mark.model
def test_a_process_may_end_while_a_thread_of_it_embeds(model_folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ENDING, str(model_folder)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.model
@needs_sentence_transformers
def test_engines_over_the_same_folder_agree(embedder: Embedder, sentence_transformers_engine: Embedder) -> None:
    passages = real_passages(50)

    cosines = (embedder.embed_passages(passages) * sentence_transformers_engine.embed_passages(passages)).sum(axis=1)

    assert len(passages) == 50
    assert cosines.min() >= 0.995
    assert embedder.fingerprint == sentence_transformers_engine.fingerprint


def real_passages(count: int) -> list[str]:
    """Return paragraphs of at least 120 characters from the library, its languages in turn, then its cases in turn."""
    by_language: dict[str, list[Iterator[str]]] = {}
    for path in case_files([ROOT / "cases"]):
        _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
        found = re.search(r"^lang: *(\w+)", front, re.MULTILINE)
        paragraphs = (part for part in re.split(r"\n\s*\n", body) if len(part) >= 120 and not part.startswith("#"))
        by_language.setdefault(found[1] if found else "", []).append(paragraphs)
    return list(islice(in_turn([in_turn(cases) for _, cases in sorted(by_language.items())]), count))


def in_turn(sequences: list[Iterator[str]]) -> Iterator[str]:
    """Yield the first of each, then the second of each, until all are empty."""
    return (item for items in zip_longest(*sequences) for item in items if item is not None)


def test_similar_texts_are_near_for_the_hashing_engine() -> None:
    near, marked, far = HashingEmbedder().embed_passages(["so hoa ho so", "Số hóa hồ sơ!", "đường sắt"])

    assert near @ marked == pytest.approx(1.0)
    assert near @ far < 0.3


def test_hashing_engine_makes_vectors_of_the_dimension_asked_for() -> None:
    assert HashingEmbedder(dimension=32).embed_queries(["số"]).shape == (1, 32)


def test_hashing_engine_gives_the_same_vectors_in_every_process() -> None:
    program = "from casebase.search.embedders.hashing import HashingEmbedder as H; print(H(8).embed_queries(['số hóa']).tolist())"

    outputs = {
        subprocess.run(
            [sys.executable, "-c", program], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in "12"
    }

    assert len(outputs) == 1


def test_engine_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="onnx"):
        open_embedder(engine="magic", model="m", models_folder=tmp_path)


def test_model_that_was_not_prepared_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError) as raised:
        open_embedder(engine="onnx", model="multilingual-e5-small", models_folder=tmp_path)

    assert raised.value.context == {"name": "multilingual-e5-small", "folder": str(tmp_path / "multilingual-e5-small")}


def test_hashing_engine_needs_no_model(tmp_path: Path) -> None:
    assert open_embedder(engine="hashing", model="none", models_folder=tmp_path).dimension == 256


def test_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)

    with pytest.raises(EngineMissingError) as raised:
        open_embedder(engine="sentence-transformers", model="m", models_folder=tmp_path)

    assert raised.value.context == {"package": "sentence-transformers", "extra": "sentence-transformers"}


@pytest.fixture
def tiny_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    source = install_tiny_weights(tmp_path / "site", monkeypatch)
    folder = tmp_path / "models" / "tiny-e5"
    prepare(folder, progress=lambda _stage, _done, _total: None, source=source)
    return folder


@pytest.mark.parametrize("model", ["tiny-e5", "owner/tiny-e5", "{folder}"])
def test_model_is_found_by_name_by_full_name_and_by_folder(tiny_folder: Path, model: str) -> None:
    embedder = open_embedder(engine="onnx", model=model.format(folder=tiny_folder), models_folder=tiny_folder.parent)

    assert_unit_rows(embedder.embed_queries(["số"]), rows=1, dimension=64)


@needs_sentence_transformers
def test_folder_without_a_manifest_works_with_the_prompts_of_its_own(tiny_folder: Path) -> None:
    described = open_embedder(engine="sentence-transformers", model="tiny-e5", models_folder=tiny_folder.parent)
    (tiny_folder / "casebase.json").unlink()
    foreign = open_embedder(engine="sentence-transformers", model="tiny-e5", models_folder=tiny_folder.parent)

    np.testing.assert_array_equal(foreign.embed_queries(["số"]), described.embed_queries(["số"]))
    assert foreign.fingerprint.startswith("tiny-e5/")
    assert foreign.fingerprint != described.fingerprint


@needs_sentence_transformers
def test_family_e5_gets_its_prompts_where_the_model_has_none(tiny_folder: Path) -> None:
    own = open_embedder(engine="sentence-transformers", model="tiny-e5", models_folder=tiny_folder.parent)
    for name in ("casebase.json", "config_sentence_transformers.json"):
        (tiny_folder / name).unlink()
    family = open_embedder(engine="sentence-transformers", model="tiny-e5", models_folder=tiny_folder.parent)
    other = shutil.copytree(tiny_folder, tiny_folder.with_name("tiny-bert"))
    stranger = open_embedder(engine="sentence-transformers", model=str(other), models_folder=tiny_folder.parent)

    np.testing.assert_array_equal(family.embed_passages(["số"]), own.embed_passages(["số"]))
    assert not np.allclose(stranger.embed_passages(["số"]), own.embed_passages(["số"]), atol=1e-3)


@needs_sentence_transformers
def test_fingerprint_of_a_folder_follows_its_weights(tiny_folder: Path) -> None:
    (tiny_folder / "casebase.json").unlink()
    before = open_embedder(engine="sentence-transformers", model="tiny-e5", models_folder=tiny_folder.parent).fingerprint
    again = open_embedder(engine="sentence-transformers", model="tiny-e5", models_folder=tiny_folder.parent).fingerprint
    weights = tiny_folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\0")
    after = open_embedder(engine="sentence-transformers", model="tiny-e5", models_folder=tiny_folder.parent).fingerprint

    assert before == again != after


@needs_sentence_transformers
@pytest.mark.parametrize("manifest", [True, False])
def test_damaged_folder_is_corrupt(tiny_folder: Path, *, manifest: bool) -> None:
    (tiny_folder / "model.safetensors").write_bytes(b"\0" * 100)
    if not manifest:
        (tiny_folder / "casebase.json").unlink()

    with pytest.raises(ModelCorruptError):
        open_embedder(engine="sentence-transformers", model="tiny-e5", models_folder=tiny_folder.parent)


@needs_sentence_transformers
def test_empty_folder_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(ModelUnavailableError, match="empty"):
        open_embedder(engine="sentence-transformers", model="empty", models_folder=tmp_path)


@needs_sentence_transformers
@pytest.mark.parametrize("name", ["nobody/no-such-model", "not a name"])
def test_s14_model_that_cannot_be_fetched_is_unavailable(tmp_path: Path, name: str) -> None:
    program = (
        "import sys; from pathlib import Path; from casebase.errors import ModelUnavailableError as E\n"
        "from casebase.search.embedders import open_embedder\n"
        "try: open_embedder(engine='sentence-transformers', model=sys.argv[1], models_folder=Path(sys.argv[2]))\n"
        "except E as error: print(error.context['name'])"
    )

    output = offline(program, name, str(tmp_path), hub=tmp_path)

    assert output.splitlines()[-1] == name


@needs_sentence_transformers
def test_s14_model_in_the_hubs_cache_needs_no_network(tiny_folder: Path, tmp_path: Path) -> None:
    cached = tmp_path / "hub" / "models--owner--cached-e5"
    (cached / "refs").mkdir(parents=True)
    (cached / "refs" / "main").write_text("c" * 40)
    (tiny_folder / "casebase.json").unlink()
    shutil.copytree(tiny_folder, cached / "snapshots" / ("c" * 40))
    program = (
        "import sys; from casebase.search.embedders.sentence_transformers import SentenceTransformersEmbedder as S\n"
        "engine = S(sys.argv[1]); print(engine.fingerprint, engine.embed_queries(['số']).shape)"
    )

    output = offline(program, "owner/cached-e5", hub=tmp_path / "hub")

    assert re.fullmatch(r"owner/cached-e5/[0-9a-f]{12} \(1, 64\)", output.splitlines()[-1])


def offline(program: str, *arguments: str, hub: Path) -> str:
    """Run a program whose hub is a cache folder and whose network is off; return what it prints."""
    return run_program(program, *arguments, HF_HUB_CACHE=str(hub), HF_HUB_OFFLINE="1")


def run_program(program: str, *arguments: str, **environment: str) -> str:
    """Run a program in a fresh process; return what it prints."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True).stdout
