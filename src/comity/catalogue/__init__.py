"""The vocabulary that code, docs and pages read alike, as CSV in ``data/``.

Look-ups take what people type and raise errors that say what may have been meant:

- `country`, `bloc`, `parties`: a country or a bloc by name or code; its members on a date;
- `chapter`, `sector_of` and their kin: the Harmonized System, 2022 edition;
- `indicator`, `pillar`, `source`: what is measured, and where figures come from.

`countries.from_code` and `countries.to_iso3` read publishers' codes.
"""

from comity.catalogue import countries
from comity.catalogue.countries import Country, country, from_code, list_countries, to_iso3
from comity.catalogue.vocabulary import (
    Indicator,
    Pillar,
    Source,
    indicator,
    indicators,
    pillar,
    pillars,
    source,
    sources,
)

__all__ = [
    "Country",
    "Indicator",
    "Pillar",
    "Source",
    "countries",
    "country",
    "from_code",
    "indicator",
    "indicators",
    "list_countries",
    "pillar",
    "pillars",
    "source",
    "sources",
    "to_iso3",
]
