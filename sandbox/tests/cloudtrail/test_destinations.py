# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What CreateTrail and UpdateTrail check of the SNS topic and the CloudWatch Logs log group."""

from __future__ import annotations

from typing import Any

import pytest

from fake_state import ARCHIVE, CLOUDTRAIL, GROUP, HOME, MEMBER, ROLE, Trails


def test_topics(trails: Trails) -> None:
    trails.refused_create("InvalidSnsTopicNameException", SnsTopicName="not a topic")
    trails.refused_create("InvalidSnsTopicNameException", SnsTopicName="x" * 257)
    trails.refused_create("InsufficientSnsTopicPolicyException", SnsTopicName="topic")
    topic = f"arn:aws:sns:{HOME}:{MEMBER}:topic"
    trails.state.topics.add(topic)
    created = trails.create(SnsTopicName="topic")
    assert (created["SnsTopicName"], created["SnsTopicARN"]) == ("topic", topic)
    assert trails("UpdateTrail", Name="trail", SnsTopicName=topic)["SnsTopicARN"] == topic
    assert "SnsTopicARN" not in trails("UpdateTrail", Name="trail", SnsTopicName="")


def logs(trails: Trails, service: Any = None, action: str = "logs:*", group: str = GROUP) -> None:
    trails.state.groups.add(group)
    trust = {"Effect": "Allow", "Principal": service or CLOUDTRAIL, "Action": "sts:AssumeRole"}
    trails.state.roles[ROLE] = {"Version": "2012-10-17", "Statement": [trust]}
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    trails.state.permissions[ROLE] = [{"Version": "2012-10-17", "Statement": [statement]}]


def test_log_groups(trails: Trails) -> None:
    logs(trails)
    created = trails.create(CloudWatchLogsLogGroupArn=GROUP, CloudWatchLogsRoleArn=ROLE)
    assert (created["CloudWatchLogsLogGroupArn"], created["CloudWatchLogsRoleArn"]) == (GROUP, ROLE)
    alone = {"Name": "trail", "CloudWatchLogsLogGroupArn": GROUP}
    trails.refused("InvalidCloudWatchLogsRoleArnException", "UpdateTrail", **alone)
    cleared = trails("UpdateTrail", Name="trail", CloudWatchLogsLogGroupArn="", CloudWatchLogsRoleArn="")
    assert not {"CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"} & set(cleared)


@pytest.mark.parametrize(
    ("group", "role", "code"),
    [
        (GROUP, "", "InvalidCloudWatchLogsRoleArnException"),
        ("", ROLE, "InvalidCloudWatchLogsLogGroupArnException"),
        (GROUP, ROLE.replace("Logs", "Nobody"), "InvalidCloudWatchLogsRoleArnException"),
        (GROUP.replace("trail", "nothing"), ROLE, "InvalidCloudWatchLogsLogGroupArnException"),
        (GROUP.removesuffix(":*"), ROLE, "InvalidCloudWatchLogsLogGroupArnException"),
        ("group", ROLE, "InvalidCloudWatchLogsLogGroupArnException"),
        (GROUP.replace(MEMBER, ARCHIVE), ROLE, "InvalidCloudWatchLogsLogGroupArnException"),
    ],
)
def test_bad_log_groups(trails: Trails, group: str, role: str, code: str) -> None:
    logs(trails, group=GROUP.replace(MEMBER, ARCHIVE))
    logs(trails)
    trails.refused_create(code, CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=role)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"service": {"Service": "ec2.amazonaws.com"}}, "InvalidCloudWatchLogsRoleArnException"),
        ({"action": "logs:CreateLogStream"}, "InvalidCloudWatchLogsLogGroupArnException"),
    ],
)
def test_roles_that_may_not(trails: Trails, changes: dict[str, Any], code: str) -> None:
    logs(trails, **changes)
    trails.refused_create(code, CloudWatchLogsLogGroupArn=GROUP, CloudWatchLogsRoleArn=ROLE)
