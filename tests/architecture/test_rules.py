"""Each rule of .ci/check.py holds today, and reports a violation planted in a copy."""

import importlib.util
import shutil
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def check(repository_root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("ci_check", repository_root / ".ci" / "check.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ci_check"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Path]:
    """A project of two modules: the given source beside errors and texts in small."""

    def make(source: str, texts: str = 'A = ("Port {port} is shut.", "Open {port}.")') -> Path:
        core = tmp_path / "fieldtool" / "core"
        core.mkdir(parents=True, exist_ok=True)
        (core / "errors.py").write_text(
            "class FieldtoolError(Exception): ...\nclass LinkError(FieldtoolError): ...\nclass Deep(LinkError): ...\n"
        )
        (core / "texts.py").write_text(f"class Text(Enum):\n    {texts}\n    PLAIN = ('It broke.', 'Mend it.')\n")
        (tmp_path / "fieldtool" / "planted.py").write_text(source)
        return tmp_path

    return make


def test_every_rule_holds_in_this_checkout(check: ModuleType, repository_root: Path) -> None:
    assert [problem for rule in check.RULES for problem in rule(repository_root)] == []


@pytest.mark.parametrize(
    "source",
    [
        'raise LinkError("the port is shut")',
        'raise LinkError(f"port {p} is shut")',
        'raise errors.LinkError("port {}".format(p))',
        'raise Deep("port " + p)',
        'raise LinkError("port %s" % p)',
        "raise LinkError()",
        'failed = FieldtoolError("kept for later")',
        "class Mine(Deep): ...\nraise Mine('of its own')",
    ],
)
def test_an_error_that_begins_with_a_literal_is_found(
    check: ModuleType, small: Callable[..., Path], source: str
) -> None:
    assert len(check.errors_carry_codes(small(source))) == 1


def test_an_error_with_a_code_is_not_reported(check: ModuleType, small: Callable[..., Path]) -> None:
    root = small("raise LinkError(Text.A, port='COM4')\nraise ValueError('of Python')\nraise LinkError(code)")
    assert check.errors_carry_codes(root) == []
    assert check.texts_get_their_parameters(root) == []


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("raise LinkError(Text.A)", "also needs port"),
        ("raise LinkError(Text.A, port=1, baud=2)", "does not use baud"),
        ("raise LinkError(Text.GONE)", "has no GONE"),
        ("raise LinkError(Text.A if x else Text.PLAIN)", "also needs port"),
        ("Trouble(Text.A)", "also needs port"),
        ("Trouble(Text.A, (('prot', p),))", "also needs port"),
        ("Trouble(Text.PLAIN, (('port', p),))", "does not use port"),
        ("Text.GONE.what()", "has no GONE"),
    ],
)
def test_an_error_whose_parameters_do_not_fit_its_text_is_found(
    check: ModuleType, small: Callable[..., Path], source: str, problem: str
) -> None:
    found = check.texts_get_their_parameters(small(source))
    assert len(found) >= 1
    assert problem in found[0]


@pytest.mark.parametrize(
    "source",
    [
        "raise LinkError(Text.A, **told)",
        "raise LinkError(Text.A if x else Text.PLAIN, port=1)",
        "Trouble(Text.A, (('port', p),))",
        "Trouble(Text.A, params)",
        "Trouble(Text.A, params=params)",
        "Text.A.what(port=3)",
    ],
)
def test_parameters_that_fit_or_cannot_be_read_off_are_not_reported(
    check: ModuleType, small: Callable[..., Path], source: str
) -> None:
    assert check.texts_get_their_parameters(small(source)) == []


@pytest.mark.parametrize(
    "texts",
    [
        'A = ("Port {port.name} is shut.", "Open it.")',
        'A = ("Port {} is shut.", "Open it.")',
        'A = ("Port is shut", "Open it.")',
        'A = ("Port is shut.", "")',
        'A = ("Port is shut. ", "Open it.")',
        'A = ("Port is shut.",)',
    ],
)
def test_a_text_that_is_no_pair_of_plain_templates_is_found(
    check: ModuleType, small: Callable[..., Path], texts: str
) -> None:
    assert len(check.texts_are_templates(small("", texts))) == 1


@pytest.mark.parametrize(
    "source",
    [
        'self.tr(f"{n} chargers")',
        'self.tr("{n} chargers".format(n=n))',
        'tr("a" + b)',
        "self.tr(words)",
        'QCoreApplication.translate("texts", f"{n}")',
        'QCoreApplication.translate("texts", "{n}".format(n=n))',
    ],
)
def test_a_computed_text_for_translation_is_found(check: ModuleType, small: Callable[..., Path], source: str) -> None:
    assert len(check.tr_gets_plain_text(small(source))) == 1


def test_plain_texts_for_translation_are_not_reported(check: ModuleType, small: Callable[..., Path]) -> None:
    root = small('self.tr("{n} chargers").format(n=n)\ntr("a" "b")\ntranslate("texts", text.value[0])')
    assert check.tr_gets_plain_text(root) == []


def test_texts_in_a_table_are_translated_when_they_are_marked_there(
    check: ModuleType, small: Callable[..., Path]
) -> None:
    assert check.tr_gets_plain_text(small('WORDS = (QT_TR_NOOP("Light"),)\nself.tr(WORDS[0])')) == []


