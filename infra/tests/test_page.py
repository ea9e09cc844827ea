"""docs/aws.md: its commands are ones that AWS knows, what they name is there, and its sums are right."""

import re
from pathlib import Path

import pytest
from moto.cloudformation.parsing import resource_class_from_type

from infra.environment import OF_OPENTELEMETRY, OF_PARAMETERS, parameter_of
from infra.tests.commands import blocks, commands, complaints
from infra.tests.template import Template

HOUSE = Path(__file__).resolve().parents[2]
PAGE = (HOUSE / "docs" / "aws.md").read_text()
BLOCKS = blocks(PAGE)
COMMANDS = [words for block in BLOCKS for words in commands(block)]
FROM_READER = {"IMAGES", "TEMPLATES", "PROVIDERS", "CERTIFICATE", "SERVICE"}
"""Variables for what a command before answers."""
UNKNOWN = {
    "ApplicationAutoScaling::": "scaling",
    "Budgets::": "budgets",
    "CloudWatch::Alarm": "alarms",
    "EC2::SecurityGroupEgress": "`SecurityGroupEgress`",
    "ElastiCache::": "caches",
    "S3::BucketPolicy": "`BucketPolicy`",
    "SNS::Subscription": "subscriptions",
    "SNS::TopicPolicy": "`TopicPolicy`",
    "SQS::QueuePolicy": "`QueuePolicy`",
    "Scheduler::": "schedules",
    "SecretsManager::": "secrets",
}
"""What the simulated AWS makes nothing of, and the page's word for it."""


def sections() -> dict[str, str]:
    """The page by its headings."""
    parts = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[1:4]))
def test_aws_knows_the_command(words: list[str]) -> None:
    assert complaints(words) == []


def test_what_is_wrong_would_be_found() -> None:
    assert complaints(["aws", "rds", "delete-it", "--all"]) == ["no operation delete-it of rds"]
    assert complaints(["aws", "rds", "stop-db-instance", "--all"]) == [
        "no option all",
        "without db-instance-identifier",
    ]
    assert complaints(["aws", "acm", "wait", "for-good", "--certificate-arn", "x"]) == ["nothing to wait for: for-good"]
    assert len(COMMANDS) >= 25


def test_what_commands_name_is_an_output_or_was_asked_for(template: Template) -> None:
    outputs = dict(re.findall(r"^\| `\$([A-Z_]+)` \| `(\w+)` \|$", PAGE, re.MULTILINE))
    assert set(outputs.values()) <= set(template.content["Outputs"])
    used = set(re.findall(r"\$\{?([A-Z_]+)", "\n".join(BLOCKS)))
    assert used - outputs.keys() == FROM_READER
    assert outputs.keys() <= used


def test_where_the_other_variables_come_from_is_told(registry: Template) -> None:
    told = dict(re.findall(r"^\| `\$([A-Z]+)` \| (?:the ARN that )?`([\w-]+)` \w+ ", PAGE, re.MULTILINE))
    assert told.keys() | {"SERVICE"} == FROM_READER  # that one stands below its command
    outputs = {told["IMAGES"], told["TEMPLATES"]}
    assert outputs == set(registry.content["Outputs"])
    assert {told["PROVIDERS"], told["CERTIFICATE"]} <= {words[2] for words in COMMANDS}
    steps = sections()["Step by step"]
    for name in told:
        assert re.search(rf"`\${name}`", steps), name


def test_a_change_of_settings_starts_nothing() -> None:
    """CloudFormation keeps ``Running``; ``yes`` before the first start would leave services at none."""
    (change,) = [words for words in COMMANDS if "RetentionDays=90" in words]
    assert not any(word.startswith("Running=") for word in change)


def test_after_a_migration_no_way_back_is_promised() -> None:
    text = sections()["A new version"]
    assert "none of the old image can start anew" in text
    assert "forward only" in text


