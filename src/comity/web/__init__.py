"""comity in the browser and as a service: pages, a REST API, tools for language models.

A thin skin: every answer comes from `comity.web.answers`, whoever asks. Nothing in here computes.

How a page gets an answer
-------------------------
Pages are modules of `comity.web.pages`, whose ``router(state)`` returns one `fastapi.APIRouter`
with all of them; `comity.web.app.create_app` puts it under ``/``. There is no HTTP between a page
and an answer::

    from comity.web import answers
    from comity.web.state import State

    def router(state: State) -> APIRouter:
        pages = APIRouter()

        @pages.get("/pairs/{a}/{b}", response_class=HTMLResponse)
        async def pair(a: str, b: str) -> Response:
            answer = await state.ask(answers.pair, a, b)  # kept until the vintage changes
            brief = answer.content                        # a Brief, a Report, a View, a Reading
            return await state.page(render, answer)       # render(answer) -> str, off the loop

        return pages

- `State.ask` calls a function of `comity.web.answers` with the lake and the ledger of today, in
  the one thread that computes, and keeps what it returns. `State.run` does the same with any
  function and keeps nothing: for work that takes longer than a few milliseconds.
- `State.page` renders and marks the page as one that may be kept: the server keeps its bytes,
  compressed, until the vintage changes, and sets ``ETag``. Pages that depend on who asks, or on a
  form's text, return an ordinary `fastapi.responses.HTMLResponse`: it is never kept.
- ``state.vintage`` names what the answers rest on (lake, ledger, day, version); a permanent link
  has ``?vintage=`` and its ``id``. `State.at` returns the vintage that a link names, of an earlier
  day too, to be handed on to `State.ask` (``at=``) and to what renders; it refuses other data.
- `State.light` shows a page without figures, which waits for no computing.
- ``answer.charts``, ``answer.sources`` and ``answer.title`` are the same for every kind.
  ``answer.links()`` gives the addresses of its downloads in the API, and of each chart's.
- Errors are `comity.errors` sentences. A page needs no ``try``: the app shows them as a page, with
  ``error_page(state, error, status) -> str`` of `comity.web.pages` where it is defined.
- Scripts and styles are files of ``pages/static``, under ``/static``: the Content-Security-Policy
  allows nothing inline, neither ``style=`` nor ``onclick=``. Data for scripts go into
  ``<script type="application/json">``, which is not run.
- ``request.state.user`` is the signed-in user or None; ``request.state.csrf`` the token that every
  form of theirs sends back in the field ``csrf``.
"""
