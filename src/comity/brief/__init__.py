"""Puts one pair together, and renders it."""

from comity.brief.assemble import assemble
from comity.brief.content import Brief, Chart, Section

__all__ = ["Brief", "Chart", "Section", "assemble"]
