"""Lets scim-sanity judge the endpoint that MUSTER_CONFORMANCE_URL and _TOKEN name; one JSON line per check."""

import json
import os

from scim_sanity.probe.runner import run_probe_api

OUTCOMES = {"pass": "passed", "fail": "failed", "error": "failed", "warn": "failed", "skip": "skipped"}

report = run_probe_api(os.environ["MUSTER_CONFORMANCE_URL"], token=os.environ["MUSTER_CONFORMANCE_TOKEN"])
for result in report["results"]:
    outcome = OUTCOMES[result["status"]]
    print(json.dumps({"check": result["name"], "outcome": outcome, "reason": result.get("message", "")}))
