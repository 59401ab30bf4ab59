"""The API against its own schema: whatever is sent, the answer is one that the schema names."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, Phase, settings
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


@SCHEMA.parametrize()
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_sent_the_answer_is_in_the_schema(case):
    # However slow the machine: what is asked here is whether the answer fits.
    case.call_and_validate(checks=CHECKS, timeout=600)
