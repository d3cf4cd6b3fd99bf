import gzip
import io
import json
import random
import subprocess
import sys
import time

import pandas as pd
import pytest

from engine import sentence_scores, sentences, tagger_file
from engine.cli import main
from engine.errors import InputError
from engine.readers import read
from engine.segment import segment

DATA = "The\tDET\tDT\ndog\tNOUN\tNN\nbarks\tVERB\tVBZ\n.\tPUNCT\t.\n\n" * 20


def run(monkeypatch, capfdbinary, *args, stdin=b""):
    """(exit code, stdout, stderr) of the command line in this process."""
    monkeypatch.setattr(sys, "argv", ["engine", *map(str, args)])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    code = main()
    out = capfdbinary.readouterr()
    return code, out.out.decode(), out.err.decode()


@pytest.fixture
def cli(monkeypatch, capfdbinary):
    return lambda *args, stdin=b"": run(monkeypatch, capfdbinary, *args, stdin=stdin)


def test_segment(cli):
    text = "我来到北京清华大学\n\n他 ok，3.14%\r\n最后"
    code, out, err = cli("segment", stdin=text.encode())
    assert (code, err) == (0, "")
    assert out == "我来 到 北京 清华大学\n\n他 ok ， 3.14%\n最后\n"
    assert cli("segment", "--delimiter", "/", stdin="我来到北京".encode())[1] == "我来/到/北京\n"
    assert cli("segment", stdin=b"")[:2] == (0, "")
    assert cli("segment", stdin="\ufeff北京".encode())[1] == "北京\n"


@pytest.mark.parametrize("command", ["segment", "tag"])
@pytest.mark.parametrize(
    ("stdin", "where"),
    [(b"ok\nbad \xff\n", "line 2"), ("北京".encode("gb18030"), "line 1"), (b"a\n\n" + b"x" * 1_100_000, "line 3")],
    ids=["not UTF-8", "GB18030", "a line without end"],
)
def test_bad_text_is_named_by_line(cli, command, stdin, where):
    code, out, err = cli(command, stdin=stdin)
    assert code == 2
    assert err.count("\n") == 1
    assert "stdin" in err
    assert where in err
    assert out.count("\n") == stdin[:20].count(b"\n") - (where == "line 2")


def test_train_evaluate_tag(cli, tmp_path):
    data, out = tmp_path / "d.tsv.gz", tmp_path / "new" / "w.safetensors"
    data.write_bytes(gzip.compress(DATA.encode()))
    code, printed, _ = cli("train", "tagger", "--data", data, "--out", out)
    assert code == 0
    assert json.loads(printed)["sentences"] == 20
    code, printed, _ = cli("evaluate", "tagger", "--weights", out, "--data", data)
    assert code == 0
    assert json.loads(printed) == {"n": 80, "n_unknown": 0, "accuracy": 1.0, "accuracy_unknown": None}
    code, printed, err = cli("tag", "--weights", out, stdin=b"The dog barks. The dog barks.\n\nThe dog")
    assert (code, err) == (0, "")
    one = "The_DET dog_NOUN barks_VERB ._PUNCT"
    assert printed == f"{one} {one}\n\nThe_DET dog_NOUN\n"
    code, printed, _ = cli("tag", "--no-split", "--format", "tsv", "--weights", out, stdin=b"The dog\nbarks .\n")
    assert printed == "The\tDET\ndog\tNOUN\n\nbarks\tVERB\n.\tPUNCT\n\n"


def test_a_corpus_without_the_finer_tag(cli, tmp_path):
    (tmp_path / "d.tsv").write_text("a\tX\nb\tY\n")
    assert cli("train", "tagger", "--data", tmp_path / "d.tsv", "--out", tmp_path / "w.safetensors")[0] == 0
    assert tagger_file.load_file(tmp_path / "w.safetensors").tags == ("X", "Y")


def test_the_shipped_tagger_is_the_default(cli):
    code, out, err = cli("tag", stdin="She didn't go to well-known places! — “Why?”\n".encode())
    assert (code, err) == (0, "")
    assert out.startswith("She_PRON did_AUX n't_PART go_VERB to_ADP well_ADV -_PUNCT known_")


