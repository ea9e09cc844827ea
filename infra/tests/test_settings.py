"""What whoever deploys says of settings reaches every container, and what is not said means the default."""

import pytest

from infra.environment import OF_OPENTELEMETRY, OF_PARAMETERS, parameter_of
from infra.tests.template import Template


@pytest.mark.parametrize("setting", [*OF_PARAMETERS, *OF_OPENTELEMETRY])
def test_a_setting_is_a_parameter_of_the_stack(template: Template, setting: str) -> None:
    name = parameter_of(setting)
    asked = template.content["Parameters"][name]
    assert asked["Default"] == OF_OPENTELEMETRY.get(setting, "")
    assert asked["Description"].startswith(setting)
    for where, container in template.containers().items():
        assert {"Name": setting, "Value": {"Ref": name}} in container["Environment"], where


def test_names_of_parameters_are_as_the_others() -> None:
    assert parameter_of("OTEL_EXPORTER_OTLP_ENDPOINT") == "OtelExporterOtlpEndpoint"


def test_there_are_no_more_parameters_than_cloudformation_takes(template: Template) -> None:
    assert len(template.content["Parameters"]) <= 200
