"""What a browser's sign-in cookie says, checked the way the framework checks it: for requests that run no page."""

from __future__ import annotations

import json
from http.cookies import CookieError, SimpleCookie
from typing import Any

from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

from serving.clients import Scope, header


def user(scope: Scope) -> dict[str, Any]:
    """The claims of who signed in; none where the cookie is absent, was altered or was signed with another secret."""
    try:
        cookies = {name: one.value for name, one in SimpleCookie(header(scope, "cookie")).items()}
        signed = _get_signed_cookie_with_chunks(cookies, USER_COOKIE_NAME)
        claims = json.loads(signed) if signed else {}
    except (CookieError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
