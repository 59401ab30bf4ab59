"""Golden cases: YAML whose numbers may be written as the arithmetic that gives them."""

from __future__ import annotations

import ast
import operator
from pathlib import Path
from typing import Any

import yaml

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}


def golden_cases(name: str) -> list[dict[str, Any]]:
    """Read the cases of one file of the folder beside this one."""
    path = Path(__file__).with_name("golden") / f"{name}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def number(value: Any) -> Any:
    """Return a number, or a list of them, from arithmetic such as ``200/11``."""
    if isinstance(value, list):
        return [number(item) for item in value]
    return _evaluate(ast.parse(str(value), mode="eval").body)


def _evaluate(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.BinOp(left, op, right):
            return OPERATORS[type(op)](_evaluate(left), _evaluate(right))
        case ast.UnaryOp(op, operand):
            return OPERATORS[type(op)](_evaluate(operand))
    raise ValueError(ast.dump(node))
