"""Files that a server keeps of its sessions: bounded in number and in size, the oldest go first."""

import os

import pytest

from ui.own import keep_newest


@pytest.mark.parametrize(
    ("most", "most_bytes", "spare", "left"),
    [(9, 10**9, "", "abcde"), (2, 10**9, "", "de"), (9, 25, "", "de"), (9, 5, "", "e"), (0, 0, "", "e"),
     (2, 10**9, "a", "ade"), (9, 30, "", "cde")],
)  # fmt: skip
def test_the_oldest_go_first(tmp_path, most, most_bytes, spare, left):
    for age, name in enumerate("abcde"):
        (tmp_path / name).write_bytes(b"0" * 10)
        os.utime(tmp_path / name, (age, age))
    keep_newest(tmp_path.iterdir(), most, most_bytes, {tmp_path / name for name in spare})
    assert sorted(path.name for path in tmp_path.iterdir()) == list(left)


def test_a_file_that_has_gone_is_passed_over(tmp_path):
    keep_newest([tmp_path / "gone"], 0)
