import json
import multiprocessing
import os
import socket

import pytest

from anlan.errors import AnlanError
from anlan.project import Home
from anlan.release.lock import refresh_lock


@pytest.fixture
def home(tmp_path):
    return Home(path=tmp_path, jurisdiction=tmp_path)


def _finished_pid():
    process = multiprocessing.get_context("spawn").Process(target=int)
    process.start()
    process.join()
    return process.pid


def test_a_second_refresh_is_told_process_host_and_time_of_the_first(home):
    with refresh_lock(home):
        since = json.loads((home.state / "lock").read_text())["since"]
        with pytest.raises(AnlanError) as caught, refresh_lock(home):
            pass
    assert str(os.getpid()) in caught.value.message
    assert socket.gethostname() in caught.value.message
    assert since in caught.value.message


def test_the_lock_is_free_again_after_success_and_after_failure(home):
    with refresh_lock(home):
        pass
    with pytest.raises(ZeroDivisionError), refresh_lock(home):
        _ = 1 / 0
    with refresh_lock(home):
        assert (home.state / "lock").is_file()
    assert list(home.state.iterdir()) == []


def test_a_lock_left_by_a_dead_process_of_this_host_is_taken_over(home):
    home.state.mkdir()
    stale = {"pid": _finished_pid(), "host": socket.gethostname(), "since": "2020-04-01T08:00:00"}
    (home.state / "lock").write_text(json.dumps(stale))
    with refresh_lock(home):
        assert json.loads((home.state / "lock").read_text())["pid"] == os.getpid()


def test_a_lock_of_another_host_is_respected(home):
    home.state.mkdir()
    other = {"pid": 1, "host": "another-host", "since": "2020-04-01T08:00:00"}
    (home.state / "lock").write_text(json.dumps(other))
    with pytest.raises(AnlanError, match="another-host"), refresh_lock(home):
        pass
    assert json.loads((home.state / "lock").read_text()) == other
