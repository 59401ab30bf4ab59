"""The yardstick: every tie of two countries against what is usual for two such countries.

Kernels over arrays: `leaveout`, `comparison`, `unlisted`, `model`. What reads a lake: `matrices`,
`fits`, `standing` and `tables`.
"""

from comity.potential.yardstick.matrices import Series
from comity.potential.yardstick.model import Judgement, Model
from comity.potential.yardstick.standing import Entry, Standing, Yardstick
from comity.potential.yardstick.variants import VARIANTS, Variant

__all__ = [
    "VARIANTS",
    "Entry",
    "Judgement",
    "Model",
    "Series",
    "Standing",
    "Variant",
    "Yardstick",
]
