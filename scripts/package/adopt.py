"""The template by which a new stack takes over the resources that an older one has left behind."""

from __future__ import annotations

import json
import re
from typing import Any

_LATER = {"ImagesBucket": ("NotificationConfiguration",)}  # names a queue that only the deployment makes


def import_template(document: dict[str, Any]) -> dict[str, Any]:
    """Return a stage's template with nothing but the resources that outlive their stack.

    CloudFormation imports resources in an operation of their own, into a stack without others; the deployment adds
    the rest. Source: "Create a stack from existing resources", AWS CloudFormation User Guide.
    """
    resources = {}
    for name, resource in document["Resources"].items():
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
            left_out = _LATER.get(name, ())
            properties = {key: value for key, value in resource["Properties"].items() if key not in left_out}
            kept = {key: value for key, value in resource.items() if key not in ("DependsOn", "Properties")}
            resources[name] = {**kept, "DeletionPolicy": "Retain", "Properties": properties}
    made = {"AWSTemplateFormatVersion": document["AWSTemplateFormatVersion"], "Resources": resources}
    for part in ("Conditions", "Parameters"):
        named = set(re.findall(r"\w+", json.dumps(made)))
        made[part] = {name: value for name, value in document[part].items() if name in named}
    return made
