"""The costs of a stage without requests in docs/cost.md, held against the packaged template."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.system import PROJECT

COST = (PROJECT / "docs" / "cost.md").read_text()


@pytest.mark.slow
def test_alarms_are_billed_by_their_metrics(template: Any) -> None:
    """Each metric of an alarm costs as much as an alarm of one (CloudWatch pricing)."""
    alarms = [one["Properties"] for one in template["Resources"].values() if one["Type"].endswith("::Alarm")]
    metrics = [sum("MetricStat" in one for one in alarm.get("Metrics", ())) or 1 for alarm in alarms]
    told = re.search(r"\| alarms \| (\d+) of one metric, \d+ of ([\d, and]+): (\d+) . \$0\.10", COST)
    assert told is not None
    assert metrics.count(1) == int(told[1])
    assert sorted(one for one in metrics if one > 1) == sorted(int(one) for one in re.findall(r"\d+", told[2]))
    assert sum(metrics) == int(told[3])


@pytest.mark.medium
def test_every_secret_queue_and_schedule_is_counted(template: Any) -> None:
    """Two secrets always, the third with a domain; the queues that Lambda polls; two schedules."""
    resources = template["Resources"].values()
    secrets = [one.get("Condition") for one in resources if one["Type"] == "AWS::SecretsManager::Secret"]
    assert sorted(secrets, key=str) == ["HasDomain", None, None]
    assert "| 2 \u00d7 $0.40; a third with a domain | 0.80 |" in COST
    events = [event for one in resources for event in one["Properties"].get("Events", {}).values()]
    assert sum(event["Type"] == "SQS" for event in events) == 4
    assert "polling of four queues" in COST
    schedules = [event["Properties"]["Schedule"] for event in events if event["Type"] == "Schedule"]
    assert sorted(schedules) == ["rate(1 hour)", "rate(5 minutes)"]
    assert "| the sweep, hourly |" in COST
    assert "| `release_deliveries`, every 5 minutes |" in COST


@pytest.mark.medium
def test_the_sum_is_right() -> None:
    """Of the rows of an idle stage; the guide names it in round figures."""
    rows = re.findall(
        r"\| ([\d.]+|\*\*[\d.]+\*\*) \|$", COST.partition("## Idle")[2].partition("\n## ")[0], re.MULTILINE
    )
    *parts, total = (float(row.strip("*")) for row in rows)
    assert round(sum(parts), 2) == total
    assert f"some ${round(total, 1):.2f} a month" in (PROJECT / "docs" / "deploying.md").read_text()
