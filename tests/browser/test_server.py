"""The HTTP side of the running app: health, headers, compression, what is refused, what a failing page shows."""

import base64
import gzip
import hashlib
import json
import re
import urllib.error
import urllib.request

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect


def get(url: str, **headers: str):
    """Status, headers and body, undecoded."""
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


@pytest.fixture(scope="module")
def script(served) -> str:
    """The address of one of Streamlit's own scripts, as its page names it."""
    return served.url + re.search(rb'src="\.(/static/js/[^"]+)"', get(served.url)[2])[1].decode()


def test_health(served):
    status, headers, body = get(f"{served.url}/healthz")
    assert status == 200
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {"status": "ok", "pid": served.pid}


@pytest.mark.parametrize("path", ["/", "/step", "/healthz", "/nowhere.js", "/_stcore/health", "/_stcore/metrics"])
def test_security_headers_stand_on_every_answer(served, path):
    _, headers, _ = get(served.url + path)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["permissions-policy"]
    assert len(headers.get_all("content-security-policy")) == 1


def test_the_policy_names_every_inline_script_and_no_eval(served):
    _, headers, body = get(served.url)
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    inline = re.findall(rb"<script>(.*?)</script>", body, re.DOTALL)
    assert inline
    for text in inline:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" in policy["script-src"]
    assert "'unsafe-eval'" not in headers["content-security-policy"]
    assert "'unsafe-inline'" not in policy["script-src"]
    assert policy["default-src"] == policy["frame-ancestors"] == "'self'"
    assert policy["object-src"] == "'none'"


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/agent"])
def test_private_paths_are_not_there(served, path):
    assert get(served.url + path)[0] == 404


def test_scripts_travel_compressed_and_arrive_whole(script):
    plain = get(script)
    assert "content-encoding" not in plain[1]
    for _ in range(2):  # the second comes from what is kept
        status, headers, body = get(script, Accept_Encoding="gzip, br")
        assert (status, headers["content-encoding"], headers["vary"]) == (200, "gzip", "Accept-Encoding")
        assert int(headers["content-length"]) == len(body) < len(plain[2]) / 2
        assert gzip.decompress(body) == plain[2]
        assert headers["content-type"] == plain[1]["content-type"]


def test_parts_and_revalidation_pass_through(script):
    status, headers, body = get(script, Accept_Encoding="gzip", Range="bytes=0-9")
    assert (status, len(body)) == (206, 10)
    assert "content-encoding" not in headers
    assert get(script, Accept_Encoding="gzip", If_None_Match=get(script)[1]["etag"])[0] == 304


def test_what_is_no_file_of_streamlit_is_not_kept(served):
    """Streamlit answers an unknown path with its page; keeping one copy a name would fill the memory."""
    assert "content-encoding" not in get(f"{served.url}/static/js/nothing.js", Accept_Encoding="gzip")[1]


def test_a_foreign_page_cannot_open_the_stream(served):
    with pytest.raises(InvalidStatus, match="403"):
        connect(f"{served.url.replace('http', 'ws')}/_stcore/stream", origin="http://evil.example").close()


def test_an_upload_without_the_token_is_refused(served):
    request = urllib.request.Request(f"{served.url}/_stcore/upload_file/a/b", b"x", method="PUT")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    with refused.value:
        assert refused.value.code == 403


@pytest.mark.parametrize("when", ["at once", "in a callback"])
def test_a_failing_page_shows_a_reference_and_the_log_has_the_rest(when, serve, visit, tmp_path):
    broken = {
        "at once": "import streamlit as st\nst.title('x')\nraise RuntimeError('secret detail')\n",
        "in a callback": "import streamlit as st\ndef f():\n    raise RuntimeError('secret detail')\n"
        "st.button('Press', on_click=f)\n",
    }
    (tmp_path / "broken.py").write_text(broken[when])
    app = serve(tmp_path / "broken.py")
    visited = visit(url=app.url)
    if when == "in a callback":
        visited.page.get_by_role("button", name="Press").click()
    visited.page.get_by_text("Something went wrong").wait_for()
    reference = re.search(r"\b[0-9a-f]{8}\b", visited.page.get_by_test_id("stAlert").inner_text())[0]
    shown = visited.page.content()
    assert "secret" not in shown
    assert "Traceback" not in shown
    log = app.log.read_text("utf-8")
    assert f"reference {reference}" in log
    assert "RuntimeError: secret detail" in log
