"""A file as text: plain, HTML or PDF, with its title and its date."""

from __future__ import annotations

import datetime as dt
import logging
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from comity.errors import InputFileError
from comity.intent.reading.dateline import find_date, read_date

LARGEST = 25_000_000
_PAGES = 2000
_BODY = 130  # a longer line is a paragraph
_HTML = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)", re.I | re.S
)
_TAGS = re.compile(rb"</(?:p|div|span|article|body)>", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffd]")
_OTHERS = {
    b"PK\x03\x04": "a ZIP archive or an Office file",
    b"\xd0\xcf\x11\xe0": "an older Office file",
    b"{\\rtf": "an RTF file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a compressed file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What was read from a file.

    Parameters
    ----------
    name : str
        The file's name, or "standard input".
    kind : str
        ``text``, ``html`` or ``pdf``.
    text : str
        The text; all offsets point into it. For HTML it is the article, for PDF its pages.
    title : str
        Of an HTML page or a PDF; else "".
    date : date or None
        The text's date, where it gives one.
    notes : tuple of str
        What a reader must know, such as an encoding that was guessed.
    """

    name: str
    kind: str
    text: str
    title: str = ""
    date: dt.date | None = None
    notes: tuple[str, ...] = ()


def read_file(path: Path) -> Document:
    """Read a file, or standard input where the path is ``-``.

    Raises
    ------
    InputFileError
        It cannot be read, is empty or too large, or holds no text.
    """
    if str(path) == "-":
        return read_bytes(sys.stdin.buffer.read(LARGEST + 1), "standard input")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise InputFileError(
            f"{path} could not be read: {reason}.", "Give a text, HTML or PDF file, or - ."
        ) from None
    return read_bytes(data, path.name)


def read_bytes(data: bytes, name: str) -> Document:
    """Read the bytes of a text, HTML or PDF file.

    Raises
    ------
    InputFileError
        They are empty, too many, or hold no text.
    """
    if len(data) > LARGEST:
        raise InputFileError(
            f"{name} is larger than {LARGEST // 1_000_000} MB.", "Give the text in parts."
        )
    if not data.strip():
        raise InputFileError(f"{name} is empty.", "Give a text, HTML or PDF file.")
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return _pdf(data, name)
    for magic, what in _OTHERS.items():
        if data.startswith(magic):
            raise InputFileError(f"{name} is {what}, not a text.", "Save it as PDF or plain text.")
    if _HTML.match(data[:4096]) or len(_TAGS.findall(data[:200_000])) > 5:
        return _html(data, name)
    text, notes = _decode(data, name)
    found = find_date(text)
    return Document(
        name=name,
        kind="text",
        text=text,
        title=_headline(text),
        date=found[0] if found else None,
        notes=notes,
    )


def _headline(text: str) -> str:
    """Return what looks like the headline of a plain text: the longest line before its body."""
    best = ""
    for line in text[:4000].splitlines():
        words = " ".join(line.split())
        if len(words) > _BODY:
            break
        if len(words) > len(best) and words.count(" ") >= 3 and not words.endswith((".", ":", ",")):
            best = words
    return best if not find_date(best) else ""


def _decode(data: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return _text(data.decode(encoding, "replace"), name), ()
    try:
        return _text(data.decode("utf-8"), name), ()
    except UnicodeDecodeError:
        pass
    note = f"{name} is not in UTF-8; it was read as Windows-1252, so some letters may be wrong."
    return _text(data.decode("cp1252", "replace"), name), (note,)


def _text(text: str, name: str) -> str:
    odd = len(_CONTROL.findall(text[:100_000]))
    if odd > 0.02 * min(len(text), 100_000) + 2:
        raise InputFileError(
            f"{name} is not a text: it holds binary data, or an encoding that is not UTF-8.",
            "Save it as UTF-8 text, HTML or PDF.",
        )
    if not text.strip():
        raise InputFileError(f"{name} is empty.", "Give a text, HTML or PDF file.")
    return text.encode("utf-8", "replace").decode("utf-8")


def _html(data: bytes, name: str) -> Document:
    import trafilatura

    page = data
    declared = _CHARSET.search(data[:4096])
    notes: tuple[str, ...] = ()
    if not declared:
        decoded, notes = _decode(data, name)
        page = decoded.encode("utf-8")
    with _quiet("trafilatura", "htmldate", "readability", "justext", "courlan"):
        try:
            found = trafilatura.bare_extraction(
                page, include_comments=False, include_tables=True, with_metadata=True
            )
        except Exception:
            found = None
    text = str(getattr(found, "text", None) or "").strip()
    if not text:
        raise InputFileError(
            f"{name} is an HTML page without an article in it.",
            "Save the text of the page as a plain text file.",
        )
    text = _text(text, name)
    written = str(getattr(found, "date", None) or "")
    day = read_date(written) if re.fullmatch(r"\d{4}-\d\d-\d\d", written) else None
    if day is None and (own := find_date(text)):
        day = own[0]
    title = str(getattr(found, "title", None) or "")
    return Document(name=name, kind="html", text=text, title=title, date=day, notes=notes)


def _pdf(data: bytes, name: str) -> Document:
    import io

    import pypdf

    with _quiet("pypdf"):
        try:
            reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
            locked = reader.is_encrypted and not reader.decrypt("")
            pages = [] if locked else [page.extract_text() or "" for page in reader.pages[:_PAGES]]
            title = "" if locked else str((reader.metadata.title if reader.metadata else "") or "")
        except Exception:
            raise InputFileError(
                f"{name} is a damaged PDF: it could not be read.", "Save it again, or as text."
            ) from None
    if locked:
        raise InputFileError(f"{name} is protected by a password.", "Save it without one.")
    text = "\n\n".join(pages).strip()
    if len(re.findall(r"\w", text)) < 20:
        raise InputFileError(
            f"{name} is a PDF without text, probably a scan.",
            "Run it through text recognition (OCR) first.",
        )
    text = _text(text, name)
    found = find_date(text)
    return Document(name=name, kind="pdf", text=text, title=title, date=found[0] if found else None)


@contextmanager
def _quiet(*loggers: str) -> Iterator[None]:
    """Keep a library's warnings to itself: what matters is said in the error."""
    levels = {name: logging.getLogger(name).level for name in loggers}
    try:
        for name in loggers:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
