"""The pages tell what the records say, to people who may see it, and what strangers wrote stays text."""

import csv
import http.client
import io
import json
import re
import time
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from itertools import takewhile
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sqlalchemy import insert

from fieldtool.audit.record import Event, leaf, seal
from fieldtool.central.alarms import NOT_TAKEN, alarms, take
from fieldtool.central.door import FAILURES
from fieldtool.central.entry_tables import certificate, kept_apart, revocation
from fieldtool.central.ledger import Answer, Ledger, Push
from fieldtool.central.pages.press import PAGES, TEMPLATES
from fieldtool.central.pages.sheets import Sheet
from fieldtool.central.people import People, Role
from fieldtool.central.projection import Projection
from fieldtool.central.tables import fork, laptop
from fieldtool.core.clock import SystemClock, iso
from fieldtool.core.errors import AuditError, RefusedError
from fieldtool.core.texts import Text
from tests.audit.support import Ticking
from tests.central.stories import START, AnyKey, Story, crowd, keep
from tests.central.support import Central

A, B = "aa" * 16, "bb" * 16
HOSTILE = "<script>alert('1')</script>\"'\u202e\x1b]0;x\x07&amp;"
EVERY_PAGE = [path for path, _ in PAGES] + ["/chargers"]
EVERY_LIST = ["/v1/fleet", "/v1/chargers", "/v1/runs", "/v1/laptops", "/v1/alarms"]


@dataclass
class Answered:
    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found


@dataclass
class Browser:
    """Follows no redirect, keeps one cookie."""

    url: str
    cookie: str = ""

    def ask(self, method: str, path: str, form: str | None = None, **headers: str) -> Answered:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        sent = {"Cookie": self.cookie} if self.cookie else {}
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, form, {**sent, **headers})
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answered(answer.status, named, answer.read().decode("utf-8-sig"))
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answered:
        return self.ask("GET", path, **headers)

    def log_in(self, token: str, aim: str = "", **headers: str) -> Answered:
        answer = self.ask("POST", "/login", urlencode({"token": token, "next": aim}), **headers)
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return answer


@pytest.fixture
def people(there: Central) -> People:
    return People(there.store, SystemClock())


@pytest.fixture
def token(people: People) -> str:
    return people.add("Demo dispatcher", Role.VIEWER)[1]


@pytest.fixture
def browser(there: Central, token: str) -> Browser:
    made = Browser(there.url)
    assert made.log_in(token).status == 303
    return made


# ---- who may look ---------------------------------------------------------------------------------------------------


def test_without_a_login_every_page_leads_to_it_and_back(there: Central, token: str) -> None:
    stranger = Browser(there.url)
    for path in [*EVERY_PAGE, "/charger?serial=1", "/runs?state=stuck&page=2", "/"]:
        answer = stranger.get(path)
        assert (answer.status, answer.headers["location"]) == (303, "/login?" + urlencode({"next": path}))
    form = stranger.get("/login?" + urlencode({"next": "/runs?state=stuck&page=2"})).text
    assert 'name="next" value="/runs?state=stuck&amp;page=2"' in form
    entered = stranger.log_in(token, "/runs?state=stuck&page=2")
    assert (entered.status, entered.headers["location"]) == (303, "/runs?state=stuck&page=2")
    assert stranger.get("/runs").status == 200


@pytest.mark.parametrize("path", EVERY_LIST)
def test_lists_want_a_token_or_a_session(there: Central, token: str, browser: Browser, path: str) -> None:
    stranger = Browser(there.url)
    assert stranger.get(path).status == 401
    assert stranger.get(path, Authorization=f"Bearer {token[:-1]}x").status == 401
    assert stranger.get(path, Authorization=f"Bearer {token}").status == 200
    assert browser.get(path).status == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(there: Central, token: str) -> None:
    words = {word.strip().lower() for word in Browser(there.url).log_in(token).headers["set-cookie"].split(";")[1:]}
    assert words == {"httponly", "max-age=43200", "path=/", "samesite=strict"}, "loopback: it may do without TLS"
    proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
    assert "; Secure" in Browser(there.url).log_in(token, **proxied).headers["set-cookie"]
    assert "; Secure" in Browser(there.url).log_in(token, Host="central.example").headers["set-cookie"]


