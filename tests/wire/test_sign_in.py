from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from cvat_sdk import make_client, models
from cvat_sdk.api_client import exceptions
from cvat_sdk.core.client import AccessTokenCredentials
from cvat_sdk.version import VERSION

if TYPE_CHECKING:
    from cvat_sdk import Client

    from viewfinder.labelserver.embedded import Endpoint


def test_the_sdk_is_the_one_this_suite_is_about() -> None:
    assert VERSION.startswith("2.80")


def test_password_gives_a_session_that_may_write(client: Client, endpoint: Endpoint) -> None:
    user, _ = client.api_client.users_api.retrieve_self()
    assert user.username == endpoint.username
    assert client.has_credentials()
    project = client.projects.create(models.ProjectWriteRequest(name="mine"))
    project.remove()


def test_the_server_is_of_a_version_that_the_sdk_supports(client: Client) -> None:
    client.check_server_version(fail_if_unsupported=True)


def test_wrong_password_is_refused(endpoint: Endpoint) -> None:
    with pytest.raises(exceptions.ApiException) as raised:
        make_client(endpoint.url, credentials=(endpoint.username, "wrong"))
    assert raised.value.status == 400


def test_logout_ends_the_session(endpoint: Endpoint) -> None:
    with make_client(endpoint.url, credentials=(endpoint.username, endpoint.password)) as mine:
        cookies = mine.api_client.cookies.output(attrs=[], header="", sep=";").strip()
        mine.logout()
    again = httpx.get(f"{endpoint.url}/api/users/self", headers={"Cookie": cookies})
    assert again.status_code == 401


def test_personal_access_token(client: Client, endpoint: Endpoint) -> None:
    made, _ = client.api_client.auth_api.create_access_tokens(
        models.AccessTokenWriteRequest(name="script")
    )
    with make_client(endpoint.url, access_token=made.value) as by_token:
        user, _ = by_token.api_client.users_api.retrieve_self()
        assert user.username == endpoint.username
        project = by_token.projects.create(models.ProjectWriteRequest(name="by token"))
        project.remove()
    listed, _ = client.api_client.auth_api.list_access_tokens()
    assert [token.name for token in listed.results] == ["script"]
    client.api_client.auth_api.destroy_access_tokens(made.id)
    with make_client(endpoint.url) as revoked:
        revoked.login(AccessTokenCredentials(made.value))
        with pytest.raises(exceptions.UnauthorizedException):
            revoked.api_client.users_api.retrieve_self()


def test_read_only_token_may_not_write(client: Client, endpoint: Endpoint) -> None:
    made, _ = client.api_client.auth_api.create_access_tokens(
        models.AccessTokenWriteRequest(name="reader", read_only=True)
    )
    with make_client(endpoint.url, access_token=made.value) as reader:
        assert isinstance(reader.tasks.list(), list)
        with pytest.raises(exceptions.ForbiddenException):
            reader.projects.create(models.ProjectWriteRequest(name="no"))
    client.api_client.auth_api.destroy_access_tokens(made.id)


def test_token_of_the_login_and_basic_need_no_csrf(endpoint: Endpoint) -> None:
    credentials = (endpoint.username, endpoint.password)
    login = httpx.post(
        f"{endpoint.url}/api/auth/login",
        json={"username": endpoint.username, "password": endpoint.password},
    )
    token = {"Authorization": f"Token {login.json()['key']}"}
    with httpx.Client(base_url=endpoint.url) as bare:
        made = bare.post("/api/projects", json={"name": "x"}, headers=token)
        assert made.status_code == 201
        project = f"/api/projects/{made.json()['id']}"
        assert bare.delete(project, auth=credentials).status_code == 204
    with httpx.Client(base_url=endpoint.url, cookies=login.cookies) as browser:
        refused = browser.post("/api/projects", json={"name": "x"})
        assert refused.status_code == 403
        assert refused.json() == {"detail": "CSRF Failed: CSRF token missing."}
        wrong = browser.post("/api/projects", json={"name": "x"}, headers={"X-CSRFToken": "0"})
        assert wrong.json() == {"detail": "CSRF Failed: CSRF token incorrect."}
