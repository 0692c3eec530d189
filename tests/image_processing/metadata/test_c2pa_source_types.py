"""Digital source types in C2PA manifests: wherever an action, an agent or another assertion names one."""

import pytest

from image_processing.metadata.provenance import assess
from tests.image_processing.manifests import SOURCE, assertion, manifest, store

CAMERA = {"make": "Nikon", "model": "D750", "exposure_time": 0.01}
TRAINED = SOURCE + "trainedAlgorithmicMedia"


@pytest.mark.parametrize("named", [TRAINED, TRAINED.replace("http:", "https:") + "/", "trainedAlgorithmicMedia"])
@pytest.mark.parametrize(
    ("action", "verdict"),
    [
        ({"action": "c2pa.opened", "parameters": {"com.adobe.digitalSourceType": "?"}}, "ai_generated"),
        ({"action": "c2pa.created", "parameters": {"digitalSourceType": "?"}}, "ai_generated"),
        ({"action": "c2pa.placed", "parameters": {"com.adobe.digitalSourceType": "?"}}, "ai_assisted"),
        ({"action": "c2pa.created", "softwareAgent": {"name": "Tool", "digitalSourceType": "?"}}, "ai_generated"),
        ({"action": "c2pa.edited", "softwareAgent": {"name": "Tool", "digitalSourceType": "?"}}, "ai_assisted"),
    ],
)
def test_a_source_type_counts_wherever_an_action_names_it(action, verdict, named):
    """Adobe names it among the parameters, others at the agent; as an address or as a word."""

    def filled(value):
        return {k: filled(v) for k, v in value.items()} if isinstance(value, dict) else value.replace("?", named)

    found = assess({}, {}, [store(manifest("urn:1", [filled(action)]))])

    assert found.verdict == verdict
    assert found.c2pa_source_types == ("trainedAlgorithmicMedia",)


def test_an_image_opened_in_a_generator_is_not_generated():
    """To open a photograph in a program that also generates makes nothing."""
    block = store(manifest("urn:1", [{"action": "c2pa.opened", "softwareAgent": "Adobe Firefly"}]))

    assert assess(CAMERA, {}, [block]).verdict == "captured"


@pytest.mark.parametrize(
    ("label", "value", "verdict"),
    [
        (
            "c2pa.actions.v2",
            {
                "actions": [{"action": "c2pa.created", "softwareAgentIndex": 0}],
                "softwareAgents": [{"name": "Tool", "digitalSourceType": TRAINED}],
            },
            "ai_generated",
        ),
        (
            "c2pa.actions.v2",
            {
                "actions": [{"action": "c2pa.created"}],
                "templates": [{"action": "c2pa.created", "digitalSourceType": TRAINED}],
            },
            "ai_generated",
        ),
        ("c2pa.ingredient.v3", {"relationship": "parentOf", "digitalSourceType": TRAINED}, "ai_generated"),
        ("c2pa.ingredient.v2", {"relationship": "componentOf", "digitalSourceType": TRAINED}, "ai_assisted"),
        ("c2pa.metadata", {"Iptc4xmpExt:DigitalSourceType": TRAINED}, "ai_generated"),
        ("c2pa.metadata", b'{"Iptc4xmpExt:DigitalSourceType": "trainedAlgorithmicMedia"}', "ai_generated"),
        ("stds.iptc", b'{"Iptc4xmpExt:DigitalSourceType": "compositeSynthetic"}', "ai_assisted"),
        ("c2pa.metadata", b"{" * 5000, "unknown"),
        ("c2pa.actions.v2", {"actions": [{"action": "c2pa.opened", "softwareAgentIndex": 7}]}, "unknown"),
    ],
)
def test_other_assertions_name_source_types_too(label, value, verdict):
    """Agents and templates of version 2, ingredients and metadata, in CBOR or JSON, speak for the image."""
    block = store(assertion(label, value, b"json" if isinstance(value, bytes) else b"cbor"))

    assert assess({}, {}, [block]).verdict == verdict
