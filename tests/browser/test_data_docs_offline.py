"""The Data Docs of a load as Chromium shows them with the network cut."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def test_data_docs_open_without_a_network_and_without_a_script(browse, loads, demo_home):
    (index,) = demo_home.loads.glob("*/data_docs/index.html")
    result = browse(index, "--dump-dom")
    assert "校验结果目录" in result.stdout
    assert "合成数据（演示）" in result.stdout
    assert "<script" not in result.stdout
    assert all(way.startswith(("validations/", "expectations/")) for way in loads(result.stdout))
    assert "ERR_NAME_NOT_RESOLVED" not in result.stderr


def test_a_page_of_results_says_how_many_rows_broke_a_rule(browse, demo_home):
    (index,) = demo_home.loads.glob("*/data_docs/index.html")
    (page,) = index.parent.glob("validations/fires/*/*/*.html")
    result = browse(page, "--dump-dom")
    assert "不合格行数" in result.stdout
    assert "ERR_FILE_NOT_FOUND" not in result.stderr
