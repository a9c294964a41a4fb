"""The map in a real browser: a click opens the case, and back leads to the same map."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.model]

SEARCH = "/?q=hệ thống trả lương bị lỗi sau khi đưa vào vận hành"


def test_the_map_opens_a_case_and_back_leads_to_the_map(visit: Visit) -> None:
    page = visit.page
    visit.open(SEARCH)
    page.get_by_text("Xem bản đồ lời giải").click()
    page.wait_for_url("**map=1*")
    found = page.locator(".scatterlayer .trace").nth(1).locator(".point")
    found.first.wait_for()
    assert found.count() > 1
    page.locator(".cb-legend").scroll_into_view_if_needed()
    visit.settle()
    box = found.first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".hoverlayer .hovertext")).to_be_visible()
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url("**/case?id=*")
    visit.settle()
    expect(page.get_by_role("heading", name="Vấn đề", exact=True)).to_be_visible()
    page.go_back()
    expect(page.locator(".cb-legend")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?q=.*map=1"))


@pytest.mark.phone
@pytest.mark.parametrize("path", ["/?map=1", f"{SEARCH}&map=1"])
def test_the_map_fits_a_phone(visit: Visit, path: str) -> None:
    visit.open(path)
    expect(visit.page.locator(".cb-legend")).to_be_visible()
    visit.settle()
    assert visit.overflowing() == []


def test_the_columns_of_the_years_are_as_high_as_their_numbers(visit: Visit) -> None:
    visit.open("/?sector=public-administration&map=1")
    visit.page.locator(".cb-years").wait_for()
    columns = visit.page.locator(".cb-years li:not([aria-hidden])").evaluate_all(
        "all => all.map(e => [Number(e.firstChild.innerText), e.querySelector('div').getBoundingClientRect().height])"
    )
    heights = [height / count for count, height in columns]
    assert len(heights) > 3
    assert heights == pytest.approx([heights[0]] * len(heights), rel=0.02)
