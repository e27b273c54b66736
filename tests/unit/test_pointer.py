import pytest

from anlan.errors import AnlanError
from anlan.project import Home
from anlan.release.pointer import current_release, make_current


@pytest.fixture
def home(tmp_path):
    return Home(path=tmp_path, jurisdiction=tmp_path)


def test_without_a_release_the_message_says_what_to_run(home):
    with pytest.raises(AnlanError, match="还没有发布版本") as caught:
        current_release(home)
    assert "anlan refresh" in caught.value.remedy


def test_the_pointer_moves_by_a_rename_and_leaves_nothing_beside_it(home):
    for name in ("first", "second"):
        (home.releases / name).mkdir(parents=True)
        make_current(home, name)
        assert current_release(home) == home.releases / name
    assert {p.name for p in home.releases.iterdir()} == {"first", "second", "current"}


def test_a_pointer_to_a_release_that_is_gone_is_reported(home):
    make_current(home, "lost")
    with pytest.raises(AnlanError, match="lost"):
        current_release(home)
