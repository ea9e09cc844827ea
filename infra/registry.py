"""What must be there before anything else: a place for images, and one for templates."""

from aws_cdk import App, CfnOutput, CfnParameter, DefaultStackSynthesizer, Duration, RemovalPolicy, Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_s3 as s3

_KEPT = 20
"""Images that are kept: as many rollouts can be taken back."""


class Registry(Stack):
    """Set up once for an account and region."""

    def __init__(self, app: App) -> None:
        plain = DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
        super().__init__(
            app,
            "giftpulse-registry",
            description="GiftPulse: images and templates",
            synthesizer=plain,
            analytics_reporting=False,
        )
        name = CfnParameter(self, "ImageRepository", default="giftpulse", description="Name of the ECR repository")
        images = ecr.Repository(
            self,
            "Images",
            repository_name=name.value_as_string,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            lifecycle_rules=[ecr.LifecycleRule(max_image_count=_KEPT)],
            removal_policy=RemovalPolicy.RETAIN,
        )
        templates = s3.Bucket(
            self,
            "Templates",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(365))],
            removal_policy=RemovalPolicy.RETAIN,
        )
        CfnOutput(self, "ImagesUri", value=images.repository_uri)
        CfnOutput(self, "TemplateBucket", value=templates.bucket_name)