def test_a_wrong_token_lets_nobody_in_and_is_said(there: Central, token: str) -> None:
    for wrong in ("", "x", token[:-1] + ("A" if token[-1] != "A" else "B"), token * 100):
        answer = Browser(there.url).log_in(wrong)
        assert answer.status == 401
        assert "set-cookie" not in answer.headers
        assert token not in answer.text and 'role="alert"' in answer.text
    assert Browser(there.url, "fieldtool-central=" + "A" * 43).get("/fleet").status == 303


def test_logging_out_ends_the_session_for_good(browser: Browser) -> None:
    assert browser.get("/fleet").status == 200
    assert browser.ask("POST", "/logout", "").headers["location"] == "/login"
    assert browser.get("/fleet").status == 303


def test_who_is_removed_is_out_at_once(browser: Browser, people: People) -> None:
    people.remove("Demo dispatcher")
    assert browser.get("/fleet").status == 303
    assert browser.get("/v1/fleet").status == 401


@pytest.mark.parametrize(
    "aim", ["//evil.example/fleet", "https://evil.example/", "/\\evil.example", "/fleet\r\nX: y", "/v1/key", ""]
)
def test_a_login_leads_to_our_own_pages_only(there: Central, token: str, aim: str) -> None:
    assert Browser(there.url).log_in(token, aim).headers["location"] == "/fleet"


def test_a_form_on_another_site_logs_nobody_in_or_out(there: Central, browser: Browser, token: str) -> None:
    assert Browser(there.url).log_in(token, **{"Sec-Fetch-Site": "cross-site"}).status == 403
    assert browser.ask("POST", "/logout", "", **{"Sec-Fetch-Site": "cross-site"}).status == 403
    assert browser.get("/fleet").status == 200


def test_pages_only_read(browser: Browser) -> None:
    for path in [*EVERY_PAGE, *EVERY_LIST, "/charger?serial=1"]:
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert browser.ask(method, path, "").status == 405


# ---- form -----------------------------------------------------------------------------------------------------------

_VOID = {"meta", "link", "input", "br"}


@dataclass
class Checked(HTMLParser):
    """Complains of what is not closed, not named, or comes from elsewhere."""

    problems: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    heads: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in ("script", "style", "img", "iframe", "object", "svg") or any(name.startswith("on") for name in named):
            self.problems.append(f"<{tag}> {named}")
        if "style" in named or (named.get("id") or "") in self.ids:
            self.problems.append(f"style or second id: {named}")
        self.ids.add(named.get("id") or f"#{len(self.ids)}")
        for name in ("href", "src", "action"):
            target = named.get(name)
            if target is not None and (not target.startswith(("/", "#")) or target.startswith("//")):
                self.problems.append(f"leads elsewhere: {target}")
            self.links += [target] if target is not None and name == "href" else []
        if tag == "table" or (tag == "th" and named.get("scope") is None):
            self.problems += [f"th without scope: {named}"] if tag == "th" else []
        if (
            tag in ("input", "select")
            and named.get("type") != "hidden"
            and "label" not in self.open
            and not named.get("id")
        ):
            self.problems.append(f"nobody says what it is for: {named}")
        self.heads += tag == "h1"
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _checked(text: str) -> Checked:
    page = Checked()
    page.feed(text)
    page.close()
    assert page.problems == [] and page.open == [] and page.heads == 1
    assert text.count("<table") == text.count("<caption")
    assert all(char.isprintable() or char == "\n" for char in text)
    return page


def _hostile() -> Story:
    story = Story(A, actor=HOSTILE, clock=HOSTILE).site(HOSTILE)
    story.update("r1", HOSTILE, HOSTILE, HOSTILE, "stuck", trouble=HOSTILE, words=HOSTILE, name=HOSTILE, model=HOSTILE)
    story.update("r2", HOSTILE, "=1+1", "@x", component=HOSTILE, hardware="+1")
    story.tell(Event("pin-set", HOSTILE, HOSTILE, {HOSTILE: HOSTILE}, {HOSTILE: HOSTILE, "n": 5, "b": True, "z": None}))
    story.tell(Event("log-alarm", seen={"trouble": HOSTILE, "words": HOSTILE}))
    return story


