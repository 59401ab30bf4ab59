"""The API against its own schema: whatever is sent, the answer is one that the schema names."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from comity.web.app import create_app
from comity.web.settings import Settings

# Answers of real pairs are tested elsewhere; here each try is to be quick.
HOSTS = ("localhost", "testserver")
APP = create_app(Settings(warm=False, log=False, rate=0, seconds=600.0, hosts=HOSTS))
SCHEMA = schemathesis.openapi.from_asgi("/api/v1/openapi.json", APP)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


# One test an operation, each with an id of its own: workers tell tests apart by their ids.
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]


@pytest.mark.parametrize("operation", OPERATIONS, ids=[one.label for one in OPERATIONS])
def test_whatever_is_sent_the_answer_is_in_the_schema(operation):
    @settings(
        max_examples=6,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def hold(case):
        # However slow the machine: what is asked here is whether the answer fits.
        case.call_and_validate(checks=CHECKS, timeout=600)

    hold()


def test_the_schema_has_every_operation():
    assert len(OPERATIONS) >= 14
