"""What the description says of every operation without its having to say so itself: scopes, headers and problems."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `title` is one sentence in the language of Accept-Language.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "pointer", "detail"],
                "properties": {
                    "in": {"type": "string"},
                    "pointer": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
TOLD = {
    400: "The address, the cursor or the JSON cannot be read.",
    401: "No valid token.",
    403: "The token lacks the scope, or the person's roles do not allow it.",
    404: "There is no such record, or it is not open to this token.",
    409: "Not possible now; the sentence says why.",
    412: "The record has changed since the ETag in If-Match.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "A field is not valid, or the Idempotency-Key was used for another act.",
}
ALWAYS = (400, 401, 403, 404, 413, 422)
CHANGING = {"post": (409, 412, 415), "patch": (409, 412, 415), "put": (409, 412, 415), "delete": (409, 412, 415)}
HEADERS = {
    "post": ["Idempotency-Key", "If-Match"],
    "patch": ["If-Match"],
    "put": ["If-Match"],
    "delete": ["If-Match"],
}
SAID = {
    "Idempotency-Key": "the same key and body twice are one act; kept for 48 hours",
    "If-Match": "act only while the record has this ETag",
}


def scopes(api: NinjaAPI) -> dict[str, str]:
    """The scope that each operation asks for, by its id."""
    found = {}
    for bound in api._get_bound_routers():
        for view in bound.path_operations.values():
            for operation in view.operations:
                name = operation.operation_id or api.get_openapi_operation_id(operation)
                found[name] = str(operation.auth_callbacks[0].scope)
    return found


def completed(schema: Any, api: NinjaAPI) -> Any:
    """The description with what every operation shares."""
    asked = scopes(api)
    schema["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    schema["components"]["schemas"]["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for methods in schema["paths"].values():
        for method, operation in methods.items():
            operation["security"] = [{"token": [asked[operation["operationId"]]]}]
            for status in (*ALWAYS, *CHANGING.get(method, ())):
                operation["responses"][status] = {"description": TOLD[status], "content": content}
            if method == "get":
                operation["responses"][304] = {"description": "Nothing has changed since the ETag in If-None-Match."}
            for name in HEADERS.get(method, []):
                operation["parameters"].append(
                    {
                        "in": "header",
                        "name": name,
                        "required": False,
                        "description": SAID[name],
                        "schema": {"type": "string"},
                    }
                )
    return schema
