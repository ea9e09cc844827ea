"""Somebody is told: of every kind of trouble, and of what it costs."""

import json

import pytest

from infra.profiles import PROFILES
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
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (1, "breaching")


def test_alarms_reach_the_operator(template: Template) -> None:
    subscription = template.one("SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", {"Ref": "AlarmEmail"})
    policy = template.one("SNS::TopicPolicy")
    allowed = text([each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"])
    assert "cloudwatch.amazonaws.com" in allowed
    assert "events.amazonaws.com" in allowed
    assert '"AWS": "*"' not in allowed


def test_a_task_that_fails_is_told(template: Template) -> None:
    rule = template.one("Events::Rule")
    assert rule["EventPattern"]["source"] == ["aws.ecs"]
    assert "ServicesCluster" in text(rule["EventPattern"]["detail"]["clusterArn"])
    assert "AlarmsTopic" in text(rule["Targets"])


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
