"""The OpenAPI 3.1 description of the native API, drawn from the table of operations.

It says nothing of its own: paths, scopes and bodies come from the table and from the structs that
check the requests, so that it cannot differ from what the door does.

Source: https://spec.openapis.org/oas/v3.1.0.html
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, Final

import msgspec

from heliograph.dialects.native._cookies import COOKIE
from heliograph.dialects.native._operation import CSV, JSON, Operation
from heliograph.dialects.native._operations import OPERATIONS
from heliograph.dialects.native.callback import InboundDocument, MessageDocument
from heliograph.dialects.native.codes import Problem, problem_of
from heliograph.model.refusal import Refusal, Refused

__all__ = ["describe", "openapi_json"]

Json = dict[str, Any]
_REF: Final = "#/components/schemas/{name}"
_DESCRIPTION: Final = """\
Everything that Heliograph does, over one HTTP API. The console and the command line use nothing else.

Sign in with a key: `Authorization: Bearer hg_live_…`. Test keys (`hg_test_…`) go the whole way but
reach no carrier and cost nothing. Errors are problem documents (RFC 9457) with a stable `code`;
`errors` names the fields. Times are RFC 3339 in UTC, money is decimal text. Lists give `next`, the
cursor of the following page. A request with an `Idempotency-Key` may be repeated safely.
"""
_TAGS: Final = {
    "Messages": "Send, find and follow messages.",
    "Inbound": "Messages from handsets.",
    "Conversations": "What went between a handset and one of our numbers, both ways.",
    "Services": "Workspaces with their own credentials, endpoints, numbers and keywords.",
    "Numbers": "Numbers that receive messages, and numbers and sender IDs that can be had.",
    "Templates": "Texts that callers name instead of sending them.",
    "Lists": "Recipients of broadcasts, and numbers that these leave out.",
    "Broadcasts": "One text to many recipients, each with words and links of his own.",
    "Verify": "One-time passwords: sent, checked, and guarded against pumping.",
    "Links": "Short links in messages: where they lead, and who came by them.",
    "Money": "Balance and ledger.",
    "Senders": "Sender IDs and campaign permits.",
    "Opt-outs": "Who must not be written to.",
    "Access": "Keys and users.",
    "Webhooks": "Be told of events, see every try, ask for it again.",
    "Operator": "Accounts, carriers, routes and rates.",
    "Simulator": "Handsets that exist only here.",
    "Session": "People sign in, and look after how they do.",
    "People": "Who can sign in, and what they are.",
    "Audit": "Who changed what.",
}
_PATH_NAMES: Final = {
    "msisdn": "The number's digits.",
    "area": "Leading digits of numbers, or a country.",
    "name": "The rate card's name.",
}
_ALWAYS: Final = (
    Refusal.MALFORMED,
    Refusal.UNAUTHENTICATED,
    Refusal.FORBIDDEN,
    Refusal.RATE_LIMITED,
    Refusal.INTERNAL,
    Refusal.UNAVAILABLE,
)


@cache
def openapi_json(version: str) -> bytes:
    """The document as JSON; `version` is the house's."""
    return msgspec.json.encode(describe(version))


def describe(version: str) -> Json:
    """The document."""
    kinds: list[Any] = [Problem, MessageDocument, InboundDocument]
    for operation in OPERATIONS:
        said = (operation.body, operation.body_also, operation.reply)
        kinds += [each for each in said if each is not None]
    schemas, components = msgspec.json.schema_components(
        list(dict.fromkeys(kinds)), ref_template=_REF
    )
    schema_of = dict(zip(dict.fromkeys(kinds), schemas, strict=True))
    paths: dict[str, Json] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(
            operation, schema_of
        )
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Heliograph", "version": version, "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "webhooks": _webhooks(schema_of),
        "components": {
            "schemas": components,
            "responses": _problem_responses(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": "Of a browser in which a person signed in. Whatever is no GET sends "
                    "`csrf_token` of the session as `X-CSRF-Token`.",
                },
            },
        },
    }
    # The look-ahead keeps a line feed out; ECMA's `$` does so by itself.
    cleaned: Json = json.loads(json.dumps(document).replace(r"(?!\\n)$", "$"))
    return cleaned


def _operation(operation: Operation, schema_of: dict[Any, Any]) -> Json:
    said: Json = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": f"{operation.description}\n\nScope: `{operation.scope.value}`.".strip(),
        "security": []
        if operation.open
        else [{"bearer": [operation.scope.value]}, {"session": []}],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation)],
        "responses": {str(operation.status): _reply(operation, schema_of)},
    }
    if operation.begins:
        said["responses"]["202"] = _reply(operation, schema_of) | {"description": "Begun."}
    if operation.idempotent:
        said["parameters"].append(_IDEMPOTENCY_KEY)
    if operation.body is not None:
        said["requestBody"] = _request_body(operation, schema_of)
    for refusal in _refusals(operation):
        status = str(refusal.http_status)
        said["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    return said


_IDEMPOTENCY_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key and content within 24 hours gives the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def _path_parameters(operation: Operation) -> list[Json]:
    parameters = []
    for name in re.findall(r"\{(\w+)\}", operation.path):
        prefix = operation.id_prefix
        description = _PATH_NAMES.get(name) or f"An id of the form `{prefix}_…`."
        parameters.append(
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": description,
                "schema": {"type": "string"},
            }
        )
    return parameters


