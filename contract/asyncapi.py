"""The wire as an AsyncAPI 3.0 document, made from the topics and models themselves.

`python -m contract.asyncapi` writes `docs/asyncapi.json`; a test fails when that file is not current.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from contract.messages import SCHEMA_VERSION
from contract.topics import ROOT, TOPICS, Topic

DOCUMENT = Path(__file__).parents[1] / "docs" / "asyncapi.json"
"""Where the generated document lives in the repository."""

_PARAMETERS = {
    "site": "Border gate, e.g. `huu-nghi`.",
    "node": "Edge node of that site, e.g. `node-1`.",
    "camera": "Camera of that node, e.g. `in-1-front`.",
}


def document() -> dict[str, Any]:
    """The whole document. Operations are those of an edge node: what it sends, what it receives."""
    _, schemas = models_json_schema(
        [(topic.payload, "validation") for topic in TOPICS], ref_template="#/components/schemas/{model}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "smart-gate: edge and central",
            "version": f"{SCHEMA_VERSION}.0.0",
            "description": "Every message between an edge node and central over MQTT. Operations are seen from "
            "the edge node. docs/protocol.md explains numbering, acknowledgement and retained messages.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {_operation_name(topic): _operation(topic) for topic in TOPICS},
        "components": {
            "messages": {topic.payload.__name__: _message(topic) for topic in TOPICS},
            "schemas": schemas["$defs"],
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    address = f"{ROOT}/{{site}}/{{node}}/{topic.suffix}"
    name = topic.payload.__name__
    return {
        "address": address,
        "description": topic.about,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "parameters": {key: {"description": text} for key, text in _PARAMETERS.items() if f"{{{key}}}" in address},
    }


def _operation_name(topic: Topic) -> str:
    return f"{_action(topic)}_{topic.name}"


def _action(topic: Topic) -> str:
    return "send" if topic.sender == "edge" else "receive"


def _operation(topic: Topic) -> dict[str, Any]:
    return {
        "action": _action(topic),
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": topic.about,
        "bindings": {"mqtt": {"qos": topic.qos, "retain": topic.retain, "bindingVersion": "0.2.0"}},
    }


def _message(topic: Topic) -> dict[str, Any]:
    name = topic.payload.__name__
    return {
        "name": name,
        "contentType": "application/json",
        "summary": (topic.payload.__doc__ or "").strip().partition("\n")[0],
        "payload": {"$ref": f"#/components/schemas/{name}"},
    }


def as_text() -> str:
    """The document as it is kept in the repository."""
    return json.dumps(document(), ensure_ascii=False, indent=2, sort_keys=False) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(as_text(), encoding="utf-8")
