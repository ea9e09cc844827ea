"""cfn-lint finds nothing: names, types and values of every property are those that CloudFormation knows."""

import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
LARGEST = 1024 * 1024


def test_cfn_lint_finds_nothing(folder: Path) -> None:
    program = Path(sys.executable).with_name("cfn-lint")
    templates = sorted(folder.glob("*.json"))
    assert [each.stem for each in templates] == ["giftpulse-large", "giftpulse-registry", "giftpulse-small"]
    ran = subprocess.run([program, "--", *templates], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_templates_are_of_cloudformation_alone(folder: Path) -> None:
    """No account, no region, no asset, nothing that runs code of ours while it deploys."""
    for file in folder.glob("*.json"):
        assert file.stat().st_size < LARGEST
        template = json.loads(file.read_text())
        kinds = {resource["Type"] for resource in template["Resources"].values()}
        assert not kinds & {"AWS::Lambda::Function", "AWS::CloudFormation::CustomResource"}
        assert not any(kind.startswith("Custom::") for kind in kinds)
        assert "cdk-hnb659fds" not in file.read_text()
        assert "us-east-1" not in file.read_text()
