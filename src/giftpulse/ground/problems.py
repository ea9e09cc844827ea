"""Errors as RFC 9457 problem details (``application/problem+json``), the same shape for every route."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from giftpulse.ground import journal
from giftpulse.ground.errors import FieldError, GiftPulseError, InvalidInputError

log = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """One field at fault."""

    field: str = Field(examples=["condition.all.0.value"])
    reason: str = Field(examples=["expected a number such as 30003"])


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field("about:blank", description="Always about:blank: the status says it")
    title: str
    status: int
    detail: str
    request_id: str | None = None
    errors: list[FieldProblem] = Field(default_factory=list, description="The fields at fault")


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: which problems it may answer with."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def problem(status: int, title: str, detail: str, errors: Sequence[FieldError] = ()) -> ProblemResponse:
    """A problem as an HTTP answer."""
    body = Problem(
        title=title,
        status=status,
        detail=detail,
        request_id=journal.request_id.get(),
        errors=[FieldProblem(field=e.field, reason=e.reason) for e in errors],
    )
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return ProblemResponse(body.model_dump(mode="json", exclude_none=True), status_code=status, headers=headers)


def _ours(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, GiftPulseError)
    errors = error.errors if isinstance(error, InvalidInputError) else ()
    return problem(error.status, error.title, str(error), errors)


def _invalid(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    return _ours(_request, InvalidInputError(*(_field_error(found) for found in error.errors())))


def _field_error(found: dict[str, Any]) -> FieldError:
    if found["type"] == "json_invalid":
        return FieldError("body", f"expected JSON: {found['ctx']['error']}")
    # The first part says only whether it came in the body, query or path.
    path = ".".join(str(part) for part in found["loc"][1:]) or str(found["loc"][0])
    return FieldError(path, str(found["msg"]).removeprefix("Value error, "))


def _http(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.BAD_REQUEST and error.__cause__ is not None:  # a body that could not be read
        return _ours(request, InvalidInputError.at("body", "expected JSON in UTF-8, not nested without end"))
    answer = problem(error.status_code, HTTPStatus(error.status_code).phrase, str(error.detail))
    answer.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(_methods_at(request))
    return answer


def _methods_at(request: Request) -> list[str]:
    """All methods of the address that was asked for; Starlette tells those of one route only."""
    found: set[str] = set()
    for path, methods in request.app.openapi()["paths"].items():
        if compile_path(path)[0].match(request.url.path):
            found.update(method.upper() for method in methods)
    return sorted(found) or ["GET"]


def _unexpected(request: Request, error: Exception) -> ProblemResponse:
    log.error("request failed", exc_info=error, extra={"method": request.method, "path": request.url.path})
    return problem(500, GiftPulseError.title, "The failure is in the log under this request id.")


def install(app: FastAPI) -> None:
    """Make every error of the application a problem."""
    app.add_exception_handler(GiftPulseError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)
