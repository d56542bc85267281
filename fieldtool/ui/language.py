"""The language of the window: Qt Linguist's files below resources/translations, read as they are.

No compiled copies: what a translator saves is what shows. A language that is not there, and a text that is not
translated, is English. "pseudo" is no language but a test of the window: longer words with accents, so that what is
too narrow or was never translated shows.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator, Signal

from fieldtool.core.resources import resource

SYSTEM, ENGLISH, PSEUDO = "system", "en", "pseudo"
LANGUAGE = "language"  # name of the setting
_ACCENTS = str.maketrans("aeiouncszyAEIOUNCSZY", "áéíóúñçšžýÁÉÍÓÚÑÇŠŽÝ")
_LONGER = 0.35  # German needs that much more room than English

Key = tuple[str, str]  # context, English


class Translation(QTranslator):
    """Looks texts up in a table."""

    def __init__(self, texts: Mapping[Key, str]) -> None:
        super().__init__()
        self._texts = texts

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1) -> str:
        # PySide has no null QString to return; "" would count as the translation.
        return self._texts.get((context, sourceText), sourceText)


class Pseudo(QTranslator):
    """Every text, longer and with accents; what stands in braces or is markup stays."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1) -> str:
        return pseudo(sourceText)


class _Spoken(QObject):
    changed = Signal()  # what shows must be made anew


SPOKEN = _Spoken()
_spoken: list[QTranslator] = []  # installed now; Qt does not own them


def known() -> tuple[str, ...]:
    """Languages that the window can speak, English first: ("en", "de")."""
    return (ENGLISH, *sorted(file.stem.removeprefix("fieldtool_") for file in _folder().glob("fieldtool_*.ts")))


def chosen(choice: str) -> str:
    """What `choice` means on this computer: "system" is the desktop's language, where it is known."""
    wanted = QLocale.system().name().partition("_")[0] if choice == SYSTEM else choice
    return wanted if wanted in (*known(), PSEUDO) else ENGLISH


def speak(choice: str) -> str:
    """From now on texts are translated into this language; what shows already stays. Returns what was chosen."""
    for old in _spoken:
        QCoreApplication.removeTranslator(old)
    _spoken.clear()
    language = chosen(choice)
    QLocale.setDefault(QLocale.c() if language in (ENGLISH, PSEUDO) else QLocale(language))
    if language == PSEUDO:
        _install(Pseudo())
    elif language != ENGLISH:
        _install(Translation(read(_folder() / f"fieldtool_{language}.ts")))
        _install(_qt(language))  # buttons of Qt's own dialogs; asked first, as ours has an answer to everything
    return language


def read(file: Path) -> dict[Key, str]:
    """Finished translations of a file of Qt Linguist: (context, English) -> text."""
    found: dict[Key, str] = {}
    for context in ElementTree.parse(file).getroot().iter("context"):
        name = context.findtext("name") or ""
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is not None and translation.get("type") is None and translation.text:
                found[sys.intern(name), message.findtext("source") or ""] = translation.text
    return found


def pseudo(text: str) -> str:
    """`Update {n} chargers` becomes `[Úpdáté {n} çhárgérš ~~~~~~]`."""
    made, letters, depth = [], 0, 0
    for char in text:
        depth += (char in "{<") - (char in "}>")
        keep = depth > 0 or char in "}>"
        made.append(char if keep else char.translate(_ACCENTS))
        letters += not keep
    return f"[{''.join(made)} {'~' * max(1, round(letters * _LONGER))}]" if letters else text


def _install(translator: QTranslator) -> None:
    QCoreApplication.installTranslator(translator)
    _spoken.append(translator)


def _qt(language: str) -> QTranslator:
    made = QTranslator()
    made.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    return made


def _folder() -> Path:
    return resource("translations")
