"""Who asks: the session of a cookie, or the user whom a reverse proxy names."""

from __future__ import annotations

import asyncio
import hmac
import time
from urllib.parse import urlsplit

from fastapi import Request, Response
from starlette.types import Scope

from comity.errors import ComityError
from comity.intent.ledger import writing
from comity.intent.ledger.users import LASTS, Role, Session, User, Users
from comity.web.gate.headers import name_of
from comity.web.gate.limits import Buckets
from comity.web.state import State

COOKIE = "comity_session"
_TRIES, _REFILL = 8, 1 / 60  # passwords at once, and a second, from one address


class NotSignedInError(ComityError):
    """Only somebody who is signed in may do this."""

    code = "not_signed_in"
    status = 401


class NotAllowedError(ComityError):
    """Not for this user, or not sent by a form of ours."""

    code = "not_allowed"
    status = 403


class TooManyTriesError(ComityError):
    """Too many wrong passwords."""

    code = "rate"
    status = 429


class Guard:
    """Signs in, and says who may write.

    Parameters
    ----------
    state : State
    """

    def __init__(self, state: State) -> None:
        self.settings = state.settings
        self.place = state.settings.ledger or None
        self.users = Users(writing.prepare(self.place))
        self._tries = Buckets(_REFILL, _TRIES)

    async def session(self, request: Request) -> Session | None:
        """Return who is signed in."""
        token = request.cookies.get(COOKIE, "")
        held = await asyncio.to_thread(self.users.session, token) if token else None
        named = self._named(request)
        if named is None:
            return held
        return held if held is not None and held.user.name == named else None

    async def who(self, scope: Scope) -> str:
        """Return the name of who is signed in; "" for nobody."""
        held = await self.session(Request(scope))
        return held.user.name if held is not None else ""

    async def welcome(self, request: Request, response: Response) -> Session | None:
        """Return who is signed in; whom the proxy names gets a session with the response."""
        held = await self.session(request)
        named = self._named(request)
        if held is not None or not named:
            return held
        user = await asyncio.to_thread(self.users.find, named)
        if user is None:
            raise NotAllowedError(
                f"'{named}' is not a user of this ledger.", "Ask its operator to add you."
            )
        return await self._open(user, response, "by the proxy")

    async def sign_in(
        self, request: Request, response: Response, name: str, password: str
    ) -> Session:
        """Begin a session.

        Raises
        ------
        NotSignedInError
            Name and password do not belong together; which of them is wrong is not said.
        TooManyTriesError
            Somebody is guessing.
        """
        self.check_origin(request)
        if self.settings.user_header:
            raise NotAllowedError("Here a proxy signs in, and passwords do not.")
        address = getattr(request.state, "address", "")
        for who in (f"{address} {name[:80]}", f"{address}"):
            if self._tries.take(who, time.monotonic()):
                raise TooManyTriesError("Too many tries.", "Wait a few minutes.")
        user = await asyncio.to_thread(self.users.check, name, password)
        if user is None:
            raise NotSignedInError(
                "This name and this password do not belong together.", "Try again."
            )
        return await self._open(user, response, "with a password")

    async def sign_out(self, request: Request, response: Response) -> None:
        """End the session."""
        token = request.cookies.get(COOKIE, "")
        if token:
            await asyncio.to_thread(self.users.close_session, token)
        response.delete_cookie(COOKIE, path="/")

    async def require(self, request: Request, role: Role, csrf: str | None) -> Session:
        """Return the session of somebody who may do what a request asks for.

        Parameters
        ----------
        request : Request
        role : Role
            What it takes.
        csrf : str or None
            The token that came with it; None for a request that changes nothing.

        Raises
        ------
        NotSignedInError, NotAllowedError
        """
        held = await self.session(request)
        if held is None:
            raise NotSignedInError("Sign in for this.", "The page is /sign-in.")
        if csrf is not None:
            self.check_origin(request)
            if not hmac.compare_digest(held.csrf.encode(), csrf.encode()):
                raise NotAllowedError(
                    "The request did not come from a form of this session.",
                    "Open the form again, and send it from there.",
                )
        if role is Role.editor and held.user.role is not Role.editor:
            raise NotAllowedError(
                f"{held.user.name} may read here, and not write.",
                "Ask the operator for the role of an editor.",
            )
        return held

    def check_origin(self, request: Request) -> None:
        """Refuse what another site's page sends.

        Raises
        ------
        NotAllowedError
        """
        origin = request.headers.get("origin", "")
        from_site = request.headers.get("sec-fetch-site", "same-origin")
        ours = name_of(request.headers.get("host", "").lower())
        foreign = bool(origin) and name_of(urlsplit(origin).netloc.lower()) != ours
        if foreign or from_site not in ("same-origin", "none"):
            raise NotAllowedError("Another site's page sent this.", "Open the form here.")

    async def _open(self, user: User, response: Response, how: str) -> Session:
        token, session = await asyncio.to_thread(self.users.open_session, user, how=how)
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(LASTS.total_seconds()),
            path="/",
            secure=self.settings.secure,
            httponly=True,
            samesite="strict",
        )
        return session

    def _named(self, request: Request) -> str | None:
        """Return whom the proxy names; None where no proxy signs in, "" where it names nobody."""
        header = self.settings.user_header
        if not header:
            return None
        peer = request.client.host if request.client else ""
        return request.headers.get(header, "").strip() if peer in self.settings.proxies else ""
