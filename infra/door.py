"""The door: a load balancer that speaks TLS to the world, and keeps a log of who came."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.commands import ALIVE, PORT
from infra.inputs import Inputs
from infra.network import Network

_LOG_DAYS = 90


class Door(Construct):
    """A load balancer with one certificate. What comes over plain HTTP is sent to HTTPS."""

    def __init__(self, scope: Construct, name: str, inputs: Inputs, network: Network) -> None:
        super().__init__(scope, name)
        self._network = network
        self.balancer = elb.ApplicationLoadBalancer(
            self,
            "Balancer",
            vpc=network.vpc,
            internet_facing=True,
            security_group=network.balancer,
            vpc_subnets=network.public,
            deletion_protection=True,
            drop_invalid_header_fields=True,
            idle_timeout=Duration.seconds(60),
        )
        self._keep_a_log()
        self.balancer.add_listener(
            "Http",
            port=80,
            open=False,  # the security group says who may come
            default_action=elb.ListenerAction.redirect(protocol="HTTPS", port="443", permanent=True),
        )
        self.listener = self.balancer.add_listener(
            "Https",
            port=443,
            open=False,
            certificates=[elb.ListenerCertificate.from_arn(inputs.certificate)],
            ssl_policy=elb.SslPolicy.TLS13_RES,
        )

    def leads_to(self, web: ecs.FargateService) -> elb.ApplicationTargetGroup:
        """Send everybody to the web tasks that answer."""
        return self.listener.add_targets(
            "Web",
            port=PORT,
            protocol=elb.ApplicationProtocol.HTTP,
            targets=[web],
            deregistration_delay=Duration.seconds(30),
            health_check=elb.HealthCheck(
                path=ALIVE,
                healthy_http_codes="200",
                interval=Duration.seconds(15),
                timeout=Duration.seconds(5),
                healthy_threshold_count=2,
                unhealthy_threshold_count=4,
            ),
        )

    def _keep_a_log(self) -> None:
        bucket = s3.Bucket(
            self,
            "Visits",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,  # the one that load balancers can write to
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(_LOG_DAYS))],
            removal_policy=RemovalPolicy.RETAIN,
        )
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("logdelivery.elasticloadbalancing.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[bucket.arn_for_objects(f"AWSLogs/{Stack.of(self).account}/*")],
            )
        )
        self.balancer.set_attribute("access_logs.s3.enabled", "true")
        self.balancer.set_attribute("access_logs.s3.bucket", bucket.bucket_name)
        # The balancer writes a file to try it out: the policy must be there by then.
        self.balancer.node.add_dependency(bucket)
