"""The house rules of DESIGN that can be read off the sources: who imports whom, sizes, what must not stand there."""

import ast
import re
import subprocess
import sys
from fnmatch import fnmatch
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("engine", "charts", "ui", "pages", "scripts", "benchmarks", "tests")
STDLIB = sys.stdlib_module_names

MAY_IMPORT = {
    "engine": {"torch", "numpy", "numba", "xarray", "pandas", "jaxtyping", "safetensors", "engine"},
    "charts": {"xarray", "numpy", "pandas", "altair", "plotly", "charts"},
    "ui": {"streamlit", "engine", "charts", "xarray", "pandas", "numpy", "babel", "ui"},
    "pages": {"streamlit", "ui", "charts"},
}
# single modules that need one thing more
ALSO = {
    "engine/__main__.py": {"typer", "tqdm"},
    "engine/cli*.py": {"typer", "tqdm", "pyarrow"},
    "engine/scoring.py": {"pyarrow"},
    "engine/readers/*.py": {"charset_normalizer", "puremagic", "python_calamine", "pyarrow"},
    "engine/files.py": {"pyarrow"},
    "engine/segment.py": {"jieba"},
    "engine/sentences.py": {"spacy"},
    "engine/tokens.py": {"spacy", "tokenizers"},
    "engine/bert_tokens.py": {"tokenizers"},
    "ui/page.py": {"vl_convert"},
    "ui/server.py": {"starlette", "uvicorn"},
}
LONGEST_MODULE, LONGEST_PAGE, LONGEST_ROUTER, LONGEST_FUNCTION = 250, 80, 60, 50


def sources(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> set[str]:
    """Full dotted names of every import of a file, also those inside functions."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def allowed(path: Path) -> set[str]:
    also = (more for where, more in ALSO.items() if fnmatch(name(path), where))
    return MAY_IMPORT[path.relative_to(ROOT).parts[0]].union(*also)


def code_files() -> list[Path]:
    return [*sources(*PACKAGES), ROOT / "app.py", ROOT / "serve.py"]


def tracked() -> list[Path]:
    """The files of the repository; without git, everything that is not made by make."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True
    )
    paths = [ROOT / path for path in listed.stdout.decode().split("\0") if path]
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("path", sources(*MAY_IMPORT), ids=name)
def test_imports_follow_the_table(path):
    beyond = {module.split(".")[0] for module in imports(path)} - STDLIB - allowed(path)
    assert not beyond


def test_imports_are_found_wherever_they_stand(tmp_path):
    """The reader that the other tests rely on sees plain, renamed, from- and nested imports."""
    (tmp_path / "x.py").write_text(
        "import numpy as np, torch.nn\nfrom engine import rnn\ndef f():\n    from ui.page import draw\n"
    )
    assert imports(tmp_path / "x.py") == {"numpy", "torch.nn", "engine.rnn", "ui.page.draw"}


def test_engine_has_no_import_cycle():
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sources("engine")
    }

    def home(imported: str) -> str:
        """The module that an imported name comes from."""
        return max((module for module in modules if f"{imported}.".startswith(f"{module}.")), key=len, default="")

    graph = {module: set(map(home, imports(path))) - {"", module} for module, path in modules.items()}
    assert list(TopologicalSorter(graph).static_order())


def test_pages_are_scripts_not_a_package():
    assert not (ROOT / "pages" / "__init__.py").exists()
    for path in code_files():
        assert not {module for module in imports(path) if module.split(".")[0] == "pages"}, name(path)


def test_modules_are_short():
    limits = {path: LONGEST_MODULE for path in sources("engine", "charts", "ui", "scripts", "benchmarks")}
    limits |= {path: LONGEST_PAGE for path in sources("pages")}
    limits |= {ROOT / "app.py": LONGEST_ROUTER, ROOT / "serve.py": LONGEST_ROUTER}
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in limits}
    assert not {where: lines for where, lines in lengths.items() if lines > limits[ROOT / where]}


def test_functions_are_short():
    too_long = {}
    for path in code_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    too_long[f"{name(path)}:{node.name}"] = lines
    assert not too_long


def test_caches_live_in_the_modules_of_runs():
    users = {name(path) for path in code_files() if re.search(r"\bcache_(data|resource)\b", path.read_text("utf-8"))}
    rooms = "hmm work rnn seq2seq transformer letters ngrams nnlm bayes everything sentence leaderboard score"
    allowed = {"ui/runs.py", *(f"ui/runs_{room}.py" for room in rooms.split())}
    assert users - {"tests/test_architecture.py"} <= allowed


def test_every_cache_is_bounded():
    """`max_entries` wherever a cached function takes arguments."""
    for node in (node for path in sorted((ROOT / "ui").glob("runs*.py")) for node in ast.walk(tree(path))):
        if isinstance(node, ast.FunctionDef) and node.args.args:
            for decorator in node.decorator_list:
                if "cache_" in (text := ast.unparse(decorator)):
                    assert "max_entries" in text, node.name


@pytest.mark.parametrize("path", sorted((ROOT / "assets" / "components").glob("*")), ids=name)
def test_components_never_write_html(path):
    text = path.read_text("utf-8")
    assert not re.findall(r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function)", text)


@pytest.mark.parametrize(
    "path",
    [path for path in sorted((ROOT / "assets").rglob("*")) if path.suffix in {".js", ".css", ".svg", ".html"}],
    ids=name,
)
def test_assets_fetch_nothing(path):
    """No address in an asset but the names of XML vocabularies, which nobody fetches."""
    text = re.sub(r"http://www\.w3\.org/(2000/svg|1999/xlink|1999/xhtml|1998/Math/MathML)", "", path.read_text("utf-8"))
    assert not re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}[^\s\"')]*", text, re.IGNORECASE)


COMMON = {"/", "/tmp", "/opt", "/srv", "/var", "/usr", "/usr/src", "/usr/local", "/home", "/mnt", "/data", "/app"}


def test_no_address_of_a_machine_or_a_registry():
    places = {re.escape(place) for place in map(str, (ROOT, ROOT.parent)) if place not in COMMON}
    registries = "|".join(("py" + "pi", "np" + "mjs", "python" + "hosted", "deb" + "ian"))
    rule = re.compile(
        rf"(?<![A-Za-z0-9_.])(?:{'|'.join(places)}|/home/\w+|/Users/\w+|/root)/"
        rf"|https?://[a-z.]*(?:{registries})[a-z.]*/"
    )
    hits = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        hits += [f"{name(path)}: {match[0]}" for match in rule.finditer(text)]
    assert not hits
