"""Writing in the browser: who may, what is kept, what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from comity.errors import UsageError
from comity.intent import ledger as ledgers
from comity.intent.ledger import writing
from comity.intent.ledger.database import Database
from comity.intent.ledger.users import Role, Users
from comity.web.app import create_app
from comity.web.settings import Settings

PASSWORD = "correct horse battery"
QUIET = Settings(
    warm=False,
    log=True,
    rate=0,
    seconds=600.0,
    hosts=("testserver",),
    write=True,
    proxies=("10.0.0.1",),
)
PROMISE = {
    "parties": "IND,RUS",
    "text": "Open a cultural centre in Kazan.",
    "pillar": "people",
    "announced": "2025-12-05",
    "due": "2027",
    "source_publisher": "PIB",
    "source_date": "2025-12-05",
    "source_url": "https://example.org/joint-statement",
}
JUDGED = {"status": "delivered", "evidence": "It opened.", "source_publisher": "TASS"}
HOSTILE = '<script>alert("x")</script>{{7*7}}\'"><img src=x onerror=alert(1)>'


@pytest.fixture
def desk(place):
    """Return a service that may write, on each database, with an editor and a reader."""
    app = create_app(replace(QUIET, ledger=place))
    users = Users(Database(place))
    users.add("Asha", Role.editor, PASSWORD)
    users.add("Boris", Role.reader, PASSWORD)
    with TestClient(app) as client:
        yield client, users


@pytest.fixture
def written(tmp_path):
    """Return the same on SQLite alone, for what no database changes."""
    place = str(tmp_path / "ledger.sqlite")
    app = create_app(replace(QUIET, ledger=place))
    users = Users(Database(place))
    users.add("Asha", Role.editor, PASSWORD)
    users.add("Boris", Role.reader, PASSWORD)
    with TestClient(app) as client:
        yield client, users, app


def sign_in(client, name="Asha", password=PASSWORD):
    answer = client.post("/api/v1/session", json={"name": name, "password": password})
    assert answer.status_code == 200, answer.text
    return {"x-csrf-token": answer.json()["data"]["csrf"]}


def test_an_editor_adds_and_judges_and_all_can_read_it(desk):
    client, users = desk
    token = sign_in(client)
    added = client.post("/api/v1/promises", json=PROMISE, headers=token)
    assert added.status_code == 200, added.text
    made = added.json()["data"]
    assert made["new"] is True
    again = client.post("/api/v1/promises", json=PROMISE, headers=token).json()["data"]
    assert again == {"id": made["id"], "new": False}
    judged = client.post(f"/api/v1/promises/{made['id']}/assessments", json=JUDGED, headers=token)
    assert judged.status_code == 200, judged.text
    client.cookies.clear()
    read = client.get("/api/v1/pairs/IND/RUS/promises").json()["data"]["commitments"]
    (mine,) = [row for row in read if row["id"] == made["id"]]
    assert (mine["status"], mine["evidence"]) == ("delivered", "It opened.")
    deeds = [(deed.person, deed.action, deed.subject) for deed in reversed(users.trail())]
    assert deeds[-3:] == [
        ("Asha", "signed in", ""),
        ("Asha", "promise added", made["id"]),
        ("Asha", "promise assessed", made["id"]),
    ]
    assert Database(users.database.place).read().assessments(made["id"])[0].by == "Asha"


@pytest.mark.parametrize("statement", ["UPDATE trail SET person = 'x'", "DELETE FROM trail"])
def test_the_database_keeps_the_trail(desk, statement):
    _, users = desk
    with pytest.raises(sa.exc.DBAPIError), users.database.engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_the_database_gives_no_password_and_no_session_away(desk):
    client, users = desk
    sign_in(client)
    with users.database.engine.connect() as connection:
        kept = str([tuple(r) for t in ("users", "sessions", "trail")
                    for r in connection.execute(sa.text(f"SELECT * FROM {t}"))])  # fmt: skip
    assert "$argon2id$" in kept
    assert PASSWORD not in kept
    assert client.cookies["comity_session"] not in kept


def test_without_sign_in_without_token_or_as_a_reader_nothing_is_written(written):
    client, users, _ = written
    before = users.database.read().id
    assert client.post("/api/v1/promises", json=PROMISE).status_code == 401
    token = sign_in(client)
    assert client.post("/api/v1/promises", json=PROMISE).status_code == 403
    wrong = {"x-csrf-token": "x" * 32}
    assert client.post("/api/v1/promises", json=PROMISE, headers=wrong).status_code == 403
    foreign = token | {"origin": "https://evil.example"}
    assert client.post("/api/v1/promises", json=PROMISE, headers=foreign).status_code == 403
    cross = token | {"sec-fetch-site": "cross-site"}
    assert client.post("/api/v1/promises", json=PROMISE, headers=cross).status_code == 403
    client.cookies.clear()
    token = sign_in(client, "Boris")
    refused = client.post("/api/v1/promises", json=PROMISE, headers=token)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")
    assert client.get("/api/v1/trail").status_code == 200
    assert users.database.read().id == before


def test_the_cookie_is_kept_from_scripts_and_other_sites(written):
    client, _, _ = written
    answer = client.post("/api/v1/session", json={"name": "Asha", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert answer.headers["cache-control"] == "no-store"


def test_signing_out_ends_the_session_for_whoever_has_the_cookie(written):
    client, users, _ = written
    token = sign_in(client)
    stolen = client.cookies["comity_session"]
    assert client.delete("/api/v1/session", headers=token).status_code == 200
    assert users.session(stolen) is None


def test_a_new_password_signs_out_whoever_had_the_old_one(written):
    client, users, _ = written
    sign_in(client)
    users.add("Asha", Role.editor, "another long password")
    assert client.get("/api/v1/session").status_code == 401


def test_guessing_is_slowed_down_and_says_not_what_was_wrong(written):
    client, _, _ = written
    wrong = [
        client.post("/api/v1/session", json={"name": name, "password": "wrong wrong wrong"})
        for name in ("Asha", "Nobody")
    ]
    assert wrong[0].status_code == wrong[1].status_code == 401
    assert wrong[0].json() == wrong[1].json()
    statuses = [
        client.post("/api/v1/session", json={"name": "Asha", "password": "x"}).status_code
        for _ in range(8)
    ]
    assert statuses[-1] == 429


def test_what_does_not_fit_is_said_field_by_field_and_nothing_is_written(written):
    client, users, _ = written
    before = users.database.read().id
    token = sign_in(client)
    bad = PROMISE | {"pillar": "magic", "due": "soon", "parties": "IND,XXX"}
    answer = client.post("/api/v1/promises", json=bad, headers=token)
    assert answer.status_code == 422
    nothing = client.post("/api/v1/promises/none/assessments", json=JUDGED, headers=token)
    assert nothing.status_code == 404
    assert users.database.read().id == before


def test_a_proxy_names_the_user_and_nobody_else_may(tmp_path):
    place = str(tmp_path / "ledger.sqlite")
    settings = replace(QUIET, ledger=place, user_header="X-User", proxies=("testclient",))
    app = create_app(settings)
    Users(Database(place)).add("asha@example.org", Role.editor)
    named = {"X-User": "asha@example.org"}
    with TestClient(app) as client:
        token = client.get("/api/v1/session", headers=named).json()["data"]["csrf"]
        sent = named | {"x-csrf-token": token}
        assert client.post("/api/v1/promises", json=PROMISE, headers=sent).status_code == 200
        # The session is of no use without the proxy's word, or with another name.
        other = sent | {"X-User": "boris@example.org"}
        assert client.post("/api/v1/promises", json=PROMISE, headers=other).status_code == 401
        assert client.get("/desk", headers={"X-User": "boris@example.org"}).status_code == 403
    app = create_app(replace(settings, proxies=("10.0.0.1",)))
    with TestClient(app) as client:
        assert client.get("/api/v1/session", headers=named).status_code == 401


def test_forms_in_the_browser_do_the_same_without_scripts(written):
    client, _, _ = written
    assert client.get("/desk", follow_redirects=False).headers["location"] == "/sign-in"
    refused = client.post("/sign-in", data={"name": "Asha", "password": "no"})
    assert (refused.status_code, "do not belong together" in refused.text) == (401, True)
    page = client.post("/sign-in", data={"name": "Asha", "password": PASSWORD})
    assert "Asha, editor" in page.text
    csrf = client.get("/api/v1/session").json()["data"]["csrf"]
    assert client.post("/desk/promise", data=PROMISE).status_code == 403
    bad = client.post("/desk/promise", data=PROMISE | {"csrf": csrf, "due": "soon"})
    assert bad.status_code == 422
    assert "soon" in bad.text
    assert "Nothing was saved: 1 field does not fit." in bad.text
    assert "“Due”" in bad.text
    empty = client.post("/desk/promise", data={"csrf": csrf, "text": "x"})
    assert "fields do not fit." in empty.text
    assert empty.text.count("“The two sides”: is empty") == 1
    made = client.post("/desk/promise", data=PROMISE | {"csrf": csrf})
    assert made.status_code == 200
    assert PROMISE["text"] in made.text
    judged = client.post(made.url.path, data=JUDGED | {"csrf": csrf})
    assert "It opened." in judged.text
    assert client.post("/sign-out", data={"csrf": csrf}).status_code == 200
    assert client.get("/api/v1/session").status_code == 401


def test_hostile_words_in_the_ledger_stay_words(written):
    client, _, _ = written
    token = sign_in(client)
    given = PROMISE | {"text": HOSTILE, "said_by": HOSTILE, "source_publisher": HOSTILE}
    given |= {"source_url": "javascript:alert(1)", "source_title": HOSTILE}
    made = client.post("/api/v1/promises", json=given, headers=token).json()["data"]["id"]
    pages = [
        "/desk",
        f"/desk/promises/{made}",
        "/pairs/IND/RUS",
        "/api/v1/pairs/IND/RUS/promises?format=html",
    ]
    for path in pages:
        text = client.get(path).text
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        assert "javascript:alert" not in text.replace("href", "href"), path
        assert "49&#39;" not in text, path
    csv = client.get("/api/v1/pairs/IND/RUS/promises?format=csv").text
    assert HOSTILE.split("{{")[0].replace('"', '""') in csv


def test_the_log_has_no_password_no_cookie_and_no_query(written, capsys):
    client, _, _ = written
    capsys.readouterr()
    token = sign_in(client)
    client.get("/check?text=secret-words")
    logged = capsys.readouterr().err
    assert '"path": "/api/v1/session"' in logged
    for secret in (PASSWORD, client.cookies["comity_session"], *token.values(), "secret-words"):
        assert secret not in logged


def test_without_write_there_is_no_desk(client):
    assert client.post("/api/v1/promises", json=PROMISE).status_code == 404
    assert client.get("/desk").status_code == 404


def test_a_ledger_from_before_there_were_users_is_read_and_brought_up_to_date(tmp_path):
    place = tmp_path / "ledger.sqlite"
    database = Database(place)
    starter = ledgers.open("starter")
    database.write(record for rows in starter.records().values() for record in rows)
    with database.engine.begin() as connection:
        for table in ("trail", "sessions", "users"):
            connection.execute(sa.text(f"DROP TABLE {table}"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    assert database.read().id == starter.id
    Users(database).database.upgrade()
    Users(database).add("Asha", Role.editor, PASSWORD)
    assert [user.name for user in Users(database).all()] == ["Asha"]
    assert database.read().id == starter.id


@pytest.mark.parametrize("name", ["", " Asha", "a\nb", "<b>", "x" * 81])
def test_names_that_could_mislead_are_refused(tmp_path, name):
    with pytest.raises(UsageError):
        Users(Database(tmp_path / "l.sqlite")).add(name, Role.reader, PASSWORD)


def test_short_passwords_are_refused(tmp_path):
    with pytest.raises(UsageError, match="12 to 200"):
        Users(Database(tmp_path / "l.sqlite")).add("Asha", Role.reader, "short")


def test_the_users_own_ledger_begins_as_comitys(tmp_path, monkeypatch):
    monkeypatch.delenv("COMITY_LEDGER", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    app = create_app(replace(QUIET, ledger=""))
    assert app.state.comity.refresh().ledger.id == ledgers.open("starter").id
    assert writing.user_ledger().exists()


def test_every_page_says_who_is_signed_in_and_none_is_kept_with_a_name(written):
    client, _, _ = written
    before = client.get("/about")
    assert "Sign in</a>" in before.text
    assert "Ledger desk" in before.text
    sign_in(client)
    for path in ("/about", "/check", "/sources", "/desk", "/desk/promise", "/nothing-here"):
        answer = client.get(path, headers={"If-None-Match": before.headers["etag"]})
        assert 'title="Signed in">Asha</a>' in answer.text, path
        assert "Sign in</a>" not in answer.text, path
        assert answer.headers["cache-control"].endswith("no-store"), path
        assert "etag" not in answer.headers, path
        assert "content-security-policy" in answer.headers, path
    assert "Asha" not in client.get("/api/v1/sources").text
    # Whoever comes after gets the page of all.
    client.cookies.clear()
    after = client.get("/about")
    assert "Asha" not in after.text
    assert after.headers["etag"] == before.headers["etag"]
    client.cookies.set("comity_session", "forged")
    assert "Asha" not in client.get("/about").text


def test_without_a_desk_nothing_leads_to_it(client):
    assert "/desk" not in client.get("/about").text
