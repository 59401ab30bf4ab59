"""The vocabulary that code, docs and pages read alike, as CSV in ``data/``.

Look-ups take what people type and raise errors that say what may have been meant:

- `country`, `bloc`, `parties`: a country or a bloc by name or code; its members on a date;
- `product`, `chapter`, `section`, `sector`, `sector_of`: goods of the Harmonized System, 2022;
- `indicator`, `pillar`, `source`: what is measured, and where figures come from.

`countries.from_code` and `to_iso3` read publishers' codes; `bec` and `end_use` say what goods are
for; `unaccented` is how lists of names are sorted.
"""

from comity.catalogue import countries
from comity.catalogue._names import unaccented
from comity.catalogue.blocs import Bloc, bloc, blocs, is_bloc, parties
from comity.catalogue.countries import Country, country, from_code, list_countries, to_iso3
from comity.catalogue.products import (
    Product,
    Section,
    Sector,
    bec,
    chapter,
    chapters,
    codes_of,
    end_use,
    product,
    products,
    section,
    sections,
    sector,
    sector_of,
    sectors,
)
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
    "Bloc",
    "Country",
    "Indicator",
    "Pillar",
    "Product",
    "Section",
    "Sector",
    "Source",
    "bec",
    "bloc",
    "blocs",
    "chapter",
    "chapters",
    "codes_of",
    "countries",
    "country",
    "end_use",
    "from_code",
    "indicator",
    "indicators",
    "is_bloc",
    "list_countries",
    "parties",
    "pillar",
    "pillars",
    "product",
    "products",
    "section",
    "sections",
    "sector",
    "sector_of",
    "sectors",
    "source",
    "sources",
    "to_iso3",
    "unaccented",
]
