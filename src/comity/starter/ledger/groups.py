"""The groups of countries that promises name, as the ledger means them."""

from __future__ import annotations

from comity import catalogue

GROUPS = {
    "AFR": "Africa",
    "ASE": "ASEAN",
    "CAS": "Central Asia",
    "LAC": "Latin America",
    "MEN": "Middle East and North Africa",
    "SSA": "Sub-Saharan Africa",
}

_LISTED = {
    # The ten members when the targets fell due; Timor-Leste joined in October 2025.
    "ASE": "BRN IDN KHM LAO MMR MYS PHL SGP THA VNM",
    "CAS": "KAZ KGZ TJK TKM UZB",
    "MEN": "ARE BHR DZA EGY IRN IRQ ISR JOR KWT LBN LBY MAR OMN PSE QAT SAU SYR TUN YEM",
}
_NORTH_AFRICA = frozenset({"DZA", "EGY", "LBY", "MAR", "SDN", "TUN"})


def members(group: str) -> list[str]:
    """Return the countries of a group: listed, or the UN's members of a region."""
    if group in _LISTED:
        return sorted(_LISTED[group].split())
    found = [c for c in catalogue.list_countries() if c.sovereign]
    if group == "LAC":
        return sorted(c.iso3 for c in found if c.subregion == "Latin America and the Caribbean")
    africa = {c.iso3 for c in found if c.region == "Africa"}
    return sorted(africa if group == "AFR" else africa - _NORTH_AFRICA)
