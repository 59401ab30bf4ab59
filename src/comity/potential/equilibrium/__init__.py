"""What a change of trade costs does when wages, prices and incomes answer."""

from comity.potential.equilibrium.caliendo_parro import (
    Economy,
    World,
    add_domestic_sales,
    calibrate,
    solve_multi_sector,
)
from comity.potential.equilibrium.conditional import Conditional, solve_conditional
from comity.potential.equilibrium.newton import Certificate
from comity.potential.equilibrium.one_sector import (
    Draws,
    Equilibrium,
    solve_draws,
    solve_one_sector,
)
from comity.potential.equilibrium.welfare import decompose_welfare, welfare

__all__ = [
    "Certificate",
    "Conditional",
    "Draws",
    "Economy",
    "Equilibrium",
    "World",
    "add_domestic_sales",
    "calibrate",
    "decompose_welfare",
    "solve_conditional",
    "solve_draws",
    "solve_multi_sector",
    "solve_one_sector",
    "welfare",
]
