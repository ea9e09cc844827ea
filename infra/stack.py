"""One installation: everything put together."""

from aws_cdk import App, CfnOutput, DefaultStackSynthesizer, Stack, Tags
from aws_cdk import aws_ecs as ecs

from infra.alarms import Alarms
from infra.board import board
from infra.cache import Cache
from infra.commands import LOOK, MIGRATE
from infra.costs import budget
from infra.database import Database
from infra.door import Door
from infra.environment import TO_MIGRATE, TO_WORK
from infra.inputs import Inputs
from infra.metrics import own
from infra.network import Network
from infra.profiles import Profile
from infra.schedule import Schedule
from infra.services import Services
from infra.settings import Settings
from infra.tasks import Tasks
from infra.watching import (
    watch_ourselves,
    watch_the_cache,
    watch_the_database,
    watch_the_door,
    watch_the_schedule,
)


class GiftPulse(Stack):
    """GiftPulse in one of its sizes. Its template holds no account, no region and no asset: CloudFormation alone
    deploys it."""

    def __init__(self, app: App, profile: Profile) -> None:
        plain = DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
        super().__init__(
            app,
            f"giftpulse-{profile.name}",
            description=f"GiftPulse, {profile.name}",
            synthesizer=plain,
            analytics_reporting=False,
        )
        Tags.of(self).add("application", "giftpulse")
        self._profile, self._inputs = profile, Inputs(self, profile)
        self._network = Network(self, "Network", profile)
        self._database = Database(self, "Database", profile, self._network)
        self._cache = Cache(self, "Cache", profile.cache_class, self._network) if profile.cache_class else None
        settings = Settings(self, "Settings", profile, self._inputs, self._database, self._cache)
        self._tasks = Tasks(self, "Tasks", profile, self._inputs, settings)
        self._services = Services(self, "Services", self._inputs, self._network, profile.container_insights)
        self._alarms = Alarms(self, "Alarms", self._inputs)
        self._door = Door(self, "Door", self._inputs, self._network)
        running = self._run()
        self._by_hand_and_by_the_clock()
        self._watch(running)

    def _run(self) -> list[ecs.FargateService]:
        """The services. Those that wait for something of others are made after it."""
        profile, services = self._profile, self._services
        lag = own("LagSeconds", self._inputs.host)
        web = services.add("Web", profile.web, self._tasks)
        self._targets = self._door.leads_to(web)
        services.scale(web, profile.web)
        running = [web]
        if profile.worker is not None:
            running.append(services.add("Worker", profile.worker, self._tasks))
            services.scale(running[-1], profile.worker, lag)
        if profile.beat is not None:
            running.append(services.add("Beat", profile.beat, self._tasks))
        for each in running:
            each.node.add_dependency(self._database)
            if self._cache is not None:
                each.node.add_dependency(self._cache)
        return running

    def _by_hand_and_by_the_clock(self) -> None:
        """Tasks that end: the migration, which the operator runs before services get a new image; any other command;
        and jobs. With it all that the operator's commands name (docs/aws.md)."""
        log = self._tasks.log_group("Jobs")
        tag = self._inputs.migrate_tag
        task = self._tasks.define("Migrate", MIGRATE, log, tag=tag, stop_seconds=120, secrets=TO_MIGRATE)
        command = self._tasks.define("Command", LOOK, log, stop_seconds=120, secrets=TO_WORK)
        if self._profile.jobs:
            schedule = Schedule(self, "Schedule", self._inputs, self._network, self._services.cluster)
            for job in self._profile.jobs:
                name = "".join(word.capitalize() for word in job.command.split("-"))
                does = self._tasks.define(name, (job.command,), log, stop_seconds=120, secrets=TO_WORK)
                schedule.add(job, does)
            watch_the_schedule(self._alarms, schedule.left)
        network = self._network
        subnets = network.vpc.select_subnets(subnet_group_name=network.tasks_in.subnet_group_name).subnet_ids
        for name, value in {
            "Cluster": self._services.cluster.cluster_name,
            "MigrateTask": task.task_definition_arn,
            "CommandTask": command.task_definition_arn,
            "TaskSubnets": ",".join(subnets),
            "TaskSecurityGroup": network.tasks.security_group_id,
            "TaskPublicIp": "DISABLED" if network.has_nat else "ENABLED",
            "BalancerName": self._door.balancer.load_balancer_dns_name,
            "BalancerArn": self._door.balancer.load_balancer_arn,
            **self._database.names(),
            "DatabaseSecurityGroup": network.database.security_group_id,
            "JobsLog": log.log_group_name,
        }.items():
            CfnOutput(self, name, value=value)

    def _watch(self, running: list[ecs.FargateService]) -> None:
        alarms, host = self._alarms, self._inputs.host
        watch_ourselves(alarms, host, running)
        watch_the_door(alarms, self._door, self._targets)
        watch_the_database(alarms, self._database, self._profile)
        if self._cache is not None:
            watch_the_cache(alarms, self._cache)
        alarms.on_failed_tasks(self._services.cluster)
        board(self, host, alarms, self._door, self._database, running)
        budget(self, self._inputs.budget, self._inputs.alarm_email)