_TS = """<?xml version="1.0" encoding="utf-8"?><TS version="2.1" language="de"><context><name>texts</name>
<message><source>Port {port} is shut.</source><translation>Anschluss {port} ist zu.</translation></message>
<message><source>Open {port}.</source><translation>Öffne {port}.</translation></message>
<message><source>It broke.</source><translation>Kaputt.</translation></message>
<message><source>Mend it.</source>MEND</message></context></TS>"""


@pytest.mark.parametrize(
    ("mend", "problem"),
    [
        ("<translation>Flick es.</translation>", None),
        ('<translation type="unfinished">Flick es.</translation>', "not translated"),
        ("<translation></translation>", "not translated"),
        ("<translation>Flick {das}.</translation>", "other placeholders"),
        ('<translation type="vanished">Flick es.</translation>', "missing from context texts"),
        (
            "<translation>Flick es.</translation></message><message><source>Gone.</source>"
            "<translation>Weg.</translation>",
            "no longer in context texts",
        ),
    ],
)
def test_a_language_that_lacks_a_text_is_found(
    check: ModuleType, small: Callable[..., Path], mend: str, problem: str | None
) -> None:
    root = small("")
    (root / "resources" / "translations").mkdir(parents=True)
    (root / "resources" / "translations" / "de.ts").write_text(_TS.replace("MEND", mend), encoding="utf-8")
    found = check.translations_are_complete(root)
    assert len(found) == (problem is not None)
    assert problem is None or problem in found[0]


def test_a_word_of_the_window_that_a_language_lacks_is_found(check: ModuleType, small: Callable[..., Path]) -> None:
    root = small("")
    (root / "fieldtool" / "ui").mkdir()
    (root / "fieldtool" / "ui" / "planted.py").write_text('words("just now")\nclass Pane:\n    x = self.tr("Close")\n')
    (root / "resources" / "translations").mkdir(parents=True)
    ts = _TS.replace("MEND", "<translation>Flick es.</translation>")
    (root / "resources" / "translations" / "de.ts").write_text(ts, encoding="utf-8")
    assert check.translations_are_complete(root) == [
        "de.ts: missing from context Pane: Close",
        "de.ts: missing from context words: just now",
    ]


# ---- the lock file --------------------------------------------------------------------------------------------------


@pytest.fixture
def locked(repository_root: Path, tmp_path: Path) -> Path:
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(repository_root / name, tmp_path)
    return tmp_path


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_requirement_that_was_never_locked_is_found(check: ModuleType, locked: Path) -> None:
    _edit(locked / "pyproject.toml", '"zeroconf>=', '"requests>=2",\n  "zeroconf>=')
    found = check.lock_is_in_step(locked)
    assert any("make lock" in problem for problem in found)
    assert any("requests>=2 is locked as None" in problem for problem in found)


def test_a_locked_version_outside_its_requirement_is_found(check: ModuleType, locked: Path) -> None:
    version = next(line for line in (locked / "requirements.lock").read_text().splitlines() if line.startswith("tuf=="))
    _edit(locked / "requirements.lock", version, "tuf==7.2.0 \\")
    assert check.lock_is_in_step(locked) == ["requirements.lock: tuf<7.1,>=7.0.1 is locked as 7.2.0"]


@pytest.mark.parametrize(
    "line",
    ["--index-url https://example.invalid/simple", "tuf @ https://example.invalid/tuf.whl", "requests", "tuf>=7"],
)
def test_an_address_or_an_unpinned_package_in_the_lock_is_found(check: ModuleType, locked: Path, line: str) -> None:
    with (locked / "requirements.lock").open("a") as file:
        file.write(line + "\n")
    assert len(check.lock_is_in_step(locked)) == 1


def test_a_package_without_hash_in_the_lock_is_found(check: ModuleType, locked: Path) -> None:
    with (locked / "requirements.lock").open("a") as file:
        file.write("requests==2.0 \\\n")
    assert check.lock_is_in_step(locked) == ["requirements.lock: requests has no hash"]


def test_the_lock_covers_every_extra_and_the_build(check: ModuleType, repository_root: Path) -> None:
    wanted = check.lock.dependencies(tomllib.loads((repository_root / "pyproject.toml").read_text()))
    assert {"fastapi", "hatchling", "pytest", "tuf"} <= {item.split(">")[0] for item in wanted}


# ---- what may not stand in a file -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "see " + "/wor" + "k/main/x.py",
        'open("' + "/tm" + 'p/x")',
        "/hom" + "e/somebody/fieldtool",
        "C:\\Use" + "rs\\somebody",
        "https://pyp" + "i.org/simple",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAA\n" * 5,
        "-----BEGIN PRIVATE KEY-----\n" + "MC4CAQAwBQYDK2VwBCIEIA" + "A" * 42,
        "-----BEGIN EC PRIVATE KEY-----\n" + "MHcCAQEEI" * 8,
    ],
)
def test_a_path_of_one_machine_a_registry_or_a_key_in_a_file_is_found(
    check: ModuleType, tmp_path: Path, words: str
) -> None:
    (tmp_path / "note.md").write_text(f"first line\n{words}\n")
    found = check.files_name_no_machine(tmp_path)
    assert len(found) == 1
    assert found[0].startswith("note.md:2: ")


def test_folders_of_a_charger_are_not_reported(check: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text(
        "upload_dir /var/tmp/x, $ROOT/tmp/y, resources/wor" + "k/z, BEGIN PRIVATE KEY-----\n"
    )
    assert check.files_name_no_machine(tmp_path) == []
