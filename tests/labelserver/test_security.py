from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.labelserver.conftest import png
from viewfinder.labelserver.auth.passwords import FailureLimit, Passwords

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fastapi import FastAPI

    from tests.labelserver.conftest import Asker
    from viewfinder.labelserver.settings import Settings


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost", 200),
        ("LOCALHOST:1", 200),
        ("[::1]:8080", 200),
        ("attacker.example", 400),
        ("127.0.0.1.attacker.example:8080", 400),
        ("", 400),
    ],
)
def test_only_known_names_are_answered(ask: Asker, host: str, status: int) -> None:
    answer = ask("GET", "/api/server/about", headers={"Host": host})
    assert answer.status_code == status


def test_every_answer_carries_safe_headers(ask: Asker) -> None:
    for path in ("/api/server/about", "/api/nowhere", "/tasks", "/static/none.js"):
        headers = ask("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert "default-src" in headers["content-security-policy"]
        assert headers["x-viewfinder-instance"] == "this one"


def test_cookies_are_not_for_scripts_or_other_sites(ask: Asker) -> None:
    answer = ask(
        "POST",
        "/api/auth/login",
        json={"username": "admin", "password": "password of admin"},
        auth=None,
    )
    csrf, session = answer.headers.get_list("set-cookie")
    assert csrf.startswith("csrftoken=")
    assert session.startswith("sessionid=")
    assert "HttpOnly" in session
    assert "HttpOnly" not in csrf
    assert all("SameSite=lax" in cookie for cookie in (csrf, session))


@pytest.mark.parametrize(
    "path",
    ["//attacker.example/x", "https://attacker.example", "/\\attacker.example", "tasks", "/a b"],
)
def test_a_sign_in_link_leads_nowhere_else(ask: Asker, path: str) -> None:
    refused = ask("POST", "/api/auth/sign-in-links", json={"path": path})
    assert refused.status_code == 400
    made = ask("POST", "/api/auth/sign-in-links", json={"path": "/"}).json()["url"]
    link = made.split("?")[0].removeprefix("http://127.0.0.1:8080")
    opened = ask("GET", link, params={"next": path}, auth=None)
    assert opened.status_code == 400
    assert "set-cookie" not in opened.headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../models.py",
        "/static/..%2fmodels.py",
        "/static/%2e%2e/models.py",
        "/static//etc/passwd",
        "/static/assets/../../models.py",
    ],
)
def test_assets_lie_in_their_folder_only(ask: Asker, path: str) -> None:
    answer = ask("GET", path)
    assert answer.status_code == 404
    assert b"import" not in answer.content


def test_a_read_needs_to_be_signed_in(make_asker: Callable[[str | None], Asker]) -> None:
    nobody = make_asker(None)
    for path in (
        "/api/tasks",
        "/api/tasks/1/data?type=frame&number=0",
        "/api/jobs/1/annotations",
        "/api/users/self",
        "/api/requests",
        "/api/issues",
    ):
        answer = nobody("GET", path)
        assert answer.status_code == 401, path
        assert answer.json() == {"detail": "Authentication credentials were not provided."}
    assert nobody("PUT", "/api/tasks/1/annotations", json={}).status_code == 401


def test_people_see_what_is_theirs_or_given_to_them(
    make_asker: Callable[[str | None], Asker],
) -> None:
    admin, ann, bob = make_asker("admin"), make_asker("ann"), make_asker("bob")
    task = ann.task()
    job = ann("GET", f"/api/jobs?task_id={task}").json()["results"][0]["id"]
    for path in (
        f"/api/tasks/{task}",
        f"/api/tasks/{task}/annotations",
        f"/api/tasks/{task}/data?type=frame&number=0&quality=original",
        f"/api/jobs/{job}",
        f"/api/jobs/{job}/annotations",
        f"/api/requests/action=create&target=task&id={task}",
    ):
        assert (ann("GET", path).status_code, bob("GET", path).status_code) == (200, 404), path
        assert admin("GET", path).status_code == 200
    assert bob("GET", "/api/tasks").json()["count"] == 0
    assert bob("GET", f"/api/labels?task_id={task}").status_code == 400
    bob_id = bob("GET", "/api/users/self").json()["id"]
    assert ann("PATCH", f"/api/jobs/{job}", json={"assignee": bob_id}).status_code == 200
    # Work that is given to somebody can be done, but the task is not theirs to delete.
    label = bob("GET", f"/api/labels?job_id={job}").json()["results"][0]["id"]
    shape = {"type": "rectangle", "frame": 0, "label_id": label, "points": [1, 1, 2, 2]}
    assert bob("PUT", f"/api/jobs/{job}/annotations", json={"shapes": [shape]}).status_code == 200
    assert bob("DELETE", f"/api/tasks/{task}").status_code == 403
    assert bob("PATCH", f"/api/tasks/{task}", json={"name": "mine"}).status_code == 403


