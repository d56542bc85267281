"""The style sheet, made from the tokens."""

from fieldtool.ui.theme.tokens import KINDS, TYPE, Theme


def stylesheet(theme: Theme, percent: int, target: int) -> str:
    """QSS of the whole application. `percent` scales text, `target` is the smallest touch target in pixels."""
    parts = (_text(theme, percent), _buttons(theme, percent, target), _fields(theme, target), _views(theme, percent))
    return "\n".join((*parts, _frames(theme), _tones(theme)))


def _size(percent: int, pixels: int) -> str:
    return f"{round(pixels * percent / 100)}px"


def _text(theme: Theme, percent: int) -> str:
    c, strong = theme.colours, 100 if theme.high_contrast else 0
    rules = [
        f"* {{ font-family: Inter; font-size: {_size(percent, 14)}; color: {c['text']}; }}",
        f"QMainWindow, QWidget#content {{ background: {c['bg']}; }} QLabel {{ background: transparent; }}",
    ]
    if strong:
        rules.append("QLabel { font-weight: 500; }")
    for role, (pixels, weight) in TYPE.items():
        family = " font-family: 'JetBrains Mono';" if role == "mono" else ""
        shown = min(700, max(500, weight + strong)) if strong else weight
        rules.append(f'QLabel[role="{role}"] {{ font-size: {_size(percent, pixels)}; font-weight: {shown};{family} }}')
    return "\n".join(rules)


def _buttons(theme: Theme, percent: int, target: int) -> str:
    c, b, hc = theme.colours, 2 if theme.high_contrast else 1, theme.high_contrast
    inner = target - 2 * b
    edge = c["border_ctl"] if hc else c["border"]
    return f"""
QPushButton {{ min-height: {inner}px; padding: 0 14px; border-radius: 8px; border: {b}px solid {edge};
  background: {c["surface"]}; font-weight: 600; }}
QPushButton:hover {{ background: {c["hover"]}; border-color: {c["border_ctl"]}; }}
QPushButton:pressed {{ background: {c["selected"]}; }}
QPushButton:focus {{ border: 2px solid {c["focus"]}; min-height: {target - 4}px; padding: 0 {14 if hc else 13}px; }}
QPushButton:disabled {{ color: {c["text3"]}; background: {c["surface2"]}; {"border-style: dashed;" if hc else ""} }}
QPushButton[kind="primary"] {{ background: {c["accent"]}; color: {c["on_accent"]}; border-color: {c["accent"]}; }}
QPushButton[kind="primary"]:hover {{ background: {c["accent_hover"]}; }}
QPushButton[kind="primary"]:pressed {{ background: {c["accent_press"]}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {c["focus"] if hc else c["text"]}; }}
QPushButton[kind="primary"]:disabled {{ background: {c["surface2"]}; color: {c["text3"]};
  border: {b}px {"dashed" if hc else "solid"} {c["border_ctl"]}; }}
QPushButton[kind="danger"] {{ color: {c["bad_text"]}; border-color: {c["bad"]}; }}
QPushButton[kind="icon"] {{ min-width: {inner}px; max-width: {inner}px; padding: 0; }}
QPushButton[kind="icon"]:focus {{ min-width: {target - 4}px; max-width: {target - 4}px; padding: 0; }}
QPushButton[kind="chip"] {{ border-radius: {target // 2}px; font-weight: 500; color: {c["text2"]}; padding: 0 13px; }}
QPushButton[kind="chip"]:focus {{ padding: 0 {12 if not hc else 13}px; }}
QPushButton[kind="chip"]:checked {{ background: {c["text"]}; color: {c["surface"]}; border-color: {c["text"]};
  font-weight: 600; }}
QPushButton[kind="chip"]:checked:focus {{ border-color: {c["focus"]}; }}
QPushButton[kind="choice"] {{ font-weight: 500; padding: 0 8px; }}
QPushButton[kind="choice"]:checked {{ background: {c["selected"]}; border: 2px solid {c["accent"]}; font-weight: 600;
  min-height: {target - 4}px; }}
QPushButton[kind="choice"]:focus {{ border: 2px solid {c["focus"]}; }}
QPushButton[kind="quiet"] {{ border: {b}px solid transparent; background: transparent;
  font-weight: {600 if hc else 500};
  color: {c["text2"]}; font-size: {_size(percent, 13)}; padding: 0 10px; }}
QPushButton[kind="quiet"]:hover {{ background: {c["hover"]}; }}
QPushButton[kind="quiet"]:focus {{ border: 2px solid {c["focus"]}; padding: 0 {10 if hc else 9}px; }}
"""