def _query_parameters(operation: Operation) -> list[Json]:
    _, components = msgspec.json.schema_components([operation.query], ref_template=_REF)
    properties: Json = components[operation.query.__name__]["properties"]
    parameters = []
    for name, schema in properties.items():
        parameter: Json = {"name": name, "in": "query", "schema": _without_null(schema)}
        description = parameter["schema"].pop("description", None)
        if description:
            parameter["description"] = description
        parameters.append(parameter)
    return parameters


def _without_null(schema: Json) -> Json:
    """A parameter that may be left out is no parameter that may be null."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(kinds) == 1:
        return dict(kinds[0])
    if "enum" in schema and None in schema["enum"]:
        return {"enum": [each for each in schema["enum"] if each is not None]}
    return dict(schema)


def _request_body(operation: Operation, schema_of: dict[Any, Any]) -> Json:
    content: Json = {}
    for media in operation.media:
        if media == JSON:
            forms = [each for each in (operation.body, operation.body_also) if each is not None]
            one, *others = [schema_of[each] for each in forms]
            content[media] = {"schema": {"anyOf": [one, *others]} if others else one}
            if operation.examples:
                content[media]["examples"] = {
                    name: {"value": value} for name, value in operation.examples.items()
                }
        else:
            lines = operation.lines_example or _lines(operation)
            example = operation.table_example if media == CSV else lines
            content[media] = {"schema": {"type": "string"}, "example": example}
    return {"required": not operation.body_optional, "content": content}


def _lines(operation: Operation) -> str:
    found = (each["messages"] for each in operation.examples.values() if "messages" in each)
    messages = next(found, ())
    return "".join(msgspec.json.encode(each).decode() + "\n" for each in messages)


def _reply(operation: Operation, schema_of: dict[Any, Any]) -> Json:
    if operation.reply is None:
        return {"description": "Done."}
    content: Json = {}
    for media in operation.reply_media:
        if media == JSON:
            content[media] = {"schema": schema_of[operation.reply]}
            if operation.reply_example is not None:
                content[media]["example"] = operation.reply_example
        else:
            content[media] = {"schema": {"type": "string"}}
    return {
        "description": "Done: " + operation.summary[0].lower() + operation.summary[1:] + "."
    } | {"content": content}


def _refusals(operation: Operation) -> list[Refusal]:
    refusals = list(_ALWAYS)
    if "{" in operation.path:
        refusals.append(Refusal.NOT_FOUND)
    if operation.body is not None:
        refusals += [Refusal.TOO_LARGE, Refusal.UNSUPPORTED_MEDIA_TYPE, Refusal.INVALID_FIELD]
    elif operation.query.__struct_fields__:
        refusals.append(Refusal.INVALID_FIELD)
    if operation.method in {"POST", "PUT", "DELETE"}:
        refusals.append(Refusal.CONFLICT)
    if operation.id in {"sendMessage", "sendBulk", "buyOffer"}:
        refusals.append(Refusal.INSUFFICIENT_BALANCE)
    return refusals


def _problem_responses() -> Json:
    """One response for each status, with an example for each code that has it."""
    responses: Json = {}
    for refusal in Refusal:
        status = str(refusal.http_status)
        response = responses.setdefault(
            f"Problem{status}",
            {
                "description": refusal.sentence,
                "content": {
                    "application/problem+json": {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "examples": {},
                    }
                },
            },
        )
        examples = response["content"]["application/problem+json"]["examples"]
        examples[refusal.code] = {
            "value": msgspec.to_builtins(problem_of(Refused(refusal=refusal)))
        }
    return responses


def _webhooks(schema_of: dict[Any, Any]) -> Json:
    said = {
        "message": ("The status of a message changed", MessageDocument),
        "received": ("A handset sent a message", InboundDocument),
    }
    return {
        name: {
            "post": {
                "operationId": f"webhook_{name}",
                "tags": ["Webhooks"],
                "summary": summary,
                "description": "Signed by Standard Webhooks 1.0; answer with 2xx to be left alone.",
                "security": [],
                "parameters": [
                    {"name": header, "in": "header", "required": True, "schema": {"type": "string"}}
                    for header in ("webhook-id", "webhook-timestamp", "webhook-signature")
                ],
                "requestBody": {
                    "required": True,
                    "content": {JSON: {"schema": schema_of[kind]}},
                },
                "responses": {"204": {"description": "Heard."}},
            }
        }
        for name, (summary, kind) in said.items()
    }
