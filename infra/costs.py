"""The budget: mails when the account has cost most of it, and when it will cost more."""

from aws_cdk import aws_budgets as budgets
from constructs import Construct


def budget(scope: Construct, dollars: float, email: str) -> budgets.CfnBudget:
    """Of the whole account: costs of one stack are known only where its tags were activated for billing."""
    who = [budgets.CfnBudget.SubscriberProperty(address=email, subscription_type="EMAIL")]
    return budgets.CfnBudget(
        scope,
        "Budget",
        budget=budgets.CfnBudget.BudgetDataProperty(
            budget_type="COST",
            time_unit="MONTHLY",
            budget_limit=budgets.CfnBudget.SpendProperty(amount=dollars, unit="USD"),
        ),
        notifications_with_subscribers=[
            budgets.CfnBudget.NotificationWithSubscribersProperty(
                notification=budgets.CfnBudget.NotificationProperty(
                    comparison_operator="GREATER_THAN",
                    notification_type=kind,
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                ),
                subscribers=who,
            )
            for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100))
        ],
    )
