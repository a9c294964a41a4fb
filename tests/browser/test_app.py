"""What an official does with the app, in a real browser over the real library."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Served, Visit

pytestmark = [pytest.mark.browser, pytest.mark.model]

NEED = "người dân phải đi lại nhiều lần để làm giấy khai sinh, hộ khẩu và thẻ bảo hiểm cho trẻ"
BARE = "nguoi dan phai di lai nhieu lan de lam giay khai sinh, ho khau va the bao hiem cho tre"


def test_an_official_finds_reads_goes_back_and_switches_to_english(visit: Visit) -> None:
    page = visit.page
    visit.open()
    visit.search(NEED)
    why = page.locator(".cb-why").first
    expect(why).to_contain_text("Vì sao:")
    expect(why).to_contain_text("mục Vấn đề")
    expect(why.locator("mark").first).to_be_visible()
    visit.picture("search")

    page.get_by_role("link", name="Khai một lần cho khai sinh").click()
    page.wait_for_url("**/case?id=lien-thong-khai-sinh-ha-noi-ha-nam*")
    visit.settle()
    for heading in ("Vấn đề", "Cách tiếp cận", "Các bước", "Kết quả", "Bài học"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(page.get_by_text("Tổng hợp từ nguồn công khai")).to_be_visible()
    visit.picture("case")

    page.get_by_role("link", name="Về kết quả tìm").click()
    expect(page.get_by_role("textbox").first).to_have_value(NEED)
    visit.settle()
    page.go_back()
    page.go_back()
    expect(page.get_by_role("textbox").first).to_have_value(NEED)
    expect(page.locator(".cb-why").first).to_contain_text("Vì sao:")

    page.get_by_text("English", exact=True).click()
    page.wait_for_url("**lang=en*")
    expect(page.get_by_role("heading", name="What problem does your agency have?")).to_be_visible()
    expect(page.locator(".cb-why").first).to_contain_text("Why:")
    expect(page.get_by_role("textbox").first).to_have_value(NEED)


def test_a_search_without_marks_says_what_it_read_and_can_be_undone(visit: Visit) -> None:
    page = visit.page
    visit.open()
    visit.search(BARE)
    expect(page.get_by_text("Hiểu là:")).to_contain_text("làm giấy khai sinh")
    page.get_by_role("button", name="Tìm đúng như đã gõ").click()
    page.wait_for_url("**verbatim=1*")
    expect(page.get_by_text("Đang tìm đúng như đã gõ.")).to_be_visible()
    page.get_by_role("button", name="Để hệ thống hiểu giúp").click()
    expect(page.get_by_text("Hiểu là:")).to_be_visible()


def test_a_pasted_case_link_opens_the_case_with_its_frame(visit: Visit) -> None:
    visit.open("/case?id=ca-phoenix-pay")
    page = visit.page
    expect(page.get_by_role("heading", level=1)).to_contain_text("Phoenix")
    expect(page.get_by_text("Bản dịch máy từ tiếng Anh, chưa hiệu đính.")).to_be_visible()
    expect(page.get_by_role("link", name="Kho lời giải chuyển đổi số")).to_be_visible()
    page.get_by_role("button", name="Xem bản gốc").click()
    expect(page.get_by_text("Bản gốc.")).to_be_visible()
    expect(page.locator(".cb-section").first).to_have_attribute("lang", "en")
    assert page.locator(".cb-metric").count() > 3


def test_a_pasted_search_link_with_a_filter_shows_the_same_page(visit: Visit) -> None:
    visit.open("/?q=hệ thống trả lương bị lỗi&sector=health")
    page = visit.page
    expect(page.get_by_role("textbox").first).to_have_value("hệ thống trả lương bị lỗi")
    expect(page.get_by_text("Y tế (", exact=False).first).to_be_visible()
    expect(page.get_by_role("link", name="Y tế bang Queensland")).to_be_visible()
    expect(page.get_by_role("link", name="Louvois")).to_have_count(0)


def test_a_filter_narrows_to_as_many_cases_as_it_counts(visit: Visit) -> None:
    visit.open()
    visit.search("bệnh viện muốn bỏ bệnh án giấy")
    page = visit.page
    expect(page.get_by_text("trong 94 trường hợp")).to_be_visible()
    box = page.get_by_test_id("stSidebar").get_by_test_id("stMultiSelect").filter(has_text="Lĩnh vực").last
    box.click()
    option = page.get_by_role("option", name=re.compile(r"^Y tế \(\d+\)$"))
    count = re.sub(r"\D", "", option.inner_text())
    option.click()
    page.wait_for_url("**sector=health*")
    page.keyboard.press("Escape")
    expect(page.get_by_text(f"trong {count} trường hợp")).to_be_visible()
    page.get_by_role("button", name="Bỏ các bộ lọc").click()
    expect(page.get_by_text("trong 94 trường hợp")).to_be_visible()


def test_a_province_of_today_brings_the_stories_of_former_ones_and_says_so(visit: Visit) -> None:
    visit.open("/?q=giấy khai sinh ở Ninh Bình&place=Ninh Bình")
    page = visit.page
    expect(page.get_by_text("Ninh Bình: tìm cả dưới tên Hà Nam, Nam Định")).to_be_visible()
    expect(page.get_by_text("Hà Nam (nay thuộc Ninh Bình)").first).to_be_visible()
    expect(page.get_by_text("Khớp ở:").first).to_be_visible()


def test_a_situation_and_an_example_order_the_cases(visit: Visit) -> None:
    visit.open("/?q=bệnh viện muốn bỏ bệnh án giấy")
    page = visit.page
    page.get_by_text("Hoàn cảnh của tôi").click()
    levels = page.get_by_test_id("stSidebar").get_by_role("combobox", name="Cấp").first
    expect(page.get_by_text("Cho biết để thấy")).to_be_in_viewport()
    visit.settle()  # the expander has opened to its full height
    levels.press("ArrowDown")
    page.get_by_role("option", name="Đơn vị sự nghiệp").click()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Giống bạn: Đơn vị sự nghiệp").first).to_be_visible()
    page.get_by_role("button", name="Bớt loại này").first.click()
    page.wait_for_url("**less=*")
    page.get_by_role("button", name=re.compile("Bớt loại như: ")).click()
    page.wait_for_url(lambda address: "less=" not in address)
    expect(page.get_by_text("Giống bạn: Đơn vị sự nghiệp").first).to_be_visible()


def test_a_missing_case_says_so_and_leads_back(visit: Visit) -> None:
    visit.open("/case?id=khong-co-truong-hop-nay")
    expect(visit.page.get_by_role("heading", name="Chưa tìm thấy trường hợp này")).to_be_visible()
    visit.page.get_by_role("link", name="Tìm lời giải").first.click()
    expect(visit.page.get_by_role("heading", name="Đơn vị của bạn đang gặp vấn đề gì?")).to_be_visible()


def test_nothing_comparable_is_said_honestly(visit: Visit) -> None:
    visit.open()
    visit.search("lịch thi đấu bóng đá cuối tuần")
    expect(visit.page.get_by_text("Chưa có câu chuyện nào gần với vấn đề này")).to_be_visible()
    expect(visit.page.get_by_text("ít liên quan").first).to_be_visible()


def test_an_example_is_one_click(visit: Visit) -> None:
    visit.open()
    visit.page.get_by_role("button", name="Bệnh viện muốn bỏ bệnh án giấy").click()
    expect(visit.page.locator(".cb-why").first).to_be_visible()
    expect(visit.page).to_have_url(re.compile("q="))


def test_the_page_says_its_language(visit: Visit) -> None:
    visit.open()
    assert visit.page.locator("html").get_attribute("lang") == "vi"
    visit.open("/?lang=en")
    assert visit.page.locator("html").get_attribute("lang") == "en"


@pytest.mark.phone
@pytest.mark.parametrize(
    "path", ["/", "/?q=hệ thống trả lương bị lỗi sau khi đưa vào vận hành", "/case?id=ca-phoenix-pay", "/case?id=x"]
)
def test_nothing_overflows_on_a_phone(visit: Visit, path: str) -> None:
    visit.open(path)
    assert visit.overflowing() == []


def test_a_hostile_query_is_shown_as_text(visit: Visit) -> None:
    visit.open()
    visit.search("<img src=x onerror=alert(1)> **khai sinh** $x$ :material/home:")
    assert visit.page.locator("img[src=x]").count() == 0


def test_s14_neither_server_nor_page_talks_to_another_host(visit: Visit, served: Served) -> None:
    visit.open()
    visit.search(NEED)
    visit.open("/case?id=fr-louvois")
    assert visit.hosts == {served.address.removeprefix("http://")}
    assert not served.refused.exists() or served.refused.read_text(encoding="utf-8") == ""
