"""Accessible names of every control: what screen readers say, and how tests and the demo find widgets.

`named(NAME)` is what a widget carries: the name in the language of the window (English unless set otherwise).
Table cells are not widgets. The chargers table is named CHARGERS_TABLE; the box that selects a charger is the cell
`ui.model.select_index(model, key)`, at `table.visualRect(index)`; every cell also tells its words under
`Qt.ItemDataRole.AccessibleTextRole`.
"""

from PySide6.QtCore import QCoreApplication

# shell
SCREEN_CHARGERS = "Screen: Chargers"
SCREEN_PLAN = "Screen: Plan"
SCREEN_RUN = "Screen: Run"
SCREEN_FIRMWARE = "Screen: Firmware"
SCREEN_SETTINGS = "Screen: Settings"
THEME = "Next theme"
SHORTCUTS = "Keyboard shortcuts"
CLOSE_SHORTCUTS = "Close shortcuts"
SYNC = "Sync now"
STAY = "Keep fieldtool open"
STOP_AND_CLOSE = "Stop after this step and close"
DISMISS = "Dismiss message"
COPY_DETAILS = "Copy details"

# Chargers
CHARGERS_TABLE = "Chargers on this site"
SEARCH = "Find charger"
SCAN = "Scan"
UPDATE_SELECTED = "Update selected chargers"
SELECT_ALL = "Select all that can be updated"
FILTER_ALL = "Filter: All"
FILTER_NEEDS_UPDATE = "Filter: Needs update"
FILTER_UPDATING = "Filter: Updating"
FILTER_ATTENTION = "Filter: Needs attention"
FILTER_UP_TO_DATE = "Filter: Up to date"
ADD_ADDRESS = "Add a charger by its address"
ADDRESS = "Address of the charger"
ADDRESS_OK = "Add this address"
RESUME = "Resume the run of {name}"
SET_UP = "Set up this laptop"

# the pane of one charger
PANE = "Details of the charger"
CLOSE_PANE = "Close details"
FIX = "Put this right"
STOP_ONE = "Stop after this step"
LOG = "Log of the run"
LOG_TEXT = "Lines of the log"
TIMELINE = "Phases of the update"
SLOTS = "Firmware slots of the charger"
STEP_DONE = "The step is done"
FINDINGS = "What the health check found"
WAIVE = "Waive: {rule}"
WAIVE_WHY = "Why it is waived: {rule}"
WAIVE_NOW = "Waive for this reason: {rule}"
WAIVE_NOT = "Do not waive: {rule}"

# Plan
PLAN_MATRIX = "What would be updated"
PLAN_PANE = "How it runs"
START = "Start the update"
PLAN_AGAIN = "Check again"
PLAN_BACK = "Back to the chargers"
PLAN_LINE = "Update {names}"
AIM_NEWEST = "Bring to the newest releases"
AIM_BASELINE = "Bring to the baseline of the site"
ALL_FINDINGS = "All findings: {names}, {component}"
OVERRIDE = "Override: {names}, {component}"
OVERRIDE_WHY = "Why it is overridden"
OVERRIDE_NOW = "Override for this reason"
OVERRIDE_NOT = "Do not override"
WITHDRAW = "Withdraw the override: {names}, {component}"

# Run
RUN_TABLE = "Phases of every charger on a time axis"
STOP_ALL = "Stop all after this step"
WHY = "Show why: {name}"
SHOW_STEP = "Show what to do: {name}"
SHOW_CHECK = "Show what fails: {name}"
RUN_BAR = "Results of the run"
SPEED = "Throughput of the last two minutes"

# Firmware
FIRMWARE_TABLE = "Firmware on this laptop"
FIRMWARE_PANE = "Details of the release"
FIRMWARE_ADD = "Add a firmware file"
FIRMWARE_CHECK = "Check this file again"
FIRMWARE_PIN = "Keep this file, or no longer"
FIRMWARE_CLEAN = "Remove files that nobody needs"
FIRMWARE_MISSING = "Show what is missing"
FIRMWARE_SITE = "Filter: this site"
FIRMWARE_ALL = "Filter: all releases"
FIRMWARE_CANCEL = "Cancel what is being done"
FIRMWARE_RESULT_OK = "Close the result"
BUNDLE_IMPORT = "Import a bundle"
BUNDLE_EXPORT = "Export a bundle"
SECOND_NAME = "Name of the second person"
SECOND_PIN = "PIN of the second person"
SECOND_APPROVE = "Approve as the second person"
SECOND_REQUEST = "Save a request for a second person"
SECOND_FILE = "Take an approval file"
TOKEN_PIN = "PIN of the token"
TOKEN_PIN_OK = "Use this PIN"
TOKEN_PIN_NOT = "Do not use the token"

# Settings
TRUST_FILE = "File of the root of trust"
TRUST_FINGERPRINT = "Fingerprint of the root of trust"
TRUST_ADD = "Add root of trust"
SITE_FILE = "Site file"
SITE_IMPORT = "Import site file"
SECRET_SERIAL = "Serial number for the login"
SECRET = "Password or private key"
SECRET_STORE = "Store login"
PIN_SERIAL = "Serial number for the host key"
PIN_FINGERPRINT = "Host key fingerprint"
PIN_STORE = "Pin host key"
CHOOSE_FILE = "Choose: {what}"
TEST_AGAIN = "Test again"
COPY_FIX = "Copy fix: {name}"
THEME_CHOICE = "Theme: {name}"
TEXT_SIZE = "Text size {percent} %"
GLOVE = "Glove mode"
SETTING = "Setting: {title}"
SETTING_SAVE = "Save: {title}"


def named(name: str, /, **parts: str) -> str:
    """The name in the language of the window, with its parts filled in."""
    return QCoreApplication.translate("names", name).format(**parts)
