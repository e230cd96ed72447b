"""The API as the tools ask it: JSON over HTTP with one key, and every failure as a sentence to act on.

Knows neither the protocol nor whether the API is in this process or far away: the client it is given knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from core.errors import Unavailable, VouchError
from core.types import Json

Model = TypeVar("Model", bound=BaseModel)

HINTS = {
    "unauthenticated": "Set VOUCH_KEY, or the header of a client that speaks HTTP, to a key that is good; "
    "`vouch keys create NAME --scope ask` makes one.",
    "forbidden": "Whoever runs Vouch can make such a key with `vouch keys create NAME --scope ask`.",
    "internal": "Whoever runs Vouch finds the place in its log.",
}
"""What to do about a problem whose own sentence leaves that open, by its code."""


class Refused(VouchError):
    """The service answered with a problem; `code` is the problem's."""

    def __init__(self, message: str, *, code: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class Service:
    """Asks one Vouch, at the client's address and with the client's key."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def post(self, path: str, body: Mapping[str, Json], answer: type[Model]) -> Model:
        """Send a body and return the answer. Raises Refused for a problem, Unavailable when nobody answers."""
        return await self._call(self._client.build_request("POST", path, json=body), answer)

    async def get(self, path: str, query: Mapping[str, str | int], answer: type[Model]) -> Model:
        """Read something. Raises Refused for a problem, Unavailable when nobody answers."""
        return await self._call(self._client.build_request("GET", path, params=query), answer)

    async def _call(self, request: httpx.Request, answer: type[Model]) -> Model:
        try:
            response = await self._client.send(request)
        except httpx.TimeoutException as error:
            raise Unavailable(f"Vouch at {self._where} took too long.", hint="Try again in a minute.") from error
        except httpx.RequestError as error:
            raise Unavailable(
                f"Vouch does not answer at {self._where}.",
                hint="Start it with `vouch up`, or give its address with `vouch mcp --url`.",
            ) from error
        if response.is_success:
            try:
                return answer.model_validate_json(response.content)
            except ValidationError as error:
                raise self._stranger() from error
        raise self._problem(response)

    def _problem(self, response: httpx.Response) -> VouchError:
        try:
            body = response.json()
            code, said = str(body["code"]), [str(body["detail"])]
            said += [f"{each['field']}: {each['message']}." for each in body.get("errors", ())]
        except (ValueError, KeyError, TypeError):
            return self._stranger()
        return Refused(" ".join(said), code=code, hint=HINTS.get(code))

    def _stranger(self) -> Unavailable:
        return Unavailable(
            f"What answers at {self._where} is not this version of Vouch.", hint="Check the address given with `--url`."
        )

    @property
    def _where(self) -> str:
        return str(self._client.base_url).rstrip("/")
