"""The demo's rules: valid, in both forms, and with trouble in the script for each of the serious ones."""

from giftpulse.demo.seeds import FULL, SHORT, seed
from giftpulse.ground import phone
from giftpulse.ground.clock import Stopped
from giftpulse.ground.site import Site
from giftpulse.monitor.actions import store as actions
from giftpulse.monitor.channels.payload import new_secret
from giftpulse.monitor.rules import store as rules
from giftpulse.simulator import SCRIPT
from giftpulse.simulator.chance import chance
from giftpulse.simulator.places import somebody


def test_both_forms_and_both_kinds_of_actions_are_made(lite: Site, time: Stopped) -> None:
    with lite.database.begin() as session:
        seed(session, lite, "http://127.0.0.1:9/alerts", new_secret(), time())
    with lite.database.read() as session:
        made = list(session.scalars(rules.listed()))
        acts = list(session.scalars(actions.listed()))
    assert [rule.name for rule in made if rule.short_form is None] == [given["name"] for given in FULL]
    assert [rule.name for rule in made if rule.short_form] == [given["name"] for given in SHORT]
    assert {act.action_type for act in acts} == {"email", "webhook"}
    [hook] = [act for act in acts if act.action_type == "webhook"]
    assert hook.rule_id is None
    assert (actions.config_of(lite, hook) or {})["secret"].startswith("whsec_")
    assert (actions.shown_config(lite, hook) or {})["secret"] == "********"


def test_the_script_has_four_sorts_of_trouble_within_the_first_minute() -> None:
    assert {incident.kind for incident in SCRIPT if incident.at < 60} == {
        "filtered", "webhook_down", "unreachable", "calls_failing",
    }  # fmt: skip


def test_the_country_that_cannot_be_reached_is_one_that_we_can_name() -> None:
    [country] = [incident.country for incident in SCRIPT if incident.kind == "unreachable"]
    assert phone.country(somebody(chance("test"), country)) == country