def test_whatever_strangers_write_every_page_is_whole_and_shows_it_as_text(there: Central, browser: Browser) -> None:
    keep(there.store, _hostile().records)
    with there.store.write() as tx:
        tx.execute(insert(laptop).values(key_id="cc" * 32, public_key="", name=HOSTILE, added=iso(START)))
    shown = 0
    for path in [*EVERY_PAGE, f"/runs?found={'%3Cscript%3E'}", "/runs?site=%22%3E%3Cb%3E&since=%22%3E"]:
        answer = browser.get(path)
        assert answer.status == 200
        page = _checked(answer.text)
        shown += "alert('1')" in "".join(page.words)
        for link in page.links:
            if link.startswith(("/charger", "/chargers")):
                _checked(browser.get(link).text)
    assert shown >= 4
    _checked(browser.get("/charger?serial=nobody").text)
    _checked(Browser(there.url).get("/login").text)


def test_every_page_forbids_what_it_does_not_need(there: Central, browser: Browser) -> None:
    stranger = Browser(there.url)
    for answer in [
        *(browser.get(path) for path in EVERY_PAGE),
        stranger.get("/login"),
        browser.get("/charger?serial=x"),
    ]:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self';") and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert stranger.get("/central.css").headers["content-type"].startswith("text/css")


def test_senseless_addresses_are_answered_by_a_page(browser: Browser) -> None:
    for path in ("/runs?page=0", "/runs?page=x", "/charger", "/chargers?site=" + "x" * 121):
        answer = browser.get(path)
        assert answer.status == 400
        _checked(answer.text)


_TOKEN = re.compile(r"--([a-z0-9-]+): (#[0-9a-f]{6});")
_PAIRS = [
    *((ink, ground) for ink in ("text", "text2", "accent") for ground in ("bg", "surface")),
    *((tone, f"{tone}-sub") for tone in ("ok", "warn", "bad")),
    ("text", "plain-sub"), ("on-accent", "accent"), ("rail-text", "rail"), ("rail-ink", "rail-here"),
    ("bad", "surface"),
]  # fmt: skip


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_words_stand_out_from_their_ground(scheme: int) -> None:
    css = (TEMPLATES / "central.css").read_text()
    found = dict(_TOKEN.findall(css.split(":root {")[scheme + 1].split("}")[0]))
    for ink, ground in _PAIRS:
        assert _contrast(found[ink], found[ground]) >= 4.5, (ink, ground)


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        line = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


# ---- what they tell -------------------------------------------------------------------------------------------------


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_number_of_the_fleet_leads_to_just_those_chargers(there: Central, browser: Browser) -> None:
    for story in crowd(1200, chargers=40, laptops=4):
        keep(there.store, story.records)
    keep(there.store, Story(A).update("r", "X1", "1.0", "1.1", "stuck", model="", hardware="").records)
    Projection(there.store).catch_up()
    cells = browser.get("/v1/fleet").json()["fleet"]
    assert sum(cell["chargers"] for cell in cells) == 41
    page = _checked(browser.get("/fleet").text)
    assert any("41" in word and "charger" in word for word in page.words)
    links = {link for link in page.links if link.startswith("/chargers?vendor")}
    inner = [link for link in links if "site=" in link]
    assert len(inner) == len(cells)
    for link in inner:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        wanted = {name: "" if value == "-" else value for name, value in asked.items()}
        [cell] = [one for one in cells if all(one[name] == value for name, value in wanted.items())]
        listed = browser.get(link.replace("/chargers?", "/v1/chargers?")).json()
        assert listed["total"] == cell["chargers"]


