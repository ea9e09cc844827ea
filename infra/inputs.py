"""What whoever deploys says: the parameters of the stack."""

from functools import cached_property

from aws_cdk import Aws, CfnCondition, CfnParameter, Fn, Stack, Token

from infra.environment import OF_OPENTELEMETRY, OF_PARAMETERS, parameter_of
from infra.profiles import Profile


class Inputs:
    """All parameters of a stack. Each is asked for by CloudFormation, so one template serves every installation."""

    def __init__(self, stack: Stack, profile: Profile) -> None:
        self._stack = stack
        self.host = self._text(
            "HostName", "Where Twilio and people reach us, such as pulse.example.org", r"[a-z0-9.-]+"
        )
        self.certificate = self._text(
            "CertificateArn", "ARN of the ACM certificate for that name, in this region", r"arn:[\w-]+:acm:.+"
        )
        self.providers = self._text(
            "ProvidersArn", "ARN of the secret with the keys of infra/providers.example.json", r"arn:.+"
        )
        self.alarm_email = self._text("AlarmEmail", "Who is told of alarms, and of costs", r"[^@\s]+@[^@\s]+")
        self.repository = self._text("ImageRepository", "Name of the ECR repository", r"[a-z0-9._/-]+", "giftpulse")
        self.image_tag = self._text("ImageTag", "Tag of the image that services and jobs run", r"[\w.-]+")
        self.migrate_tag = self._text("MigrateTag", "Tag of the image that the migration runs", r"[\w.-]+")
        self.database_tls = self._text(
            "DatabaseTls",
            "How the database is spoken to; verify-full needs the certificates of RDS in the image",
            r"sslmode=(require|verify-ca&.+|verify-full&.+)",
            "sslmode=require",
        )
        self.budget = self._number(
            "MonthlyBudget", "US dollars a month that the account may cost", profile.budget_dollars
        )
        self.architecture = self._choice(
            "Architecture", "What the image was built for, and tasks run on", "ARM64", "X86_64"
        )
        self.chosen = {
            setting: self._text(parameter_of(setting), f"{setting}; empty: its default", ".*", default)
            for setting, default in {**dict.fromkeys(OF_PARAMETERS, ""), **OF_OPENTELEMETRY}.items()
        }
        running = self._choice(
            "Running",
            "no: everything is there and no service runs, as before the first migration; start: services run, and "
            "begin with their least number of tasks; yes: services run, and those that grow keep the number they have",
            "no",
            "start",
            "yes",
        )
        never = Fn.condition_equals(running, "no")
        self._runs = CfnCondition(stack, "IsRunning", expression=Fn.condition_not(never))
        self._running = running

    def if_running(self, then: str, otherwise: str) -> str:
        """One value where services run, another where they do not yet."""
        return Fn.condition_if(self._runs.logical_id, then, otherwise).to_string()

    def count(self, number: int) -> float:
        """So many tasks where services run, none where they do not yet."""
        return Token.as_number(Fn.condition_if(self._runs.logical_id, number, 0))

    @cached_property
    def _goes_on(self) -> CfnCondition:
        # Made for whom it is asked: a size in which nothing grows has no use for it.
        return CfnCondition(self._stack, "GoesOn", expression=Fn.condition_equals(self._running, "yes"))

    def count_to_begin_with(self, number: int) -> float:
        """The same for a service that grows: while it goes on, nothing is said, and it keeps the number it has. Without
        a number to begin with it would stay at none: a least number lifts nothing by itself."""
        begins = Fn.condition_if(self._goes_on.logical_id, Aws.NO_VALUE, number)
        return Token.as_number(Fn.condition_if(self._runs.logical_id, begins, 0))

    def _choice(self, name: str, says: str, *values: str) -> str:
        """One of some values; the first one is the default."""
        made = CfnParameter(self._stack, name, description=says, allowed_values=list(values), default=values[0])
        return made.value_as_string

    def _text(self, name: str, says: str, pattern: str, default: str | None = None) -> str:
        made = CfnParameter(self._stack, name, description=says, allowed_pattern=pattern, default=default)
        return made.value_as_string

    def _number(self, name: str, says: str, default: int) -> float:
        made = CfnParameter(self._stack, name, type="Number", description=says, min_value=1, default=default)
        return made.value_as_number
