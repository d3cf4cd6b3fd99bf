"""Uploads on the page: what is kept over page and language switches, and that nothing is taken for Markdown."""

from streamlit.testing.v1 import AppTest

from ui.uploads import EXAMPLES


def page() -> AppTest:
    def script():
        import streamlit as st

        from ui import uploads

        text = uploads.box()
        uploads.drop()
        read = uploads.read(uploads.source(text))
        st.text(" | ".join(read.names["name"]))
        st.text(f"source {read.source.name}")
        uploads.left_out(read.bad)

    return AppTest.from_function(script, default_timeout=30).run()


def scored(app: AppTest) -> list[str]:
    assert not app.exception
    return app.text[-2].value.split(" | ")


def upload(app: AppTest, name: str, blob: bytes) -> AppTest:
    return app.file_uploader[0].upload(name, blob).run()


def test_the_example_is_ready():
    assert scored(page()) == list(EXAMPLES)


def test_a_file_goes_before_the_text_until_it_is_removed():
    app = upload(page(), "a.csv", "name,x\nMüller,Abel\n".encode("latin-1"))
    assert scored(app) == ["Müller"]
    assert app.text_area[0].disabled
    app.run()
    assert scored(app) == ["Müller"]
    app.button(key="score_remove").click().run()
    assert scored(app) == list(EXAMPLES)


def test_a_second_file_replaces_the_first():
    app = upload(page(), "a.txt", b"Anna\n")
    assert scored(upload(app, "b.txt", b"Bob\n")) == ["Bob"]


def test_column_header_and_encoding_can_be_corrected():
    app = upload(page(), "a.csv", "name,x\nИван Li,Abel\n".encode("cp1251"))
    assert app.selectbox[1].value == "name"
    assert scored(app.selectbox[1].set_value("x").run()) == ["Abel"]
    assert scored(app.toggle[0].set_value(False).run())[0] in ("name", "x")
    app.toggle[0].set_value(True).run()
    app.selectbox[1].set_value("name").run()
    assert scored(app.selectbox[0].set_value("cp1251").run()) == ["Иван Li"]


def test_a_pasted_table_has_a_column_to_choose():
    app = page()
    app.text_area[0].set_value("name\tcity\nAnna\tRome\nBob\tParis\n").run()
    assert scored(app) == ["Anna", "Bob"]
    assert scored(app.selectbox[0].set_value("city").run()) == ["Rome", "Paris"]


def test_bad_rows_are_told_with_line_and_reason():
    app = upload(page(), "a.txt", b"Anna\n\n12\n\xff\xfe\xff\n")
    assert "3 rows" in app.expander[0].label
    table = app.dataframe[0].value
    assert table["line"].tolist() == [2, 3, 4]
    assert table["reason"].is_unique


def test_a_message_is_no_markdown():
    app = upload(page(), "**a** :red[x] <b>$y$ [z](http://q).csv", b"\x89PNG\r\n\x1a\n" + bytes(50))
    assert not app.exception
    said = app.error[0].value
    for marked in ("**", ":red[", "<b>", "$y$", "[z](", "http:"):
        assert marked not in said.replace("\\", "\\\\").replace("\\\\", "\0")
    assert app.text[0].value.startswith("**a**")


def test_nothing_pasted_is_an_invitation():
    app = page()
    app.text_area[0].set_value("  \n").run()
    assert not app.exception
    assert app.info
