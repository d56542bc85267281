"""What RAUC prints is read as measured; whatever else a charger prints is told, never a traceback."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.errors import DeviceError
from fieldtool.core.texts import Text
from fieldtool.drivers.codecs import rauc

HASH = "5fe26b4b6e23ca80d227dc1a2b68fa15f3d3ab30e352d4af0b4aa9a6ccac25a9"


def slot(bootname: str | None, boot_status: str | None = "good", version: str | None = None) -> dict[str, object]:
    status: dict[str, object] = {"bundle": {"compatible": None}}
    if version:
        status = {"bundle": {"version": version}, "checksum": {"sha256": HASH, "size": 3}, "status": "ok"}
    return {"class": "rootfs", "bootname": bootname, "boot_status": boot_status, "slot_status": status}


def status(booted: str, primary: str | None, **slots: dict[str, object]) -> rauc.Status:
    named = [{name.replace("_", "."): body} for name, body in slots.items()]
    text = json.dumps({"compatible": "x", "booted": booted, "boot_primary": primary, "slots": named})
    return rauc.parse_status(text)


def test_booted_is_a_bootname_and_primary_a_slot_name() -> None:
    seen = status("A", "rootfs.1", rootfs_1=slot("B", version="2.6.1"), rootfs_0=slot("A", version="2.4.0"))
    assert [one.name for one in seen.slots] == ["rootfs.0", "rootfs.1"]
    assert seen.booted and seen.booted.name == "rootfs.0"
    assert seen.staged and (seen.staged.version, seen.staged.payload_hash) == ("2.6.1", HASH)


def test_a_half_written_slot_is_judged_by_boot_status_and_not_by_its_old_ok() -> None:
    seen = status("A", "rootfs.1", rootfs_0=slot("A"), rootfs_1=slot("B", "bad", version="2.4.0"))
    assert seen.staged is None
    assert [one.state for one in seen.slots] == ["good", "bad"]


def test_a_slot_that_was_never_installed_is_empty_unless_it_runs() -> None:
    seen = status("A", "rootfs.0", rootfs_0=slot("A"), rootfs_1=slot("B"))
    assert [(one.state, one.version) for one in seen.slots] == [("good", None), ("empty", None)]


def test_the_way_back_never_leads_into_the_rescue_system_or_a_data_slot() -> None:
    data = slot(None, None, version="7")
    seen = status("A", "rootfs.0", rescue_0=slot("R"), rootfs_0=slot("A"), rootfs_1=slot("B"), customerfs_1=data)
    assert seen.other and seen.other.name == "rootfs.1"
    assert [one.name for one in seen.slots] == ["rescue.0", "rootfs.0", "rootfs.1"]


def test_a_bootloader_that_knows_no_primary_stages_nothing() -> None:
    seen = status("A", None, rootfs_0=slot("A"), rootfs_1=slot("B"))
    assert (seen.primary, seen.staged) == (None, None)


def properties(operation: str = "idle", last_error: str = "", percent: int = 0, step: str = "") -> str:
    def entry(name: str, value: str) -> str:
        return f'      dict entry(\n         string "{name}"\n         variant             {value}\n      )\n'

    indent = "\n" + 15 * " "
    progress = f'struct {{{indent}int32 {percent}{indent}string "{step}"{indent}int32 2\n            }}'
    entries = [
        entry("Operation", f'string "{operation}"'),
        entry("LastError", f'string "{last_error}"'),
        entry("Progress", progress),
        entry("Compatible", 'string "lab-charger"'),
        entry("Variant", 'string ""'),
        entry("BootSlot", 'string "A"'),
    ]
    return "method return time=1.2 sender=:1.1 -> destination=:1.4 serial=7\n   array [\n" + "".join(entries) + "   ]\n"


def test_properties_are_read_with_errors_that_contain_quotes_and_lines() -> None:
    error = 'Failed mounting bundle: "quoted"\nsecond line'
    seen = rauc.parse_installer(properties("installing", error, 90, "Copying image to rootfs.1"))
    assert (seen.busy, seen.percent, seen.step) == (True, 90, "Copying image to rootfs.1")
    assert (seen.last_error, seen.compatible) == (error, "lab-charger")


@pytest.mark.parametrize(
    ("words", "text", "detail"),
    [
        (
            "LastError: signature verification failed: Verify error: unable to get local issuer certificate\nidle\n",
            Text.INSTALL_SIGNATURE,
            "unable to get local issuer certificate",
        ),
        ("LastError: Compatible mismatch: Expected 'a' but bundle manifest has 'b'", Text.INSTALL_INCOMPATIBLE, "'b'"),
        (
            "Invalid bundle format: Signature size (123) exceeds bundle size",
            Text.INSTALL_DAMAGED,
            "exceeds bundle size",
        ),
        ("LastError: Installation error: dd: No space left on device", Text.INSTALL_NO_SPACE, "No space"),
        ("Failed GDBus.Error:…Code30: Already processing a different method\nD-Bus error", Text.DEVICE_BUSY, ""),
        ("error calling D-Bus method: already processing a different method", Text.DEVICE_BUSY, ""),
        ("LastError: the hook said no", Text.INSTALL_FAILED, "the hook said no"),
        ("", Text.INSTALL_FAILED, "no reason"),
    ],
)
def test_each_refusal_has_its_own_words(words: str, text: Text, detail: str) -> None:
    error = rauc.refusal(words)
    assert error.text is text
    assert detail in str(error.params.get("detail", ""))


@given(st.text())
def test_whatever_is_printed_instead_of_json_is_told(text: str) -> None:
    with pytest.raises(DeviceError):
        rauc.parse_status(text)


_KEYS = st.sampled_from(
    ["compatible", "booted", "boot_primary", "slots", "rootfs.0", "bootname", "boot_status", "slot_status", "bundle",
     "version", "checksum", "sha256"]
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=20,
)


@given(st.dictionaries(_KEYS, _JSON))
def test_json_of_any_shape_is_a_status_or_told(data: dict[str, object]) -> None:
    try:
        seen = rauc.parse_status(json.dumps(data))
    except DeviceError as error:
        assert error.text is Text.DEVICE_ANSWER_STRANGE
    else:
        assert all(len(one.name) <= 200 for one in seen.slots)


@given(st.text())
def test_whatever_dbus_prints_is_told(text: str) -> None:
    with pytest.raises(DeviceError):
        rauc.parse_installer(text)


@given(st.sampled_from(["idle", "installing"]), st.text(), st.integers(-9, 999), st.text())
def test_any_error_text_leaves_the_operation_readable(operation: str, error: str, percent: int, step: str) -> None:
    """A text that imitates dbus-send's own lines may garble itself, but never raises anything else."""
    try:
        seen = rauc.parse_installer(properties(operation, error, percent, step))
    except DeviceError as told:
        assert told.text is Text.DEVICE_ANSWER_STRANGE
    else:
        assert seen.operation == operation


@given(st.text())
def test_a_chargers_words_become_one_bounded_line(words: str) -> None:
    line = rauc.plain(words)
    assert len(line) <= 200
    assert line.isprintable()
