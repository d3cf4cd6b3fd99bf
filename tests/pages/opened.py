"""A page as AppTest sees it, opened at an address."""

from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

ROOT = Path(__file__).resolve().parents[2]


def open_page(page: str, /, **query: str | list[str]) -> AppTest:
    """The page, run once with these parameters in its address."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90)
    for key, value in query.items():
        app.query_params[key] = value
    if page != "home":
        app._page_hash = calc_hash(page)  # AppTest.switch_page would drop the query
    app.run()
    assert not app.exception
    return app
