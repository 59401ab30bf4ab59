"""Asking UN Comtrade's API: without a key a year at a time, with one a dozen years."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from comity import catalogue
from comity.errors import FetchError, UsageError
from comity.sources.fetching import Client
from comity.sources.parts import keep
from comity.sources.publisher import Request

SITE = "https://comtradeapi.un.org"
KEY = "COMTRADE_API_KEY"

_PREVIEW, _PREVIEW_ROWS = "/public/v1/preview/C/A/HS", 500
_DATA, _DATA_ROWS, _DATA_YEARS = "/data/v1/get/C/A/HS", 100_000, 12
_SECONDS = 1.5  # between two calls; the free key allows about one a second
_FLOWS = {"both": "M,X", "exports": "X", "imports": "M"}
# Without these a row comes once more for each breakdown of it.
_NO_BREAKDOWN = {"partner2Code": "0", "customsCode": "C00", "motCode": "0"}
_REGISTER = "comtradedeveloper.un.org"


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Ask for trade as reported by countries, and by their partners of them.

    Options: ``flow`` (both, exports, imports) and ``mirror`` (yes, no): whether the partners'
    reports are asked for as well. Without the environment variable ``COMTRADE_API_KEY`` the public
    preview answers, 500 rows a call at most.

    Raises
    ------
    UsageError
        No country or no years were named; an option has another value.
    FetchError
        UN Comtrade refused, in its own words; or an answer is cut off by its limit of rows.
    """
    request.allow(
        "UN Comtrade", "years", "countries", "partners", "products", options=("flow", "mirror")
    )
    if not request.countries or not request.years:
        raise UsageError(
            "UN Comtrade has to be asked for a country and years.",
            "Name them: comity fetch comtrade --country IND --partner RUS --years 2019-2023.",
        )
    key = os.environ.get(KEY, "").strip()
    client.pauses.setdefault(urlsplit(SITE).hostname or "", _SECONDS)
    return [_ask(client, query, key, folder) for query in _queries(request, keyed=bool(key))]


def _queries(request: Request, *, keyed: bool) -> Iterator[dict[str, str]]:
    """Give the parameters of each call."""
    flow = _choice(request, "flow", _FLOWS)
    mirrored = _choice(request, "mirror", {"yes": "yes", "no": ""})
    reporters, partners = _codes(request.countries), _codes(request.partners)
    pairs = [(reporter, partner) for reporter in reporters for partner in partners or ("",)]
    if mirrored:
        pairs += [(partner, reporter) for reporter, partner in pairs]
    years = sorted(set(request.years))
    span = _DATA_YEARS if keyed else 1
    for reporter, partner in dict.fromkeys(pairs):
        for start in range(0, len(years), span):
            ends = {"reporterCode": reporter, "partnerCode": partner}
            yield {
                **{name: code for name, code in ends.items() if code},
                "period": ",".join(map(str, years[start : start + span])),
                "flowCode": flow,
                "cmdCode": ",".join(request.products) or "TOTAL",
                **_NO_BREAKDOWN,
            }


def _choice(request: Request, name: str, values: dict[str, str]) -> str:
    asked = request.options.get(name, next(iter(values)))
    if asked not in values:
        raise UsageError(f"{name} cannot be {asked}.", f"Take one of {', '.join(values)}.")
    return values[asked]


def _codes(countries: tuple[str, ...]) -> tuple[str, ...]:
    """Return UN Comtrade's own codes: India is 699 there, not 356."""
    codes: dict[str, None] = {}
    for text in countries:
        country = catalogue.country(text)
        code = country.codes.get("comtrade", "")
        if not code:
            raise UsageError(f"UN Comtrade has no code for {country.name}.")
        codes[code] = None
    return tuple(codes)


def _ask(client: Client, query: dict[str, str], key: str, folder: Path) -> Path:
    path = folder / _name(query)
    if path.exists():
        return path
    most = _DATA_ROWS if key else _PREVIEW_ROWS
    url = SITE + (_DATA if key else _PREVIEW)
    # In a header, so that no log of addresses has the key.
    headers = {"Ocp-Apim-Subscription-Key": key} if key else {}
    try:
        answer = client.get_json(url, {**query, "maxRecords": most}, headers)
    except FetchError as error:
        raise _in_its_words(error) from None
    rows = _rows(answer)
    if len(rows) >= most:
        raise FetchError(
            f"UN Comtrade has more than {most:,} rows for that and would cut them off.",
            "Name fewer products or partners."
            if key
            else f"Name fewer products or partners, or register at {_REGISTER} and set {KEY}.",
        )
    return keep(path, json.dumps(answer).encode())


def _name(query: dict[str, str]) -> str:
    """Return the name of an answer's file: what was asked for, shortened to what a disk takes."""
    years = query["period"].split(",")
    words = [
        "comtrade",
        query.get("reporterCode", "all"),
        query.get("partnerCode", "all"),
        query["flowCode"].replace(",", ""),
        years[0] if len(years) == 1 else f"{years[0]}-{years[-1]}-{len(years)}",
        query["cmdCode"].replace(",", "+")[:80],
    ]
    return "_".join(words) + ".json"


def _rows(answer: Any) -> list[Any]:  # noqa: ANN401 - JSON is anything
    rows = answer.get("data") if isinstance(answer, dict) else None
    said = _words(answer)
    if said or not isinstance(rows, list):
        raise FetchError(
            f"UN Comtrade refuses: {said}" if said else "UN Comtrade sent another kind of answer.",
            "Look at the years, countries and products that were asked for.",
        )
    return rows


def _words(answer: Any) -> str:  # noqa: ANN401 - JSON is anything
    """Return what an answer says went wrong, in any of the shapes that the service has."""
    if not isinstance(answer, dict):
        return ""
    inner = answer.get("errorObject")
    if isinstance(inner, dict):
        answer = inner
    said = next(
        (answer[name] for name in ("errorMessage", "message", "error") if answer.get(name)), ""
    )
    return said if isinstance(said, str) else json.dumps(said)


def _in_its_words(error: FetchError) -> FetchError:
    """Return the error with what the service said about it."""
    try:
        said = _words(json.loads(error.body))
    except ValueError:
        said = "the address is too long" if "URL Too Long" in error.body else ""
    if not said:
        return error
    hints = {
        401: f"Look at {KEY}: it is no valid key.",
        403: "Wait until the quota of the day is filled up again, or ask for less.",
        429: "Wait a minute and try again.",
    }
    hint = "Name fewer products." if "too long" in said.lower() else error.hint
    return FetchError(
        f"UN Comtrade refuses: {said}",
        hints.get(error.status or 0, hint),
        status=error.status,
        body=error.body,
    )
