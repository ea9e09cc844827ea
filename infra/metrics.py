"""GiftPulse's own metrics as CloudWatch has them (the round ``emf`` writes them)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

NAMESPACE = "GiftPulse"


def own(name: str, host: str) -> cloudwatch.Metric:
    """One of ours. Two processes may write the same minute, so it is always the maximum that counts."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"Installation": host},
        statistic="Maximum",
        period=Duration.minutes(1),
    )
