"""OpenAlex: works with authors in two countries.

Two ways in: the interface, asked for one country's partners a year or for one pair over the years;
and V. Batagelj's country networks, which the starter is built from.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from comity import catalogue
from comity.errors import FetchError, InputFileError, UsageError
from comity.sources.answers import Answer, day_of, load_answers, message_of, save_answers
from comity.sources.fetching import Client
from comity.sources.publisher import Found, Publisher, Request, Sample, Tables
from comity.sources.reading import countries, integers, numbers, read_table

NETWORKS = "openalex-coauthorship-2024"
WORKS = "openalex-works"

API = "https://api.openalex.org/works"
_GROUPS = 200  # the most that one page of groups holds
_WITHOUT_KEY = 100  # questions a day
_FIRST_YEAR = 2000
_PAIRS = '"year","iso2_a","iso2_b","works"'
_TOTALS = '"year","iso2","intl_works_T"'


def recognise(sample: Sample) -> Found | None:
    """Return what a file of OpenAlex's figures is, None where it is none."""
    if day := day_of(sample, "openalex"):
        return Found(
            publisher="openalex",
            what=f"OpenAlex, works by country of their authors, fetched {day}",
            layout="works",
            source=f"{WORKS}-{day.replace('-', '')}",
            catalogue=WORKS,
            version=day,
        )
    for start, layout, words in (
        (_PAIRS, "pairs", "works of every two countries"),
        (_TOTALS, "totals", "international works of every country"),
    ):
        if sample.header.startswith(start):
            what = f"OpenAlex country networks of 27 August 2024, {words}"
            return Found("openalex", what, layout, NETWORKS, NETWORKS, "27 August 2024")
    return None