def test_runs_are_found_by_outcome_site_model_time_and_charger(there: Central, browser: Browser) -> None:
    first = Story(A).site("Depot").update("r1", "100", "1.0", "1.1", name="Bay 01")
    first.update("r2", "200", "1.0", "1.1", "rolled_back", model="Highway", trouble="X", words="The reader is silent.")
    second = Story(B, now=START + timedelta(days=3)).site("Harbour")
    second.update("r3", "300", "1.0", "1.1", "stuck", name="100% Bay_7")
    for story in (first, second):
        keep(there.store, story.records)

    def found(**asked: str) -> set[object]:
        return {row["run"] for row in browser.get("/v1/runs?" + urlencode(asked)).json()["runs"]}

    assert found() == {"r1", "r2", "r3"}
    assert found(state="stuck") == {"r3"}
    assert found(site="Depot", model="Highway") == {"r2"}
    assert found(since="2026-03-04") == {"r3"} and found(until="2026-03-03") == {"r1", "r2"}
    assert found(since="2026-03-01", until="2026-03-01") == {"r1", "r2"}, "both days count in"
    assert found(found="bay 01") == found(found="100") - {"r3"} == {"r1"}
    assert found(found="0% b") == {"r3"} and found(found="y_7") == {"r3"} and found(found="0%7") == set()
    assert found(site="-") == set() and found(since="no day") == {"r1", "r2", "r3"}
    [row] = browser.get("/v1/runs?state=rolled_back").json()["runs"]
    assert (row["from_to"], row["reason"], row["trouble"]) == ("1.0 → 1.1", "The reader is silent.", "X")
    text = browser.get("/runs?state=rolled_back").text
    assert "The reader is silent." in text and "Rolled back, works" in text


def test_walking_all_pages_of_a_list_meets_each_run_once(there: Central, browser: Browser) -> None:
    for story in crowd(1000, chargers=30, laptops=3):
        keep(there.store, story.records)
    Projection(there.store).catch_up()
    met: list[object] = []
    link = "/runs"
    while link:
        page = _checked(browser.get(link).text)
        number = parse_qs(urlsplit(link).query).get("page", ["1"])[0]
        met += [row["run"] for row in browser.get(f"/v1/runs?page={number}").json()["runs"]]
        onwards = f"/runs?page={int(number) + 1}"
        link = onwards if onwards in page.links else ""
    assert len(met) == len(set(met)) == browser.get("/v1/runs").json()["total"] == 1000 // 8
    assert len(_rows(browser.get("/v1/runs?format=csv").text)) == 1000 // 8
    last = browser.get("/v1/runs?page=99999").json()
    assert last["page"] == last["pages"] == 3


def test_two_laptops_that_disagree_are_both_shown(there: Central, browser: Browser) -> None:
    keep(there.store, Story(A).site("Depot").update("r1", "0007", "2.4", "2.5").records)
    keep(there.store, Story(B, now=START + timedelta(days=1)).update("r2", "7", "2.4", "2.6").records)
    text = " ".join(" ".join(_checked(browser.get("/charger?serial=0007").text).words).split())
    assert "main 2.6 seen by the tool after its restart Updated" in text and "Laptop bb" in text
    assert "main, before 2.5 seen by the tool after its restart Laptop aa left this version on 2026-03-01" in text
    assert "the next run found 2.4" in text
    [row] = browser.get("/v1/chargers").json()["chargers"]
    assert (row["version"], row["left_version"], row["found_instead"]) == ("2.6", "2.5", "2.4")
    assert browser.get("/v1/chargers?state=contradicted").json()["total"] == 1


def test_what_the_charger_told_stands_apart_from_what_the_laptop_saw(there: Central, browser: Browser) -> None:
    keep(there.store, Story(A).begin("r1", "7", "2.4", "2.6").records)
    text = browser.get("/charger?serial=7").text
    told, seen = re.search(r"run-started.*?<td>(.*?)</td>\s*<td>(.*?)</td>", text, re.DOTALL).groups()  # type: ignore[union-attr]  # it is there
    assert "<dt>running</dt><dd>2.4</dd>" in told and "target" not in told
    assert "<dt>target</dt><dd>2.6</dd>" in seen and "running" not in seen


