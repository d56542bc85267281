"""Our own rules about the code, which no linter knows. `make check` runs them; tests plant a violation of each.

A rule is a function: root of the checkout in, problems out ("file:line: what is wrong").
"""

import ast
import functools
import re
import string
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).resolve().parent))
import lock
import translations

ROOT = Path(__file__).resolve().parents[1]
Texts = Mapping[str, tuple[str, ...]]  # code -> (what happened, what to do now)


@functools.cache
def _modules(root: Path) -> list[tuple[str, ast.Module]]:
    paths = sorted((root / "fieldtool").rglob("*.py"))
    return [(path.relative_to(root).as_posix(), ast.parse(path.read_bytes(), str(path))) for path in paths]


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the last part of its name: `a.b.tr(...)` is a call of tr."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            yield name, node


def _is_text(node: ast.expr) -> bool:
    """A literal, an f-string, a `+` or `%` of them, or `"...".format(...)`."""
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "format" and _is_text(node.func.value)
    return isinstance(node, ast.Constant | ast.JoinedStr)


# ---- errors carry codes, and the parameters of their texts ----------------------------------------------------------


def _error_names(root: Path) -> set[str]:
    """FieldtoolError and all that descend from it, wherever they are defined."""
    bases = {
        node.name: {getattr(base, "attr", getattr(base, "id", "")) for base in node.bases}
        for _, tree in _modules(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    names = {"FieldtoolError"}
    while more := {name for name, above in bases.items() if above & names} - names:
        names |= more
    return names


def _texts(root: Path) -> Texts:
    tree = ast.parse((root / "fieldtool/core/texts.py").read_text(encoding="utf-8"))
    enum = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Text")
    return {
        target.id: ast.literal_eval(node.value)
        for node in enum.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def _codes(node: ast.expr) -> list[str]:
    """Names of the Text members that an expression may be: `Text.A`, or `Text.A if x else Text.B`."""
    if isinstance(node, ast.IfExp):
        return _codes(node.body) + _codes(node.orelse)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Text":
        return [node.attr]
    return []


def errors_carry_codes(root: Path) -> list[str]:
    """The first argument of our exceptions is never a literal: it could be neither translated nor looked up."""
    names = _error_names(root)
    return [
        f"{file}:{call.lineno}: {name}(...) begins with a text; give a member of core.texts.Text"
        for file, tree in _modules(root)
        for name, call in _calls(tree)
        if name in names and (not call.args or _is_text(call.args[0]))
    ]


def texts_get_their_parameters(root: Path) -> list[str]:
    """Where an error or a trouble is made, its parameters are those of the text: a KeyError would hide the message."""
    texts, names = _texts(root), _error_names(root)
    return [
        f"{file}:{call.lineno}: {problem}"
        for file, tree in _modules(root)
        for name, call in _calls(tree)
        for code, given, is_open in _uses(name, call, names)
        for problem in _mismatch(texts, code, given, is_open)
    ]


def _uses(name: str, call: ast.Call, errors: set[str]) -> Iterator[tuple[list[str], set[str], bool]]:
    """(codes, names of the parameters given, whether more may come from `**` or a variable)"""
    given = {keyword.arg for keyword in call.keywords if keyword.arg is not None}
    is_open = len(given) < len(call.keywords)
    if name in errors and call.args:
        yield _codes(call.args[0]), given, is_open
    elif name in ("what", "remedy") and isinstance(call.func, ast.Attribute):
        yield _codes(call.func.value), given, True
    elif name == "Trouble" and call.args:
        pairs = call.args[1] if len(call.args) > 1 else ast.Tuple(elts=[])
        keys = _keys_of_pairs(pairs)
        has_params = len(call.args) > 1 or "params" in given
        yield _codes(call.args[0]), keys or set(), keys is None or (has_params and len(call.args) == 1)


def _keys_of_pairs(node: ast.expr) -> set[str] | None:
    """Keys of `(("a", x), ("b", y))`; None when that cannot be read off the source."""
    if not isinstance(node, ast.Tuple):
        return None
    keys = set()
    for pair in node.elts:
        if not (isinstance(pair, ast.Tuple) and pair.elts and isinstance(pair.elts[0], ast.Constant)):
            return None
        keys.add(str(pair.elts[0].value))
    return keys


def _mismatch(texts: Texts, codes: list[str], given: set[str], is_open: bool) -> Iterator[str]:
    wanted: set[str] = set()
    for code in codes:
        if code not in texts:
            yield f"core.texts.Text has no {code}"
            return
        needed = set().union(*(_placeholders(template) for template in texts[code]))
        wanted |= needed
        if not is_open and (missing := needed - given):
            yield f"Text.{code} also needs {', '.join(sorted(missing))}"
    if codes and not is_open and (surplus := given - wanted):
        yield f"Text.{codes[0]} does not use {', '.join(sorted(surplus))}"


def texts_are_templates(root: Path) -> list[str]:
    """Pairs of sentences with plain named placeholders."""
    problems = []
    for code, pair in _texts(root).items():
        where = f"fieldtool/core/texts.py: {code}"
        if len(pair) != 2 or not all(part and part.strip() == part for part in pair):
            problems.append(f"{where} must be (what happened, what to do now)")
            continue
        for name in sorted(set().union(*(_placeholders(part) for part in pair))):
            if not name.isidentifier():
                problems.append(f"{where}: {{{name}}} is no plain named placeholder")
        if not all(part[-1] in ".!?" for part in pair):
            problems.append(f"{where} does not end as a sentence")
    return problems


# ---- translations ---------------------------------------------------------------------------------------------------


def tr_gets_plain_text(root: Path) -> list[str]:
    """`tr(f"…")` is extracted for translators, but never found again at run time; so is `tr("…".format(…))`.

    Texts that reach `tr` in a variable are not even extracted, unless they are marked where they stand.
    """
    problems = []
    for file, tree in _modules(root):
        marks = any(name in ("QT_TR_NOOP", "QT_TRANSLATE_NOOP") for name, _ in _calls(tree))
        for name, call in _calls(tree):
            argument = {"tr": 0, "translate": 1}.get(name)
            if argument is None or len(call.args) <= argument:
                continue
            text = call.args[argument]
            computed = _is_text(text) and not isinstance(text, ast.Constant)
            if computed:
                problems.append(f'{file}:{call.lineno}: {name}() needs plain text: {name}("… {{n}}").format(n=…)')
            elif name == "tr" and not isinstance(text, ast.Constant) and not marks:
                problems.append(f"{file}:{call.lineno}: tr(variable): mark its texts with QT_TR_NOOP where they stand")
    return problems


def translations_are_complete(root: Path) -> list[str]:
    """Every language in resources/translations has all texts, finished, with the same placeholders, and no others."""
    files = sorted((root / "resources/translations").glob("*.ts"))
    wanted = translations.sources(root) if files else {}
    problems = []
    for path in files:
        name, found = path.name, set[translations.Key]()
        for key, words, kind in _messages(path):
            if kind in ("vanished", "obsolete"):
                continue
            found.add(key)
            if key not in wanted:
                problems.append(f"{name}: no longer in context {key[0]}: {key[1]}")
            elif not words.strip() or kind == "unfinished":
                problems.append(f"{name}: not translated: {key[1]}")
            elif _placeholders(words) != _placeholders(key[1]):
                problems.append(f"{name}: other placeholders than the source: {key[1]}")
        problems += [
            f"{name}: missing from context {context}: {text}" for context, text in sorted(wanted.keys() - found)
        ]
    return problems


def _messages(path: Path) -> Iterator[tuple[translations.Key, str, str | None]]:
    """((context, English), translation, its type)"""
    for context in ElementTree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            words = "" if translation is None else "".join(translation.itertext())
            kind = None if translation is None else translation.get("type")
            yield (context.findtext("name") or "", message.findtext("source") or ""), words, kind


# ---- the lock file --------------------------------------------------------------------------------------------------

_ENTRY = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)(?: ; .*?)? \\$")
_HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def lock_is_in_step(root: Path) -> list[str]:
    """requirements.lock: hashes for all, no address, made from today's pyproject, every requirement satisfied."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    first, *lines = (root / "requirements.lock").read_text().splitlines()
    pyproject = tomllib.loads((root / "pyproject.toml").read_text())
    problems = []
    if first != lock.FIRST_LINE + lock.digest(pyproject):
        problems.append("requirements.lock:1: pyproject.toml has changed since it was made; run `make lock`")
    versions: dict[str, str] = {}
    hashes: dict[str, int] = {}
    name = ""
    for number, line in enumerate(lines, 2):
        if entry := _ENTRY.match(line):
            name = entry[1]
            versions[name] = entry[2]
        elif name and _HASH.match(line):
            hashes[name] = hashes.get(name, 0) + 1
        else:
            problems.append(f"requirements.lock:{number}: neither a pinned package nor a hash: {line.strip()[:60]}")
    problems += [f"requirements.lock: {name} has no hash" for name in versions if not hashes.get(name)]
    for wanted in map(Requirement, lock.dependencies(pyproject)):
        found = versions.get(canonicalize_name(wanted.name))
        if found is None or not wanted.specifier.contains(found):
            problems.append(f"requirements.lock: {wanted} is locked as {found}")
    return problems


# ---- what may not stand in a file -----------------------------------------------------------------------------------

# Written in pieces, so that this file passes its own rule.
_FORBIDDEN = {
    "a path of one machine": r"(?<![\w.$}*-])/(?:wor[k]|roo[t]|tm[p])/|/hom[e]/\w|/User[s]/\w|[A-Z]:\\User[s]\\\w",
    "a package registry": r"\bpyp[i]\.(?:org|io)|pythonhoste[d]\.org|npmj[s]\.(?:org|com)|crate[s]\.io|artifactor[y]",
    # As long as a real one: tests of the redacted log plant a shorter, meaningless one.
    "a private key": r"BEGIN (?!OPENSSH)[A-Z ]*PRIVATE KEY-----\s+[\w+/=]{60,}",
    "an SSH private key": r"BEGIN OPENSSH PRIVATE KEY-----(?:\s+[\w+/=]{60,}){4}",
}


def _files(root: Path) -> list[Path]:
    """Files that are in git, or would be with the next `git add`; all files where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, capture_output=True
    )
    if listed.returncode:
        return [path for path in sorted(root.rglob("*")) if path.is_file() and ".venv" not in path.parts]
    return [path for name in listed.stdout.decode().split("\0") if name and (path := root / name).is_file()]


def files_name_no_machine(root: Path) -> list[str]:
    """No path of one machine, no address of a package registry, no private key."""
    problems = []
    for path in _files(root):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a font
        for what, pattern in _FORBIDDEN.items():
            for found in re.finditer(pattern, text):
                line = text.count("\n", 0, found.start()) + 1
                problems.append(f"{path.relative_to(root).as_posix()}:{line}: {what}: {found[0][:40]!r}")
    return problems


RULES: tuple[Callable[[Path], list[str]], ...] = (
    errors_carry_codes,
    texts_get_their_parameters,
    texts_are_templates,
    tr_gets_plain_text,
    translations_are_complete,
    lock_is_in_step,
    files_name_no_machine,
)


def main(root: Path = ROOT) -> int:
    try:
        problems = [f"{problem}  [{rule.__name__}]" for rule in RULES for problem in rule(root)]
    except SyntaxError as error:
        problems = [f"{error.filename}:{error.lineno}: {error.msg}"]
    print("\n".join(problems) if problems else f"{len(RULES)} rules of our own: kept")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
