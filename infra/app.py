"""``python -m infra.app FOLDER``: writes the templates of all stacks into a folder, without account or network."""

import json
import sys
from pathlib import Path
from typing import Any

from aws_cdk import App

from infra.profiles import PROFILES
from infra.registry import Registry
from infra.stack import GiftPulse


def templates() -> dict[str, dict[str, Any]]:
    """Every template, by the name of its stack."""
    app = App(analytics_reporting=False)
    Registry(app)
    for profile in PROFILES.values():
        GiftPulse(app, profile)
    return {each.stack_name: each.template for each in app.synth().stacks}


def main(folder: Path) -> None:
    """Write the templates. Short enough for CloudFormation: it takes a megabyte from a bucket."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, template in templates().items():
        (folder / f"{name}.json").write_text(json.dumps(template, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
