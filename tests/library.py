"""Libraries for tests: a handful of cases in three languages, wired with the hashing engine, and engines that can be watched."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING

from factories import make_case
from sqlite_utils.utils import sqlite3

from casebase.bootstrap import Services, build
from casebase.config import Settings
from casebase.domain.ports import no_progress
from casebase.domain.query import SearchQuery
from casebase.ingest.markdown import file_name, format_case, format_translation
from casebase.ingest.passages import cut_passages
from casebase.search.embedders.hashing import HashingEmbedder
from casebase.storage.memory import MemoryCaseStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from casebase.domain.case import CaseStudy
    from casebase.domain.ports import CaseStore, Embedder, Progress, Vectors
    from casebase.domain.query import SearchResult

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

RAILWAY = make_case(
    id="duong-sat-thong-nhat",
    title="Bán vé đường sắt qua mạng",
    summary="Hành khách đường sắt xếp hàng ở nhà ga để mua vé tàu. Ngành đường sắt mở trang bán vé, nhận thanh toán trực tuyến.",
    useful_when=["Khách đứng chờ cả buổi ở quầy mới có vé tàu mang về."],
    sectors=["transport-logistics"],
    places=["Hà Nội", "Hòa Bình"],
    sections={
        "problem": "Hành khách phải ra ga xếp hàng mua vé tàu. Vé chợ đen bán với giá cao hơn 200.000 đ mỗi vé.",
        "approach": "Ngành đường sắt bán vé qua mạng và gắn vé với căn cước của hành khách.",
        "steps": "Thử trên tuyến Hà Nội đi Hòa Bình trước, rồi mở ra cả nước.",
        "results": "Bảy phần mười số vé được bán qua mạng. Nhà ga không còn cảnh chen chúc.",
        "lessons": "Đường truyền phải chịu được ngày mở bán vé Tết.",
    },
)
SUN = make_case(
    id="nang-luong-mat-troi",
    title="Cân đo chất dương trong phòng thí nghiệm",
    summary="Phòng thí nghiệm ghi điện tích dương và kết quả vào sổ giấy. Nay máy đo gửi thẳng số liệu vào hệ thống chung.",
    sectors=["energy"],
    outcome="partial",
    sections={
        "problem": "Kết quả dương tính và âm tính ghi tay, hay nhầm. Sắt, đồng, kẽm được cân riêng từng mẫu.",
        "approach": "Máy đo nối mạng; kết quả dương được kiểm tra lần thứ hai.",
        "steps": "Nối mười máy đo trong ba tháng.",
        "results": "Không còn kết quả bị chép nhầm.",
        "lessons": "Phải thống nhất cách ghi đơn vị đo từ đầu.",
    },
)
PAYROLL = make_case(
    id="payroll-went-live",
    lang="en",
    title="A payroll system that went live too early",
    summary="A ministry replaced its payroll system and went live although tests had failed. Employees were not paid for weeks.",
    headlines={
        "vi": {
            "title": "Hệ thống trả lương đưa vào vận hành quá sớm",
            "summary": "Một bộ thay hệ thống trả lương và chạy thật dù thử đã báo lỗi. Nhiều tuần nhân viên không có lương.",
            "method": "human",
        }
    },
    agency={"name": "Ministry of Supply", "type": "ministry"},
    country="CA",
    places=[],
    level="national-abroad",
    sectors=["internal-affairs"],
    outcome="failure",
    sections={
        "problem": "The old payroll system could not be maintained any more. Every department computed salaries in its own way.",
        "approach": "One new payroll system for all departments was bought from a vendor.",
        "steps": "Testing was cut short. The payroll system went live in one weekend.",
        "results": "Tens of thousands of employees were paid too little, too much or nothing.",
        "lessons": "Do not go live with payroll before a parallel run agrees with the old system.",
    },
)
SALARY = make_case(
    id="logiciel-de-paie",
    lang="fr",
    title="Un logiciel de paie abandonné par l'armée",
    summary="Le ministère a remplacé les logiciels de paie des armées par un seul. Les soldes fausses ont duré deux ans.",
    agency={"name": "Ministère de la Défense", "type": "ministry"},
    country="FR",
    places=[],
    level="national-abroad",
    sectors=["security-safety"],
    outcome="failure",
    sections={
        "problem": "Chaque armée calculait la solde avec un logiciel différent.",
        "approach": "Un calculateur unique, raccordé aux systèmes de ressources humaines.",
        "steps": "Le raccordement a commencé avant la fin des essais.",
        "results": "Des militaires ont reçu une solde fausse pendant des mois.",
        "lessons": "Garder l'ancien logiciel de paie jusqu'à ce que le nouveau soit prouvé.",
    },
)
BIRTH = make_case(
    id="khai-sinh-lien-thong",
    title="Liên thông khai sinh, cư trú và thẻ bảo hiểm y tế cho trẻ",
    summary="Cha mẹ phải đến ba cơ quan để làm giấy khai sinh, hộ khẩu, thẻ bảo hiểm cho trẻ. Nay chỉ nộp một hồ sơ trên mạng.",
    sectors=["justice-civil-registry", "health"],
    places=["Hà Nam"],
    period={"start": "2022", "end": "2022-11"},
    sections={
        "problem": "Người dân đi lại nhiều lần giữa tư pháp, công an và bảo hiểm xã hội. Mỗi nơi đòi một bộ giấy tờ.",
        "approach": "Ba cơ quan nối phần mềm với nhau, theo Quyết định 06/QĐ-TTg.",
        "steps": "Thí điểm hai tỉnh. Sửa phần mềm. Mở rộng ra 63 tỉnh thành.",
        "results": "Thời gian làm thủ tục giảm từ mười ngày xuống bốn ngày.",
        "lessons": "Cần quy trình chung trước khi nối phần mềm.",
    },
)
CASES = (RAILWAY, SUN, PAYROLL, SALARY, BIRTH)


@dataclass(slots=True)
class CountingEmbedder:
    """An engine that remembers the passages it embedded. `name` makes it another model, `refuses` a broken one."""

    engine: Embedder = field(default_factory=HashingEmbedder)
    name: str = ""
    refuses: Exception | None = None
    texts: list[str] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        return self.engine.fingerprint + self.name

    @property
    def dimension(self) -> int:
        return self.engine.dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.engine.embed_queries(texts)

    def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        if self.refuses:
            raise self.refuses
        self.texts += texts
        return self.engine.embed_passages(texts, progress=progress)


@dataclass(slots=True)
class HeldEmbedder:
    """An engine that embeds passages only once it is `released`; `reached` tells that it waits."""

    engine: Embedder
    reached: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)

    @property
    def fingerprint(self) -> str:
        return self.engine.fingerprint

    @property
    def dimension(self) -> int:
        return self.engine.dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.engine.embed_queries(texts)

    def embed_passages(self, texts: Sequence[str], *, progress: Progress = no_progress) -> Vectors:
        self.reached.set()
        assert self.released.wait(timeout=60)
        return self.engine.embed_passages(texts, progress=progress)


def publish(store: CaseStore, *cases: CaseStudy) -> None:
    """Make the cases public as an import does."""
    for case in cases:
        store.publish(case, cut_passages(case), actor="import", now=NOON)


def open_services(
    home: Path, *, store: CaseStore | None = None, embedder: Embedder | None = None, follow_seconds: float = 3600
) -> Services:
    """Wire an installation in `home` as a process does, with the hashing engine unless told otherwise.

    Looks at what other processes publish only if told to.
    """
    settings = Settings(home=home, engine="hashing", follow_seconds=follow_seconds)
    return build(settings, store=store, embedder=embedder)


def library(home: Path, *cases: CaseStudy, embedder: Embedder | None = None, follow_seconds: float = 3600) -> Services:
    """Return a library on disk that holds the cases and has its index."""
    services = open_services(home, embedder=embedder, follow_seconds=follow_seconds)
    publish(services.store, *cases)
    services.index.build()
    return services


def library_in_memory(home: Path, *cases: CaseStudy) -> Services:
    """Return the same with its store in memory, for tests that only ask."""
    services = open_services(home, store=MemoryCaseStore())
    publish(services.store, *cases)
    services.index.build()
    return services


def write_files(folder: Path, cases: Iterable[CaseStudy]) -> None:
    """Write the cases and their translations as case files."""
    folder.mkdir(exist_ok=True)
    for case in cases:
        (folder / file_name(case)).write_text(format_case(case), encoding="utf-8")
        for translation in case.translations:
            (folder / file_name(translation)).write_text(format_translation(translation), encoding="utf-8")


def edit_database(services: Services, *statements: str) -> None:
    """Run statements on the database file behind the store's back, as a person with a database tool would."""
    with closing(sqlite3.connect(str(services.settings.database), isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        for statement in statements:
            connection.execute(statement)


def ids(result: SearchResult) -> list[str]:
    """Return the ids of the hits, best first."""
    return [hit.case.id for hit in result.hits]


def answers(services: Services) -> list[tuple[str, ...]]:
    """Return what some searches of every kind find and quote: equal before and after whatever must change nothing."""
    queries = (
        SearchQuery("mua vé tàu đường sắt qua mạng"),
        SearchQuery("giay khai sinh cho tre"),
        SearchQuery("payroll system", reader="en"),
        SearchQuery("logiciel de paie", reader="fr"),
    )
    return [
        (hit.case.id, f"{hit.score:.6f}", hit.reason.section.value, hit.reason.sentence)
        for query in queries
        for hit in services.search(query).hits
    ]
