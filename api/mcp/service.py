"""The API as the tools call it: JSON over HTTP with one key; every failure has a message and a hint.

Knows neither the protocol nor where the API runs: the given client may reach it in this process or on another machine.
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
    "unauthenticated": "Set VOUCH_KEY, or the Authorization header of an HTTP client, to a valid key; "
    "`vouch keys create NAME --scope ask` makes one.",
    "forbidden": "The operator of Vouch can make such a key with `vouch keys create NAME --scope ask`.",
    "internal": "The operator of Vouch can find the cause in the log.",
}
"""Hints by the problem's code, for problems whose message has none."""


class ProblemResponse(VouchError):
    """The service answered with a problem; `code` is the problem's code."""

    def __init__(self, message: str, *, code: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class Service:
    """Calls one Vouch service, at the client's address and with the client's key."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def post(self, path: str, body: Mapping[str, Json], answer: type[Model]) -> Model:
        """Post a body and return the response. Raises ProblemResponse, Unavailable when nothing answers."""
        return await self._call(self._client.build_request("POST", path, json=body), answer)

    async def get(self, path: str, query: Mapping[str, str | int], answer: type[Model]) -> Model:
        """Get and return the response. Raises ProblemResponse, Unavailable when nothing answers."""
        return await self._call(self._client.build_request("GET", path, params=query), answer)

    async def _call(self, request: httpx.Request, answer: type[Model]) -> Model:
        try:
            response = await self._client.send(request)
        except httpx.TimeoutException as error:
            raise Unavailable(f"Vouch at {self._address} took too long.", hint="Try again in a minute.") from error
        except httpx.RequestError as error:
            raise Unavailable(
                f"Vouch does not answer at {self._address}.",
                hint="Start it with `vouch up`, or set its address with `vouch mcp --url`.",
            ) from error
        if response.is_success:
            try:
                return answer.model_validate_json(response.content)
            except ValidationError as error:
                raise self._not_vouch() from error
        raise self._problem(response)

    def _problem(self, response: httpx.Response) -> VouchError:
        try:
            body = response.json()
            code, messages = str(body["code"]), [str(body["detail"])]
            messages += [f"{each['field']}: {each['message']}." for each in body.get("errors", ())]
        except (ValueError, KeyError, TypeError):
            return self._not_vouch()
        return ProblemResponse(" ".join(messages), code=code, hint=HINTS.get(code))

    def _not_vouch(self) -> Unavailable:
        return Unavailable(
            f"The server at {self._address} is not this version of Vouch.", hint="Check the address in `--url`."
        )

    @property
    def _address(self) -> str:
        return str(self._client.base_url).rstrip("/")
