"""Makes a page from a template. Whatever is put into it is text: chargers and laptops choose what they tell."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fieldtool.central.pages import words
from fieldtool.central.pages.sheets import NOT_KEPT

TEMPLATES = Path(__file__).parent / "templates"
HEADERS = {  # nothing but our own stylesheet is loaded, nobody frames a page, no form leads elsewhere
    **NOT_KEPT,
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
PAGES = (("/fleet", "Fleet"), ("/runs", "Runs"), ("/laptops", "Laptops"), ("/alarms", "Alarms"))

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_ENVIRONMENT.globals.update(
    pages=PAGES,
    states_words=words.STATES,
    proofs=words.PROOFS,
    moment=words.moment,
    count=words.count,
    steps=words.steps,
    reason=words.reason,
    charger=lambda serial: "/charger?" + urlencode({"serial": serial}),
    person="",
    behind=0,
    alarms=0,
)


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """`values` beside `request` are what the template names."""
    made = _ENVIRONMENT.get_template(template).render(here=request.url.path, link=_linker(request), **values)
    return HTMLResponse(made, status, HEADERS)


def _linker(request: Request) -> Callable[..., str]:
    def link(path: str = "", **changes: object) -> str:
        """The same question, changed in some points."""
        kept = {name: value for name, value in request.query_params.items() if value}
        asked = {**kept, **{name: str(value) for name, value in changes.items()}}
        return (path or request.url.path) + ("?" + urlencode(asked) if asked else "")

    return link
