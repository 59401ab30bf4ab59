"""Files as text: plain, HTML, PDF, and what cannot be read."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.errors import ComityError, InputFileError
from comity.intent.reading import read_bytes, read_file

PAGE = """<!doctype html><html><head><title>Two countries</title>
<meta property="article:published_time" content="2025-12-09T10:00:00Z"></head><body>
<nav><a href="/">Home</a></nav><article><h1>Two countries</h1>
<p>Bilateral trade between India and Russia crossed $65 billion, the ministry said in a long
statement about what had been done in the year and what remained to be done by both sides.</p>
<p>Officials of the two countries met for talks that went on for two days in the capital, and
many more of them are planned for the months that follow, as both sides told reporters.</p>
</article></body></html>"""


def pdf(text: str | None) -> bytes:
    """Return a PDF of one page by hand: with a line of text, or with none, as a scan has."""
    stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode() if text else b"0 0 m 9 9 l S"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 200] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, content in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    out.write(b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def test_plain_text_keeps_every_character() -> None:
    text = "India’s trade\r\nwith Russia\u00a0: $5 bn 😀\n"
    assert read_bytes(text.encode(), "a.txt").text == text


def test_a_headline_and_a_date_are_found_in_plain_text() -> None:
    text = "News\nHome\n\nIndia and Russia must go on\n\nUpdated: December 9, 2025\n\n" + "x " * 99
    document = read_bytes(text.encode(), "a.txt")
    assert document.title == "India and Russia must go on"
    assert document.date is not None
    assert document.date.isoformat() == "2025-12-09"


def test_html_gives_its_article() -> None:
    document = read_bytes(PAGE.encode(), "a.html")
    assert document.kind == "html"
    assert "crossed $65 billion" in document.text
    assert "<p>" not in document.text
    assert document.title == "Two countries"
    assert document.date is not None
    assert document.date.isoformat() == "2025-12-09"


def test_pdf_gives_its_text() -> None:
    document = read_bytes(pdf("Trade between India and Russia was 65 billion dollars"), "a.pdf")
    assert document.kind == "pdf"
    assert "between India and Russia" in document.text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b" \n\t ", "is empty"),
        (bytes(range(256)) * 40, "is not a text"),
        ("Индия и Россия, ".encode("utf-16-le") * 20, "is not a text"),
        (b"PK\x03\x04" + b"x" * 99, "a ZIP archive or an Office file"),
        (b"\x89PNG\r\n" + b"x" * 99, "a picture"),
        (b"%PDF-1.7\nnothing that a PDF has", "is a damaged PDF"),
        (pdf(None), "probably a scan"),
        (b"<!doctype html><html><body></body></html>", "without an article"),
    ],
)
def test_what_cannot_be_read_is_a_plain_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(InputFileError, match=sentence) as caught:
        read_bytes(data, "the file")
    assert caught.value.hint


def test_another_encoding_is_read_with_a_note() -> None:
    document = read_bytes("Türkiye’s trade was €5 billion".encode("cp1252"), "a.txt")
    assert document.text == "Türkiye’s trade was €5 billion"
    assert any("Windows-1252" in note for note in document.notes)


def test_too_large_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comity.intent.reading.document.LARGEST", 10)
    with pytest.raises(InputFileError, match="larger than"):
        read_bytes(b"x" * 11, "a.txt")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="could not be read: no such file"):
        read_file(tmp_path / "none.txt")
    with pytest.raises(InputFileError, match="could not be read"):
        read_file(tmp_path)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(b"India and Russia")

    monkeypatch.setattr(sys, "stdin", Stdin)
    assert read_file(Path("-")).name == "standard input"


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=200).map(lambda b: b"%PDF-1.4\n" + b),
        st.text(max_size=200).map(lambda t: f"<html><body><p>{t}</p></body></html>".encode()),
        st.text(max_size=200).map(lambda t: t.encode("utf-16")),
    )
)
def test_any_bytes_give_a_text_or_a_sentence(data: bytes) -> None:
    document = None
    sentence = ""
    try:
        document = read_bytes(data, "a file")
    except ComityError as error:
        sentence = error.message
    assert sentence.endswith(".") if document is None else document.text.strip()
