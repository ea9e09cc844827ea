"""/api/editions over real HTTP."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import pytest

from giftpulse import web
from giftpulse.daily.editions import api
from giftpulse.demo.fake_faults import Orders
from giftpulse.demo.fake_openai import KEY, RunningFakeOpenAi
from giftpulse.ground import clock
from giftpulse.ground.access import create_token
from tests import make
from tests.daily.editions import made
from tests.service import Service, serving

GOOD = "A nap is a small holiday with no packing."
TODAY, TOMORROW = make.NOON.date(), make.NOON.date() + timedelta(days=1)


@pytest.fixture(scope="module")
def fake() -> Iterator[RunningFakeOpenAi]:
    with RunningFakeOpenAi() as running:
        yield running


@pytest.fixture
def service(
    sqlite_url: str, fake: RunningFakeOpenAi, time: clock.Stopped, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    if api not in web.FEATURES:
        monkeypatch.setattr(web, "FEATURES", (*web.FEATURES, api))
    fake.orders = Orders()
    settings = {"openai_api_key": KEY, "openai_base_url": fake.url}
    with closing(make.site(sqlite_url, migrated=True, **settings)) as site, serving(site) as running:
        yield running


def edition(service: Service, **changes: Any) -> Any:
    program = changes.pop("program_id", None) or str(made.program(service.site).id)
    body = {"program_id": program, "local_date": str(TOMORROW), "text": GOOD, "by": "ops", **changes}
    return service.post("/api/editions", body)


def problems(service: Service, method: str, path: str, body: Any) -> tuple[int, set[str]]:
    status, answer = service.call(method, path, body)
    return status, {error["field"] for error in answer.get("errors", ())}


def test_texts_are_written_now_and_listed(service: Service) -> None:
    program = str(made.program(service.site).id)
    done = service.post("/api/editions/generate", {"program_id": program})
    assert (done["written"], done["fallbacks"], done["more"]) == (4, 0, False)
    page = service.get("/api/editions", program_id=program, page_size=3)
    assert (page["total"], len(page["items"]), page["items"][0]["local_date"]) == (4, 3, "2026-11-23")
    rest = service.get("/api/editions", program_id=program, page_size=3, cursor=page["next_cursor"])
    assert [item["local_date"] for item in rest["items"]] == [str(TODAY)]
    first = rest["items"][0]
    assert (first["source"], first["state"], first["segments"]) == ("ai", "approved", 1)
    assert service.get(f"/api/editions/{first['id']}") == first


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "approved"}, 2), ({"state": "waiting"}, 0), ({"source": "human"}, 2), ({"source": "ai"}, 0),
        ({"language": "es"}, 1), ({"local_date": str(TODAY)}, 1), ({"since": str(TOMORROW)}, 1),
        ({"until": str(TODAY)}, 1), ({"program_id": "99"}, 0),
    ],
)  # fmt: skip
def test_lists_are_cut_by_what_is_asked_for(service: Service, query: dict[str, str], found: int) -> None:
    first = edition(service)
    edition(
        service, program_id=first["program_id"], local_date=str(TODAY), language="es", text="La siesta no hace maletas."
    )
    assert service.get("/api/editions", **query)["total"] == found


def test_a_text_is_approved_rejected_and_changed(service: Service) -> None:
    made_one = edition(service)
    path = f"/api/editions/{made_one['id']}"
    assert service.post(f"{path}/approve")["state"] == "approved"
    status, changed = service.call("PATCH", path, {"text": "A nap packs no bags at all.", "by": "Ana"})
    assert (status, changed["text"], changed["decided_by"]) == (200, "A nap packs no bags at all.", "Ana")
    assert service.get(path)["state"] == "rejected"
    assert service.call("POST", f"{path}/approve")[0] == 409
    rejected = service.post(f"/api/editions/{changed['id']}/reject", {"reason": "too sleepy", "by": "Ana"})
    assert (rejected["state"], rejected["reason"], rejected["decided_by"]) == ("rejected", "too sleepy", "Ana")


def test_what_is_wrong_is_told(service: Service) -> None:
    made_one = edition(service)
    path, program = f"/api/editions/{made_one['id']}", made_one["program_id"]
    new = {"program_id": program, "local_date": str(TODAY), "text": GOOD}
    assert problems(service, "PATCH", path, {"text": "See example.com."}) == (422, {"text"})
    assert service.call("PATCH", path, {"text": "See example.com.", "force": True})[0] == 200
    assert problems(service, "POST", f"{path}/reject", {})[0] == 422
    assert problems(service, "POST", f"{path}/reject", {"reason": "  "}) == (422, {"reason"})
    assert problems(service, "POST", "/api/editions", {**new, "local_date": "tomorrow"}) == (422, {"local_date"})
    assert problems(service, "POST", "/api/editions", {**new, "local_date": 20}) == (422, {"local_date"})
    assert problems(service, "POST", "/api/editions", {**new, "language": "Klingon!"}) == (422, {"language"})
    assert problems(service, "POST", "/api/editions", {**new, "text": "a\x00b"}) == (422, {"text"})
    assert service.call("POST", "/api/editions", {**new, "local_date": str(TOMORROW)})[0] == 409
    assert service.call("POST", "/api/editions", {**new, "program_id": "99"})[0] == 404
    assert service.call("POST", "/api/editions/generate", {"program_id": "99"})[0] == 404
    for method, where in (("GET", ""), ("PATCH", ""), ("POST", "/approve"), ("POST", "/reject")):
        body = {"text": GOOD} if method == "PATCH" else {"reason": "no"} if where == "/reject" else None
        assert service.call(method, f"/api/editions/999{where}", body)[0] == 404


def test_a_text_can_be_looked_at_first(service: Service) -> None:
    program = edition(service)["program_id"]
    look = {"program_id": program, "text": "A nap is a small holiday with no packing at all."}
    found = service.post("/api/editions/check", look)
    assert (found["ok"], found["encoding"], found["segments"], found["forced_by"]) == (False, "GSM-7", 1, None)
    assert (found["nearest"]["text"], found["nearest"]["too_alike"]) == (GOOD, True)
    sparkling = service.post("/api/editions/check", {"program_id": program, "text": "Ferns unroll slowly \u2728."})
    assert (sparkling["encoding"], sparkling["forced_by"], sparkling["ok"]) == ("UCS-2", "\u2728", False)
    fine = service.post("/api/editions/check", {"program_id": program, "text": "Ferns unroll slowly, and so may you."})
    assert (fine["ok"], fine["reasons"]) == (True, [])
    assert service.post("/api/editions/check", {"program_id": program, "text": ""})["ok"] is False
    assert len(service.get("/api/editions")["items"]) == 1, "nothing was kept"


def test_costs_are_told_by_day_and_model(service: Service, fake: RunningFakeOpenAi, time: clock.Stopped) -> None:
    program = made.program(service.site)
    fake.orders.faults.append("link")
    service.post("/api/editions/generate", {"program_id": str(program.id)})
    time.move(days=1)
    service.post("/api/editions/generate", {"program_id": str(program.id)})
    costs = service.get("/api/editions/costs", program_id=program.id)
    assert [(day["day"], day["model"], day["requests"], day["written"]) for day in costs["items"]] == [
        (str(TOMORROW), "gpt-4.1-mini", 1, 1), (str(TODAY), "gpt-4.1-mini", 5, 4)
    ]  # fmt: skip
    assert costs["tokens"] == sum(day["prompt_tokens"] + day["completion_tokens"] for day in costs["items"])
    assert 0 < costs["cost_usd"] < 0.01
    assert len(service.get("/api/editions/costs", since=str(TOMORROW))["items"]) == 1
    assert service.get("/api/editions/costs", program_id=99)["items"] == []
    assert date.fromisoformat(costs["prices_as_of"]) < TODAY


def test_whoever_may_read_changes_nothing(service: Service) -> None:
    made_one = edition(service)
    with service.site.database.begin() as session:
        token = create_token(session, "looks", "read", make.NOON)
    assert service.call("GET", "/api/editions", token=token)[0] == 200
    assert service.call("GET", "/api/editions/costs", token=token)[0] == 200
    for method, path in (
        ("POST", ""), ("POST", "/generate"), ("POST", "/check"), ("PATCH", f"/{made_one['id']}"),
        ("POST", f"/{made_one['id']}/approve"), ("POST", f"/{made_one['id']}/reject"),
    ):  # fmt: skip
        assert service.call(method, f"/api/editions{path}", {}, token=token)[0] == 403
        assert service.call(method, f"/api/editions{path}", {}, token=None)[0] == 401
