"""A deployment to a simulated AWS, as far as it goes: what refers to each other exists, and is made in an order."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.profiles import PROFILES
from infra.tests.stand_ins import for_simulation
from infra.tests.template import Template

SAID = {
    "HostName": "pulse.example.org",
    "ProvidersArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:providers-AbCdEf",
    "AlarmEmail": "on-call@example.org",
    "ImageTag": "v1",
    "MigrateTag": "v2",
}


@pytest.fixture(autouse=True)
def _simulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


def deployed(template: dict[str, Any], **said: str) -> dict[str, str]:
    """Deploy as the page says, by way of a bucket. Answers the outputs."""
    if "HostName" in said:
        certificate = boto3.client("acm").request_certificate(DomainName=said["HostName"], ValidationMethod="DNS")
        said["CertificateArn"] = certificate["CertificateArn"]
    boto3.client("s3").create_bucket(Bucket="templates")
    boto3.client("s3").put_object(Bucket="templates", Key="it.json", Body=json.dumps(template))
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName="giftpulse",
        TemplateURL="https://templates.s3.amazonaws.com/it.json",
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in said.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    (stack,) = cloudformation.describe_stacks(StackName="giftpulse")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


@pytest.mark.filterwarnings("ignore")
def test_it_is_deployed_and_a_migration_can_be_run(template: Template, profile: str) -> None:
    outputs = deployed(for_simulation(template.content), **SAID, Running="start")
    ecs = boto3.client("ecs")
    (cluster,) = ecs.list_clusters()["clusterArns"]
    services = ecs.describe_services(cluster=cluster, services=ecs.list_services(cluster=cluster)["serviceArns"])
    sizes = PROFILES[profile]
    kinds = [each for each in (sizes.web, sizes.worker, sizes.beat) if each is not None]
    assert sorted(each["desiredCount"] for each in services["services"]) == sorted(each.least for each in kinds)
    task = ecs.describe_task_definition(taskDefinition=outputs["MigrateTask"])["taskDefinition"]
    (container,) = task["containerDefinitions"]
    assert container["command"] == ["db", "upgrade"]
    assert container["image"].endswith("/giftpulse:v2")
    (database,) = boto3.client("rds").describe_db_instances()["DBInstances"]
    assert database["PubliclyAccessible"] is False
    assert database["StorageEncrypted"] is True


@pytest.mark.filterwarnings("ignore")
def test_before_the_first_migration_nothing_runs(small: Template) -> None:
    deployed(for_simulation(small.content), **SAID, Running="no")
    ecs = boto3.client("ecs")
    (cluster,) = ecs.list_clusters()["clusterArns"]
    services = ecs.describe_services(cluster=cluster, services=ecs.list_services(cluster=cluster)["serviceArns"])
    assert [each["desiredCount"] for each in services["services"]] == [0]


def test_what_comes_first_holds_images_that_cannot_be_replaced(folder: Path) -> None:
    deployed(json.loads((folder / "giftpulse-registry.json").read_text()))
    (repository,) = boto3.client("ecr").describe_repositories()["repositories"]
    assert repository["imageTagMutability"] == "IMMUTABLE"
