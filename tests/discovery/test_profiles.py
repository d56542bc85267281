import pytest

from fieldtool.core.errors import UsageError
from fieldtool.core.resources import resource
from fieldtool.core.texts import Text
from fieldtool.discovery.profiles import MAX_BYTES, load_profiles

LAB = resource("profiles", "lab-citypost.toml").read_text()


@pytest.fixture
def put(tmp_path, expect_log):
    expect_log("is not usable")

    def put(name, content):
        folder = tmp_path / "profiles"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_profiles(tmp_path)

    return put


def test_shipped_profiles_are_known_without_a_folder_of_the_users(tmp_path):
    profiles = load_profiles(tmp_path)
    assert profiles.profile("lab-citypost").models == ("CityPost 22",)
    assert not profiles.problems


def test_a_users_profile_is_known_beside_the_shipped_ones(put):
    profiles = put("mine.toml", LAB.replace('id = "lab-citypost"', 'id = "mine"'))
    assert profiles.profile("mine").vendor == "Lab"
    assert profiles.profile("lab-citypost").vendor == "Lab"


def test_a_users_file_never_replaces_a_shipped_profile(put):
    profiles = put("sly.toml", LAB.replace("charger-status sessions", "true"))
    assert profiles.profile("lab-citypost").in_use == "charger-status sessions"
    assert profiles.problems["sly.toml"].params["field"] == "id"


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"not toml",
        b"",
        b"x = 1\n" * MAX_BYTES,
        b"x = " + b"[" * 5_000,
        LAB.replace("schema = 1", "schema = 9").encode(),
    ],
)
def test_a_bad_file_makes_no_other_unusable_and_says_why_when_it_is_asked_for(put, content):
    profiles = put("mine.toml", content)
    assert profiles.profile("lab-citypost")
    with pytest.raises(UsageError) as caught:
        profiles.profile("mine")
    assert caught.value.text is Text.PROFILE_BAD


def test_a_folder_named_like_a_profile_is_a_bad_profile_and_no_crash(tmp_path, expect_log):
    expect_log("odd.toml")
    (tmp_path / "profiles" / "odd.toml").mkdir(parents=True)
    assert "odd.toml" in load_profiles(tmp_path).problems


def test_an_unknown_profile_names_the_known_ones(tmp_path):
    with pytest.raises(UsageError) as caught:
        load_profiles(tmp_path).profile("nobody")
    assert caught.value.text is Text.PROFILE_UNKNOWN
    assert "lab-citypost" in caught.value.remedy