def _fields(theme: Theme, target: int) -> str:
    c, b = theme.colours, 2 if theme.high_contrast else 1
    return f"""
QLineEdit, QComboBox {{ min-height: {target - 2 * b}px; border-radius: 8px; border: {b}px solid {c["border_ctl"]};
  background: {c["surface"]}; padding: 0 10px; selection-background-color: {c["accent"]};
  selection-color: {c["on_accent"]}; placeholder-text-color: {c["text3"]}; }}
QLineEdit:focus, QComboBox:focus {{ border: 2px solid {c["focus"]}; min-height: {target - 4}px;
  padding: 0 {10 if b == 2 else 9}px; }}
QLineEdit[bad="true"] {{ border: 2px solid {c["bad"]}; min-height: {target - 4}px; }}
QLineEdit:disabled {{ background: {c["surface2"]}; color: {c["text3"]}; }}
QComboBox::drop-down {{ border: 0; width: 28px; }}
QComboBox QAbstractItemView {{ background: {c["surface"]}; border: {b}px solid {c["border_ctl"]}; outline: 0;
  selection-background-color: {c["selected"]}; selection-color: {c["text"]}; }}
QComboBox QAbstractItemView::item {{ min-height: {target}px; padding: 0 8px; }}
QPlainTextEdit {{ background: {c["surface2"]}; border: {b}px solid {c["border"]}; border-radius: 8px; padding: 6px;
  selection-background-color: {c["accent"]}; selection-color: {c["on_accent"]}; }}
QPlainTextEdit:focus {{ border: 2px solid {c["focus"]}; }}
"""


def _views(theme: Theme, percent: int) -> str:
    c, b = theme.colours, 2 if theme.high_contrast else 1
    return f"""
QTableView {{ background: {c["surface"]}; border: none; outline: 0; gridline-color: transparent;
  selection-background-color: transparent; }}
QHeaderView {{ background: transparent; }}
QHeaderView::section {{ background: {c["surface"]}; color: {c["text2"]}; font-size: {_size(percent, 12)};
  font-weight: 600; border: none; border-bottom: {b}px solid {c["border"]}; padding: 0 10px; }}
QTableCornerButton::section {{ background: transparent; border: none; }}
QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
QScrollArea {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 2px; }}
QScrollBar::handle:vertical {{ background: {c["border_ctl"]}; border-radius: 4px; min-height: 40px; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 2px; }}
QScrollBar::handle:horizontal {{ background: {c["border_ctl"]}; border-radius: 4px; min-width: 40px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QToolTip {{ background: {c["text"]}; color: {c["surface"]}; border: 0; padding: 8px; }}
"""


def _frames(theme: Theme) -> str:
    c, b = theme.colours, 2 if theme.high_contrast else 1
    return f"""
QWidget#rail {{ background: {c["rail"]}; }}
QWidget#statusbar {{ background: {c["surface"]}; border-top: {b}px solid {c["border"]}; }}
QFrame#card {{ background: {c["surface"]}; border: {b}px solid {c["border"]}; border-radius: 12px; }}
QFrame#sheet {{ background: {c["surface"]}; border: 2px solid {c["border_ctl"]}; border-radius: 12px; }}
QFrame#inset {{ background: {c["surface2"]}; border: {b}px solid {c["border"]}; border-radius: 8px; }}
QFrame#line {{ background: {c["border"]}; border: 0; }}
QFrame#row {{ background: transparent; border: 0; border-bottom: {b}px solid {c["border"]}; }}
QFrame#row[last="true"] {{ border-bottom: 0; }}
QLabel#throwaway {{ background: {c["warn_sub"]}; color: {c["warn_text"]}; border: 2px solid {c["warn"]};
  border-radius: 6px; padding: 2px 8px; font-weight: 700; }}
"""


def _tones(theme: Theme) -> str:
    c = theme.colours
    rules = [
        f'QLabel[tone="muted"] {{ color: {c["text2"]}; }} QLabel[tone="faint"] {{ color: {c["text3"]}; }}',
        f'QLabel[tone="text"] {{ color: {c["text"]}; }}',
    ]
    for kind in KINDS:
        border = f"2px solid {c[kind]}" if theme.high_contrast else "none"
        rules.append(f'QLabel[tone="{kind}"] {{ color: {c[kind + "_text"]}; }}')
        rules.append(
            f'QFrame[tint="{kind}"] {{ background: {c[kind + "_sub"]}; border-radius: 8px; border: {border}; }}'
        )
    return "\n".join(rules)
