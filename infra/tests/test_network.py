"""Nobody reaches a database from outside, and tasks are reached through the load balancer alone."""

from typing import Any

from infra.tests.template import Template, text


def _opened(template: Template) -> list[tuple[str, dict[str, Any]]]:
    """Who may come in where: name of the group that is opened, and the rule."""
    found = [
        (name, rule)
        for name, group in template.of("EC2::SecurityGroup").items()
        for rule in group.get("SecurityGroupIngress", [])
    ]
    alone = template.of("EC2::SecurityGroupIngress").values()
    return [*found, *((rule["GroupId"]["Fn::GetAtt"][0], rule) for rule in alone)]


def test_only_the_load_balancer_is_open_to_the_world(template: Template) -> None:
    opened = [(name, rule) for name, rule in _opened(template) if "CidrIp" in rule or "CidrIpv6" in rule]
    assert {rule["FromPort"] for _, rule in opened} == {80, 443}
    assert all("Balancer" in name for name, _ in opened)


def test_groups_name_each_other(template: Template) -> None:
    inner = {
        (name.removeprefix("Network")[:5], rule["FromPort"], rule["SourceSecurityGroupId"]["Fn::GetAtt"][0][7:12])
        for name, rule in _opened(template)
        if "SourceSecurityGroupId" in rule
    }
    assert inner == {("Tasks", 8000, "Balan"), ("Datab", 5432, "Tasks"), ("Cache", 6379, "Tasks")}


def test_databases_stand_where_no_way_leads_out(template: Template) -> None:
    routes = template.of("EC2::Route")
    assert routes
    assert not any("data" in name for name in routes)
    for subnets in template.one("RDS::DBSubnetGroup")["SubnetIds"]:
        assert "dataSubnet" in subnets["Ref"]
    assert template.one("RDS::DBInstance")["PubliclyAccessible"] is False
    for subnet in template.of("EC2::Subnet").values():
        assert not subnet["MapPublicIpOnLaunch"]


def test_the_small_one_pays_for_no_nat_and_the_large_one_shows_no_task(small: Template, large: Template) -> None:
    assert small.of("EC2::NatGateway") == {}
    assert len(large.of("EC2::NatGateway")) == 2
    for template, public, subnet in ((small, "ENABLED", "publicSubnet"), (large, "DISABLED", "tasksSubnet")):
        for service in template.of("ECS::Service").values():
            place = service["NetworkConfiguration"]["AwsvpcConfiguration"]
            assert place["AssignPublicIp"] == public
            assert all(subnet in each["Ref"] for each in place["Subnets"])
    assert large.one("EC2::FlowLog")["TrafficType"] == "REJECT"


def test_the_door_speaks_tls_and_keeps_a_log(template: Template) -> None:
    plain, secure = sorted(
        template.of("ElasticLoadBalancingV2::Listener").values(), key=lambda listener: str(listener["Port"])
    )[::-1]
    assert (plain["Port"], secure["Port"]) == (80, 443)
    (redirect,) = plain["DefaultActions"]
    assert redirect["RedirectConfig"] == {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    assert secure["Protocol"] == "HTTPS"
    assert secure["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-")
    assert secure["Certificates"] == [{"CertificateArn": {"Ref": "CertificateArn"}}]
    attributes = {
        each["Key"]: each["Value"]
        for each in template.one("ElasticLoadBalancingV2::LoadBalancer")["LoadBalancerAttributes"]
    }
    assert attributes["access_logs.s3.enabled"] == attributes["deletion_protection.enabled"] == "true"
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"


def test_the_door_asks_whether_the_process_answers(template: Template) -> None:
    target = template.one("ElasticLoadBalancingV2::TargetGroup")
    assert (target["HealthCheckPath"], target["Port"], target["TargetType"]) == ("/alive", 8000, "ip")


def test_buckets_are_closed_and_encrypted(template: Template, registry: Template) -> None:
    for each in (template, registry):
        (bucket,) = each.of("S3::Bucket").values()
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]
        assert "aws:SecureTransport" in text(each.one("S3::BucketPolicy"))
