"""What the workers of a service begin with: made once, in the process that they are forked from.

That process imports the program, reads lake and ledger, answers one question of each kind and
closes the database again. It serves nobody. A worker forked from it has all of that in memory that
it shares with the others, and answers at once; what cannot be shared, the database's connection
and the engine that draws, it opens for itself.

Importing this module changes nothing; `comity.web.begin` makes the state, and is imported by
`multiprocessing`'s fork server alone.
"""

from __future__ import annotations

import gc
from contextlib import suppress

from comity.brief.reports.simulation import Options
from comity.errors import ComityError
from comity.web import answers, memory
from comity.web.pages import frame, pair
from comity.web.settings import Settings
from comity.web.state import State

_held: list[State] = []
_PAIR = ("IND", "RUS")
_OTHER = ("DEU", "SYR")
"""A pair with the ties that those two have not, refugees among them: their models load, too."""


def begin(settings: Settings) -> None:
    """Make the state that workers of these settings begin with.

    What is wrong with lake or ledger is left for the workers to say.
    """
    with suppress(ComityError):
        state = State(settings)
        if settings.warm:
            load(state)
        state.begun = settings.warm
        state.vintage.store.close()
        _held[:] = [state]
    # What is here now stays for good: no worker need look through it, and so copy it.
    gc.collect()
    memory.give_back()
    gc.freeze()


def state_of(settings: Settings) -> State:
    """Return a worker's state: the one that was begun for these settings, else a new one.

    Raises
    ------
    LakeError, LedgerError
        Lake or ledger cannot be read.
    """
    if _held and _held[0].settings == settings:
        state = _held.pop()
        store = state.vintage.store
        # The lake may have changed since: then this worker loads it before it serves.
        state.begun = state.begun and state.refresh().store is store
        return state
    return State(settings)


def load(state: State) -> None:
    """Answer a question of each kind: tables, fits, kernels and templates are then in memory.

    Nothing here draws: the engine that does has threads, and cannot be shared.
    """
    with suppress(ComityError):  # a lake of one's own may not have them
        state.answer(answers.pair, *_OTHER)
    whole = state.answer(answers.pair, *_PAIR)
    for name in frame.environment().list_templates(extensions=["j2"]):
        frame.environment().get_template(name)
    pair.render(state.vintage, whole)
    for ask, given in (
        (answers.yardstick, _PAIR),
        (answers.country, (_PAIR[0],)),
        (answers.complexity, (_PAIR[0],)),
        (answers.targets, ()),
        (answers.opportunity, _PAIR),
        (answers.simulate, (*_PAIR, Options(draws=200))),
        (answers.settle, _PAIR),
    ):
        with suppress(ComityError):
            state.answer(ask, *given)