@pytest.mark.parametrize(
    "args",
    [
        ("tag", "--weights", "absent"), ("tag", "--weights", "/"), ("tag", "--nope"), ("tag", "--format", "xml"),
        ("tag", "--weights", "{bad}"), ("segment", "extra"), ("train", "tagger"),
        ("train", "tagger", "--data", "absent", "--out", "w"), ("train", "tagger", "--data", "{bad}", "--out", "w"),
        ("train", "tagger", "--data", "/", "--out", "w"),
        ("train", "tagger", "--data", "{good}", "--out", "/proc/none/w"), ("evaluate", "tagger", "--data", "absent"),
        ("evaluate", "tagger", "--data", "{bad}"), ("evaluate", "tagger", "--data", "{good}", "--weights", "{bad}"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_errors_are_one_line_and_code_2(cli, tmp_path, args):
    (tmp_path / "bad").write_bytes(b"a\tb\tc\td\n\xff")
    (tmp_path / "good").write_text(DATA)
    code, out, err = cli(*(arg.format(bad=tmp_path / "bad", good=tmp_path / "good") for arg in args), stdin=b"a\n")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_nobody_reads_the_output():
    code = f"yes 我来到北京清华大学 | head -20000 | {sys.executable} -m engine segment | head -1"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("我来 到 北京 清华大学\n", "")


def test_lines_are_handed_out_before_all_have_come():
    source = io.BytesIO(b"x\n" * 1200)
    batches = sentences.lines(source)
    assert len(next(batches)) == sentences.BATCH
    assert source.tell() == 2 * sentences.BATCH


def test_words_and_sentences():
    cut = sentences.words(["I don't.  He can't!\tWell-known: 3.5%", "", "  \n"])
    assert cut[0][0] == ["I", "do", "n't", "."]
    assert cut[0][1] == ["He", "ca", "n't", "!"]
    assert cut[1:] == [[], []]


def table_of(text, name):
    return read(text.encode(), name)


def test_the_column_of_sentences():
    tables, _ = table_of("id,name,review\n1,Ann,The food was very good .\n2,Bob,\n3,Eve,I did not like it .\n", "r.csv")
    rows, bad = sentences.column(tables)
    assert rows["text"].tolist() == ["The food was very good .", "I did not like it ."]
    assert rows["line"].tolist() == [2, 4]
    assert [row.line for row in bad] == [3]
    assert sentences.column(tables, "name")[0]["text"].tolist() == ["Ann", "Bob", "Eve"]
    tables, _ = table_of("One line, with commas.\n\nAnother \0 line.\nLast one.\n", "t.txt")
    rows, bad = sentences.column(tables)
    assert rows["text"].tolist() == ["One line, with commas.", "Last one."]
    assert [row.line for row in bad] == [2, 3]
    assert sentences.check("x" * 10_001)[1] == {"limit": 10_000, "n": 10_001}


def test_scores_of_many_texts_are_those_of_each():
    tagger = tagger_file.load_shipped()
    texts = ["The dog barks. It sleeps.", "", "Zorblax!"]
    table = sentence_scores.tagged(texts, tagger)
    assert table["words"].tolist() == [7, 0, 2]
    assert table["unknown"].tolist() == [0, 0, 1] or table["unknown"][2] >= 1
    one = sum(tagger.tag(words).log_probability for words in sentences.words(texts[:1])[0])
    assert table["log_probability"][0] == pytest.approx(one)
    assert table["per_word"][0] == pytest.approx(one / 7)
    assert pd.isna(table["per_word"][1])
    assert table["tagged"][0].startswith("The_DET dog_NOUN ")
    chinese = sentence_scores.segmented(["我来到北京 ok", "", "no"])
    assert chinese["segmented"].tolist() == ["我来 到 北京 ok", "", "no"]
    assert chinese["characters"].tolist() == [5, 0, 0]
    assert pd.isna(chinese["per_character"][2])
    assert len(sentence_scores.tagged([], tagger)) == len(sentence_scores.segmented([])) == 0


def test_many_texts_take_little_time():
    draw, tagger = random.Random(0), tagger_file.load_shipped()
    words = ["the", "dog", "sees", "Zorblax", "quickly", "in", "a", "house", "and", "they", "run"]
    texts = [" ".join(draw.choices(words, k=12)) for _ in range(2000)]
    sentence_scores.tagged(texts[:10], tagger)
    begin = time.process_time()
    sentence_scores.tagged(texts, tagger)
    sentence_scores.segmented(["我来到北京清华大学，在那里学习了很多东西"] * 2000)
    assert time.process_time() - begin < 6  # 20,000 a minute


def test_error_messages_have_parameters():
    with pytest.raises(InputError) as error:
        list(sentences.lines(io.BytesIO(b"\xff"), "{braces}"))
    assert "{braces}" in str(error.value)
    assert segment("{braces}") == ["{", "braces", "}"]
