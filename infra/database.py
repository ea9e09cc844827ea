"""Postgres: encrypted, backed up, reached by nobody but the tasks, and over TLS alone."""

from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.network import Network
from infra.profiles import Profile

NAME = "giftpulse"
_VERSION = rds.PostgresEngineVersion.of("17", "17")  # its minor versions come by themselves


class Database(Construct):
    """One database. Its password is made by Secrets Manager, and seen by nobody."""

    def __init__(self, scope: Construct, name: str, profile: Profile, network: Network) -> None:
        super().__init__(scope, name)
        engine = rds.DatabaseInstanceEngine.postgres(version=_VERSION)
        self.instance = rds.DatabaseInstance(
            self,
            "Postgres",
            engine=engine,
            instance_type=ec2.InstanceType(profile.database_class),
            database_name=NAME,
            credentials=rds.Credentials.from_generated_secret(NAME),
            vpc=network.vpc,
            vpc_subnets=network.data_in,
            security_groups=[network.database],
            publicly_accessible=False,
            multi_az=profile.database_is_doubled,
            storage_type=rds.StorageType.GP3,
            storage_encrypted=True,
            allocated_storage=profile.database_gigabytes,
            max_allocated_storage=profile.database_most_gigabytes,
            parameter_group=rds.ParameterGroup(self, "Parameters", engine=engine, parameters=_PARAMETERS),
            ca_certificate=rds.CaCertificate.RDS_CA_RSA2048_G1,
            backup_retention=Duration.days(profile.backup_days),
            copy_tags_to_snapshot=True,
            delete_automated_backups=False,
            deletion_protection=True,
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=False,
            enable_performance_insights=profile.database_is_doubled,
            removal_policy=RemovalPolicy.SNAPSHOT,
        )

    @property
    def secret(self) -> secretsmanager.ISecret:
        """Name and password, as ``username`` and ``password``."""
        assert self.instance.secret is not None
        return self.instance.secret

    def names(self) -> dict[str, str]:
        """What a restored copy must be given so that it is no weaker than this one."""
        bare = cast(rds.CfnDBInstance, self.instance.node.default_child)
        found = {
            "DatabaseIdentifier": bare.ref,
            "DatabaseParameterGroup": bare.db_parameter_group_name,
            "DatabaseSubnetGroup": bare.db_subnet_group_name,
        }
        assert all(found.values())
        return cast(dict[str, str], found)

    def address(self, tls: str) -> str:
        """Where it is, without name and password."""
        instance = self.instance
        return f"postgresql://{instance.db_instance_endpoint_address}:{instance.db_instance_endpoint_port}/{NAME}?{tls}"


_PARAMETERS = {
    "rds.force_ssl": "1",
    "log_min_duration_statement": "2000",
    "log_lock_waits": "1",
    # Ends what a process that vanished has left open; our own transactions take seconds.
    "idle_in_transaction_session_timeout": "300000",
}