def test_a_forked_log_is_never_silently_believed(there: Central, browser: Browser) -> None:
    story = Story(A).site("Depot").update("r1", "7", "2.4", "2.6")
    keep(there.store, story.records)
    assert browser.get("/v1/fleet").json()["fleet"][0]["of_them_from_logs_with_an_alarm"] == 0
    twin = seal(story.records[3], AnyKey()) + b" "
    with there.store.write() as tx:
        row = {"log": A, "seq": 4, "leaf": leaf(twin), "envelope": twin, "received": iso(START)}
        tx.execute(insert(fork).values(**row))
    assert browser.get("/v1/fleet").json()["fleet"][0]["of_them_from_logs_with_an_alarm"] == 1
    assert browser.get("/v1/chargers").json()["chargers"][0]["log_alarm"] is True
    assert browser.get("/v1/runs").json()["runs"][0]["log_alarm"] is True
    for path in ("/fleet", "/chargers", "/runs", "/charger?serial=7"):
        assert "alarm" in "".join(_checked(browser.get(path).text).words).lower().replace("alarms", "")
    assert browser.get("/v1/laptops").json()["laptops"][0]["log_state"] == "Forked"
    [alarm] = browser.get("/v1/alarms").json()["alarms"]
    assert (alarm["code"], alarm["laptop"]) == ("ALARM_FORKED", "Laptop aa")
    assert "record 4" in str(alarm["what"]) and "data folder" in str(alarm["what_to_do"])


def test_laptops_show_whether_they_may_come_in_and_whether_their_log_is_whole(there: Central, browser: Browser) -> None:
    now = SystemClock().now()
    names = {"good": 20, "late": -1, "revoked": 20, "new": None}
    with there.store.write() as tx:
        for number, (name, days) in enumerate(names.items()):
            key = f"{number:064x}"
            tx.execute(insert(laptop).values(key_id=key, public_key="", name=name, added=iso(START)))
            if days is not None:
                row = {"id": f"c{number}", "laptop": key, "key_id": key, "pem": "", "issued_by": "x"}
                until = iso(now + timedelta(days=days))
                tx.execute(insert(certificate).values(**row, since=iso(START), until=until))
        tx.execute(insert(revocation).values(laptop=f"{2:064x}", at=iso(now), revoked_by="x", why="stolen"))
    keep(there.store, Story(A).site("Depot").records)
    rows = {row["name"]: row for row in browser.get("/v1/laptops").json()["laptops"]}
    states = {name: rows[name]["may_come_in"] for name in names}
    assert states == {"good": "Yes", "late": "Certificate ended", "revoked": "Revoked", "new": "No certificate"}
    assert (rows["good"]["log_state"], rows["good"]["records"]) == ("Nothing yet", 0)
    assert (rows["Laptop aa"]["log_state"], rows["Laptop aa"]["records"]) == ("Whole", 1)
    assert "Certificate ended" in browser.get("/laptops").text


# ---- alarms ---------------------------------------------------------------------------------------------------------


class Refusing(Ledger):
    """Says no as it is told to."""

    def __init__(self, answer: Answer | RefusedError) -> None:
        self._said = answer

    def ingest(self, push: Push) -> Answer:
        if isinstance(self._said, RefusedError):
            raise self._said
        return self._said


def test_each_push_that_is_not_taken_raises_its_alarm_once_and_counts(there: Central) -> None:
    clock = Ticking()
    keep(there.store, Story(A).site("Depot").records)
    for why in NOT_TAKEN:
        trouble = AuditError(why, seq=3, detail="x", size=3).trouble()
        refusing = Refusing(Answer("note", 0, trouble) if why.name.startswith("AUDIT") else RefusedError(why, size=3))
        for _ in range(3):
            try:
                take(there.store, refusing, clock, Push(A, "ff" * 32, []))
            except RefusedError as error:
                assert error.text is why
    found = alarms(there.store)
    assert len(found) == len(NOT_TAKEN) and {alarm.times for alarm in found} == {3}
    assert {alarm.trouble.text for alarm in found} == set(NOT_TAKEN.values())
    assert all(alarm.since < alarm.last and alarm.trouble.remedy for alarm in found)


def test_what_is_no_alarm_leaves_none(there: Central) -> None:
    for text in (Text.LAPTOP_UNKNOWN, Text.PUSH_TOO_OFTEN):
        with pytest.raises(RefusedError):
            take(there.store, Refusing(RefusedError(text, key="x")), Ticking(), Push(A, "ff" * 32, []))
    forked = Answer("note", 0, AuditError(Text.LOG_FORKED, seq=3).trouble())
    assert take(there.store, Refusing(forked), Ticking(), Push(A, "ff" * 32, [])) == forked
    assert alarms(there.store) == ()


