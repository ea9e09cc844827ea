"""What whoever deploys says: the parameters of the stack."""

from aws_cdk import CfnCondition, CfnParameter, Fn, Stack, Token

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
        running = CfnParameter(
            stack,
            "Running",
            description="no: everything is there and no service runs, as before the first migration",
            allowed_values=["yes", "no"],
            default="yes",
        )
        self._runs = CfnCondition(stack, "IsRunning", expression=Fn.condition_equals(running.value_as_string, "yes"))

    def if_running(self, then: str, otherwise: str) -> str:
        """One value where services run, another where they do not yet."""
        return Fn.condition_if(self._runs.logical_id, then, otherwise).to_string()

    def count(self, number: int) -> float:
        """So many tasks where services run, none where they do not yet."""
        return Token.as_number(Fn.condition_if(self._runs.logical_id, number, 0))

    def _text(self, name: str, says: str, pattern: str, default: str | None = None) -> str:
        made = CfnParameter(self._stack, name, description=says, allowed_pattern=pattern, default=default)
        return made.value_as_string

    def _number(self, name: str, says: str, default: int) -> float:
        made = CfnParameter(self._stack, name, type="Number", description=says, min_value=1, default=default)
        return made.value_as_number
