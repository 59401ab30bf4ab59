"""What every request passes before the application sees it, and every response after.

One ASGI layer: who asks and under which name, how much and how often; then kept pages, which are
answered from memory; then headers that keep a browser safe, a line in the log, a counter.
"""

from comity.web.gate.gate import Gate, Refusal

__all__ = ["Gate", "Refusal"]
