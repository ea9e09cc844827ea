"""What must not be lost or read: encryption at rest and on the way, backups, and secrets that stand nowhere."""

import re

from infra.environment import FROM_OPERATOR, GENERATED, OF_DATABASE
from infra.profiles import PROFILES
from infra.tests.template import Template, text


def test_the_database_is_encrypted_backed_up_and_hard_to_lose(template: Template, profile: str) -> None:
    sizes = PROFILES[profile]
    database = template.one("RDS::DBInstance")
    assert database["StorageEncrypted"] is True
    assert database["DeletionProtection"] is True
    assert database["BackupRetentionPeriod"] == sizes.backup_days >= 7
    assert database["DeleteAutomatedBackups"] is False
    assert database["MultiAZ"] is sizes.database_is_doubled
    (resource,) = [each for each in template.resources.values() if each["Type"] == "AWS::RDS::DBInstance"]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Snapshot", "Snapshot")
    assert template.one("RDS::DBParameterGroup")["Parameters"]["rds.force_ssl"] == "1"


def test_what_is_large_is_doubled(large: Template) -> None:
    assert large.one("RDS::DBInstance")["MultiAZ"] is True
    assert large.one("RDS::DBInstance")["BackupRetentionPeriod"] == 35
    assert large.one("ElastiCache::ReplicationGroup")["MultiAZEnabled"] is True


def test_the_way_to_the_database_is_encrypted(template: Template) -> None:
    for container in template.containers().values():
        settings = {each["Name"]: each["Value"] for each in container["Environment"]}
        address = text(settings["DATABASE_URL"])
        assert address.count("postgresql://") == 1
        assert '{"Ref": "DatabaseTls"}' in address
    tls = template.content["Parameters"]["DatabaseTls"]
    assert tls["Default"] == "sslmode=require"
    for weak in ("sslmode=disable", "sslmode=prefer", "", "sslmode=require&sslmode=disable"):
        assert not re.fullmatch(tls["AllowedPattern"], weak), weak


def test_the_cache_is_encrypted_and_wants_a_password(large: Template, small: Template) -> None:
    cache = large.one("ElastiCache::ReplicationGroup")
    assert cache["TransitEncryptionEnabled"] is cache["AtRestEncryptionEnabled"] is True
    assert cache["TransitEncryptionMode"] == "required"
    assert "{{resolve:secretsmanager:" in text(cache["AuthToken"])
    for container in large.containers().values():
        settings = {each["Name"]: each["Value"] for each in container["Environment"]}
        assert "rediss://" in text(settings["REDIS_URL"])
        assert "ssl_cert_reqs=required" in text(settings["REDIS_URL"])
    assert small.of("ElastiCache::ReplicationGroup") == {}
    assert "REDIS_URL" not in text(small.containers())


def test_secrets_come_from_secrets_manager_and_stand_nowhere(template: Template) -> None:
    secret = {*OF_DATABASE, *GENERATED, *FROM_OPERATOR}
    given = set()
    for container in template.containers().values():
        given |= {each["Name"] for each in container["Secrets"]}
        assert not {each["Name"] for each in container["Environment"]} & secret
    assert given - {"REDIS_PASSWORD"} == secret
    assert "{{resolve:secretsmanager:" in text(template.one("RDS::DBInstance")["MasterUserPassword"])


def test_the_key_outlives_the_stack(template: Template) -> None:
    kept = [r for n, r in template.resources.items() if r["Type"] == "AWS::SecretsManager::Secret" and "Settings" in n]
    assert len(kept) == len(GENERATED)
    assert {each["DeletionPolicy"] for each in kept} == {"Retain"}
    assert all(each["Properties"]["GenerateSecretString"]["PasswordLength"] == 64 for each in kept)
