"""Somebody is told: of every kind of trouble, and of what it costs."""

import json

import pytest

from infra.profiles import PROFILES
from infra.tests.patterns import matches
from infra.tests.template import Template, text

OURS = {"Healthy", "LagSeconds", "FailedMessages", "RoundsFailing", "NotificationsOldestPendingSeconds"}
DOOR = {"HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "UnHealthyHostCount"}
DATABASE = {"CPUUtilization", "FreeStorageSpace", "DatabaseConnections", "FreeableMemory"}


def test_there_is_an_alarm_for_each_kind_of_trouble(template: Template, profile: str) -> None:
    alarms = {n: each for n, each in template.of("CloudWatch::Alarm").items() if n.startswith("Alarms")}
    watched = {each["MetricName"] for each in alarms.values()}
    own = {"DatabaseMemoryUsagePercentage"} if profile == "large" else {"ApproximateNumberOfMessagesVisible"}
    assert watched == OURS | DOOR | DATABASE | own
    for name, alarm in alarms.items():
        assert "AlarmsTopic" in text(alarm["AlarmActions"]), name
        assert "AlarmsTopic" in text(alarm["OKActions"]), name
        assert len(alarm["AlarmDescription"]) > 25, name


def test_our_own_are_of_this_installation(template: Template) -> None:
    for alarm in template.of("CloudWatch::Alarm").values():
        if alarm["Namespace"] == "GiftPulse":
            assert alarm["Dimensions"] == [{"Name": "Installation", "Value": {"Ref": "HostName"}}]
            assert alarm["Statistic"] == "Maximum"


def test_silence_is_an_alarm(template: Template) -> None:
    alarm = template.named("CloudWatch::Alarm", "AlarmsUnwell")
    assert (alarm["MetricName"], alarm["ComparisonOperator"]) == ("Healthy", "LessThanThreshold")
    assert alarm["Threshold"] == 1
    assert alarm["TreatMissingData"]["Fn::If"][1] == "breaching"


def test_where_nothing_is_to_run_silence_is_none(template: Template) -> None:
    alarm = template.named("CloudWatch::Alarm", "AlarmsUnwell")
    assert alarm["TreatMissingData"] == {"Fn::If": ["IsRunning", "breaching", "notBreaching"]}
    (waits_for,) = [each["DependsOn"] for name, each in template.resources.items() if "AlarmsUnwell" in name]
    assert set(template.of("ECS::Service")) <= set(waits_for)


def test_alarms_reach_the_operator(template: Template) -> None:
    subscription = template.one("SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", {"Ref": "AlarmEmail"})
    policy = template.one("SNS::TopicPolicy")
    allowed = text([each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"])
    assert "cloudwatch.amazonaws.com" in allowed
    assert "events.amazonaws.com" in allowed
    assert "budgets" not in allowed  # they mail by themselves
    assert '"AWS": "*"' not in allowed


def test_a_task_that_fails_is_told(template: Template) -> None:
    rule = template.one("Events::Rule")
    assert rule["EventPattern"]["source"] == ["aws.ecs"]
    assert "ServicesCluster" in text(rule["EventPattern"]["detail"]["clusterArn"])
    assert "AlarmsTopic" in text(rule["Targets"])


@pytest.mark.parametrize(
    ("code", "stop", "reason", "is_told"),
    [
        (0, "EssentialContainerExited", None, False),
        (1, "EssentialContainerExited", None, True),
        (143, "ServiceSchedulerInitiated", None, False),
        (137, "ServiceSchedulerInitiated", None, False),
        (137, "UserInitiated", None, False),
        (137, "EssentialContainerExited", None, True),
        (137, "TerminationNotice", "OutOfMemoryError: Container killed due to memory usage", True),
        (None, "TaskFailedToStart", "CannotPullContainerError: manifest unknown", True),
        (None, "UserInitiated", None, False),
    ],
)
def test_told_is_what_went_wrong_and_not_what_was_told_to_end(
    template: Template, code: int | None, stop: str, reason: str | None, is_told: bool
) -> None:
    pattern = dict(template.one("Events::Rule")["EventPattern"]["detail"], clusterArn=["cluster"])
    container = {"name": "giftpulse"} | ({} if code is None else {"exitCode": code})
    event = {"clusterArn": "cluster", "lastStatus": "STOPPED", "stopCode": stop, "containers": [container]}
    assert matches(pattern, event | {"stoppedReason": reason or "Essential container in task exited"}) is is_told
    if reason is not None:
        container["reason"] = reason
        assert matches(pattern, event) is is_told
    assert not matches(pattern, event | {"lastStatus": "RUNNING"})


def test_costs_are_watched(template: Template) -> None:
    budget = template.one("Budgets::Budget")
    assert budget["Budget"]["BudgetLimit"]["Amount"] == {"Ref": "MonthlyBudget"}
    kinds = {each["Notification"]["NotificationType"] for each in budget["NotificationsWithSubscribers"]}
    assert kinds == {"ACTUAL", "FORECASTED"}


def test_logs_are_kept_for_a_time(template: Template, profile: str) -> None:
    groups = template.of("Logs::LogGroup")
    assert len(groups) >= 2
    for name, group in groups.items():
        assert group["RetentionInDays"] == (14 if "Flows" in name else PROFILES[profile].log_days), name
    for container in template.containers().values():
        assert container["LogConfiguration"]["LogDriver"] == "awslogs"
        assert {"Name": "METRICS_EMF", "Value": "true"} in container["Environment"]


@pytest.mark.parametrize("word", ["LagSeconds", "FailedMessages", "OpenAiCostToday", "TargetResponseTime"])
def test_the_dashboard_shows_it(template: Template, word: str) -> None:
    body = template.one("CloudWatch::Dashboard")["DashboardBody"]
    joined = "".join(part if isinstance(part, str) else "x" for part in body["Fn::Join"][1])
    widgets = json.loads(joined)["widgets"]
    assert len(widgets) >= 9
    assert word in joined