def test_mail_addresses_are_for_oneself_and_administrators(
    make_asker: Callable[[str | None], Asker],
) -> None:
    ann = make_asker("ann")
    users = {user["username"]: user for user in ann("GET", "/api/users").json()["results"]}
    assert "email" in users["ann"]
    assert "email" not in users["bob"]


def test_guessing_passwords_has_to_wait() -> None:
    now = [0.0]
    limit = FailureLimit(3, clock=lambda: now[0])
    for _ in range(3):
        assert limit.wait_secs("1.2.3.4") == 0
        limit.failed("1.2.3.4")
    assert limit.wait_secs("1.2.3.4") == 60
    assert limit.wait_secs("5.6.7.8") == 0
    now[0] = 61.0
    assert limit.wait_secs("1.2.3.4") == 0


def test_passwords() -> None:
    now = [0.0]
    passwords = Passwords(clock=lambda: now[0])
    stored = passwords.hash("right")
    assert "right" not in stored
    assert stored.startswith("$argon2id$")
    assert passwords.check("right", stored)
    assert passwords.check("right", stored)
    assert not passwords.check("wrong", stored)
    assert not passwords.check("right", None)
    assert not passwords.check("right", passwords.hash("other"))
    assert not passwords.check("right", "no hash at all")


def test_a_changed_password_counts_at_once(make_asker: Callable[[str | None], Asker]) -> None:
    ann = make_asker("ann")
    old = ("ann", "password of ann")
    assert ann("GET", "/api/users/self", auth=old).status_code == 200
    change = {
        "old_password": "password of ann",
        "new_password1": "longer than before",
        "new_password2": "longer than before",
    }
    wrong = ann("POST", "/api/auth/password/change", json=change | {"old_password": "x"})
    assert wrong.status_code == 400
    assert ann("POST", "/api/auth/password/change", json=change).status_code == 200
    assert ann("GET", "/api/users/self", auth=old).status_code == 401
    again = ann("GET", "/api/users/self", auth=("ann", "longer than before"))
    assert again.status_code == 200


def test_secrets_are_not_in_the_database(ask: Asker, settings: Settings, app: FastAPI) -> None:
    token = ask("POST", "/api/auth/access_tokens", json={"name": "t"}).json()["value"]
    login = ask(
        "POST",
        "/api/auth/login",
        json={"username": "admin", "password": "password of admin"},
        auth=None,
    )
    secrets = [token, login.json()["key"], login.cookies["sessionid"], "password of admin"]
    app.state.parts.database.close()
    stored = b"".join(path.read_bytes() for path in settings.data_dir.glob("labelserver.sqlite*"))
    assert stored
    assert [secret for secret in secrets if secret.encode() in stored] == []


def test_a_script_in_a_skeletons_drawing_is_refused(ask: Asker) -> None:
    label = {
        "name": "s",
        "type": "skeleton",
        "svg": "<circle onload=alert(1)></circle>",
        "sublabels": [{"name": "p"}],
    }
    answer = ask("POST", "/api/tasks", json={"name": "t", "labels": [label]})
    assert answer.status_code == 400


def test_peer_43_no_file_is_read_by_its_path(
    ask: Asker, make_asker: Callable[[str | None], Asker], tmp_path: Path
) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(png((5, 5)))
    for asker in (ask, make_asker(None)):
        for path in (
            f"/media?filepath={secret}",
            f"/api/media?filepath={secret}",
            f"/static/{secret}",
            f"/api/server/share?directory={secret.parent}",
        ):
            answer = asker("GET", path)
            assert secret.read_bytes() not in answer.content
            assert "secret" not in answer.text
    task = ask("POST", "/api/tasks", json={"name": "t", "labels": [{"name": "a"}]}).json()["id"]
    for path in (str(secret), f"../{secret.name}", f"file://{secret}"):
        data = {"image_quality": 70, "server_files": [path]}
        sent = ask("POST", f"/api/tasks/{task}/data", json=data)
        assert sent.status_code == 400, path
    assert ask("GET", f"/api/tasks/{task}/data?type=frame&number=0").status_code >= 400
