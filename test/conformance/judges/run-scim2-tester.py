"""Lets scim2-tester judge the endpoint that MUSTER_CONFORMANCE_URL and _TOKEN name; one JSON line per check."""

import json
import os

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import CheckResult, Status, check_server

OUTCOMES = {
    Status.SUCCESS: "passed",
    Status.COMPLIANT: "passed",
    Status.ACCEPTABLE: "passed",
    # It calls a SHOULD that is not followed a deviation; we want to know of those too.
    Status.DEVIATION: "failed",
    Status.ERROR: "failed",
    Status.CRITICAL: "failed",
    Status.SKIPPED: "skipped",
}


def name_of(result: CheckResult) -> str:
    """One checker reports many attributes; without the attribute a listed deviation would cover all of them."""
    attribute = result.data.get("urn") if isinstance(result.data, dict) else None
    return " ".join(str(part) for part in (result.resource_type, result.title, attribute) if part is not None)


http = Client(
    base_url=os.environ["MUSTER_CONFORMANCE_URL"],
    headers={"Authorization": f"Bearer {os.environ['MUSTER_CONFORMANCE_TOKEN']}"},
    timeout=30,
    trust_env=False,
)
for result in check_server(SyncSCIMClient(http)):
    print(json.dumps({"check": name_of(result), "outcome": OUTCOMES[result.status], "reason": result.reason or ""}))
