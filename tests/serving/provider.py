"""A small OpenID Connect provider on this machine: discovery, authorization code with PKCE, signed identity."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


class Provider(ThreadingHTTPServer):
    """`person` holds the claims of whoever signs in next."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "one"})
        self.person: dict[str, Any] = {}
        self.given: dict[str, dict[str, str]] = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def identity(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": "couvert", "sub": "1", "iat": now, "exp": now + 3600, "nonce": asked["nonce"],
            **self.person,
        }
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, *_: Any) -> None:
        pass

    def _json(self, told: Any, status: int = 200) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        path, asked = urlsplit(self.path).path, {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        at = self.server.issuer
        if path == "/.well-known/openid-configuration":
            self._json({
                "issuer": at, "authorization_endpoint": f"{at}/authorize", "token_endpoint": f"{at}/token",
                "jwks_uri": f"{at}/jwks", "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
            })
        elif path == "/jwks":
            self._json({"keys": [self.server.key.as_dict(private=False)]})
        elif path == "/authorize":
            code = secrets.token_urlsafe(8)
            self.server.given[code] = asked
            self.send_response(302)
            back = urlencode({"code": code, "state": asked["state"]})
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked = self.server.given.pop(sent["code"][0], None)
        known = base64.b64decode(self.headers.get("Authorization", "Basic ").removeprefix("Basic ")).decode()
        proof = hashlib.sha256(sent.get("code_verifier", [""])[0].encode()).digest()
        proved = asked is not None and asked["code_challenge"] == base64.urlsafe_b64encode(proof).decode().rstrip("=")
        if asked is None or not proved or known != "couvert:s3cr3t-of-the-client":
            self._json({"error": "invalid_grant"}, 400)
            return
        self._json({"access_token": "a", "token_type": "Bearer", "id_token": self.server.identity(asked)})
