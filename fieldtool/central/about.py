"""The routes that say what this central is: alive, whose key signs its receipts, what may be asked."""

import base64
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import select

from fieldtool.central.office import ANYONE, Office, asked_by, person
from fieldtool.central.tables import identity


def routes(office: Office) -> APIRouter:
    router = APIRouter()

    @router.get("/health", openapi_extra=asked_by(ANYONE))
    def health() -> dict[str, str]:
        """200 when the database answers; 503 with the reason when it does not."""
        with office.store.read() as connection:
            connection.execute(select(identity.c.name)).first()
        return {"status": "ok"}

    @router.get("/v1/key", openapi_extra=asked_by(ANYONE))
    def key() -> dict[str, str]:
        """The key that signs receipts. A laptop believes it only if its fingerprint was typed there."""
        mine = office.identity
        raw = mine.key.public_key().public_bytes_raw()
        return {"name": mine.name, "key": base64.b64encode(raw).decode(), "fingerprint": mine.fingerprint}

    @router.get("/openapi.json", openapi_extra=asked_by(person("viewer")))
    def openapi(request: Request) -> dict[str, Any]:
        document: dict[str, Any] = request.app.openapi()
        return document

    return router
