"""A template for a simulated AWS that knows fewer kinds of resources than the real one."""

import copy
from typing import Any

UNKNOWN = (
    "AWS::SecretsManager::",
    "AWS::ElastiCache::",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::FlowLog",
    "AWS::ApplicationAutoScaling::",
    "AWS::Budgets::",
    "AWS::CloudWatch::Dashboard",
)
"""Kinds that the simulation cannot make, or not as CloudFormation describes them: left out, or told by name alone."""


def for_simulation(content: dict[str, Any]) -> dict[str, Any]:
    """The same template without these; who refers to one of them is given a name of the right form."""
    made = copy.deepcopy(content)
    resources = made["Resources"]
    gone = {name for name, each in resources.items() if each["Type"].startswith(UNKNOWN)}
    made["Resources"] = {name: _replaced(each, gone) for name, each in resources.items() if name not in gone}
    for each in made["Resources"].values():
        each.pop("DependsOn", None)
        if each["Type"] == "AWS::RDS::DBInstance":
            each["Properties"].pop("DBParameterGroupName")  # the simulation takes the group for its name
            each["Properties"] |= {"MasterUsername": "giftpulse", "MasterUserPassword": "only-for-the-simulation"}
    return made


def _replaced(value: Any, gone: set[str]) -> Any:
    if isinstance(value, dict):
        if value.get("Ref") in gone:
            return f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{value['Ref']}"
        if isinstance(found := value.get("Fn::GetAtt"), list) and found[0] in gone:
            return found[0].lower()
        return {key: _replaced(each, gone) for key, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each, gone) for each in value]
    return value
