"""JSON-RPC 2.0: bytes in, bytes out.

Spec: https://www.jsonrpc.org/specification
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import msgspec

log = logging.getLogger("chatkit.control")

VERSION = "2.0"
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND = -32700, -32600, -32601
INVALID_PARAMS, INTERNAL_ERROR = -32602, -32603
MAX_BATCH = 32  # calls; each has an answer, and all of them are kept until the last one is there
REFUSED = 1  # ours: the message is a sentence for a person

MESSAGES = {
    PARSE_ERROR: "Parse error",
    INVALID_REQUEST: "Invalid Request",
    METHOD_NOT_FOUND: "Method not found",
    INVALID_PARAMS: "Invalid params",
    INTERNAL_ERROR: "Internal error",
}

Params = list[Any] | dict[str, Any]
Caller = Callable[[str, Params], Any]  # takes a method and its parameters, returns the result or raises RpcError
_ID_TYPES = (str, int, float, type(None))


class RpcError(Exception):
    """What a request is answered with if it fails. ``message`` is the code's own where none is given."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(message or MESSAGES[code])
        self.code = code


class Request(msgspec.Struct, frozen=True):
    """One call. A ``notification`` wants no answer, not even an error."""

    method: str
    params: Params
    id: str | float | None
    notification: bool


def request(method: str, params: Params, id_: int) -> bytes:
    """A request on the wire, without a line end."""
    return msgspec.json.encode({"jsonrpc": VERSION, "method": method, "params": params, "id": id_})


def error_reply(error: RpcError, id_: object = None) -> bytes:
    """An error on the wire, without a line end."""
    return msgspec.json.encode(_error(error, id_))


def result_of(reply: bytes) -> Any:
    """What a single reply says. Raises RpcError: what it says, or INTERNAL_ERROR where it makes no sense."""
    try:
        found = msgspec.json.decode(reply, type=_Reply)
    except (ValueError, RecursionError) as error:
        raise RpcError(INTERNAL_ERROR, f"the answer makes no sense: {error}") from error
    if found.error is not None:
        raise RpcError(found.error.code, found.error.message)
    return found.result


def answer(data: bytes, call: Caller) -> bytes | None:
    """Carry out one message, a call or a batch of them. Returns the reply, or None where none is due. Never raises."""
    try:
        message = msgspec.json.decode(data)
    except (ValueError, RecursionError):  # no JSON, no UTF-8, or nested without end
        return error_reply(RpcError(PARSE_ERROR))
    if not isinstance(message, list):
        reply = _answer_one(message, call)
        return None if reply is None else msgspec.json.encode(reply)
    if not message:
        return error_reply(RpcError(INVALID_REQUEST))
    if len(message) > MAX_BATCH:
        return error_reply(RpcError(INVALID_REQUEST, f"a batch has at most {MAX_BATCH} calls"))
    replies = [reply for item in message if (reply := _answer_one(item, call)) is not None]
    return msgspec.json.encode(replies) if replies else None


class _Error(msgspec.Struct):
    code: int
    message: str


class _Reply(msgspec.Struct):
    result: Any = None
    error: _Error | None = None


def _answer_one(message: Any, call: Caller) -> dict[str, Any] | None:
    try:
        found = _parse(message)
    except RpcError as error:
        return _error(error, _id_of(message))
    reply = _carry_out(found, call)
    return None if found.notification else reply


def _carry_out(found: Request, call: Caller) -> dict[str, Any]:
    try:
        # To plain data here, where what cannot be written is one call's error and not the whole batch's.
        result = msgspec.to_builtins(call(found.method, found.params))
    except RpcError as error:
        return _error(error, found.id)
    except Exception:
        log.exception("the method %s failed", found.method)
        return _error(RpcError(INTERNAL_ERROR), found.id)
    return {"jsonrpc": VERSION, "result": result, "id": found.id}


def _parse(message: Any) -> Request:
    if not isinstance(message, dict) or message.get("jsonrpc") != VERSION:
        raise RpcError(INVALID_REQUEST)
    method, params = message.get("method"), message.get("params", {})
    if not isinstance(method, str) or not isinstance(params, list | dict) or not _is_id(message.get("id")):
        raise RpcError(INVALID_REQUEST)
    return Request(method, params, message.get("id"), "id" not in message)


def _is_id(value: object) -> bool:
    return isinstance(value, _ID_TYPES) and not isinstance(value, bool)


def _id_of(message: Any) -> object:
    # "If there was an error in detecting the id in the Request object [...], it MUST be Null."
    found = message.get("id") if isinstance(message, dict) else None
    return found if _is_id(found) else None


def _error(error: RpcError, id_: object) -> dict[str, Any]:
    return {"jsonrpc": VERSION, "error": {"code": error.code, "message": str(error)}, "id": id_}