def test_what_the_simulation_does_not_know_is_told(template: Template) -> None:
    kinds = {each["Type"].removeprefix("AWS::") for each in template.resources.values()}
    unknown = {each for each in kinds if resource_class_from_type(f"AWS::{each}") is None}
    assert "S3::BucketPolicy" in unknown
    intro = " ".join(PAGE.partition("\n## ")[0].split())
    for kind in unknown:
        assert [word for known, word in UNKNOWN.items() if kind.startswith(known) and word in intro], kind


def test_parameters_that_are_said_exist(template: Template) -> None:
    said = {
        name for words in COMMANDS for name, eq, _ in (word.partition("=") for word in words) if eq and name.isalnum()
    }
    assert {"Running", "CertificateArn", "RetentionDays"} <= said
    assert said - {"Key", "awsvpcConfiguration"} <= set(template.content["Parameters"])
    needed = {name for name, each in template.content["Parameters"].items() if "Default" not in each}
    (first,) = [words for words in COMMANDS if "Running=no" in words]
    assert needed <= {word.partition("=")[0] for word in first}
    for name in re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", sections()["Settings"]):
        assert name in {parameter_of(each) for each in (*OF_PARAMETERS, *OF_OPENTELEMETRY)}, name


def test_nothing_is_deployed_with_a_certificate_that_is_not_issued() -> None:
    words = [" ".join(each[1:4]) for each in COMMANDS]
    order = ["acm request-certificate", "acm describe-certificate", "acm wait certificate-validated"]
    at = [next(n for n, each in enumerate(words) if each.startswith(step)) for step in order]
    deployed = next(n for n, each in enumerate(COMMANDS) if "Running=no" in each)
    assert [*at, deployed] == sorted([*at, deployed])
    assert "--disable-rollback" in COMMANDS[deployed]


def test_a_first_deployment_that_failed_can_be_cleared() -> None:
    text = sections()["When the first deployment failed"]
    for step in (
        "CREATE_FAILED",
        "--no-deletion-protection",
        "deletion_protection.enabled,Value=false",
        "delete-stack",
    ):
        assert step in text, step
    # Such a stack has no outputs.
    assert [words[2] for block in blocks(text) for words in commands(block)][1] == "describe-stack-resources"


def test_what_is_restored_is_no_weaker_than_what_was(large: Template) -> None:
    """Each property of the database that a copy does not get by itself is said with it."""
    words = [each for each in COMMANDS if "rds" in each and "describe-db-instances" not in each]
    said = {word for each in words if "giftpulse-restored" in each for word in each}
    database = large.one("RDS::DBInstance")
    for name, value, option in (
        ("MultiAZ", True, "--multi-az"),
        ("DeletionProtection", True, "--deletion-protection"),
        ("CopyTagsToSnapshot", True, "--copy-tags-to-snapshot"),
        ("AutoMinorVersionUpgrade", True, "--auto-minor-version-upgrade"),
        ("PubliclyAccessible", False, "--no-publicly-accessible"),
    ):
        assert database[name] is value
        assert option in said
    assert {"--db-parameter-group-name", "--db-subnet-group-name", "--vpc-security-group-ids"} <= said
    assert {str(database["MaxAllocatedStorage"]), str(database["BackupRetentionPeriod"])} <= said
    assert {database["StorageType"], database["CACertificateIdentifier"]} <= said


def _tables() -> list[list[list[str]]]:
    found = re.findall(r"^\| [^|]+ \| reckoned .*\n\|[-| ]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [[[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()] for table in found]


def test_costs_add_up_and_each_says_whether_it_was_checked() -> None:
    tables = _tables()
    assert len(tables) == 2
    for *rows, together in tables:
        assert abs(sum(float(row[2]) for row in rows) - float(together[2].strip("*"))) <= 1
        for row in rows:
            assert row[3] == "no" or re.search(r"\]\(https://", row[3]), row
    assert "from memory" in PAGE


def test_how_an_image_for_another_processor_is_built_is_told() -> None:
    assert "tonistiigi/binfmt --install arm64" in PAGE
    assert "Architecture=X86_64" in PAGE
