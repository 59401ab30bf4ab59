"""Asking WITS for the tariffs of TRAINS: first which years there are, then a year at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from comity import catalogue
from comity.errors import FetchError, UsageError
from comity.sources.fetching import Client
from comity.sources.parts import keep
from comity.sources.publisher import Request

SITE = "https://wits.worldbank.org"
EVERYBODY = "000"  # partner of the tariffs that are levied on everybody
EUROPE = "918"

_YEARS = "/API/V1/wits/datasource/trn/dataavailability/country/{reporter}/year/ALL"
_DATA = (
    "/API/V1/SDMX/V21/datasource/TRN/reporter/{reporter}/partner/{partner}/product/{product}/year/"
    "{year}/datatype/{kind}"
)
_KINDS = ("reported", "aveestimated")
_SECONDS = 1.0  # bursts are answered with 403
_SPACE = {"wits": "http://wits.worldbank.org"}


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Ask for what countries levy: on everybody, and on partners where they have preferences.

    Without years, the latest year of each country comes. The option ``datatype`` is reported
    (usual) or aveestimated, which adds equivalents of specific duties.

    Raises
    ------
    UsageError
        No country was named; the option has another value.
    FetchError
        WITS refused, or has none of the years; the error names those that it has.
    """
    request.allow("WITS", "years", "countries", "partners", "products", options=("datatype",))
    kind = request.options.get("datatype", _KINDS[0])
    if kind not in _KINDS:
        raise UsageError(f"datatype cannot be {kind}.", f"Take one of {', '.join(_KINDS)}.")
    if not request.countries:
        raise UsageError(
            "WITS has to be asked for a country: the one that levies the tariffs.",
            "Name it: comity fetch trains --country RUS --partner IND.",
        )
    client.pauses.setdefault(urlsplit(SITE).hostname or "", _SECONDS)
    products = ";".join(request.products) or "ALL"
    paths: list[Path] = []
    for reporter in dict.fromkeys(_code(text, reports=True) for text in request.countries):
        there = _availability(client, reporter)
        for year in _chosen(request.years, there, reporter):
            partners = [EVERYBODY, *(_code(text) for text in request.partners)]
            for partner in dict.fromkeys(partners):
                # No preference on file: what is levied on everybody is levied on this one.
                if partner == EVERYBODY or partner in there[year]:
                    words = {"reporter": reporter, "partner": partner, "year": str(year)}
                    paths.append(_ask(client, {**words, "product": products, "kind": kind}, folder))
    return paths


def _code(text: str, *, reports: bool = False) -> str:
    """Return WITS's code: ISO's three digits; members of the European Union report as one."""
    country = catalogue.country(text)
    if reports and country.iso3 in catalogue.bloc("EU27").members():
        return EUROPE
    code = country.codes.get("m49", "")
    if not code:
        raise UsageError(f"WITS has no code for {country.name}.")
    return code.zfill(3)


def _availability(client: Client, reporter: str) -> dict[int, tuple[str, ...]]:
    """Return the years that a country has reported, and the partners with preferences in each."""
    body = client.get_bytes(SITE + _YEARS.format(reporter=reporter))
    strange = FetchError("WITS sent something other than a list of years.", "Try again later.")
    if b"<!" in body[:1000]:  # a document type could declare entities without end
        raise strange
    try:
        root = ET.fromstring(body.decode("utf-8-sig").strip())  # noqa: S314
    except (ET.ParseError, UnicodeDecodeError):
        raise strange from None
    years = {}
    for one in root.iterfind(".//wits:reporter", _SPACE):
        year = (one.findtext("wits:year", "", _SPACE) or "").strip()
        if year.isdigit():
            partners = (one.findtext("wits:partnerlist", "", _SPACE) or "").split(";")
            years[int(year)] = tuple(code.strip() for code in partners if code.strip())
    if not years:
        raise FetchError(f"WITS has no tariffs of reporter {reporter}.", "Ask for another country.")
    return years


def _chosen(asked: Iterable[int], there: dict[int, tuple[str, ...]], reporter: str) -> list[int]:
    wanted = sorted(set(asked)) or [max(there)]
    if missing := [year for year in wanted if year not in there]:
        raise FetchError(
            f"WITS has no tariffs of reporter {reporter} for {', '.join(map(str, missing))}.",
            f"It has {', '.join(map(str, sorted(there)))}.",
        )
    return wanted


def _ask(client: Client, words: dict[str, str], folder: Path) -> Path:
    name = "_".join(["trains", *list(words.values())]).replace(";", "+")[:120]
    path = folder / f"{name}.json"
    if path.exists():
        return path
    try:
        answer = client.get_json(SITE + _DATA.format(**words), {"format": "JSON"})
    except FetchError as error:
        if error.status != 404:
            raise
        raise FetchError(
            "WITS has no tariff for " + ", ".join(f"{k} {v}" for k, v in words.items()) + ".",
            "Look at the products: codes are of the revision of the HS that the country reported.",
            status=404,
        ) from None
    if not isinstance(answer, dict) or not answer.get("dataSets"):
        raise FetchError("WITS sent another kind of answer.", "Try again later.")
    return keep(path, json.dumps(answer).encode())
