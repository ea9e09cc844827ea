"""GiftPulse on AWS, as code. docs/aws.md tells how it is used; nothing of the service imports it."""
