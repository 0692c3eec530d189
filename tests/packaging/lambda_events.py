"""Events as AWS gives them to functions."""

from __future__ import annotations

import json
from typing import Any

from tests import delivery


def request(method: str, resource: str, *, token: str = "", body: Any = None, **parameters: str) -> dict[str, Any]:
    """Return API Gateway's proxy event (REST API, payload 1.0) of a request."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    path = resource.format(**parameters)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "resourcePath": resource,
            "httpMethod": method,
            "path": f"/api{path}",
            "stage": "api",
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def messages() -> dict[str, Any]:
    """Return the event of all that waits in the uploads queue, taken out of it."""
    return {"Records": delivery.receive()}


def schedule() -> dict[str, Any]:
    """Return EventBridge's event of a schedule."""
    return {
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-01-09T12:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/sweep"],
        "detail": {},
    }
