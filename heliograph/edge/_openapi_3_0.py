"""Writes an OpenAPI 3.1 document as 3.0.3, for the Swagger UI that we carry and which knows no other.

Only what our own descriptions use is translated: null in unions, lists of examples, webhooks, the
scopes of a bearer token, and empty lists of required fields. The served description stays 3.1;
nothing but /docs reads this one.

Sources: https://spec.openapis.org/oas/v3.0.3.html and https://spec.openapis.org/oas/v3.1.0.html
"""

from __future__ import annotations

from typing import Any, Final

__all__ = ["as_openapi_3_0"]

_NULL: Final = {"type": "null"}


def as_openapi_3_0(document: dict[str, Any]) -> dict[str, Any]:
    """The same document in the words of 3.0.3."""
    older = {name: _translated(value) for name, value in document.items() if name != "webhooks"}
    older["openapi"] = "3.0.3"
    for methods in older["paths"].values():
        for operation in methods.values():
            operation["security"] = [
                {scheme: [] for scheme in each} for each in operation["security"]
            ]
    return older


def _translated(node: Any) -> Any:
    if isinstance(node, list):
        return [_translated(each) for each in node]
    if not isinstance(node, dict):
        return node
    older = {name: _translated(value) for name, value in node.items()}
    # In a schema `examples` is a list; elsewhere it is a map and the same in both versions.
    if isinstance(older.get("examples"), list):
        older["example"] = older.pop("examples")[0]
    if older.get("required") == []:
        del older["required"]
    if isinstance(older.get("enum"), list) and None in older["enum"]:
        older["nullable"] = True
    if isinstance(older.get("anyOf"), list) and _NULL in older["anyOf"]:
        return _nullable(older)
    return older


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """A union with null becomes the rest of the union, and may be null."""
    others = [each for each in schema.pop("anyOf") if each != _NULL]
    # Beside a reference 3.0 reads nothing, so that one stays within allOf.
    if len(others) == 1:
        one = {"allOf": others} if "$ref" in others[0] else others[0]
        return {**one, **schema, "nullable": True}
    return {**schema, "anyOf": others, "nullable": True}
