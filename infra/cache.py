"""Valkey, which carries ticks and wake-ups between workers: nothing that must not be lost is in it."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.network import Network


class Cache(Construct):
    """Two nodes in two zones, one of which takes over for the other; encrypted, and opened by a password."""

    def __init__(self, scope: Construct, name: str, node: str, network: Network) -> None:
        super().__init__(scope, name)
        self.secret = secretsmanager.Secret(
            self,
            "Password",
            description="GiftPulse: the password of Valkey",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=RemovalPolicy.DESTROY,
        )
        subnets = elasticache.CfnSubnetGroup(
            self,
            "Subnets",
            description="GiftPulse: where Valkey stands",
            subnet_ids=network.vpc.select_subnets(subnet_group_name="data").subnet_ids,
        )
        parameters = elasticache.CfnParameterGroup(
            self,
            "Parameters",
            cache_parameter_group_family="valkey8",
            description="GiftPulse: messages are refused rather than thrown away",
            properties={"maxmemory-policy": "noeviction"},
        )
        self.group = elasticache.CfnReplicationGroup(
            self,
            "Valkey",
            replication_group_description="GiftPulse: ticks and wake-ups",
            engine="valkey",
            engine_version="8.0",
            cache_node_type=node,
            num_cache_clusters=2,
            automatic_failover_enabled=True,
            multi_az_enabled=True,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            at_rest_encryption_enabled=True,
            # Resolved by CloudFormation when it deploys: it stands in no template.
            auth_token=self.secret.secret_value.unsafe_unwrap(),
            cache_subnet_group_name=subnets.ref,
            cache_parameter_group_name=parameters.ref,
            security_group_ids=[network.cache.security_group_id],
            auto_minor_version_upgrade=True,
        )

    @property
    def address(self) -> str:
        """Where it is, without the password. Without the last word Celery would trust whoever answers."""
        group = self.group
        where = f"{group.attr_primary_end_point_address}:{group.attr_primary_end_point_port}"
        return f"rediss://{where}/0?ssl_cert_reqs=required"
