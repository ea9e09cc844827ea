"""Where everything stands: a network of two zones, and who may speak to whom."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.commands import PORT
from infra.profiles import Profile

_FLOW_DAYS = logs.RetentionDays.TWO_WEEKS


class Network(Construct):
    """The network. Databases stand in subnets without any way out; security groups name each other, never addresses."""

    def __init__(self, scope: Construct, name: str, profile: Profile) -> None:
        super().__init__(scope, name)
        self.has_nat = profile.nat_gateways > 0
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            nat_gateways=profile.nat_gateways,
            subnet_configuration=self._subnets(),
            gateway_endpoints={"S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)},
        )
        self.tasks_in = ec2.SubnetSelection(subnet_group_name="tasks" if self.has_nat else "public")
        self.public = ec2.SubnetSelection(subnet_group_name="public")
        self.data_in = ec2.SubnetSelection(subnet_group_name="data")
        self.balancer = self._group("Balancer", "the load balancer")
        self.tasks = self._group("Tasks", "all tasks", goes_out=True)
        self.database = self._group("Database", "Postgres")
        self.cache = self._group("Cache", "Valkey")
        for port in (443, 80):
            self.balancer.add_ingress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), "the world")
        self.balancer.add_egress_rule(self.tasks, ec2.Port.tcp(PORT), "to the web tasks")
        self.tasks.add_ingress_rule(self.balancer, ec2.Port.tcp(PORT), "the load balancer")
        self.database.add_ingress_rule(self.tasks, ec2.Port.tcp(5432), "the tasks")
        self.cache.add_ingress_rule(self.tasks, ec2.Port.tcp(6379), "the tasks")
        if profile.flow_logs:
            self._log_refusals()

    def _subnets(self) -> list[ec2.SubnetConfiguration]:
        kinds = [("public", ec2.SubnetType.PUBLIC), ("data", ec2.SubnetType.PRIVATE_ISOLATED)]
        if self.has_nat:
            kinds.insert(1, ("tasks", ec2.SubnetType.PRIVATE_WITH_EGRESS))
        # Nothing gets a public address by standing somewhere: tasks that need one ask for it.
        return [
            ec2.SubnetConfiguration(name=name, subnet_type=kind, cidr_mask=24, map_public_ip_on_launch=False)
            if kind is ec2.SubnetType.PUBLIC
            else ec2.SubnetConfiguration(name=name, subnet_type=kind, cidr_mask=24)
            for name, kind in kinds
        ]

    def _group(self, name: str, whose: str, *, goes_out: bool = False) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(
            self, name, vpc=self.vpc, description=f"GiftPulse: {whose}", allow_all_outbound=goes_out
        )

    def _log_refusals(self) -> None:
        group = logs.LogGroup(self, "Flows", retention=_FLOW_DAYS, removal_policy=RemovalPolicy.DESTROY)
        self.vpc.add_flow_log(
            "Refused",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(group),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
