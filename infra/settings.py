"""The settings of the containers: what stands in the open, and what comes from secrets when a task starts."""

from collections.abc import Collection

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.cache import Cache
from infra.database import Database
from infra.environment import FROM_OPERATOR, GENERATED, OF_CACHE_SECRET, OF_DATABASE
from infra.inputs import Inputs
from infra.profiles import Profile


class Settings(Construct):
    """``plain``, for all, and ``secret``, by the names that GiftPulse reads."""

    def __init__(
        self, scope: Construct, name: str, profile: Profile, inputs: Inputs, database: Database, cache: Cache | None
    ) -> None:
        super().__init__(scope, name)
        self.plain = {
            "DATABASE_URL": database.address(inputs.database_tls),
            "DATABASE_POOL_SIZE": str(profile.pool_size),
            "PUBLIC_URL": f"https://{inputs.host}",
            "METRICS_EMF": "true",
            "LOG_FORMAT": "json",
            **inputs.chosen,
        }
        take = ecs.Secret.from_secrets_manager
        providers = secretsmanager.Secret.from_secret_complete_arn(self, "Providers", inputs.providers)
        self._secret = {
            **{setting: take(database.secret, key) for setting, key in OF_DATABASE.items()},
            **{setting: take(self._generated(setting)) for setting in GENERATED},
            **{setting: take(providers, setting) for setting in FROM_OPERATOR},
        }
        if cache is not None:
            self.plain["REDIS_URL"] = cache.address
            self._secret[OF_CACHE_SECRET] = take(cache.secret)

    def secret(self, only: Collection[str] | None) -> dict[str, ecs.Secret]:
        """What comes from secrets: these of them, or all."""
        return {name: each for name, each in self._secret.items() if only is None or name in only}

    def _generated(self, setting: str) -> secretsmanager.Secret:
        # Kept when the stack goes: what the key has encrypted could not be read again.
        return secretsmanager.Secret(
            self,
            setting,
            description=f"GiftPulse: {setting}",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=RemovalPolicy.RETAIN,
        )
