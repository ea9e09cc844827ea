"""What runs: without rights, without root, with what it needs to be replaced when it fails."""

from typing import Any

import pytest

from infra.commands import DATA, HEALTHY, MIGRATE, USER
from infra.profiles import LARGE, SMALL
from infra.tests.template import Template, many, text

WRITES = {"logs:CreateLogStream", "logs:PutLogEvents"}
MAY_NOT_BE_NARROWED = {"ecr:GetAuthorizationToken"}
"""What AWS allows for everything or for nothing."""


def test_containers_are_not_root_and_write_to_one_folder(template: Template) -> None:
    containers = template.containers()
    assert len(containers) >= 4
    for name, container in containers.items():
        assert container["User"] == USER, name
        assert container["ReadonlyRootFilesystem"] is True, name
        assert container["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}, name
        assert not container.get("Privileged"), name
        assert container["MountPoints"] == [{"ContainerPath": DATA, "ReadOnly": False, "SourceVolume": "data"}], name
        assert "ImageTag" in text(container["Image"]) or "MigrateTag" in text(container["Image"]), name


def test_what_runs_has_no_rights_at_all(template: Template) -> None:
    (name,) = {task["TaskRoleArn"]["Fn::GetAtt"][0] for task in template.of("ECS::TaskDefinition").values()}
    assert "ManagedPolicyArns" not in template.of("IAM::Role")[name]
    assert "Policies" not in template.of("IAM::Role")[name]
    assert [policy for policy in template.of("IAM::Policy").values() if {"Ref": name} in policy["Roles"]] == []


def test_no_role_may_do_everything_or_to_everything(template: Template) -> None:
    for name, statement in template.statements():
        actions = set(many(statement["Action"]))
        assert not any("*" in action for action in actions), f"{name}: {actions}"
        if "*" in many(statement["Resource"]):
            assert actions <= MAY_NOT_BE_NARROWED, f"{name}: {actions}"
    for name, role in template.of("IAM::Role").items():
        assert "ManagedPolicyArns" not in role, name


def test_who_starts_tasks_reads_only_the_secrets_that_they_name(template: Template) -> None:
    read = [
        statement for name, statement in template.statements() if "secretsmanager:GetSecretValue" in statement["Action"]
    ]
    named = {text(each["ValueFrom"]) for c in template.containers().values() for each in c["Secrets"]}
    for resource in (resource for statement in read for resource in many(statement["Resource"])):
        assert resource != "*"
        assert any(resource.get("Ref", "?") in each for each in named), resource


def test_services_are_rolled_back_when_they_do_not_come_up(template: Template) -> None:
    for name, service in template.of("ECS::Service").items():
        deployed = service["DeploymentConfiguration"]
        assert deployed["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}, name
        assert (deployed["MinimumHealthyPercent"], deployed["MaximumPercent"]) == (100, 200), name
        assert service["EnableExecuteCommand"] is False, name
        assert service["DesiredCount"]["Fn::If"][0::2] == ["IsRunning", 0], name


def test_a_rollout_takes_no_tasks_away_that_came_with_the_work(large: Template) -> None:
    """It begins with its least number, for that lifts no service that has none; from then on no number is set."""
    grown = {each["ResourceId"]["Fn::Join"][1][-1]["Fn::GetAtt"][0] for each in _targets(large)}
    assert len(grown) == 2
    for name in grown:
        begins = {"Fn::If": ["GoesOn", {"Ref": "AWS::NoValue"}, 2]}
        assert large.resources[name]["Properties"]["DesiredCount"] == {"Fn::If": ["IsRunning", begins, 0]}
    assert large.content["Conditions"]["GoesOn"] == {"Fn::Equals": [{"Ref": "Running"}, "yes"]}
    running = large.content["Parameters"]["Running"]
    assert (running["Default"], running["AllowedValues"]) == ("no", ["no", "start", "yes"])


def _targets(template: Template) -> list[dict[str, Any]]:
    return list(template.of("ApplicationAutoScaling::ScalableTarget").values())


@pytest.mark.parametrize("role", ["web", "worker", "beat"])
def test_what_stays_and_hangs_is_replaced(large: Template, small: Template, role: str) -> None:
    """ECS looks at the check of the task alone, not at that of the image."""
    for template in (large, small) if role == "web" else (large,):
        (found,) = [each for name, each in template.containers().items() if name.startswith(f"Tasks{role.title()}")]
        command = found["HealthCheck"]["Command"]
        assert command[:3] == ["CMD", "python", HEALTHY]
        host = {"Fn::Join": ["", ["https://", {"Ref": "HostName"}]]}
        assert command[3:] == ([] if role == "web" else [role, host])
    stays = [name for name, each in large.containers().items() if "HealthCheck" in each]
    assert len(stays) == 3


def test_each_gets_the_secrets_that_it_needs(large: Template, small: Template) -> None:
    database = {"DATABASE_USER", "DATABASE_PASSWORD"}
    needed = database | {"SECRET_KEY", "SECRET_KEY_PREVIOUS", "OTEL_EXPORTER_OTLP_HEADERS"}
    for template in (large, small):
        got = {name: {each["Name"] for each in c["Secrets"]} for name, c in template.containers().items()}
        for name, secrets in got.items():
            assert ("GIFTPULSE_ADMIN_TOKEN" in secrets) is ("Web" in name), name
            assert ("TWILIO_AUTH_TOKEN" in secrets) is ("Migrate" not in name and "Beat" not in name), name
            assert secrets >= needed, name
        (migration,) = [secrets for name, secrets in got.items() if "Migrate" in name]
        assert migration == needed


def test_the_processor_is_the_one_that_the_image_was_built_for(template: Template) -> None:
    asked = template.content["Parameters"]["Architecture"]
    assert (asked["Default"], asked["AllowedValues"]) == ("ARM64", ["ARM64", "X86_64"])
    for name, task in template.of("ECS::TaskDefinition").items():
        assert task["RuntimePlatform"]["CpuArchitecture"] == {"Ref": "Architecture"}, name


def test_the_migration_runs_an_image_of_its_own_choice(template: Template) -> None:
    (migration,) = [each for name, each in template.containers().items() if "Migrate" in name]
    assert migration["Command"] == list(MIGRATE)
    assert "MigrateTag" in text(migration["Image"])
    others = [each for name, each in template.containers().items() if "Migrate" not in name]
    assert not any("MigrateTag" in text(each["Image"]) for each in others)


def test_what_the_operator_runs_it_with_is_told(template: Template) -> None:
    assert {"Cluster", "MigrateTask", "CommandTask", "TaskSubnets", "TaskSecurityGroup", "TaskPublicIp"} <= set(
        template.content["Outputs"]
    )


def test_workers_grow_with_lag_and_cpu(large: Template) -> None:
    policies = large.of("ApplicationAutoScaling::ScalingPolicy")
    cpu = [each for each in policies.values() if each["PolicyType"] == "TargetTrackingScaling"]
    assert len(cpu) == 2
    (lag,) = [each for each in policies.values() if each["PolicyType"] == "StepScaling"]
    steps = lag["StepScalingPolicyConfiguration"]["StepAdjustments"]
    assert all(each["ScalingAdjustment"] > 0 for each in steps)
    assert LARGE.worker is not None
    targets = large.of("ApplicationAutoScaling::ScalableTarget")
    assert {each["MaxCapacity"] for each in targets.values()} == {LARGE.web.most, LARGE.worker.most}
    metrics = {each["MetricName"] for n, each in large.of("CloudWatch::Alarm").items() if n.startswith("Services")}
    assert metrics == {"LagSeconds"}


def test_one_beat_ticks(large: Template) -> None:
    assert large.named("ECS::Service", "Beat")["DesiredCount"] == {"Fn::If": ["IsRunning", 1, 0]}


def test_the_small_one_runs_its_jobs_by_the_clock(small: Template, large: Template) -> None:
    schedules = small.of("Scheduler::Schedule")
    assert len(schedules) == len(SMALL.jobs) == 3
    by_hand = ("Migrate", "Command")
    commands = {tuple(c["Command"]) for n, c in small.containers().items() if not n.startswith(_names("Web", *by_hand))}
    assert commands == {("schedule-messages",), ("process-messages",), ("cleanup",)}
    for schedule in schedules.values():
        target = schedule["Target"]
        assert target["RetryPolicy"]["MaximumRetryAttempts"] == 2
        assert "ScheduleLeft" in text(target["DeadLetterConfig"])
        assert target["EcsParameters"]["LaunchType"] == "FARGATE"
        assert schedule["State"]["Fn::If"] == ["IsRunning", "ENABLED", "DISABLED"]
    assert large.of("Scheduler::Schedule") == {}
    assert small.one("SQS::Queue")["SqsManagedSseEnabled"] is True


def test_whoever_hands_on_tags_may_tag(template: Template) -> None:
    """ECS starts no task for a role that hands on tags and may not."""
    for schedule in template.of("Scheduler::Schedule").values():
        if "PropagateTags" not in schedule["Target"]["EcsParameters"]:
            continue
        role = schedule["Target"]["RoleArn"]["Fn::GetAtt"][0]
        policies = [each for each in template.of("IAM::Policy").values() if {"Ref": role} in each["Roles"]]
        statements = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
        (tags,) = [each for each in statements if "ecs:TagResource" in many(each["Action"])]
        assert tags["Condition"] == {"StringEquals": {"ecs:CreateAction": "RunTask"}}
        (resource,) = many(tags["Resource"])
        assert resource["Fn::Join"][1][-3:] == [":task/", {"Ref": schedule["Target"]["Arn"]["Fn::GetAtt"][0]}, "/*"]


@pytest.mark.parametrize("action", ["ecs:RunTask", "iam:PassRole"])
def test_the_clock_may_start_these_jobs_and_no_other(small: Template, action: str) -> None:
    found = [(name, each) for name, each in small.statements() if action in many(each["Action"])]
    assert found
    for name, statement in found:
        assert name.startswith("ScheduleRole")
        assert many(statement["Action"]) == [action]
        assert statement["Condition"]
        for resource in many(statement["Resource"]):
            assert not any(name in text(resource) for name in _names("Web", "Migrate", "Command"))
            assert resource != "*"


def _names(*kinds: str) -> tuple[str, ...]:
    return tuple(f"Tasks{kind}" for kind in kinds)
