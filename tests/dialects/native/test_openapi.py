import json
import re

import pytest
from openapi_spec_validator import validate

from heliograph.dialects.native import openapi_json
from heliograph.dialects.native._openapi import describe
from heliograph.dialects.native._operations import OPERATIONS


@pytest.fixture(scope="module")
def document():
    return describe("1.2.3")


def test_the_description_is_valid_openapi(document):
    validate(document)


def test_the_description_has_every_operation_and_no_other(document):
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert described == {(each.method, each.path) for each in OPERATIONS}


def test_every_operation_tells_its_problems_and_its_scope(document):
    for methods in document["paths"].values():
        for operation in methods.values():
            assert {"400", "401", "403", "429", "500"} <= set(operation["responses"])
            for key, cookie in [operation["security"]] if operation["security"] else ():
                assert key["bearer"]
                assert cookie == {"session": []}
            assert operation["summary"]
            assert operation["tags"][0] in {tag["name"] for tag in document["tags"]}


def test_every_pattern_is_one_that_other_languages_know(document):
    patterns = re.findall(r'"pattern": ("[^"]*")', json.dumps(document))
    assert patterns
    assert not [each for each in patterns if "(?!" in each]


def test_fields_have_the_names_of_the_wire(document):
    schemas = document["components"]["schemas"]
    assert {"from", "class", "to"} <= set(schemas["MessageBody"]["properties"])
    assert schemas["MessageBody"]["required"] == ["to"]
    assert {"from", "class"} <= set(schemas["RouteView"]["properties"])


def test_the_served_document_is_json_of_the_asked_version():
    assert json.loads(openapi_json("9.9"))["info"]["version"] == "9.9"
