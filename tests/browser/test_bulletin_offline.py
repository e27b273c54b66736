"""The pages as Chromium shows them with the network cut."""

from __future__ import annotations

import re
import struct

import pytest

pytestmark = pytest.mark.browser

HEADLINES = ["−35.7", "−34.2", "−25.0", "−23.3", "1,459", "45,704", "67.69", "88.06", "1,566"]


@pytest.fixture(scope="session")
def pages(demo_home):
    """The pages that the demo wrote for its period."""
    found = sorted(demo_home.reports.glob("2019/*.html"))
    assert [page.name[:2] for page in found] == ["01", "02", "03", "bu"]
    return found


@pytest.fixture(scope="session")
def bulletin(pages):
    """The bulletin's page."""
    return pages[-1]


def test_headline_numbers_stand_in_the_page(browse, bulletin):
    dom = browse(bulletin, "--dump-dom").stdout
    text = re.sub(r"<[^>]+>", "", dom)
    assert [number for number in HEADLINES if number not in text] == []
    assert re.search(r'data-figure="accidents@330000@2019~yoy" data-measure="change_pct">−35.7<', dom)


def test_ranks_of_all_cities_stand_in_the_page(browse, bulletin):
    dom = browse(bulletin, "--dump-dom").stdout
    ranks = re.findall(r"<td[^>]*>第(\d+)名(?:（并列）)?</td>", dom)
    assert len(ranks) == 11
    assert sorted(map(int, ranks))[0] == 1


def test_every_page_says_that_its_data_is_synthetic(browse, pages):
    for page in pages:
        assert "合成数据（演示）" in browse(page, "--dump-dom").stdout, page.name


def test_every_page_has_charts_and_asks_for_nothing(browse, loads, pages):
    for page in pages:
        result = browse(page, "--dump-dom")
        assert result.stdout.count("<svg") >= 1, page.name
        assert "<script" not in result.stdout, page.name
        assert loads(result.stdout) == [], page.name
        assert "ERR_NAME_NOT_RESOLVED" not in result.stderr, page.name


def test_charts_keep_their_text_as_text(browse, bulletin):
    dom = browse(bulletin, "--dump-dom").stdout
    drawn = "".join(re.findall(r"<svg.*?</svg>", dom, flags=re.DOTALL))
    assert "杭州市" in drawn
    assert "数据截至" in drawn


def test_page_can_be_photographed(browse, bulletin, tmp_path):
    picture = tmp_path / "bulletin.png"
    browse(bulletin, "--window-size=1000,1600", f"--screenshot={picture}")
    header = picture.read_bytes()[:24]
    assert struct.unpack(">II", header[16:24]) == (1000, 1600)
    # A blank page compresses to almost nothing.
    assert picture.stat().st_size > 60_000
