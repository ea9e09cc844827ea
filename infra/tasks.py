"""How a container runs: not as root, with one folder to write to, secrets from Secrets Manager, a log of its own."""

from collections.abc import Collection, Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.commands import DATA, HEALTHY, PORT, USER
from infra.inputs import Inputs
from infra.profiles import Profile
from infra.settings import Settings

CONTAINER = "giftpulse"
_DAYS = {30: logs.RetentionDays.ONE_MONTH, 90: logs.RetentionDays.THREE_MONTHS}


class Tasks(Construct):
    """Makes task definitions. What runs in them may do nothing at AWS at all; who starts them may read our image, write
    our logs, and read the secrets that they name."""

    def __init__(self, scope: Construct, name: str, profile: Profile, inputs: Inputs, settings: Settings) -> None:
        super().__init__(scope, name)
        self._profile, self._inputs, self._settings = profile, inputs, settings
        self._repository = ecr.Repository.from_repository_name(self, "Repository", inputs.repository)
        self._role = iam.Role(
            self,
            "Role",
            description="GiftPulse, while it runs: nothing at AWS is asked",
            assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"),
        )
        self._starter = iam.Role(
            self,
            "Starter",
            description="Who starts tasks of GiftPulse: reads its image and secrets, writes its logs",
            assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"),
        )

    def log_group(self, name: str) -> logs.LogGroup:
        """Where containers of a kind write, for as long as the profile says."""
        return logs.LogGroup(
            self, f"{name}Log", retention=_DAYS[self._profile.log_days], removal_policy=RemovalPolicy.DESTROY
        )

    def define(
        self,
        name: str,
        command: Sequence[str],
        log: logs.ILogGroup,
        *,
        cpu: int = 256,
        memory: int = 512,
        tag: str | None = None,
        stop_seconds: int = 30,
        secrets: Collection[str] | None = None,
        role: str | None = None,
    ) -> ecs.FargateTaskDefinition:
        """A task of one container that runs a command. ``role``: ECS replaces it when ``healthy.py`` finds it hung."""
        task = ecs.FargateTaskDefinition(
            self,
            name,
            cpu=cpu,
            memory_limit_mib=memory,
            task_role=self._role,
            execution_role=self._starter,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.of(self._inputs.architecture),
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
            volumes=[ecs.Volume(name="data")],
        )
        linux = ecs.LinuxParameters(self, f"{name}Linux", init_process_enabled=True)
        linux.drop_capabilities(ecs.Capability.ALL)
        container = task.add_container(
            CONTAINER,
            image=ecs.ContainerImage.from_ecr_repository(self._repository, tag or self._inputs.image_tag),
            command=list(command),
            user=USER,
            readonly_root_filesystem=True,
            linux_parameters=linux,
            environment=self._settings.plain,
            secrets=self._settings.secret(secrets),
            health_check=self._check(role) if role else None,
            logging=ecs.LogDrivers.aws_logs(stream_prefix=name.lower(), log_group=log),
            port_mappings=[ecs.PortMapping(container_port=PORT)],
            stop_timeout=Duration.seconds(stop_seconds),
        )
        container.add_mount_points(ecs.MountPoint(container_path=DATA, source_volume="data", read_only=False))
        return task

    def _check(self, role: str) -> ecs.HealthCheck:
        """The check of the image, which ECS does not look at, with its times. A web process is asked where it stands;
        of workers and beats the web process tells, at the address that all come by."""
        where = [] if role == "web" else [role, f"https://{self._inputs.host}"]
        return ecs.HealthCheck(
            command=["CMD", "python", HEALTHY, *where],
            interval=Duration.seconds(30),
            timeout=Duration.seconds(10),
            retries=3,
            start_period=Duration.seconds(60 if role == "web" else 180),
        )
