"""What a change of trade costs does when wages, prices and incomes answer."""

from comity.potential.equilibrium.conditional import Conditional, solve_conditional
from comity.potential.equilibrium.newton import Certificate
from comity.potential.equilibrium.one_sector import (
    Draws,
    Equilibrium,
    solve_draws,
    solve_one_sector,
)

__all__ = [
    "Certificate",
    "Conditional",
    "Draws",
    "Equilibrium",
    "solve_conditional",
    "solve_draws",
    "solve_one_sector",
]
