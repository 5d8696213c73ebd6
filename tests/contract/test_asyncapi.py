"""The AsyncAPI document is generated from the contract and kept current."""

import json

from contract import asyncapi
from contract.topics import TOPICS


def references(node):
    """Every `$ref` below a node of the document."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_document_in_the_repository_is_current():
    """Whoever changes a message or topic writes the document anew."""
    kept = asyncapi.DOCUMENT.read_text(encoding="utf-8")
    assert kept == asyncapi.as_text(), "run: python -m contract.asyncapi"


def test_every_reference_leads_somewhere():
    """No channel, message or field points at something that the document lacks."""
    document = asyncapi.document()
    found = list(references(document))
    assert found
    for reference in found:
        place = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_every_topic_has_a_channel_and_an_operation():
    """Each topic says who sends it, how surely, and whether the broker keeps it."""
    document = asyncapi.document()
    for topic in TOPICS:
        assert document["channels"][topic.name]["address"] == f"smartgate/v1/{{site}}/{{node}}/{topic.suffix}"
        action = "send" if topic.sender == "edge" else "receive"
        binding = document["operations"][f"{action}_{topic.name}"]["bindings"]["mqtt"]
        assert (binding["qos"], binding["retain"]) == (topic.qos, topic.retain)


def test_document_names_the_parameters_of_each_address():
    """Every name in braces is explained."""
    for channel in asyncapi.document()["channels"].values():
        wanted = {part.strip("{}") for part in channel["address"].split("/") if part.startswith("{")}
        assert set(channel["parameters"]) == wanted


def test_document_says_that_unknown_keys_are_refused():
    """Every object of the contract is closed, and every message needs its names."""
    schemas = asyncapi.document()["components"]["schemas"]
    objects = [schema for schema in schemas.values() if schema.get("type") == "object"]
    assert all(schema["additionalProperties"] is False for schema in objects)
    for topic in TOPICS:
        assert {"site", "node"} <= set(schemas[topic.payload.__name__]["required"])
    assert json.dumps(schemas, ensure_ascii=False).count("best first") >= 2
