"""The routes by which laptops are let in, get their certificates, and are shut out again.

Four of them are open to anyone, each for a reason: a laptop that asks for the first time has nothing to show yet, so
its request is believed for its own signatures only, waits for a person, and is bounded in size and number; how it
stands with it is told to whoever knows its 256 random bits; what is told are public keys and certificates.
"""

import binascii
import json
from base64 import b64decode
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool

from fieldtool.central.bodies import body
from fieldtool.central.certificates import open_authority
from fieldtool.central.door import laptop_of, person_of
from fieldtool.central.enrolment import MAX_APPLICATION, Enrolments, application_of
from fieldtool.central.office import ANYONE, LAPTOP, Office, asked_by, person
from fieldtool.core.errors import RefusedError
from fieldtool.core.texts import Text
from fieldtool.sync.certificates import CertificateRequest

_Id = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_Code = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{12,64}$")]
_Named = Annotated[str, Path(min_length=1, max_length=64)]
_Why = Annotated[str, Query(min_length=1, max_length=200)]


def routes(office: Office) -> APIRouter:
    authority = open_authority(office.store, office.identity, office.clock)
    enrolments = Enrolments(office.store, authority, office.clock)
    introduced = authority.introduced_by(office.identity)
    router = APIRouter()

    @router.get("/v1/authority", openapi_extra=asked_by(ANYONE))
    def show_authority() -> dict[str, str]:
        """Who signs certificates of laptops, introduced by the key that signs receipts."""
        return introduced

    @router.post("/v1/enrolments", openapi_extra=asked_by(ANYONE))
    async def ask(request: Request) -> dict[str, str]:
        """A laptop asks to be let in: its request (PKCS#10) and the records that lead to its key."""
        asks = application_of(await body(request, MAX_APPLICATION, RefusedError(Text.ENROL_REQUEST_BAD)))
        peer = request.client.host if request.client else ""
        return (await run_in_threadpool(enrolments.ask, asks, peer)).answer()

    @router.get("/v1/enrolments/{request_id}", openapi_extra=asked_by(ANYONE))
    def look(request_id: _Id) -> dict[str, str]:
        """How it stands with a request."""
        return enrolments.decision(request_id).answer()

    @router.post("/v1/certificates", openapi_extra=asked_by(LAPTOP))
    async def renew(request: Request) -> dict[str, str]:
        """The next certificate for the same key."""
        asks = _request_in(await body(request, MAX_APPLICATION, RefusedError(Text.ENROL_REQUEST_BAD)))
        return {"certificate": await run_in_threadpool(enrolments.renew, laptop_of(request), asks)}

    @router.get("/v1/enrolments", openapi_extra=asked_by(person("approver")))
    def waiting() -> dict[str, list[dict[str, Any]]]:
        """Requests that wait for somebody to decide."""
        return {"waiting": [asdict(one) for one in enrolments.waiting()]}

    @router.post("/v1/enrolments/{code}/approval", openapi_extra=asked_by(person("approver")))
    def approve(request: Request, code: _Code) -> dict[str, Any]:
        """Let the laptop in that shows this code."""
        return asdict(enrolments.approve(code, person_of(request).name))

    @router.post("/v1/enrolments/{code}/refusal", openapi_extra=asked_by(person("approver")))
    def refuse(request: Request, code: _Code) -> dict[str, Any]:
        return asdict(enrolments.refuse(code, person_of(request).name))

    @router.post("/v1/laptops/{name}/revocation", openapi_extra=asked_by(person("approver")))
    def revoke(request: Request, name: _Named, why: _Why) -> dict[str, str]:
        """Shut a laptop out, from this moment on. `name`: or the beginning of its key's id."""
        return {"laptop": enrolments.revoke(name, person_of(request).name, why)}

    return router


def _request_in(content: bytes) -> CertificateRequest:
    try:
        return CertificateRequest.opened(b64decode(json.loads(content)["csr"], validate=True))
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        raise RefusedError(Text.ENROL_REQUEST_BAD) from error