def test_alarms_of_the_laptop_itself_and_of_revoked_ones_are_shown(there: Central, browser: Browser) -> None:
    story = Story(A).site("Depot")
    story.tell(Event("log-alarm", seen={"trouble": "AUDIT_CUT", "words": "41 records at the end are missing."}))
    keep(there.store, story.records)
    with there.store.write() as tx:
        tx.execute(insert(laptop).values(key_id="99" * 32, public_key="", name="Stolen one", added=iso(START)))
        row = {"laptop": "99" * 32, "leaf": b"x", "log": B, "envelope": b"x", "received": iso(START)}
        tx.execute(insert(kept_apart).values(**row))
    codes = {row["code"]: row for row in browser.get("/v1/alarms").json()["alarms"]}
    assert codes.keys() == {"ALARM_OWN", "ALARM_REVOKED"}
    assert "41 records at the end are missing." in str(codes["ALARM_OWN"]["what"])
    assert codes["ALARM_REVOKED"]["laptop"] == "Stolen one"
    assert "2 things to look at" in browser.get("/alarms").text


def test_who_tries_tokens_is_counted_held_up_and_told(there: Central, browser: Browser) -> None:
    thief = Browser(there.url)
    tries = (thief.log_in(f"fieldtool-{number:016x}-{'A' * 43}") for number in range(10 * FAILURES))
    wrong = list(takewhile(lambda answer: "Too many" not in answer.text, tries))
    assert FAILURES <= len(wrong) < 10 * FAILURES, "some are forgiven while they come slowly"
    assert {answer.status for answer in wrong} == {401}
    [alarm] = browser.get("/v1/alarms").json()["alarms"]
    assert (alarm["code"], alarm["times"]) == ("ALARM_TURNED_AWAY", len(wrong))
    assert "127.0.0.1" in alarm["what"] and "does not know this token" in alarm["what"]


# ---- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EVERY_LIST)
def test_csv_and_json_tell_the_same(there: Central, browser: Browser, path: str) -> None:
    keep(there.store, _hostile().records)
    listed = browser.get(path).json()[path.rpartition("/")[2]]
    answer = browser.get(path + "?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{path.rpartition("/")[2]}.csv"'

    def said(value: Any) -> str:
        return "yes" if value is True else "no" if value is False else "" if value is None else str(value)

    plain = [{name: cell.removeprefix("'") for name, cell in row.items()} for row in _rows(answer.text)]
    assert plain == [{name: said(value) for name, value in row.items()} for row in listed]
    assert listed


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "  =1", "\r=1", "=cmd|' /C calc'!A0"])
def test_no_spreadsheet_takes_a_cell_for_a_formula(cell: str) -> None:
    sheet: Sheet[str] = Sheet("x", {"value": lambda row: row, "number": lambda row: -5})
    [row] = _rows(bytes(sheet.csv([cell]).body).decode("utf-8-sig"))
    assert row["value"] == "'" + cell and row["number"] == "-5"


# ---- many -----------------------------------------------------------------------------------------------------------

SLACK, GOAL = 5, 0.3  # seconds a page, with 500 chargers and 100,000 records (tests/bench/bench_pages.py)


def test_pages_of_a_large_fleet_come_at_once(there: Central, browser: Browser) -> None:
    for story in crowd(10_000):
        keep(there.store, story.records)
    Projection(there.store).catch_up()
    for path in [*EVERY_PAGE, *EVERY_LIST, "/runs?page=20", "/charger?serial=S00017", "/runs?found=S0001&state=stuck"]:
        began = time.perf_counter()
        assert browser.get(path).status == 200
        assert time.perf_counter() - began < GOAL * SLACK, path


def test_records_that_are_not_counted_yet_are_told(
    there: Central, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Projection, "fresh", lambda _: None)
    keep(there.store, Story(A).update("r1", "7", "2.4", "2.6").records)
    assert "7 records that are already here are not counted yet" in browser.get("/fleet").text
    assert browser.get("/v1/fleet").json()["not_counted"] == 7