def read(path: Path, found: Found) -> Tables:
    """Read a file as rows of ``ties`` (``co_works``) and ``facts`` (``co_works_international``).

    Raises
    ------
    InputFileError
        The file is damaged; the error says where.
    """
    if found.layout == "pairs":
        return {"ties": read_co_works(path, found.source)}
    if found.layout == "totals":
        return {"facts": read_totals(path, found.source)}
    return read_works(path, found.source)


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Ask for works by country, and keep the answers in one file a country.

    With partners one question a pair gives all years; without, one question a country and year
    gives all its partners. Giant collaborations tie hundreds of countries at a stroke: the option
    ``authors_below`` leaves out works with so many authors or more. ``OPENALEX_API_KEY`` (free,
    100,000 questions a day; 100 without) and ``OPENALEX_MAILTO`` are read from the environment.

    Raises
    ------
    UsageError
        No country was named, or something that OpenAlex does not know.
    FetchError
        OpenAlex refused, or so many questions need a key.
    """
    below = request.options.get("authors_below", "")
    if not request.countries or request.products or set(request.options) - {"authors_below"}:
        raise UsageError(
            "OpenAlex is asked for countries, partners and years, and with the option "
            "authors_below for works of few authors.",
            "For example: comity fetch openalex --country IND --years 2015-2024",
        )
    years = request.years or tuple(range(_FIRST_YEAR, dt.datetime.now(tz=dt.UTC).year))
    asked = ("", *request.partners) if request.partners else tuple(map(str, years))
    _refuse_without_key(len(request.countries) * len(asked))
    paths = []
    for country in request.countries:
        name = "-".join(["openalex", country, *request.partners, _span(years)])
        path = folder / (name + (f"-below-{below}" if below else "") + ".json")
        if not path.exists():
            answers = [
                _ask(client, country, item, years, below) for item in asked if item != country
            ]
            save_answers(path, "openalex", answers)
        paths.append(path)
    return paths


def _span(years: Sequence[int]) -> str:
    whole = list(years) == list(range(years[0], years[-1] + 1))
    return f"{years[0]}-{years[-1]}" if whole else "-".join(map(str, years))


def _ask(client: Client, country: str, item: str, years: Sequence[int], below: str) -> Answer:
    """Ask for a country's works of one year by country, or for those with one partner by year.

    Only works that have authors in two countries are counted, so the country's own group is what it
    wrote with any other; the partner "" stands for that too.
    """
    by_partner = item.isdigit()
    also = "" if by_partner or not item else f"+{_iso2(item)}"
    filters = [
        f"authorships.countries:{_iso2(country)}{also}",
        "countries_distinct_count:>1",
        f"publication_year:{item if by_partner else '|'.join(map(str, years))}",
    ]
    about = {"country": country, "year" if by_partner else "partner": item}
    if below:
        filters.append(f"authors_count:<{int(below)}")
        about["authors_below"] = below
    group = "authorships.countries" if by_partner else "publication_year"
    return Answer(about, _pages(client, ",".join(filters), group))


def _pages(client: Client, filters: str, group: str) -> list[Any]:
    """Return every page of the groups of a question."""
    pages: list[Any] = []
    cursor: str | None = "*"
    while cursor:
        query: dict[str, str | int] = {
            "filter": filters,
            "group_by": group,
            "per_page": _GROUPS,
            "cursor": cursor,
        }
        page = _question(client, query)
        if not isinstance(page, dict) or not isinstance(page.get("group_by"), list):
            raise FetchError(
                "OpenAlex sent an answer without groups.",
                "Try again later; the interface may have changed.",
            )
        pages.append(page)
        last = len(page["group_by"]) < _GROUPS
        cursor = None if last else page.get("meta", {}).get("next_cursor")
    return pages


def _question(client: Client, query: dict[str, str | int]) -> Any:  # noqa: ANN401 - JSON is anything
    for variable, name in (("OPENALEX_API_KEY", "api_key"), ("OPENALEX_MAILTO", "mailto")):
        if value := os.environ.get(variable, "").strip():
            query[name] = value
    try:
        return client.get_json(API, query)
    except FetchError as error:
        said = message_of(error.body)
        if not said:
            raise
        raise FetchError(
            f"OpenAlex refuses: {said}", error.hint, status=error.status, body=error.body
        ) from None


def _refuse_without_key(questions: int) -> None:
    if questions > _WITHOUT_KEY and not os.environ.get("OPENALEX_API_KEY", "").strip():
        raise FetchError(
            f"This takes {questions} questions, and OpenAlex answers {_WITHOUT_KEY} a day without "
            "a key.",
            "Get a free key at openalex.org and set OPENALEX_API_KEY, or ask for fewer years.",
        )


def _iso2(country: str) -> str:
    code = catalogue.country(country).iso2
    if code is None:
        raise UsageError(f"{country} has no two-letter code, and OpenAlex knows countries by it.")
    return code


def read_works(path: Path, source: str = WORKS) -> Tables:
    """Read what OpenAlex's interface answered.

    Parameters
    ----------
    path : Path
        A file that `fetch` wrote.
    source : str
        Id of the source.

    Returns
    -------
    dict of str to DataFrame
        ``ties``: ``co_works``, in both directions; a pair that both countries' answers hold is
        there once. ``facts``: ``co_works_international`` of the countries that were asked for.
        Both end in ``_few_authors`` where works of many authors were left out.
        ``attrs["left_out"]`` counts works of codes that stand for no country.
    """
    ties: dict[tuple[str, int, str, str], float] = {}
    facts: dict[tuple[str, int, str], float] = {}
    left_out: dict[str, int] = {}
    for answer in load_answers(path):
        country = str(answer.asked.get("country", ""))
        few = "_few_authors" if answer.asked.get("authors_below") else ""
        for key, count in _groups(path, answer):
            if "year" in answer.asked:
                year, other = int(answer.asked["year"]), catalogue.from_code(key, "openalex")
            else:
                year, other = int(key), str(answer.asked.get("partner") or country)
            if other is None:
                words = f"works with '{key}', which is no country"
                left_out[words] = left_out.get(words, 0) + count
            elif other == country:
                facts["co_works_international" + few, year, country] = float(count)
            else:
                for pair in ((country, other), (other, country)):
                    ties["co_works" + few, year, *pair] = float(count)
    names = ["indicator", "year", "origin", "destination", "value"]
    tables = {
        "ties": pd.DataFrame([(*key, value) for key, value in ties.items()], columns=names),
        "facts": pd.DataFrame(
            [(*key, value) for key, value in facts.items()],
            columns=["indicator", "year", "country", "value"],
        ),
    }
    tables = {name: frame.assign(unit="works", source=source) for name, frame in tables.items()}
    tables["ties"].attrs["left_out"] = left_out
    return tables


def _groups(path: Path, answer: Answer) -> Iterator[tuple[str, int]]:
    """Yield key and count of every group; keys are bare codes or end an address."""
    try:
        for page in answer.body:
            for group in page["group_by"]:
                yield str(group["key"]).rsplit("/", 1)[-1], int(group["count"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputFileError(
            f"{path.name}: the answer for {dict(answer.asked)} has no groups ({error!r}).",
            "Fetch it again with 'comity fetch openalex'.",
        ) from None


def read_co_works(path: Path, source: str = NETWORKS) -> pd.DataFrame:
    """Read how many works two countries wrote together, by year.

    Returns
    -------
    DataFrame
        `ties`, indicator ``co_works``, in both directions: the file lists each pair once.
    """
    frame = read_table(path, ["year", "iso2_a", "iso2_b", "works"])
    once = pd.DataFrame(
        {
            "year": integers(frame, "year", path),
            "origin": countries(frame, "iso2_a", path, scheme="iso2"),
            "destination": countries(frame, "iso2_b", path, scheme="iso2"),
            "value": numbers(frame, "works", path),
        }
    )
    back = once.rename(columns={"origin": "destination", "destination": "origin"})
    return pd.concat([once, back], ignore_index=True).assign(
        indicator="co_works", unit="works", source=source
    )


def read_totals(path: Path, source: str = NETWORKS) -> pd.DataFrame:
    """Read how many works a country wrote with any other, by year.

    Returns
    -------
    DataFrame
        `facts`, indicator ``co_works_international``. A work with three countries counts once
        here, and once for each of its pairs in `read_co_works`.
    """
    frame = read_table(path, ["year", "iso2", "intl_works_T"])
    return pd.DataFrame(
        {
            "indicator": "co_works_international",
            "year": integers(frame, "year", path),
            "country": countries(frame, "iso2", path, scheme="iso2"),
            "value": numbers(frame, "intl_works_T", path),
            "unit": "works",
            "source": source,
        }
    )


PUBLISHER = Publisher("openalex", (NETWORKS, WORKS), recognise, read, fetch)
