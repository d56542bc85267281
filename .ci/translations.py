"""`make translations`: what there is to translate, written into Qt Linguist's files; what is translated stays.

Contexts: the class whose `tr` is called; "words" for `words(...)` and `mark(...)`; "names" for what screen readers say
(ui/names.py); "texts" for the errors of all layers (core/texts.py).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
Key = tuple[str, str]  # context, English


def sources(root: Path) -> dict[Key, str]:
    """Everything to translate -> "file:line" where it stands first."""
    found: dict[Key, str] = {}
    for path in sorted((root / "fieldtool").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        for context, text, line in _texts(name, ast.parse(path.read_bytes(), name)):
            if any(char.isalpha() for char in text):
                found.setdefault((context, text), f"{name}:{line}")
    return found


def _texts(file: str, tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    if file == "fieldtool/core/texts.py":
        yield from _errors(tree)
    elif file == "fieldtool/ui/names.py":
        for node in tree.body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                yield "names", node.value.value, node.lineno
    elif file == "fieldtool/settings.py":
        yield from _titles(tree)
    elif file == "fieldtool/app/doctor.py":
        yield from _names(tree)
    elif file.startswith("fieldtool/ui/"):
        yield from _calls(tree, "")


def _errors(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == "Text":
            for each in node.body:
                if isinstance(each, ast.Assign):
                    for text in ast.literal_eval(each.value):
                        yield "texts", text, each.lineno


def _names(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Of the self-test's lines: capitals, in one place."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            for text in ast.literal_eval(node.value):
                yield "words", text, node.lineno


def _titles(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Setting":
            yield "words", ast.literal_eval(node.args[1]), node.lineno


def _calls(node: ast.AST, inside: str) -> Iterator[tuple[str, str, int]]:
    for child in ast.iter_child_nodes(node):
        within = child.name if isinstance(child, ast.ClassDef) else inside
        if isinstance(child, ast.Call) and child.args and isinstance(child.args[0], ast.Constant):
            function, text = child.func, child.args[0].value
            called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            context = {"tr": within, "words": "words", "mark": "words"}.get(called)
            if context and isinstance(text, str):
                yield context, text, child.lineno
        yield from _calls(child, within)


def translated(file: Path) -> dict[Key, str]:
    """Finished translations of a file."""
    found: dict[Key, str] = {}
    for context in ElementTree.parse(file).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is not None and translation.get("type") is None and translation.text:
                found[context.findtext("name") or "", message.findtext("source") or ""] = translation.text
    return found


def write(file: Path, language: str, wanted: Mapping[Key, str], known: Mapping[Key, str]) -> int:
    """The file anew, in the order of contexts and English. Returns how many are not translated."""
    top = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en")
    missing, last = 0, None
    for context, text in sorted(wanted):
        if last is None or context != last.findtext("name"):
            last = ElementTree.SubElement(top, "context")
            ElementTree.SubElement(last, "name").text = context
        message = ElementTree.SubElement(last, "message")
        ElementTree.SubElement(message, "source").text = text
        translation = ElementTree.SubElement(message, "translation")
        if done := known.get((context, text)):
            translation.text = done
        else:
            translation.set("type", "unfinished")
            missing += 1
    ElementTree.indent(top, "    ")
    head = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
    file.write_text(f"{head}{ElementTree.tostring(top, encoding='unicode')}\n", encoding="utf-8")
    return missing


def main(arguments: list[str]) -> int:
    """Without arguments all files are brought up to date; a language such as "fr" begins a new one."""
    folder, wanted = ROOT / "resources" / "translations", sources(ROOT)
    for language in arguments:
        (folder / f"fieldtool_{language}.ts").touch()
    for file in sorted(folder.glob("fieldtool_*.ts")):
        language = file.stem.removeprefix("fieldtool_")
        missing = write(file, language, wanted, translated(file) if file.stat().st_size else {})
        print(f"{file.relative_to(ROOT)}: {len(wanted)} texts, {missing} not translated")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
