"""The first section of a brief: every tie of the two against what is usual."""

from comity.brief.yardstick.measures import as_measure
from comity.brief.yardstick.section import entries_of, section, yardstick_of
from comity.brief.yardstick.words import findings, in_words

__all__ = ["as_measure", "entries_of", "findings", "in_words", "section", "yardstick_of"]
