"""Every sentence that tells a person what happened and what to do, as English templates with a code.

A member's value is `(what happened, what to do now)`. The command line and the logs format the English; the window
translates the template first. Write for a technician: no jargon of ours, no blame, one thing to do.
A member is never removed or given another meaning: journals and audit records keep its name.
"""

from enum import Enum, unique


@unique
class Text(Enum):
    # ---- is the charger safe? -----------------------------------------------------------------------------------
    SAFETY_UNTOUCHED = ("Nothing was changed on the charger.", "You may leave it as it is.")
    SAFETY_OLD_IS_KEPT = ("The charger keeps its old firmware and can return to it.", "Do not switch it off now.")
    SAFETY_RETURNED = ("The charger runs its old firmware again.", "You may leave it as it is.")
    SAFETY_KEEP_POWERED = ("The charger may not start by itself.", "Keep it powered and connected.")

    # ---- core ---------------------------------------------------------------------------------------------------
    BUG = ("Something went wrong inside fieldtool: {detail}.", "Copy the details and send them to support.")
    PROFILE_BAD = ("The profile {file} is not usable: {field} {why}.", "Correct the profile, or use one that ships.")
    PROFILE_UNKNOWN = ("No profile named {profile} is known.", "Choose one of: {known}.")
    COMPONENT_UNKNOWN = (
        "The profile {profile} knows no component named {component}.",
        "Correct the profile, or plan again.",
    )
    COMPONENT_LINK = (
        "The driver {driver} cannot reach the component {component} over {link}.",
        "Correct the driver of this component in the profile.",
    )
    FILE_UNREADABLE = ("{file} cannot be read: {detail}.", "Check its name and its rights.")
    RESOURCE_MISSING = ("The installation is damaged: {name} is missing.", "Install fieldtool again.")

    # ---- links and drivers --------------------------------------------------------------------------------------
    LINK_UNREACHABLE = (
        "{address} does not answer: {detail}.",
        "Check that the charger is powered and that the cable or Wi-Fi connects this laptop to its network.",
    )
    LINK_LOST = (
        "The connection to {address} was lost: {detail}.",
        "Check the cable. fieldtool goes on by itself as soon as the charger answers.",
    )
    LINK_STALLED = (
        "{address} took no data for {seconds} seconds.",
        "Check the cable. fieldtool goes on by itself as soon as the charger answers.",
    )
    QUESTION_SILENT = (
        "{address} gave no answer for {seconds} seconds to one question ({fact}), though it answers otherwise.",
        "Wait: fieldtool asks again. If it stays so, run that command of its profile by hand on the charger.",
    )
    CHARGER_NOT_SEEN = (
        "Charger {serial} was not found on this network.",
        "Check that it is powered and connected, or give its address: fieldtool site import.",
    )
    CHARGER_SILENT = (
        "Charger {serial} has not answered for {seconds} seconds.",
        "Keep it powered. The run stays open and goes on when the charger answers, or with: fieldtool resume.",
    )
    OTHER_CHARGER = (
        "{address} is charger {found}, not {expected}.",
        "Nothing is done to it. Check the label and the address.",
    )
    PROFILE_DISAGREES = (
        "The charger says it is {found}, but profile {profile} is for {expected}.",
        "Choose the profile that fits this charger in the site file.",
    )
    NO_SERIAL = (
        "The charger reports “{found}” as its serial number, which identifies nobody.",
        "It is shown but not served. Have its serial number programmed.",
    )
    DRIVER_UNKNOWN = ("No driver named {driver} is installed.", "Install the driver, or correct the profile.")
    PIN_MISSING = (
        "The host key of charger {serial} is not known yet. It shows {found}.",
        "Compare with the label or the work order, then: fieldtool trust pin {serial} --fingerprint FINGERPRINT.",
    )
    PIN_CHANGED = (
        "Charger {serial} shows another host key. Expected {expected}, found {found}.",
        "Somebody may stand between you and the charger. Nothing secret was sent. Call your operator; only when the "
        "new key is confirmed: fieldtool trust pin {serial} --fingerprint FINGERPRINT.",
    )
    SECRET_MISSING = (
        "No password or key for charger {serial} is stored on this laptop.",
        "Store one: fieldtool secret set {serial}.",
    )
    LOGIN_REFUSED = (
        "The charger at {address} refuses the stored login of user {user}.",
        "Store the right password or key: fieldtool secret set {serial}.",
    )
    SECRET_UNUSABLE = (
        "The stored key of charger {serial} cannot be used: it is no OpenSSH or PEM private key without passphrase.",
        "Store the right one: fieldtool secret set {serial}.",
    )
    FACT_FAILED = (
        "The charger did not tell its {fact}: the command ended with {status}: {detail}.",
        "The profile may not fit this charger. Check it in the site file.",
    )
    FACT_STRANGE = (
        "The charger told its {fact} in a way that cannot be read: {found}.",
        "The profile may not fit this charger: compare what its command prints with the guide to profiles.",
    )
    SETTINGS_UNREADABLE = (
        "The charger did not tell its settings: {detail}.",
        "The profile may not fit this charger. Its settings are neither saved nor changed.",
    )
    SETTINGS_REFUSED = (
        "The charger did not take its settings: {detail}.",
        "Check the named settings at the charger, or call support.",
    )
    SETTINGS_OTHER_LAYOUT = (
        "The charger keeps its settings in the layout {found}; those that shall be written have {expected}.",
        "Nothing was written. Tell support which release it was.",
    )
    SERVICE_NOT_LEFT = (
        "The charger could not be taken out of service: {detail}.",
        "Have its central system take it out of service, or try again.",
    )
    SERVICE_NOT_BACK = (
        "The charger did not go back into service: {detail}.",
        "Put it back into service at the charger or through its central system.",
    )
    DEVICE_ANSWER_STRANGE = (
        "The charger gave an answer that makes no sense: {detail}.",
        "Copy the details and send them to support.",
    )
    DEVICE_DISK_FULL = (
        "The charger has {free} bytes free in {folder}, the firmware needs {needed}.",
        "Free space on the charger, then try again.",
    )
    UPLOAD_REFUSED = (
        "The charger does not take the firmware file into {folder}: {detail}.",
        "Check the folder that the profile names and its rights, then try again.",
    )
    IMAGE_CHANGED = (
        "The file of {target} changed on this laptop while it was sent. It was removed from the charger again.",
        "Sync, or import the bundle again. If it happens twice, the laptop's disk may be failing.",
    )
    TRANSFER_CORRUPT = (
        "What arrived on the charger is not what was sent (SHA-256 differs).",
        "Try again. If it happens twice, the charger's storage may be failing.",
    )
    DEVICE_BUSY = (
        "The charger's update service is busy with another operation.",
        "Wait until it has finished, then try again.",
    )
    INSTALL_SIGNATURE = (
        "The charger refuses the firmware's signature: {detail}.",
        "The firmware is not meant for this charger, or its certificates are outdated. Do not try other ways.",
    )
    INSTALL_INCOMPATIBLE = (
        "The charger says that this firmware is for another model: {detail}.",
        "Choose the release for this model and hardware.",
    )
    INSTALL_FAILED = ("The charger could not install the firmware: {detail}.", "Copy the details for support.")
    INSTALL_INTERRUPTED = (
        "The charger's installation broke off before it was complete.",
        "Keep the charger powered, then try again.",
    )
    IMAGE_UNREADABLE = (
        "The file {target} cannot be read on this laptop: {detail}.",
        "Sync, or import the bundle again. The laptop's disk may be failing.",
    )
    INSTALL_DAMAGED = (
        "The charger says that the firmware file is damaged: {detail}.",
        "Try again. If it happens twice, sync or import the firmware again.",
    )
    INSTALL_FILE_HELD = (
        "A connection that broke off still holds the firmware file on the charger: {detail}.",
        "fieldtool tries again with a copy. If it happens twice, restart the charger.",
    )
    INSTALL_NO_SPACE = (
        "The charger has no room to install the firmware: {detail}.",
        "Free space on the charger, then start the update again.",
    )
    INSTALL_UNCLEAR = (
        "The charger's update service stopped during the installation and does not answer any more: {detail}.",
        "Keep the charger powered and try again. If it does not help, restart the charger.",
    )
    RESTART_REFUSED = ("The charger did not take the request to restart: {detail}.", "Copy the details for support.")
    CONFIRM_FAILED = ("The charger did not accept the confirmation: {detail}.", "Copy the details for support.")
    ROLL_BACK_REFUSED = (
        "The charger did not accept the way back to its old firmware: {detail}.",
        "Keep it powered, then try again or call support.",
    )
    ROLL_BACK_IMPOSSIBLE = (
        "The charger has no other firmware to return to: {detail}.",
        "Keep it powered and call support.",
    )

    # ---- discovery ----------------------------------------------------------------------------------------------
    NO_NETWORK = (
        "This laptop has no network connection that could reach a charger.",
        "Connect the charger's cable or Wi-Fi, then scan again.",
    )
    SITE_FILE_BAD = (
        "The site file {file} is not usable: {field} {why}.",
        "Correct it; the schema is in resources/docs/guide/site-file.md. Nothing was imported.",
    )
    ADDRESS_BAD = ("“{address}” is no address.", "Write it like 192.0.2.7, 192.0.2.7:2222 or [fe80::1%eth0]:22.")
    FINGERPRINT_BAD = (
        "“{fingerprint}” is no fingerprint.",
        "Type it as printed on the label: SHA256: and 43 letters and digits.",
    )
    UNKNOWN_CHARGER = (
        "{name} at {address} is not in the site file, so fieldtool does not know how to talk to it.",
        "Add it to the site file with its serial number, profile and host key, then: fieldtool site import FILE.",
    )
    PROFILE_MISSING = (
        "The site file names no profile for charger {serial}.",
        "Choose a profile that fits this charger in the site file, then: fieldtool site import FILE.",
    )
    PIN_CONFLICT = (
        "The site file gives charger {serial} the host key {found}, but {expected} is pinned on this laptop.",
        "Nothing was imported. Compare both with the label. Correct the file, or, when the file is right, first: "
        "fieldtool trust pin {serial} --fingerprint FINGERPRINT.",
    )

    # ---- serial ports -------------------------------------------------------------------------------------------
    PORT_MISSING = (
        "This laptop has no port {port}.",
        "Plug the cable in. Which ports there are: fieldtool ports.",
    )
    PORT_IN_USE = ("{port} is in use by {holder}.", "Close it, then try again.")
    PORT_TAKEN = (
        "{port} is in use by another program.",
        "Close terminal programs and other service tools. On Linux, fieldtool ports names the program.",
    )
    PORT_PERMISSION = (
        "{port} exists, but {user} may not open it: only the group {group} may.",
        "Run: sudo usermod -aG {group} {user}. Then log out and in again. Or install the rule that "
        "fieldtool ports --udev-rule prints.",
    )
    PORT_OWNED = (
        "{port} exists, but {user} may not open it, and no group of this laptop's may.",
        "Install the rule that fieldtool ports --udev-rule prints, then plug the cable in again.",
    )
    PORT_NEW_LOGIN = (
        "{port} may be opened by the group {group}. {user} is in it, but only from the next login on.",
        "Log out and in again.",
    )
    PORT_REFUSED = (
        "This laptop does not let you open {port}.",
        "fieldtool ports says why, and what to do.",
    )
    PORT_NO_DRIVER = (
        "{name} is plugged in, but this laptop has no driver for it.",
        "Run: sudo modprobe {module}. If there is no such module, install the extra kernel modules of your system.",
    )
    PORT_GRABBED = (
        "{name} is plugged in, but a program keeps it from becoming a port.",
        "Close virtual machines and service tools that use it. On Ubuntu, the Braille service takes such cables: "
        "sudo apt remove brltty. Then plug it in again.",
    )
    PORT_BOOT_MODE = (
        "{name} waits in its boot mode: no firmware runs on it.",
        "Leave it connected and powered. Its firmware has to be written anew.",
    )
    SMP_SILENT = (
        "Nobody answers on {port}.",
        "Check that the charger is powered, that it is the right cable, and that its profile names the right speed.",
    )
    SMP_IN_BOOTLOADER = (
        "The charger sits in its bootloader: no firmware runs that could say who it is.",
        "Leave it powered and connected. If it stays there, its firmware has to be written anew.",
    )
    SMP_TOO_OLD = (
        "The charger does not tell which of its firmware images runs.",
        "Its update service is too old for fieldtool. Nothing is done to it.",
    )
    SMP_ON_TRIAL = (
        "The charger still tries firmware that nobody has confirmed, and takes no other until then.",
        "Restart the charger to return to its old firmware, then try again.",
    )
    SMP_RUNS_ALREADY = (
        "The charger refuses to try the firmware that it runs.",
        "Nothing was changed. Look at the charger again before you plan another update.",
    )
    SMP_REFUSED = ("The charger refuses the {what}: {detail}.", "Copy the details for support.")
    PORT_VANISHED = (
        "{port} is gone: {detail}.",
        "Check the cable at both ends. fieldtool goes on by itself as soon as the port is back.",
    )
    UBOOT_POWER_CYCLE = (
        "Switch the charger off, wait five seconds, and switch it on again. Leave the cable connected.",
        "fieldtool stops its start by itself and goes on.",
    )
    UBOOT_SILENT = (
        "Nothing at all came from {port} for {seconds} seconds, though the charger was to be switched off and on.",
        "Check that it has power, that the cable sits on its service port, and that send and receive are not swapped.",
    )
    UBOOT_GARBLED = (
        "Something answers on {port}, but at {baud} baud it is no text.",
        "Correct the speed in the profile (recovery.baud), and check that the adapter has the charger's voltage.",
    )
    UBOOT_NOT_CAUGHT = (
        "The charger starts without giving anybody the time to stop it (bootdelay=-2): “{heard}”.",
        "Its bootloader is closed. Use its maker's boot pins or recovery medium, or send it in.",
    )
    UBOOT_MISSED = (
        "The start of the charger could not be stopped in time: “{heard}”.",
        "Try again. If it stays so, the profile's recovery.stop is not the key that this bootloader asks for.",
    )
    UBOOT_OTHER_PROGRAM = (
        "Something runs on the charger, but no bootloader was seen: “{heard}”.",
        "Try again, and switch it off and on when you are asked. If it starts, it needs no recovery.",
    )
    UBOOT_STALLED = (
        "The bootloader on {port} did not answer for {seconds} seconds to “{command}”.",
        "Keep it powered, check the cable, then start the recovery again: it goes on from what the charger has.",
    )
    UBOOT_NOISY = (
        "The line on {port} is too noisy: {damaged} of {sent} blocks arrived damaged.",
        "Use a shorter cable, away from power lines and with its ground connected, or a lower speed. Then try again.",
    )
    UBOOT_ECHO = (
        "The bootloader on {port} repeats what is typed with mistakes, so nothing was entered.",
        "Use a shorter cable with its ground connected, or a lower speed. Then try again.",
    )
    UBOOT_PORT_SHARED = (
        "Another program reads from {port} at the same time.",
        "Close terminal programs and other service tools. On Linux, fieldtool ports tells which program it is.",
    )
    UBOOT_REFUSED = ("The bootloader refuses “{command}”: {detail}.", "Copy the details for support.")
    UBOOT_OTHER_MODEL = (
        "The charger is a {found}. The firmware is for {expected}.",
        "Nothing was written. Choose a release for this charger.",
    )
    UBOOT_OTHER_HARDWARE = (
        "The charger has hardware {found}. The firmware is for hardware {expected}.",
        "Nothing was written. Choose a release for this very hardware.",
    )
    UBOOT_UNKNOWN_HARDWARE = (
        "The bootloader does not tell which model and hardware this charger is.",
        "Nothing was written: wrong firmware could damage it. Its maker must say how its bootloader tells.",
    )
    UBOOT_OTHER_FORMAT = (
        "The bootloader takes files of the format {expected}. This one is {found}.",
        "Nothing was written. Choose a release that is made for recovery.",
    )
    UBOOT_TOO_LARGE = (
        "The firmware has {length} bytes. The place for it has {room}.",
        "Nothing was written. Choose another release.",
    )
    UBOOT_MEDIUM_SMALL = (
        "The charger's memory has no block {block} (hexadecimal), where the place for the firmware ends: {detail}.",
        "Nothing was written. Its memory is smaller than its model's, or defective: send it in.",
    )
    UBOOT_WRITE_REFUSED = (
        "The charger's memory cannot be written from byte {offset} on: {detail}.",
        "Keep it powered and try once more. If it stays so, its memory is defective: send it in.",
    )
    UBOOT_NOT_WRITTEN = (
        "The charger says that it wrote, but from byte {offset} on its memory holds something else.",
        "Try once more. If it stays so, its memory is defective or protected: send it in.",
    )
    UBOOT_NOT_SWITCHED = (
        "The bootloader does not keep which firmware is to start: {detail}.",
        "The firmware itself is written. Try once more. If it stays so, its memory is defective: send it in.",
    )
    UBOOT_SIGNATURE = (
        "The bootloader does not trust the firmware: {detail}.",
        "Keep it powered. Choose a release that its maker signed for this charger. It is never tried another way.",
    )
    SMP_NOT_STARTED = (
        "The bootloader did not start what was written, and waits: payload or signature are not what it takes.",
        "Keep it powered, and recover it once more with another release. Copy the details for support.",
    )
    UBOOT_DID_NOT_START = (
        "The firmware did not start: {detail}.",
        "Keep it powered, and start the recovery again with another release.",
    )
    UBOOT_RESTARTS = (
        "The charger starts again and again, and its firmware never speaks. The last words: {detail}.",
        "Keep it powered, and start the recovery again with another release.",
    )
    UBOOT_OTHER_STARTED = (
        "Firmware {found} started, not {expected}.",
        "Start the recovery again. Copy the details for support if it stays so.",
    )
    UBOOT_NO_WORD = (
        "The charger was told to start, and said nothing of its firmware for {seconds} seconds.",
        "Wait, then look whether it answers over its network. If not, start the recovery again.",
    )

    # ---- planning and preflight ---------------------------------------------------------------------------------
    READY = ("{found} → {target} can be installed.", "Select the charger and press Update.")
    UP_TO_DATE = ("It runs {found} already.", "Nothing to do.")
    NO_RELEASE = (
        "The catalogue has no release for {model}, hardware {hardware}.",
        "Sync, or import a bundle that has one.",
    )
    WRONG_FORMAT = (
        "{target} is a file of the format {found}. This charger is updated with {expected}.",
        "Ask the vendor for the release that is made for this charger.",
    )
    WRONG_HARDWARE = (
        "{target} is for hardware {expected}; this charger is {found}.",
        "Choose a release that lists hardware {found}.",
    )
    WRONG_MODEL = ("{target} is for {expected}; this charger is a {found}.", "Choose a release for this model.")
    MIN_FROM = (
        "{target} can be installed over {expected} or newer; this charger runs {found}.",
        "Update to {expected} first.",
    )
    EPOCH_TOO_LOW = (
        "{target} has security epoch {found}, the charger demands {expected}.",
        "Choose a newer release. This cannot be overridden.",
    )
    EPOCH_UNKNOWN = (
        "Nobody knows which security epoch {component} of this charger demands, so {target} might be one step too old.",
        "Sync, so that the catalogue knows what runs now; or ask for a work order that names the charger's epoch.",
    )
    STANDS_ALONE = (
        "fieldtool stands alone: no operator directs this laptop, so no grants are looked at.",
        "Nothing to do where this is intended. Otherwise: fieldtool trust add --director.",
    )
    GRANT_LAPTOP_DENIED = (
        "The operator has locked this laptop (key {key}).",
        "Nothing may be changed with it any more. Call the operator.",
    )
    GRANT_IMAGE_DENIED = ("{target} is on the operator's denylist.", "Choose another release.")
    GRANT_NOT_ORDERED = (
        "No work order names {target} for charger {serial} with hardware {hardware}.",
        "Choose a release that is ordered, or ask the operator for a work order, then sync.",
    )
    GRANT_ORDER_ENDED = (
        "The work order {order}, which names {target}, ended on {until}.",
        "Ask the operator for a new work order, then sync.",
    )
    GRANT_WAY_BACK = (
        "{found}, to which this charger would have to return, may not be installed: {detail}.",
        "Ask the operator for a work order that names it too, or for a release that needs no way back.",
    )
    GRANT_DOWNGRADE = (
        "{target} goes back from {found}, which runs now: this needs a grant for it, and a second person.",
        "Make sure that going back is what you want.",
    )
    GRANT_NONE = (
        "No grant lets this laptop do “{action}” on charger {serial}.",
        "Ask the operator for a grant for “{action}” (key {key}), then sync.",
    )
    GRANT_WITHDRAWN = ("The grant {grant} was withdrawn.", "Ask the operator why, and for another grant.")
    GRANT_ELSEWHERE = (
        "The grant {grant} is not for charger {serial} (site {site}, model {model}).",
        "Ask the operator for a grant that covers this charger, then sync.",
    )
    GRANT_EXPIRED = ("The grant {grant} ended on {until}.", "Ask the operator for a new grant, then sync.")
    GRANT_NOT_YET = ("The grant {grant} begins on {begins}.", "Come back then, or ask the operator for another grant.")
    GRANT_USED_UP = (
        "The grant {grant} was for {limit} run(s), and all of them have begun.",
        "Ask the operator for a new grant, then sync.",
    )
    GRANT_NOT_PLANNED = (
        "This run was planned under other grants than {grant}, which would be needed now.",
        "Plan the update again.",
    )
    APPROVAL_MISSING = (
        "A second person must agree to “{action}” with {target}.",
        "Let somebody who may approve type a PIN (--approve-pin), or sign on another laptop (fieldtool approve).",
    )
    APPROVAL_GIVEN = ("{actor} agrees to “{action}”, as the second person.", "Nothing to do.")
    APPROVAL_FORGED = (
        "The approval in the name of {actor} is not signed by the key that it names.",
        "Do not use it. Ask for a new one, and tell the operator where this one came from.",
    )
    APPROVAL_ELSEWHERE = (
        "The approval of {actor} was given to another laptop.",
        "Make a request on this laptop, and have that one approved.",
    )
    APPROVAL_ENDED = (
        "The approval of {actor} does not hold now; it ends at {until}.",
        "Ask for a new one, and make sure that the clocks of both laptops are right.",
    )
    APPROVAL_USED = (
        "The approval of {actor} has served for a run on charger {serial} already.",
        "Make a new request, and have that one approved.",
    )
    APPROVAL_WITHOUT_GRANT = (
        "No grant lets {actor} approve anything on charger {serial}.",
        "Ask somebody whom a grant lets approve, or ask the operator for such a grant, then sync.",
    )
    APPROVAL_SAME_PERSON = (
        "{actor} cannot be the second person: it is the same one who does the update.",
        "Ask somebody else to approve.",
    )
    APPROVAL_PIN_WRONG = ("This is not the PIN of {actor}.", "Type it again. After five wrong ones it is locked.")
    APPROVAL_LOCKED = (
        "The PIN of {actor} was typed wrongly too often.",
        "It can be tried again after {until}. Or have the request signed on another laptop: fieldtool approve.",
    )
    APPROVAL_PIN_UNUSABLE = (
        "The grant of this person has no PIN that fieldtool can check.",
        "Ask the operator for a new grant with a PIN, then sync.",
    )
    APPROVAL_BAD = (
        "This is no request for an approval and no approval that can be used: {detail}.",
        "Ask for the file again, and send it as a file.",
    )
    APPROVAL_NOT_NEEDED = (
        "Nothing in this plan needs a second person, or it cannot start anyway.",
        "Look at what the plan says, and go on from there.",
    )
    APPROVAL_NOT_GIVEN = (
        "Nobody agreed, so nothing was signed.",
        "Agree by typing yes at a terminal, or, from a program, with --yes.",
    )
    APPROVAL_UNKNOWN_IMAGE = (
        "This laptop does not know the firmware {sha256} that charger {serial} shall get.",
        "Sync this laptop first: nobody should agree to what he cannot look up.",
    )
    SOMEBODY_CHARGES = ("The charger is in use: {found}.", "It starts by itself when the session has ended.")
    INSTALLING_ALREADY = ("An installation is already going on on the charger.", "Wait until it has finished.")
    LAPTOP_POWER = ("The laptop's battery is at {found} %.", "Connect mains, or charge it to {expected} %.")
    LAPTOP_DISK = ("This laptop has {found} MB of free disk space.", "Free at least {expected} MB.")
    CLOCK_OFF = (
        "The charger's clock is off by {found} seconds; certificates may be refused.",
        "Set the charger's clock, or connect it to its time server.",
    )
    NOT_HEALTHY_BEFORE = (
        "The charger is not healthy before the update: {found}.",
        "It can be updated; the same finding afterwards does not count against the new firmware.",
    )
    RULE_UNKNOWN = ("No rule of validation is named {rule}.", "Known are: {known}.")
    RUN_OPEN = ("An earlier run on charger {serial} is not finished.", "Go on with it first: fieldtool resume.")
    IMAGE_NOT_CACHED = (
        "The file of {target} is not on this laptop.",
        "Sync, or import a bundle made after {published}.",
    )
    NOT_IDENTIFIED = ("The charger has not told who it is yet.", "Wait a moment, or read its problem in the list.")
    TARGET_UNKNOWN = ("The catalogue has no version {version} for {model}.", "Choose one of: {known}.")
    DOWNGRADE = ("{target} is older than {found}, which runs now.", "Choose a newer release.")
    ROLLBACK_KEPT = ("{found} stays beside the new firmware.", "It returns by itself when the new one fails.")
    ROLLBACK_CACHED = ("{found} is on this laptop, verified.", "It is installed again when the new one fails.")
    ROLLBACK_NOT_NEEDED = ("Nothing is written.", "No way back is needed.")
    NO_WAY_BACK = (
        "This charger cannot return to its old firmware by itself, and {found} is not on this laptop.",
        "Sync, or import a bundle that has {found}.",
    )
    WRONG_MARKET = (
        "{target} is made for {expected}; this site is in {found}.",
        "Choose a release for {found}, or correct the market in the site file.",
    )
    MARKET_NOT_TOLD = (
        "{target} is made for {expected} only, and the site file does not name this site's market.",
        "Name the market in the site file, or make sure yourself.",
    )
    REQUIRES_UNMET = (
        "{target} needs {component} {expected} or newer; this charger has {found}.",
        "Update {component} first, or both together.",
    )
    REQUIRES_UNKNOWN = (
        "{target} needs {component} {expected} or newer; this charger does not tell which it has.",
        "Look why it does not tell: the component does not answer, or the profile does not ask for it.",
    )
    REQUIRES_CYCLE = (
        "{target} and {other} each need the other one to be installed first.",
        "Choose other releases, and tell whoever publishes these.",
    )
    REQUIRED_BY = (
        "{other} needs {component} {expected} or newer; {target} is older.",
        "Choose a newer release, or bring the other component to a version that does without.",
    )
    WRONG_BACKEND = (
        "{target} speaks {expected}; the central system of this site speaks {found}.",
        "Choose a release that speaks {found}, or correct the backend in the site file.",
    )
    BACKEND_NOT_TOLD = (
        "{target} speaks {expected} only, and the site file does not say what this site's central system speaks.",
        "Name the backend in the site file, or make sure yourself.",
    )
    TARGET_UNSUPPORTED = (
        "The maker ended the support of {target} on {found}.",
        "Choose a newer release when there is one.",
    )
    RUNS_UNSUPPORTED = (
        "The maker ended the support of {found}, which runs now, on {until}.",
        "Nothing to do beside this update.",
    )
    OUTSIDE_WINDOW = (
        "It is {found} at the site; chargers may be disturbed from {opens} on.",
        "Come back then, or correct the maintenance hours in the site file.",
    )
    TIME_ZONE_UNKNOWN = (
        "This laptop does not know the time zone {zone}, so nobody can tell whether the maintenance window is open.",
        "Correct the time zone in the site file. On Windows, repair the installation of fieldtool.",
    )
    DEVICE_DISK_LOW = (
        "The charger has {found} MB free for firmware; the file has {expected} MB.",
        "Free space on the charger. It looks again before anything is sent.",
    )
    DEVICE_DISK_NOT_CHECKED = (
        "Not checked: the charger does not tell how much space it has free.",
        "Nothing to do. It is found out when the file is sent.",
    )
    CLOCK_NOT_CHECKED = ("Not checked: the charger does not tell its time.", "Look at its display or central system.")
    CERTIFICATE_EXPIRED = (
        "The charger's certificate {name} ended on {until}.",
        "Have it renewed. With it the charger may not reach its central system after the restart.",
    )
    CERTIFICATE_EXPIRES = ("The charger's certificate {name} ends on {until}.", "Have it renewed soon.")
    CERTIFICATES_NOT_CHECKED = (
        "Not checked: the charger does not tell until when its certificates hold.",
        "Look it up in its central system.",
    )
    DNS_FAILS = (
        "The charger cannot resolve names.",
        "Check its network settings and the site's name server; it may not find its central system.",
    )
    DNS_NOT_CHECKED = ("Not checked: the charger does not tell whether it resolves names.", "Nothing to do.")
    NTP_FAILS = (
        "The charger does not reach its time server.",
        "Check its network settings; its clock may go wrong, and certificates may be refused.",
    )
    NTP_NOT_CHECKED = ("Not checked: the charger does not tell whether it reaches its time server.", "Nothing to do.")
    OTA_PENDING = (
        "The charger's central system has ordered an update of its own: {found}.",
        "Let it finish, or have it withdrawn, then plan again.",
    )
    OTA_NOT_CHECKED = (
        "Not checked: the charger does not tell whether its central system has ordered an update.",
        "Ask whoever runs the central system.",
    )
    RESERVED = ("The charger is reserved: {found}.", "It is waited for, like a car that is charging.")
    RESERVED_NOT_CHECKED = ("Not checked: the charger does not tell its reservations.", "Nothing to do.")
    HEALTH_NOT_CHECKED = (
        "Not checked: the charger has not told its health yet.",
        "Nothing to do. It is asked again before anything is sent.",
    )
    LAPTOP_SLEEPS = (
        "This laptop may fall asleep during the update.",
        "Switch off sleep in its power settings, and leave the lid open.",
    )
    LAPTOP_SLEEP_NOT_CHECKED = (
        "Not checked: nobody can tell whether this laptop falls asleep during the update.",
        "Look at its power settings, and leave the lid open.",
    )
    DAMAGED_BEFORE = (
        "The charger's firmware is half written; it still runs from memory and would not start again.",
        "Keep it powered, do not restart it, and update it now: only a whole update mends it.",
    )
    BOOTLOADER_TAKES = (
        "The charger sits in its bootloader and takes new firmware there.",
        "Update it. What it ran before is not known, so there is no older firmware to return to.",
    )
    WAY_BACK_EPOCH = (
        "The old firmware {found} has security epoch {epoch}; after {target} the charger demands {expected}.",
        "There would be no way back. Ask its maker for {found} with security epoch {expected}.",
    )
    NO_WAY_BACK_FROM_PATH = (
        "If a later step fails, {component} cannot return to {found}: its file is not on this laptop.",
        "Update to {target} first, in a run of its own. Or sync, or import a bundle that has {found}.",
    )
    STONE_NOT_CACHED = (
        "On the way to {target} lies {stone}, which is not on this laptop.",
        "Sync, or import a bundle that has {stone}.",
    )
    NO_BASELINE = ("The site file names no version for {component}.", "Nothing to do.")
    OVERRIDDEN = (
        "{what} {who} decided to go on all the same: {why}.",
        "The decision to pass {problem} stands in the audit log.",
    )
    OVERRIDE_NOT_ALLOWED = (
        "{problem} cannot be overridden here.",
        "Remove its cause. The site file may allow some problems to be overridden: {known}.",
    )
    OVERRIDE_WITHOUT_REASON = ("Nobody or no reason is named for passing {problem}.", "Say who decides, and why.")
    VALIDATION_TOO_NEW = (
        "{target} asks for the check {rule} after its installation, which this fieldtool does not know.",
        "Install the newest fieldtool. Without the check nobody could say that the update went well.",
    )
    WAIVER_NOT_ALLOWED = (
        "The rule {rule} cannot be waived here.",
        "Mend what it finds. Release and site file allow these rules to be waived: {known}.",
    )
    WAIVER_WITHOUT_REASON = (
        "Nobody or no reason is named for waiving {rule}.",
        "Say who decides, and for what reason.",
    )
    ROLLBACK_NOTHING = (
        "It has no firmware to return to.",
        "If the new one fails, it waits in its bootloader for another one.",
    )

    # ---- running ------------------------------------------------------------------------------------------------
    VALIDATE_VERSION = (
        "It runs {found} after the restart, not {expected}.",
        "The old firmware stays. Copy the details for support.",
    )
    VALIDATE_HASH = (
        "It runs {expected}, but its content is not what was installed (SHA-256 differs).",
        "The old firmware is brought back. Copy the details for support.",
    )
    VALIDATE_HEALTH = (
        "It does not work properly after the update: {found}.",
        "Its old firmware is brought back. Copy the details for support.",
    )
    VALIDATE_VERSION_OK = ("It runs {found}, as it should.", "Nothing to do.")
    VALIDATE_HASH_OK = ("The content of {found} is what was installed (SHA-256 agrees).", "Nothing to do.")
    VALIDATE_HASH_SILENT = (
        "It does not tell the SHA-256 of what it runs.",
        "Wait until its update service answers. Without this proof no update is confirmed.",
    )
    VALIDATE_CONNECTORS = (
        "Connectors are not back to how they were: {found}.",
        "Look at the charger: a lock, a relay, an emergency stop. Copy the details for support.",
    )
    VALIDATE_CONNECTORS_OK = ("Connectors are back to how they were: {found}.", "Nothing to do.")
    VALIDATE_CONNECTORS_UNKNOWN = (
        "It tells no status that is known for its connectors: {found}.",
        "Have the profile translate what the charger says. Try the connectors by hand.",
    )
    VALIDATE_RESPONDS = (
        "Its charging software did not carry out a harmless command.",
        "Copy the details for support.",
    )
    VALIDATE_RESPONDS_OK = ("Its charging software carried out a harmless command.", "Nothing else to do.")
    VALIDATE_RESPONDS_BEFORE = (
        "Its charging software carries out no command, and did not before the update either.",
        "This says nothing about the new firmware. Have the charger looked at.",
    )
    VALIDATE_FAULTS = (
        "It reports faults that it did not have before: {found}.",
        "Look the codes up in the charger's manual. Copy the details for support.",
    )
    VALIDATE_FAULTS_OK = ("It reports no fault.", "Nothing to do.")
    VALIDATE_FAULTS_KNOWN = (
        "It reports no new fault. It had these before the update: {found}.",
        "They do not count against the new firmware. Have them looked at.",
    )
    VALIDATE_CHECKS = ("Parts of it do not work: {found}.", "Copy the details for support.")
    VALIDATE_CHECKS_OK = ("All its checks pass.", "Nothing to do.")
    VALIDATE_CHECKS_KNOWN = (
        "All its checks pass but those that did not before the update: {found}.",
        "They do not count against the new firmware. Have them looked at.",
    )
    VALIDATE_RESETS = (
        "Its software restarted {found} times while it was watched; {expected} would be allowed.",
        "The new firmware is not stable here. Copy the details for support.",
    )
    VALIDATE_RESTARTED = (
        "It restarted by itself while it was watched.",
        "Check its power supply. Copy the details for support.",
    )
    VALIDATE_RESETS_OK = ("It was watched for {seconds} seconds; restarts of its software: {found}.", "Nothing to do.")
    VALIDATE_ONE_LOOK = ("It was looked at only once so far.", "Wait for the next look.")
    VALIDATE_CLOCK = (
        "Its clock is off by {found} seconds; {expected} are allowed.",
        "Set its clock or connect it to its time server, then update again.",
    )
    VALIDATE_CLOCK_OK = ("Its clock is off by {found} seconds at most; {expected} are allowed.", "Nothing to do.")
    VALIDATE_CLOCK_BEFORE = (
        "Its clock is off by {found} seconds, as before the update.",
        "This says nothing about the new firmware. Set its clock or connect it to its time server.",
    )
    VALIDATE_SETTINGS = (
        "These settings are not what they should be: {found}.",
        "Compare them at the charger. Where such a change is right, the site file may allow it: config_may_change.",
    )
    VALIDATE_SETTINGS_LAYOUT = (
        "Its settings have the layout {found}, not {expected}.",
        "The firmware and its catalogue entry do not agree. Tell whoever publishes it.",
    )
    VALIDATE_SETTINGS_OK = ("All {found} settings are what they should be.", "Nothing to do.")
    VALIDATE_CERTIFICATES = (
        "Certificates were lost: {found}.",
        "Have them installed again by whoever issues them, or call support.",
    )
    VALIDATE_CERTIFICATES_EXPIRED = (
        "Certificates are out of date that were valid before: {found}.",
        "Have them renewed by whoever issues them, or call support.",
    )
    VALIDATE_CERTIFICATES_OK = ("Its certificates are all there and valid as before: {found}.", "Nothing to do.")
    VALIDATE_BACKEND = (
        "It is not connected to its central system, and was before the update.",
        "Check its network. Ask the central system whether it refuses the charger.",
    )
    VALIDATE_BACKEND_OK = ("It is connected to its central system.", "Nothing to do.")
    VALIDATE_BACKEND_BEFORE = (
        "It is not connected to its central system, and was not before the update either.",
        "This says nothing about the new firmware. Check its network.",
    )
    VALIDATE_METER = (
        "Meter registers went backwards: {found}.",
        "Do not bill with this meter. Copy the details for support.",
    )
    VALIDATE_METER_MISSING = (
        "Meter registers are missing: {found}.",
        "Check the meter's cable. Copy the details for support.",
    )
    VALIDATE_METER_OK = ("Its meter registers are all there and never went backwards: {found}.", "Nothing to do.")
    VALIDATE_CHECKSUM = (
        "The metering software shows the checksum {found}, not {expected}.",
        "The charger must not bill like this. Copy the details for support.",
    )
    VALIDATE_CHECKSUM_OK = ("The metering software shows the checksum {found}, as it should.", "Nothing to do.")
    VALIDATE_SOAK = (
        "It did not stay well for {expected} seconds at a time; now it has for {found}.",
        "Something comes and goes. Copy the details for support.",
    )
    VALIDATE_SOAK_OK = ("All of this held for {found} seconds; {expected} were asked for.", "Nothing to do.")
    VALIDATE_SOAK_WAITS = ("All of this has held for {found} of {expected} seconds.", "Wait.")
    VALIDATE_SOAK_OTHER = ("Something else is wrong, so nothing is waited for.", "See what is wrong.")
    VALIDATE_SILENT = (
        "It could not tell how it is: {detail}.",
        "Wait. If it stays, copy the details for support.",
    )
    VALIDATE_NOT_ASKED = (
        "The {what} of this charger cannot be asked for: its profile has no question for it.",
        "Check it yourself, or add the question to the profile.",
    )
    VALIDATE_NOT_KNOWN_BEFORE = (
        "The {what} cannot be compared: how it was before the update is not known.",
        "Check it yourself.",
    )
    VALIDATE_NONE = ("This charger tells of no {what}.", "Nothing to check.")
    VALIDATE_REQUIRED = (
        "The {what} must be checked here, but could not be: {why}.",
        "Who requires it is the release or the site file. Check it yourself, or have the profile ask for it.",
    )
    SETTINGS_NO_WAY = (
        "The settings have the layout {found}, {target} reads {expected}, and nobody says how to move them.",
        "Choose a release that does, or ask whoever publishes it.",
    )
    SETTINGS_CLASH = (
        "The settings cannot be moved for {target}: two of them would be called {found}.",
        "Ask whoever publishes it.",
    )
    FELL_BACK = ("The charger returned to its old firmware by itself.", "Nothing to do. Copy the details for support.")
    BOOTLOADER_REJECTED = (
        "The charger's bootloader rejected the new firmware and erased it: the old one runs.",
        "Its payload or its signature is not what this charger starts. Copy the details for support.",
    )
    STRANGE_FIRMWARE = (
        "The charger runs {found}, which is neither the old nor the new firmware.",
        "Keep it powered and call support.",
    )
    IN_BOOTLOADER = ("The charger sits in its bootloader.", "Keep it powered and connected, open Recovery.")
    NOT_OUR_DOING = (
        "The charger changed to {found} although nothing was installed yet.",
        "fieldtool did not do this. Find out who else works on this charger.",
    )
    ROLL_BACK_FAILED = ("The charger did not return to its old firmware: {found}.", "Keep it powered, call support.")
    RESTART_IGNORED = (
        "The charger did not restart within {seconds} seconds.",
        "fieldtool asks again. If it happens twice, restart it at its switch.",
    )
    STILL_INSTALLING = (
        "Charger {serial} has been busy with an installation for {seconds} seconds.",
        "Keep it powered. The run stays open and goes on when the installation has ended, or with: fieldtool resume.",
    )
    NEW_DOES_NOT_START = (
        "The charger did not start the new firmware and waits in its bootloader.",
        "Keep it powered and connected. Its old firmware is installed again.",
    )
    HALF_WRITTEN = (
        "The charger's firmware is half written; it still runs from memory.",
        "Keep it powered and do not restart it. The run goes on and makes it whole.",
    )
    NOT_IN_SERVICE = (
        "The charger runs, but did not take the request to serve again: {detail}.",
        "Put it back into service at the charger or through its central system, then tell support.",
    )
    SETTINGS_NOT_BACK = (
        "The charger runs its old firmware, but did not take its old settings back: {detail}.",
        "They are kept on this laptop. Compare its settings with the central system's, then tell support.",
    )
    STEP_SWITCH_OFF_ON = (
        "Switch the charger off at its main switch, wait ten seconds, and switch it on again.",
        "fieldtool sees by itself when it is back.",
    )
    CANCELLED = ("You stopped the run.", "The charger is as it was.")
    GAVE_UP = ("{phase} was tried {tries} times.", "Check the cable and the charger, then try again.")
    WAITING_FOR_SESSION = ("It is in use: {found}. The update goes on when it is free.", "Waiting is safe.")
    RESUME_BEFORE_INSTALL = (
        "Nothing was installed yet. It looks at the charger, sends what is missing and goes on with the update.",
        "Connect the charger, then press Resume.",
    )
    RESUME_NEXT_STAGE = (
        "An earlier stage is done. It looks at the charger and goes on with the next stage, or takes that one back.",
        "Keep the charger powered, connect it, then press Resume.",
    )
    RESUME_INSTALL = (
        "The installation had begun. It asks the charger what it runs, and finishes or undoes the installation.",
        "Keep the charger powered, connect it, then press Resume.",
    )
    RESUME_VALIDATE = (
        "The new firmware may be running on trial. It asks the charger, checks its health, and confirms or undoes it.",
        "Keep the charger powered, connect it, then press Resume.",
    )
    RESUME_ROLL_BACK = (
        "The charger was returning to its old firmware. It asks the charger and finishes that.",
        "Keep the charger powered, connect it, then press Resume.",
    )
    CATALOGUE_LOADING = ("The catalogue is being read.", "Wait a moment.")
    NOTHING_TO_SYNC = (
        "Neither a repository nor a central system is set.",
        "Set one: fieldtool settings set repository URL, or central.url URL.",
    )
    CHARGER_UNKNOWN = (
        "No charger is called {name}, neither on this network nor in the site file.",
        "See: fieldtool chargers. Check that it is powered and connected.",
    )
    WHICH_CHARGERS = ("It is not said which chargers.", "Name their serial numbers, or say --all.")
    FILE_UNWRITABLE = ("{file} cannot be written: {detail}.", "Name a file that does not exist yet.")
    SECRET_EMPTY = ("No secret was given.", "Type it, or name a file: fieldtool secret set CHARGER --key-file FILE.")
    DEMO_STEP_FAILED = ("The demo broke off at “{step}”: {detail}.", "Copy the details for support.")
    QUEUED = ("It waits for its turn.", "It starts by itself.")
    RUN_UNKNOWN = ("No open run for {serial}.", "See: fieldtool update SERIAL.")

    # ---- recovery -----------------------------------------------------------------------------------------------
    RECOVERY_NOT_KNOWN = (
        "The profile {profile} does not say how a charger of this model is brought back.",
        "Choose the profile that fits: --profile ID. The model's maker knows whether it can be brought back at all.",
    )
    RECOVERY_WRONG_LINE = (
        "{address} is no line on which {driver} can bring a charger back.",
        "Name a serial port, such as {example}.",
    )
    RECOVERY_PROFILE_NEEDED = (
        "Nothing says which model charger {serial} is.",
        "Name its profile: fieldtool recover --port PORT --profile ID, or import its site file.",
    )
    RECOVERY_SERIAL_NEEDED = (
        "The bootloader does not tell a serial number.",
        "Read it on the charger's label, then add: --serial SERIAL.",
    )
    RECOVERY_OTHER_CHARGER = (
        "The bootloader on this line says it is charger {found}, not {expected}.",
        "Nothing was written. Check the cable and the label.",
    )
    RECOVERY_HARDWARE_UNKNOWN = (
        "Neither the bootloader nor a work order tells the hardware of charger {serial}: an image may not fit it.",
        "Sync a work order that names its hardware, or call support.",
    )
    RECOVERY_NO_IMAGE = (
        "No image on this laptop may bring back charger {serial} ({model} {hardware}): {detail}.",
        "Sync, or import a bundle with an image for it.",
    )
    RECOVERY_NO_SUCH_IMAGE = (
        "The catalogue names no file {target}.",
        "See the files that it names: fieldtool cache.",
    )
    RECOVERY_IT_RUNS = (
        "Charger {serial} answers and runs {found}: it has nothing to be recovered from.",
        "Update it instead: fieldtool update {serial}.",
    )
    RECOVERY_STALE = (
        "The catalogue would refuse this image for an update now: {detail}.",
        "Bringing a charger back stays possible, and is recorded. Sync as soon as you can.",
    )
    RECOVERY_READY = (
        "{target} can bring charger {serial} back.",
        "Keep the charger and the laptop powered, and the cable plugged in.",
    )
    RECOVERY_RUNS_OTHER = (
        "After its first start the charger runs {found}, not {expected}.",
        "Keep it powered. fieldtool writes the image once more where that may help; else call support.",
    )
    RECOVERY_NO_TERMINAL = (
        "Somebody has to press Enter when a step is done, and here is no terminal.",
        "Run fieldtool recover in a terminal, without --json.",
    )
    RESUME_RECOVERY = (
        "The charger was being brought back. It asks the charger how it is, and writes again what is missing.",
        "Keep the cable plugged in and the charger powered, then press Resume.",
    )

    # ---- store and locks ----------------------------------------------------------------------------------------
    DATABASE_NEWER = (
        "The database in {folder} was written by a newer fieldtool ({found}).",
        "Install the newer fieldtool again. Nothing was changed.",
    )
    DATABASE_CORRUPT = (
        "The database in {folder} is damaged: {detail}.",
        "Do not delete it. Copy the folder for support, then restore a backup.",
    )
    DATABASE_FULL = ("The laptop's disk is full; {folder} cannot be written.", "Free disk space, then try again.")
    DATABASE_UNWRITABLE = ("{folder} cannot be written: {detail}.", "Check the rights of the folder.")
    DATABASE_BUSY = ("Another fieldtool has been writing for {seconds} seconds.", "Close the other one, try again.")
    LOCKED = ("{what} is in use by {holder}.", "Let it finish there, or close it.")
    BACKUP_UNWRITABLE = (
        "The charger's settings cannot be saved in {folder}: {detail}.",
        "Make room on this laptop's disk, or correct the rights of the folder. Nothing is installed without them.",
    )
    BACKUP_GONE = (
        "The saved settings {name} cannot be read: {detail}.",
        "Set the charger up again by hand, or restore the data folder from a backup.",
    )
    BACKUP_DAMAGED = (
        "The saved settings {name} are damaged.",
        "They are not used. Set the charger up again by hand, or restore the data folder from a backup.",
    )
    BACKUP_KEY_GONE = (
        "The key of the saved settings {name} is no longer in this laptop's keystore.",
        "Log in as the person who began the update, or set the charger up again by hand.",
    )
    HISTORY_TAKEN_BACK = (
        "It worked, and was taken back together with the step that failed after it.",
        "See what failed after it.",
    )

    # ---- settings and keystore ----------------------------------------------------------------------------------
    SETTING_UNKNOWN = ("There is no setting {name}.", "Known are: {known}.")
    SETTING_BAD = ("{name} cannot be {value}.", "Allowed: {allowed}.")
    NO_KEYSTORE = (
        "This system has no keystore that fieldtool may use: {detail}.",
        "Log in to a desktop session with a keyring, or unlock it. Keys are never written to plain files.",
    )
    KEYSTORE_FAILED = ("The system's keystore did not answer: {detail}.", "Unlock the keyring, then try again.")
    THROW_AWAY_MISMATCH = (
        "The throw-away keys in {folder} belong to another training folder.",
        "Make a new one: fieldtool lab new FOLDER.",
    )
    TOKEN_EXTRA = (
        "The part that speaks with tokens is not installed ({detail}).",
        "Install fieldtool with it: fieldtool[pkcs11].",
    )
    TOKEN_URI_BAD = (
        "This is no usable address of a key on a token: {detail}.",
        "Write it like pkcs11:token=NAME;object=KEY?module-path=/path/of/module.so, see resources/docs/guide/keys.md.",
    )
    TOKEN_URI_PIN = (
        "The address of a key on a token holds a PIN, or says where one lies.",
        "Leave it out: the PIN is asked for. Change the PIN if others may have seen it.",
    )
    TOKEN_MODULE = (
        "The PKCS#11 module {module} cannot be used: {detail}.",
        "Install the module of your token's maker, and name its file: module-path=/path/of/module.so.",
    )
    TOKEN_ABSENT = (
        "The token {token} is not plugged in. Found: {found}.",
        "Plug it in, then try again.",
    )
    TOKEN_AMBIGUOUS = (
        "{count} tokens fit this address: {found}.",
        "Leave one plugged in, or add its serial number to the address (serial=).",
    )
    TOKEN_PIN_NEEDED = (
        "The PIN of token {token} is needed, and nobody can be asked for it.",
        "Run it in a terminal, or name a file that holds the PIN: --pin-file FILE.",
    )
    TOKEN_PIN_WRONG = ("The token {token} refuses this PIN.", "Check it. A few wrong tries lock the token.")
    TOKEN_PIN_LAST = (
        "The token {token} refuses this PIN. One more wrong try locks it.",
        "Be sure before you try again, or ask whoever gave you the token.",
    )
    TOKEN_PIN_LOCKED = (
        "The token {token} is locked: its PIN was wrong too often.",
        "Have it unlocked with its PUK or administrator's PIN, with the program of its maker.",
    )
    TOKEN_PIN_UNSET = (
        "The token {token} has no valid PIN.",
        "Set one with the program of its maker.",
    )
    TOKEN_LOCKED = (
        "The key of this laptop is on a token, and nobody has entered its PIN.",
        "Plug the token in, and start the command or the window again; the PIN is asked for.",
    )
    TOKEN_PIN_FILE = (
        "Others may read {file}, which holds a PIN.",
        "Take their rights away (chmod 600), and change the PIN if somebody may have read it.",
    )
    TOKEN_KEY_MISSING = (
        "The token {token} has no private key {key}.",
        "Check the name of the key (object=) or its id, or make one.",
    )
    TOKEN_KEY_AMBIGUOUS = (
        "{count} keys on token {token} fit {key}.",
        "Name one by its id (id=) in the address.",
    )
    TOKEN_KEY_UNFIT = (
        "The key {key} on token {token} cannot be used: {detail}.",
        "Use a P-256 key, or make a new one.",
    )
    TOKEN_KEY_EXISTS = (
        "The token {token} has a key named {key} already.",
        "Keys are never overwritten. Choose another name, or use the one that is there.",
    )
    TOKEN_REMOVED = (
        "The token {token} was removed, or does not answer any more: {detail}.",
        "Plug it in and start the command again; the PIN is asked for anew.",
    )
    TOKEN_FAILED = (
        "The token {token} could not do it: {detail}.",
        "Try again. If it happens twice, test the token with the program of its maker.",
    )
    NO_DISPLAY = (
        "There is no display to open the window on.",
        "Use the command line (fieldtool --help), or start a desktop session.",
    )

    # ---- firmware and trust -------------------------------------------------------------------------------------
    NO_ROOT = (
        "No root of trust is installed, so no firmware can be trusted.",
        "Add your vendor's: fieldtool trust add ROOT.json --fingerprint SHA256.",
    )
    ROOT_FINGERPRINT_BAD = (
        "What was typed is no fingerprint: {found} hexadecimal digits instead of 64.",
        "Type all 64 digits as your vendor gave them to you. Blanks and colons do not matter.",
    )
    ROOT_FINGERPRINT_OTHER = (
        "{file} is not the root of trust that was announced: its fingerprint is {found}.",
        "Do not use this file. Ask your vendor for the right one, on another way than the file came.",
    )
    ROOT_BAD = ("{file} is no usable root of trust: {detail}.", "Ask your vendor for a valid file.")
    ROOT_EXPIRED = ("The root of trust in {file} was valid until {until}.", "Ask your vendor for the current one.")
    ROOT_EXISTS = (
        "This laptop already trusts another root: {fingerprint}.",
        "Roots are renewed by a sync. For another vendor use a data folder of its own.",
    )
    CATALOGUE_NONE = (
        "There is no firmware catalogue on this laptop yet.",
        "Sync while you are online: fieldtool sync. The setting “repository” names the address or folder.",
    )
    CATALOGUE_EXPIRED = (
        "The firmware catalogue is out of date: its role “{role}” expired on {until}.",
        "Sync, or import a bundle made after {until}. If this laptop's clock is wrong, set it and sync.",
    )
    VENDOR_EXPIRED = (
        "Role “{role}” of vendor {vendor} expired on {until}.",
        "Sync, or import a bundle made after {until}. Others are not concerned.",
    )
    CATALOGUE_ROLLED_BACK = (
        "This catalogue is older than one that was seen before: its part “{role}” has version {found}, not {expected}.",
        "It may bring back old, weak firmware, so it is not used. Sync, or get a newer bundle.",
    )
    CATALOGUE_BAD_SIGNATURE = (
        "The part “{role}” of the firmware catalogue is not signed by enough trusted keys.",
        "Do not use this source. Nothing was changed. Call your operator.",
    )
    CATALOGUE_MIXED = (
        "Parts of the firmware catalogue do not belong together: {detail}.",
        "Sync again. If it happens twice, do not use this source and call your operator.",
    )
    CATALOGUE_DAMAGED = (
        "The firmware catalogue cannot be read: {detail}.",
        "Sync again, or use another bundle.",
    )
    CATALOGUE_INCOMPLETE = (
        "The firmware catalogue is incomplete: {name} is missing.",
        "Sync again, or use a complete bundle.",
    )
    CATALOGUE_TOO_LARGE = (
        "The source sends more than a firmware catalogue can be: {name}.",
        "Do not use this source. Nothing was changed.",
    )
    CATALOGUE_UNSUPPORTED = (
        "The firmware catalogue uses something that this fieldtool does not know: {detail}.",
        "Install the newest fieldtool, or call your operator.",
    )
    SOURCE_UNREACHABLE = (
        "The firmware source {source} does not answer: {detail}.",
        "Check the connection or the folder. The catalogue on this laptop stays as it is.",
    )
    IMAGE_CORRUPT = (
        "The file of {target} on this laptop is damaged or was changed (SHA-256 differs).",
        "It is not used. Sync to fetch it again.",
    )
    IMAGE_NOT_LISTED = (
        "{target} is not in the signed catalogue of this laptop.",
        "It cannot be installed. Sync, then plan again.",
    )
    IMAGE_SOURCE_BAD = (
        "The source has another file than the signed catalogue says for {target}.",
        "Do not use this source. The catalogue on this laptop stays as it is.",
    )
    RELEASE_BAD = (
        "The catalogue's entry {target} is not usable: {field} {why}.",
        "It is left out. Tell whoever publishes it.",
    )
    ROOT_OTHER_KIND = (
        "{file} is not the root of the {kind}.",
        "The director's is added with --director, the vendor's without. Ask whoever gave you the file.",
    )
    DIRECTOR_ROOT_GONE = (
        "This laptop takes directions from a director, but the director's root of trust is gone from its data folder.",
        "Nothing is installed meanwhile. Add it again: fieldtool trust add ROOT.json --director --fingerprint SHA256.",
    )
    DIRECTOR_ROOT_OTHER = (
        "The director's root of trust in the data folder is another one than was accepted ({fingerprint}).",
        "Nothing is installed meanwhile. Find out who changed it, and add the accepted one again.",
    )
    DIRECTOR_NONE = (
        "This laptop takes directions from a director, but has none yet.",
        "Sync while you are online, or import a bundle: the setting “director” names the address or folder.",
    )
    DIRECTOR_SOURCE_NONE = (
        "This laptop takes directions from a director, but the source brings none.",
        "Set “director” to its address or folder (fieldtool settings), or import a bundle that holds both.",
    )
    KEY_IN_BOTH_ROOTS = (
        "One key may sign for the image repository and for the director: {key}.",
        "Whoever has it could make firmware and order it, so neither is used. Call your operator.",
    )
    NOT_ORDERED = (
        "No work order that holds today names {target} for charger {serial}.",
        "Ask your operator for a work order, then sync or import a bundle.",
    )
    DIRECTOR_DISAGREES = (
        "Work order {order} and the image repository do not agree about {target}: another {field}.",
        "It is not installed. Tell your operator which of the two you see.",
    )
    DENYLISTED = (
        "{target} is on the director's list of images that nobody may install any more.",
        "Choose another release.",
    )
    LAPTOP_DENIED = (
        "The director's list says that this laptop's key may not be used any more.",
        "Nothing can be installed with this laptop. Call your operator.",
    )
    ANCHOR_DISAGREES = (
        "The image repository and the director do not serve the same file {target}.",
        "What is signed with it cannot be checked, so it is not installed. Tell your operator.",
    )
    ORDER_UNKNOWN = (
        "No work order that holds today is named {order}.",
        "Choose one of: {known}. Sync or import a bundle for newer ones.",
    )
    PIN_ORDERED = (
        "Work order {order} says that charger {serial} shows the key {expected}.",
        "The order counts. If the charger has a new key, your operator changes the order.",
    )
    DIRECTION_BAD = (
        "A document of the director ({document}) is not usable: {field} {why}.",
        "It is left out, and what it would allow stays refused. Tell whoever directs this laptop.",
    )
    VERSION_BAD = ("“{version}” is no version of the kind “{kind}”.", "Correct it, or name another kind.")
    CACHE_DISK_FULL = (
        "{folder} has {free} MB free, the firmware needs {needed} MB more.",
        "Free disk space, then sync again. What was fetched already is kept.",
    )
    CACHE_UNWRITABLE = ("The firmware cache in {folder} cannot be used: {detail}.", "Check the disk and its rights.")
    HAND_UNKNOWN = (
        "{file} is no firmware that the signed catalogue of this laptop names. {guess}.",
        "It does not enter the cache. Ask {vendor} for a signed release of it (SHA-256 {sha256}), or sync.",
    )
    HAND_BUNDLE = (
        "{file} is a zip file like a bundle, no firmware file.",
        "Look into it: fieldtool bundle inspect. Take it over: fieldtool bundle import.",
    )
    ORDERED_UNKNOWN = (
        "A work order names {target}, the image repository does not.",
        "It cannot be installed. Sync; if that does not help, ask your operator which of the two is right.",
    )
    BUNDLE_BAD = (
        "{file} is not a bundle that can be used: {detail}.",
        "Do not use this file. Get the bundle again; if it happens twice, on another stick.",
    )
    BUNDLE_EXISTS = ("There is a file {file} already.", "Choose another name, or let it be replaced: --force.")
    BUNDLE_DISK_FULL = (
        "{folder} has {free} MB free, the bundle needs {needed} MB.",
        "Use a larger stick, or export less: for one site, work order or model.",
    )
    BUNDLE_UNWRITABLE = (
        "The bundle {file} cannot be written: {detail}.",
        "Check the stick. For a bundle of 4 GB and more it must be formatted as exFAT, not as FAT32.",
    )
    BUNDLE_CHANGED = (
        "What stands in {file} is not what was written: {detail}.",
        "Export again, to another stick. This one may be failing.",
    )
    BUNDLE_NOTHING = ("The catalogue has no firmware for {wanted}.", "See what it has: fieldtool cache list.")
    BUNDLE_NOT_ORDERED = (
        "This laptop has no work order for {wanted}.",
        "Sync, then export again; or export for a model, or everything.",
    )
    CLOCK_BEHIND = (
        "This laptop's clock is behind: it says {found}, but it was already {expected}.",
        "Set the clock, then sync.",
    )
    CLOCK_AHEAD = (
        "This laptop's clock is ahead: it says {found}, but it is {expected}.",
        "Set the clock. Until then firmware may count as out of date.",
    )
    NATIVE_SIGNED = ("Signed by {signer}; the signature was checked on this laptop.", "Nothing is to be done.")
    NATIVE_NONE = (
        "This kind of file carries no signature of its maker; only the signed catalogue vouches for it.",
        "It may be used. Ask the maker for a format with a signature of its own.",
    )
    NATIVE_HIDDEN = (
        "This file is encrypted, so its maker's signature can be checked by the charger only.",
        "It may be used: the signed catalogue vouches for it.",
    )
    NATIVE_ENDED = (
        "The certificate with which {target} is signed ended on {until}.",
        "A charger that looks at its clock may refuse it. Ask the maker for a newer release.",
    )
    NATIVE_UNSIGNED = (
        "{target} carries no signature of its maker.",
        "It is not used. Ask the maker for a signed file, and tell whoever published this one.",
    )
    NATIVE_KEY_UNKNOWN = (
        "{target} is signed by {signer}, whom its maker has not named.",
        "It is not used. Call your operator: somebody published what the maker did not sign.",
    )
    NATIVE_SIGNATURE_BAD = (
        "The signature of {signer} in {target} does not belong to this content.",
        "It is not used. Call your operator: somebody published a file that was changed.",
    )
    NATIVE_DAMAGED = (
        "{target} is not built as a file of its kind must be: {detail}.",
        "It is not used. Tell whoever published it.",
    )
    NATIVE_EXPIRED = (
        "The certificate of {signer} in {target} holds {begins} to {until}: not when it was published ({published}).",
        "It is not used. Ask the maker to sign it again.",
    )
    NATIVE_PURPOSE = (
        "The certificate of {signer} in {target} was not made for the purpose “{purpose}”.",
        "It is not used. Ask the maker to sign it with the right certificate.",
    )
    NATIVE_PAYLOAD = (
        "The payload of {target} is not the one that its maker signed.",
        "It is not used. Call your operator: somebody published a file that was damaged or changed.",
    )
    NATIVE_OTHER_RELEASE = (
        "{target} is signed by its maker, but holds another payload than the catalogue says.",
        "It is not used. Tell whoever published it: file and release do not belong together.",
    )
    NATIVE_DISGUISED = (
        "{target} is published as a file without a signature, but is of a kind that its maker signs.",
        "It is not used. Call your operator: somebody may have gone around the signature.",
    )
    NATIVE_KEY_OPEN = (
        "{target} is to be encrypted, but holds its own key readably.",
        "It is not used. Tell its maker at once: the key is no secret any more.",
    )
    NATIVE_ENCRYPTED = (
        "Whether {target} is encrypted is not as the catalogue says.",
        "It is not used. Ask whoever published it to correct the release.",
    )
    NATIVE_NO_ANCHOR = (
        "The catalogue does not name the maker's keys for {target}, so its own signature cannot be checked.",
        "It is not used. Ask whoever publishes it to add the maker's keys.",
    )
    NATIVE_ANCHOR_BAD = (
        "The maker's keys in the catalogue cannot be used: {detail}.",
        "Firmware that needs them is not used. Tell whoever publishes it.",
    )
    NATIVE_FORMAT_UNKNOWN = (
        "This fieldtool cannot check the signature in a file of the kind “{format}” ({target}).",
        "It is not used. Install the newest fieldtool.",
    )

    # ---- audit --------------------------------------------------------------------------------------------------
    AUDIT_RECORD_BAD = (
        "Audit record {seq} cannot be read: {detail}.",
        "Do not delete anything. Export the log (fieldtool audit export) and send it to your operator.",
    )
    AUDIT_SIGNATURE_BAD = (
        "Audit record {seq} was altered: its signature does not fit.",
        "Keep the data folder as it is. Export the log (fieldtool audit export) and send it to your operator.",
    )
    AUDIT_CHAIN_BROKEN = (
        "Audit record {seq} does not follow the one before it.",
        "Records were removed, swapped or inserted. Keep the data folder as it is and tell your operator.",
    )
    AUDIT_INDEX_ALTERED = (
        "The list entry of audit record {seq} says something else than the signed record.",
        "The signed record counts. Keep the data folder as it is and tell your operator.",
    )
    AUDIT_TRUNCATED = (
        "The audit log ends at record {found}, but the central system has confirmed {expected}.",
        "Records were removed here, or an old copy was restored. Stop working with this laptop and tell your operator.",
    )
    AUDIT_RECEIPT_DIFFERS = (
        "The central system has confirmed other audit records up to {seq} than this laptop holds.",
        "The log was rewritten after it was sent. Stop working with this laptop and tell your operator.",
    )
    RECEIPT_BAD = (
        "The central system's receipt cannot be read.",
        "Records stay on this laptop. Try again; if it stays, tell whoever runs the central system.",
    )
    RECEIPT_FORGED = (
        "The receipt was not signed by the central system that this laptop trusts.",
        "Records stay on this laptop. Compare the setting central.key with what the central system prints at start.",
    )
    AUDIT_KEY_BAD = (
        "This is no public key of a laptop (ECDSA P-256, PEM).",
        "Write it on the laptop again: fieldtool audit key.",
    )
    AUDIT_KEY_GONE = (
        "The key that signs this laptop's audit log is not in the keystore.",
        "Log in with the account that used fieldtool before, and unlock its keyring. Nothing is done without records.",
    )
    AUDIT_KEY_OTHER = (
        "This audit log was begun with another key ({expected}) than the one in the keystore ({found}).",
        "The data folder came from another laptop or account. Use it there. Nothing is done without records.",
    )
    AUDIT_KEY_ENDED = (
        "Audit record {seq} is signed with the key {key}, which had ended before.",
        "Somebody used an old key of this laptop. Keep the data folder as it is and tell your operator.",
    )
    AUDIT_KEY_STRANGE = (
        "Audit record {seq} is signed with the key {key}, which no record before it introduced.",
        "It was not written by this laptop. Keep the data folder as it is and tell your operator.",
    )
    AUDIT_ROLL_BAD = (
        "Audit record {seq} introduces a new key in a way that proves nothing.",
        "Nothing after it counts. Keep the data folder as it is and tell your operator.",
    )
    AUDIT_KEY_MARK = (
        "The database says that the key {found} signs now, but the signed records say {expected}.",
        "The signed records count. Keep the data folder as it is and tell your operator.",
    )
    AUDIT_DELETED = (
        "Audit record {seq} is missing.",
        "Somebody deleted it. Keep the data folder as it is and tell your operator.",
    )
    AUDIT_SWAPPED = (
        "At the place of audit record {seq} stands record {found}.",
        "Records were put in another order. Keep the data folder as it is and tell your operator.",
    )
    AUDIT_FOREIGN = (
        "Audit record {seq} belongs to another log ({found}…).",
        "Somebody put it in. Keep the data folder as it is and tell your operator.",
    )
    AUDIT_CUT = (
        "The audit log ends at record {found}, but this laptop had written {expected}: its end was cut off.",
        "Begin no update with this data folder. Keep it as it is and tell your operator.",
    )
    AUDIT_OLD_COPY = (
        "An old copy of the database was put back: it ends at audit record {found} of {expected}.",
        "Put the newer database back, or begin no update with this data folder, and tell your operator.",
    )
    AUDIT_FORKED = (
        "Audit record {seq} is another one than this laptop had written there.",
        "The log was rewritten, or went on from an old copy. Keep the data folder as it is and tell your operator.",
    )
    AUDIT_GONE = (
        "The database is new, but this laptop has kept an audit log in this data folder before.",
        "Put the database back. If it is lost, begin with another data folder (--data DIR) and tell your operator.",
    )
    AUDIT_OTHER_LOG = (
        "The database holds another audit log ({found}…) than this data folder ({expected}…).",
        "Put the right database back. Begin no update with this one, and tell your operator.",
    )
    AUDIT_ANCHOR_GONE = (
        "The file audit-anchor, which says how long the audit log is, is missing.",
        "Put it back if you moved it. Begin no update with this data folder without it, and tell your operator.",
    )
    AUDIT_ANCHOR_BAD = (
        "The file audit-anchor, which says how long the audit log is, was damaged or altered.",
        "Keep the data folder as it is, begin no update with it, and tell your operator.",
    )
    AUDIT_ANCHOR_KEY_GONE = (
        "The keystore does not hold the key of the file audit-anchor any more.",
        "Log in with the account that used fieldtool before. If that is no help, tell your operator.",
    )
    AUDIT_ANCHOR_UNWRITABLE = (
        "The file audit-anchor cannot be read or written: {detail}.",
        "Free disk space and check the rights of the data folder. Nothing is done without records.",
    )
    LOG_EMPTY = ("There are no audit records on this laptop yet.", "They come with the first thing that is done.")
    EXPORT_BAD = (
        "This file is no export of audit records.",
        "Take the file that fieldtool audit export FILE wrote on the laptop.",
    )
    EXPORT_CUT = (
        "Line {line} of the export is cut off. The records before it were kept.",
        "Export again on the laptop, wait until it says that it is done, and bring the stick again.",
    )
    EXPORT_GAP = (
        "The export begins after record {after}, but only {found} are held here.",
        "Export all records on the laptop: fieldtool audit export FILE, without --pending.",
    )
    EXPORT_SHORT = (
        "The export tells of {expected} records and holds them only up to {found}. Those were kept.",
        "Lines are missing in it. Export again on the laptop and bring the stick again.",
    )
    ANSWER_BAD = (
        "{file} is no answer of a central system to an export.",
        "Take the file that fieldtool central ingest wrote. Records stay pending.",
    )
    RECEIPT_KEY_NOT_SET = (
        "The receipt is signed with the key {found}, which nobody has confirmed on this laptop.",
        "Compare it with what central prints when it starts, then: fieldtool settings set central.key FINGERPRINT.",
    )
    RECEIPT_NONE = (
        "The central system has not confirmed any record of this log yet.",
        "Sync, or carry an export there: fieldtool audit export FILE.",
    )
    RECEIPT_OTHER_LOG = (
        "This receipt is for the audit log of another laptop or data folder.",
        "Take the answer to this laptop's own export. Records stay pending.",
    )
    ACTOR_UNKNOWN = (
        "Nobody called “{name}” stands beside the audit records of this laptop.",
        "Write the name as fieldtool audit list shows it. A name that was forgotten is not there any more.",
    )
    ACTOR_HERE = (
        "“{name}” works at this laptop now: the next record would bring the name back.",
        "Do this from another account after the laptop was handed over.",
    )
    KEY_ON_TOKEN = (
        "This laptop's key is on a token, and a new one would be in the keystore.",
        "Name the next key on a token: fieldtool key use URI. To leave the token: fieldtool key roll --leave-token.",
    )
    KEY_FORMER = (
        "This audit log has had this key already.",
        "Choose a key that it has not had. A key that has ended does not come back.",
    )

    # ---- evidence -----------------------------------------------------------------------------------------------
    EVIDENCE_ALTERED = (
        "This evidence was altered, or damaged on its way: {place}.",
        "Do not believe it. Ask whoever made it for the file again; the audit records at the central system count.",
    )
    EVIDENCE_NOT_OURS = (
        "This is no evidence file: {detail}.",
        "Give the .json or the .pdf that fieldtool report make wrote, exactly as it was written.",
    )
    EVIDENCE_ROOT_OTHER = (
        "This evidence is signed with the laptop key {found}, and that is none of the keys that you trust.",
        "Compare with the fingerprint that the operator gave you. If the laptop's first key, or the central system's "
        "key, is trusted, give that.",
    )
    EVIDENCE_NOT_COVERED = (
        "The central system's receipt does not cover how the laptop's log began, so its key alone proves nothing here.",
        "Give the laptop's own fingerprint as well, or have the report made again after a sync.",
    )
    EVIDENCE_KEY_NEEDED = (
        "The central system's receipt in this evidence is of a key that is not in it, so a fingerprint is not enough.",
        "Give the central system's public key itself (base64, as its address /v1/key tells it), or the laptop's "
        "fingerprint.",
    )
    EVIDENCE_ROOT_BAD = (
        "“{given}” is neither the fingerprint of a laptop (64 hexadecimal digits) nor a central "
        "system's (SHA256:... or "
        "its public key in base64).",
        "fieldtool key show and fieldtool central serve print the fingerprints.",
    )
    EVIDENCE_NO_ROOT = (
        "Nobody has said whom to trust.",
        "Give the fingerprint of the laptop or of the central system: --root FINGERPRINT.",
    )
    EVIDENCE_NO_RUN = (
        "There is no run {run} in the journal of this laptop.",
        "fieldtool report list shows them.",
    )
    EVIDENCE_NO_VISIT = (
        "No run at site {site} was found in that time.",
        "Check the site's id and the times: fieldtool report list.",
    )
    EVIDENCE_NOT_DRAWN = (
        "The pages could not be drawn: {detail}.",
        "Make the report without --pdf, and copy the details for support.",
    )
    EVIDENCE_NO_KEY = (
        "This laptop's signing key is not in its keystore, so nothing can be signed.",
        "See what fieldtool doctor says about the keystore.",
    )
    PROTOCOL_BAD = ("The protocol {file} is not usable: {detail}.", "Install fieldtool again, or correct the file.")
    PROTOCOL_NO_FINDING = ("No health check came that far.", "Nothing to do: it is told as not checked.")
    PROTOCOL_NO_VALUE = ("It was found good, but no value was measured.", "Have the profile ask for the value.")
    PROTOCOL_OVER_LIMIT = (
        "It is {found}; this protocol allows {expected}.",
        "Correct it at the charger, then run the health check again.",
    )
    PROTOCOL_NOT_TOLD = ("The charger told nothing about itself.", "Make the report again after a run that reached it.")
    PROTOCOL_OTHER_MODEL = ("It says it is a {found}; the order names a {expected}.", "Check label and work order.")
    PROTOCOL_IDENTITY_ORDER = ("Charger {serial}, as the work order names it.", "Nothing to do.")
    PROTOCOL_IDENTITY_SITE = ("Charger {serial}, as the site file names it.", "Nothing to do. It is so.")
    PROTOCOL_NOBODY_EXPECTS = (
        "Neither a work order nor a site file names charger {serial}.",
        "Import the site file, or sync the work order, then make the report again.",
    )
    PROTOCOL_ORDER_UNKNOWN = (
        "It runs what was installed; the work order of that time is not on this laptop any more.",
        "Compare with the order at the central system.",
    )
    PROTOCOL_STAND_ALONE = (
        "It runs what was installed; this laptop stands alone, so nobody ordered it.",
        "Compare with the order by hand.",
    )
    PROTOCOL_NOT_ORDERED = ("The work order does not name {target}.", "Ask whoever issued the order.")
    PROTOCOL_ORDERED = ("It runs {found}, as the work order says.", "Nothing to do, all agree.")
    PROTOCOL_NO_WAY_BACK = (
        "The charger keeps no old firmware of {component}, and its file was not on the laptop.",
        "Sync the old firmware before the next update.",
    )
    PROTOCOL_WAS_DEAD = ("It did not boot before, so there was nothing to go back to.", "Nothing was to be kept.")
    PROTOCOL_KEEPS_OLD = ("The charger keeps its old firmware beside the new.", "Nothing is needed.")
    PROTOCOL_WAY_BACK = ("The file of the old firmware was on the laptop.", "Nothing more is needed.")
    PROTOCOL_NO_RECORDS = ("The run has no audit records.", "Tell support: that should not be possible.")
    PROTOCOL_NOT_RECEIPTED = (
        "Not yet receipted: the central system has not confirmed the last record of this run.",
        "Sync, then make the report again.",
    )
    PROTOCOL_RECEIPTED = ("It has signed for the records 1 to {size}.", "Nothing to do: they are safe.")

    # ---- sync and central ---------------------------------------------------------------------------------------
    CENTRAL_UNREACHABLE = (
        "The central system {url} does not answer: {detail}.",
        "Records stay on this laptop and go up later by themselves.",
    )

    CENTRAL_NOT_SET = (
        "No central system is set.",
        "Set it: fieldtool settings set central.url URL, then central.key FINGERPRINT as it prints it at start.",
    )
    CENTRAL_LATER = (
        "The central system cannot take anything just now: {detail}.",
        "Everything stays on this laptop and goes up by itself.",
    )
    CENTRAL_OTHER_DOCUMENT = (
        "The central system confirmed another document than the one that was sent.",
        "Nothing is counted as sent. Tell your operator: somebody may stand between.",
    )
    DOCUMENT_KEPT_BACK = (
        "The central system does not take a document of run {run}: {detail}.",
        "The records of the run are there. Tell your operator; the document stays on this laptop.",
    )
    CENTRAL_URL_BAD = ("“{url}” is no address of a central system.", "Write it like https://central.example:8443.")
    CENTRAL_KEY_NOT_SET = (
        "The central system {url} shows the key {found}, which nobody has confirmed on this laptop.",
        "Compare it with what central prints at start, then: fieldtool settings set central.key FINGERPRINT.",
    )
    CENTRAL_KEY_OTHER = (
        "The central system {url} shows another key. Expected {expected}, found {found}.",
        "Somebody may stand in between. No record was sent. Ask whoever runs it before you change central.key.",
    )
    CENTRAL_STRANGE = (
        "{url} does not answer like a central system: {detail}.",
        "Check the setting central.url. Records stay on this laptop.",
    )
    CENTRAL_REFUSES = (
        "The central system refuses the records: {detail}.",
        "Records stay on this laptop. Tell whoever runs the central system.",
    )
    CENTRAL_DAMAGED = (
        "What arrived at the central system is not what was sent: {detail}.",
        "It tries again by itself. If it stays, run: fieldtool audit verify.",
    )
    CENTRAL_FORGOT = (
        "The central system holds {found} of the {expected} records that it has confirmed.",
        "It was set back to an old copy, or it is another one. Records stay here. Tell whoever runs it.",
    )
    CENTRAL_HAS_MORE = (
        "The central system holds {found} records of this laptop, which itself has only {expected}.",
        "Records were lost here, or an old copy was restored. Stop working with this laptop and tell your operator.",
    )
    CENTRAL_FORKED = (
        "The central system holds other audit records of this log, signed by the same laptop.",
        "A copy of this laptop is in use, or it was set back. Stop working with this laptop and tell your operator.",
    )
    CENTRAL_OTHER_ROOT = (
        "The central system's receipt is for other records than this laptop's first {size}.",
        "The receipt was not accepted; records stay pending. Tell your operator.",
    )
    CENTRAL_OLD_RECEIPT = (
        "The central system's receipt does not answer what was asked.",
        "It was not accepted; somebody may stand in between. It tries again by itself.",
    )

    # ---- publish ------------------------------------------------------------------------------------------------
    PUBLISH_EXISTS = ("{folder} is not empty.", "Choose a new folder for the repository.")
    PUBLISH_NO_REPOSITORY = ("{folder} holds no firmware repository.", "Make one: fieldtool publish init FOLDER.")
    PUBLISH_KEY_BAD = ("The key file {file} cannot be opened: {detail}.", "Check the file and the passphrase.")
    PUBLISH_KEY_EXISTS = ("{file} exists already.", "Keys are never overwritten. Choose another folder.")
    PUBLISH_KEY_FOREIGN = ("This key may not sign “{role}”.", "Use one of the keys that belong to it.")
    PUBLISH_PASSPHRASE = (
        "A passphrase is needed, and there is no terminal to ask on.",
        "Name a file that holds it: --passphrase-file FILE.",
    )
    PUBLISH_PASSPHRASE_DIFFERS = ("The two passphrases differ.", "Try again. Nothing was made.")
    PUBLISH_PASSPHRASE_WEAK = ("The passphrase has fewer than {length} characters.", "Choose a longer one.")
    PUBLISH_UNSIGNED = (
        "Signatures missing on “{role}”: {missing}.",
        "Sign it with another key: fieldtool publish sign FOLDER --role {role} --key FILE.",
    )
    PUBLISH_EXPIRED = (
        "“{role}” was valid until {until}.",
        "Renew it, then sign it: fieldtool publish renew FOLDER --role {role}.",
    )
    PUBLISH_ROLE_UNKNOWN = ("The repository has no part named “{role}”.", "Known are: {known}.")
    PUBLISH_VENDOR_UNKNOWN = ("The repository has no vendor “{vendor}”.", "Known are: {known}.")
    PUBLISH_TARGET_EXISTS = (
        "{target} is in the repository already, with another content.",
        "Give the file another name. What was published is never replaced.",
    )
    PUBLISH_FILE_BAD = ("{file} cannot be published: {detail}.", "Check the file.")
    PUBLISH_HASH_MISSING = (
        "The payload hash of {file} is not known: {detail}.",
        "Give it: --payload-hash SHA256, as the charger will report it.",
    )
    PUBLISH_HASH_DISAGREES = (
        "{file} holds a payload with SHA-256 {found}, not {expected}.",
        "Check that it is the right file.",
    )
    PUBLISH_LAYOUT_BAD = ("A repository cannot be made like this: {detail}.", "Correct it, then try again.")
    PUBLISH_OTHER_KIND = (
        "{folder} is a repository of the other kind: {found}, not {expected}.",
        "Name the other folder. Images belong to the image repository; orders, grants, denylist to the director.",
    )
    PUBLISH_KEY_UNKNOWN = (
        "No part of this repository knows the key {key}.",
        "See: fieldtool publish keys list FOLDER.",
    )
    PUBLISH_KEY_SHARED = (
        "The key {key} stands in the root of the other repository as well.",
        "Use another key: a thief of one key must not be able to speak for both repositories.",
    )
    PUBLISH_TOO_FEW_KEYS = (
        "Without this key “{role}” would have {keys} keys and needs {threshold}.",
        "Name a new key that takes its place: --replacement KEY.",
    )
    PUBLISH_RELEASED = (
        "“{role}” is published with all its signatures.",
        "To sign a new version of it: fieldtool publish renew FOLDER --role {role}.",
    )
    PUBLISH_MERGE_DIFFERS = (
        "“{role}” was changed in both places: version {found} in {folder}, version {expected} here.",
        "Nothing was taken. Make the change of one of the two places again in the other.",
    )
    PUBLISH_FIELD_FIXED = (
        "“{field}” belongs to the file of a published release and cannot be changed.",
        "Withdraw the release and add its file again under another name.",
    )
    PUBLISH_DOCUMENT_EXISTS = (
        "{target} is published already and says something else.",
        "To replace it, repeat the command with --replace.",
    )
    PUBLISH_FILE_MISSING = (
        "The file of {target} is not in {folder}.",
        "Merge the folder in which it was added: fieldtool publish merge FOLDER OTHER.",
    )
    PUBLISH_GRANT_UNKNOWN = ("The repository has no grant “{grant}”.", "See: fieldtool publish verify FOLDER.")
    PUBLISH_PIN_NEEDED = (
        "A PIN for the second person is needed, and there is no terminal to ask on.",
        "Name a file that holds the PIN: --pin-file FILE.",
    )
    PUBLISH_PIN_WEAK = ("The PIN has fewer than {length} characters.", "Choose one that is longer.")
    PUBLISH_ORDER_IMAGE = (
        "The order names {target}, which the image repository does not have like this: {detail}.",
        "Correct the order. Every laptop would refuse the image.",
    )
    PUBLISH_UNRELEASED = (
        "“{role}” has changes that are not on the mirror yet.",
        "Publish them: fieldtool publish release FOLDER --to MIRROR --key FILE.",
    )
    PUBLISH_NATIVE_FAR = (
        "The maker's own signature in {target} was not checked: the file is on a server.",
        "Verify the folder that was brought there.",
    )
    PUBLISH_EXPIRES_SOON = (
        "“{role}” is valid until {until} only.",
        "Renew it in time: fieldtool publish renew FOLDER --role {role}.",
    )

    # ---- lab ----------------------------------------------------------------------------------------------------
    LAB_FAULT_UNKNOWN = ("A virtual charger has no fault named {name}.", "Known are: {known}.")
    LAB_FAULT_NOT_HERE = ("A charger of the kind {kind} cannot have the fault {name}.", "It can have: {known}.")
    LAB_FAULT_BAD = ("The fault {name} cannot be {value}.", "It can be: {allowed}.")
    LAB_SITE_BAD = ("The site description {file} is not usable: {field} {why}.", "Correct it, then try again.")
    LAB_FOLDER_TAKEN = ("{folder} is not empty.", "Name a folder that does not exist yet.")
    LAB_FOLDER_BAD = ("{folder} is no training folder.", "Make one: fieldtool lab new FOLDER.")
    LAB_NOT_RUNNING = ("No virtual site runs from {folder}.", "Start it: fieldtool lab start FOLDER.")
    LAB_CHARGER_UNKNOWN = ("The virtual site has no charger {serial}.", "It has: {known}.")

    # ---- central ------------------------------------------------------------------------------------------------
    LAPTOP_UNKNOWN = (
        "The central system does not know the laptop with key {key}.",
        "Write the key here: fieldtool audit key > LAPTOP.pem. Then on the central system: "
        "fieldtool central laptop add LAPTOP.pem. Records stay on this laptop until then.",
    )
    LAPTOP_THROW_AWAY = (
        "These records were signed with the throw-away keys of a training folder.",
        "Only a central system started inside the same training folder takes them.",
    )
    LOG_OF_OTHER = (
        "The central system knows this audit log from another laptop.",
        "The data folder was copied between laptops. Use it on one only, and tell your operator.",
    )
    LOG_WITHOUT_BEGIN = (
        "The first audit record does not say how the log began.",
        "It was not made by fieldtool. Tell your operator.",
    )
    LOG_FORKED = (
        "The central system holds another audit record {seq} of this log, signed by the same laptop.",
        "A copy of this laptop is in use, or it was set back. Stop working with it and tell your operator.",
    )
    ROOT_DIFFERS = (
        "The first {size} audit records of the central system are not those of this laptop.",
        "Stop working with this laptop and tell your operator.",
    )
    PUSH_TOO_LARGE = (
        "One push may carry {records} records and {size} bytes.",
        "Update fieldtool; this version sends too much at once.",
    )
    PUSH_TOO_OFTEN = ("The central system gets too many requests from this laptop.", "It tries again by itself.")
    LOG_UNKNOWN = ("The central system has no record of this log.", "Sync its records first.")
    DOCUMENT_DIFFERS = ("The document is not the one that its hash names.", "It is sent again by itself.")
    DOCUMENT_BAD = (
        "This is no signed journal and no signed evidence.",
        "Sync with a fieldtool that is not older than the one which made it.",
    )
    DOCUMENT_FORGED = (
        "No key of this log signed the document.",
        "Find out where it came from. The records of the log are not touched by it.",
    )
    DOCUMENT_TOO_LARGE = ("The document is larger than {size} bytes.", "It stays on the laptop.")
    BODY_ENCODED = (
        "The central system cannot unpack what was sent.",
        "It takes zstd with one frame, or what is not packed at all.",
    )
    CENTRAL_CLOSED = ("Nobody may ask this of the central system.", "Its programmers have to say who may.")
    ENTRY_UNSIGNED = (
        "The central system wants to know who asks: nobody signed this request.",
        "Let this laptop in first: fieldtool enrol URL --fingerprint FINGERPRINT.",
    )
    ENTRY_SIGNATURE_BAD = (
        "The signature of this request does not hold.",
        "Something changed it on the way. A proxy must hand on path, query and body as they are.",
    )
    ENTRY_CLOCK = (
        "The clocks of this laptop and of the central system differ too much; central's says {now}.",
        "Set the laptop's clock. It tries again by itself with central's time.",
    )
    ENTRY_REPLAYED = (
        "This very request has come before.",
        "It was not done a second time. Somebody may listen on the network and repeat what he hears.",
    )
    ENTRY_UNKNOWN = (
        "The central system did not issue the certificate of this laptop.",
        "Ask it to let the laptop in: fieldtool enrol URL --fingerprint FINGERPRINT.",
    )
    ENTRY_EXPIRED = (
        "The certificate of this laptop ended on {until}.",
        "Ask to be let in again: fieldtool enrol. Somebody has to approve it.",
    )
    ENTRY_TOKEN_NEEDED = (
        "The central system wants to know who asks: a person's token is missing.",
        "Send it as Authorization: Bearer TOKEN. Whoever runs the central system makes one.",
    )
    ENTRY_TOKEN_BAD = (
        "The central system does not know this token, or its owner was removed.",
        "Ask whoever runs the central system for another one.",
    )
    ENTRY_ROLE = (
        "This wants the role {wanted}; this token has the role {role}.",
        "Ask somebody who has it.",
    )
    ENTRY_FAILED_OFTEN = (
        "Too many requests from this address were refused.",
        "Wait a minute, then try again with the right key or token.",
    )
    CERTIFICATE_BAD = (
        "What the central system gave this laptop is no certificate of its authority for this laptop's key.",
        "It was not accepted; somebody may stand in between. Tell whoever runs the central system.",
    )
    ENROL_REQUEST_BAD = (
        "This is no request of a laptop to be let in.",
        "Update fieldtool on the laptop, then ask again: fieldtool enrol.",
    )
    ENROL_WAITS = (
        "The central system has not let this laptop in yet. Its code is {code}.",
        "Read the code to whoever runs it, who then runs: fieldtool central laptop approve {code}. "
        "Records stay on this laptop until then.",
    )
    ENROL_REFUSED = (
        "The central system was asked to let this laptop in, and {by} said no.",
        "Ask whoever runs the central system.",
    )
    ENROL_FULL = (
        "Too many laptops wait to be let in.",
        "Somebody has to decide about them first: fieldtool central laptop list.",
    )
    ENROL_UNKNOWN = (
        "No laptop waits with the code {code}.",
        "Compare it with the laptop once more: fieldtool enrol shows it there. A request waits for seven days.",
    )
    ENROL_AMBIGUOUS = (
        "Two laptops wait with the code {code}: one of them imitates the other.",
        "Let neither in. Find out who asked: fieldtool central laptop list.",
    )
    ENROL_OTHER_KEY = (
        "The audit log of this laptop introduced another key to the central system than the one that asks.",
        "A copy of this laptop is in use, or its key was stolen. Shut it out: fieldtool central laptop revoke.",
    )
    LAPTOP_NOT_FOUND = (
        "The central system has no one laptop {name}.",
        "Name it as fieldtool central laptop list shows it: by its name, or by the beginning of its key.",
    )
    PERSON_EXISTS = ("There is a person {name} already.", "Choose another name, or remove that one first.")
    PERSON_NOT_FOUND = ("There is no person {name}.", "Who there is, shows: fieldtool central person list.")
    PERSON_NAME_BAD = ("This is no name for a person.", "Use up to {most} printable letters.")
    AUTHORITY_GONE = (
        "The key that signs the certificates of laptops, {file}, is gone.",
        "Restore it from a backup: the certificates of all laptops hang on it.",
    )
    AUTHORITY_BAD = (
        "{file} is not the key that signs the certificates of laptops.",
        "Restore it from a backup: the certificates of all laptops hang on it.",
    )
    LAPTOP_REVOKED = (
        "This laptop was shut out of the central system on {at}: {why}.",
        "What it sends is kept apart and looked at. Stop working with it, and tell your operator.",
    )
    CENTRAL_KEY_GONE = (
        "The key that signs receipts, {file}, is gone.",
        "Restore it from a backup: laptops trust only this key.",
    )
    CENTRAL_KEY_OPEN = (
        "Others may read the key {file}.",
        "Take their rights away (chmod 600), and find out who could read it until now.",
    )
    CENTRAL_KEY_BAD = ("{file} is no Ed25519 key in PEM.", "Restore it from a backup: laptops trust only this key.")
    CENTRAL_DATABASE_URL = (
        "This is no address of a PostgreSQL database.",
        "Write it like postgresql://user@host/fieldtool. Central opens nothing else in place of its own file.",
    )
    CENTRAL_DATABASE_GONE = (
        "The database {where} does not do what central asks: {detail}.",
        "See that PostgreSQL runs, lets this user in and has room. Laptops keep their records and try again.",
    )
    CENTRAL_DATABASE_SHOWN = (
        "The address of the database on the command line holds a password, which everybody on this machine can read.",
        "Write the address into {file} (chmod 600), or leave the password to PostgreSQL's own password file.",
    )
    CENTRAL_DATABASE_QUERY = (
        "The address of the database names a password behind the question mark.",
        "Write it as user:password@host, or leave it to PostgreSQL's own password file.",
    )
    CENTRAL_DATABASE_OTHER = (
        "This data folder belongs to another database, {found}.",
        "Leave --database out, or start with a data folder of its own.",
    )
    CENTRAL_DATABASE_BOTH = (
        "There are records in {file}, and a PostgreSQL database is named for the same data folder.",
        "Move them with: fieldtool central move. Or remove the name of the database.",
    )
    CENTRAL_DATABASE_OPEN = (
        "Others may read {file}, which says how to get into the database.",
        "Take their rights away (chmod 600), and change the password if it holds one.",
    )
    CENTRAL_KEY_SECOND = (
        "The key that signs receipts, {file}, is not the one ({expected}) that this database's "
        "receipts are signed with.",
        "Copy the file from the first machine: laptops believe one key, and all workers sign with it.",
    )
    CENTRAL_MOVE_NOTHING = ("There is nothing to move: {file} does not exist.", "Check --data.")
    CENTRAL_MOVE_NOT_EMPTY = (
        "The database holds something already, and it is not what is moved.",
        "Name an empty database. Nothing was changed in it.",
    )
    CENTRAL_WORKERS = (
        "Several workers need PostgreSQL, and a system that is not Windows.",
        "Name a database with --database, or leave --workers out.",
    )
    CENTRAL_ADDRESS = (
        "The central system cannot listen on {address}: {detail}.",
        "Choose another --host or --port, or stop what listens there.",
    )
    CENTRAL_EXTRA = (
        "The parts that the central system needs are not installed ({detail}).",
        "Install fieldtool with them: fieldtool[central].",
    )

    # ---- central: directing -------------------------------------------------------------------------------------
    INVENTORY_UNREADABLE = ("{file} is no inventory: {detail}.", "Correct the file. Nothing was taken from it.")
    INVENTORY_BAD = (
        "The inventory {file} is not taken; mistakes: {count}. {lines}.",
        "Correct them all, then try again. Nothing was taken.",
    )
    INVENTORY_NO_SITE = ("The inventory has no charger at the site “{site}”.", "It has chargers at: {known}.")
    ORDER_BAD = (
        "No work order was made for {site}; what laptops would refuse: {count}. {lines}.",
        "Correct the inventory, or order another release.",
    )
    DIRECT_NO_FOLDER = (
        "This central system has no director's folder yet.",
        "Make one on the office machine, then bring it here: fieldtool central direct import FOLDER.",
    )
    DIRECT_NO_IMAGES = (
        "This central system has no image catalogue yet.",
        "Bring one here: fieldtool central direct images MIRROR --root ROOT.json --fingerprint SHA256.",
    )
    DIRECT_IMAGES_OLDER = (
        "The image catalogue in {folder} is older than the one here: “{role}” has version {found}, here it is {known}.",
        "Bring the newest one. Nothing was taken.",
    )
    DIRECT_PART_OFFLINE = (
        "This central system has no key for the part “{role}”.",
        "On the office machine: fieldtool publish delegate FOLDER {name} --key KEY.pub with the key of this central "
        "system (fieldtool central direct key), sign, then bring the folder here: fieldtool central direct import.",
    )
    DIRECT_IMPORT_BAD = (
        "The director's folder {folder} is not taken: {detail}.",
        "Begin with a fresh copy (fieldtool central direct export FOLDER), change and sign that, then bring it here.",
    )
    DIRECT_APPROVE_OFFLINE = (
        "Who may approve as a second person is not decided by a server: grant {grant}.",
        "On the office machine: fieldtool publish grant add, sign, then fieldtool central direct import.",
    )
    DIRECT_ROLE_SMALL = (
        "Whoever is “{role}” may not grant {actions}.",
        "Ask somebody who may, or leave it out.",
    )
    DIRECT_GRANT_LONG = ("A grant from here lasts at most {days} days.", "Choose an earlier end.")
    DIRECT_GRANT_OFFLINE = (
        "The grant {grant} was signed on the office machine. It is denied from here at once.",
        "To take it away, too: fieldtool publish grant revoke on the office machine, then import.",
    )
    CENTRAL_NO_FILE = (
        "The central system has no file {file} for laptops.",
        "Sync again. If it stays so, tell your operator.",
    )
    CENTRAL_TOO_LARGE = ("The central system takes at most {most} bytes at once.", "Send less, or in several parts.")
    DIRECT_ASKED_BAD = ("What was asked for is not understood: {field} {why}.", "Correct it, then try again.")
    DIRECT_FULL = (
        "The director would have {files} files of {size} bytes, more than laptops take.",
        "Withdraw orders and grants that have ended: fieldtool central direct withdraw SITE/ID.",
    )
    DECISIONS_BROKEN = (
        "The log of decisions was changed at entry {seq}.",
        "Somebody had write access to the database. Find out who; restore it from a backup.",
    )
    DIRECT_KEY_GONE = (
        "The key that signs work orders, {file}, is gone.",
        "Restore it from a backup, or let the office machine name another one: fieldtool publish revoke.",
    )
    ALARM_FORKED = (
        "The log of {laptop} is forked at record {seq}: it signed two histories. Records beside "
        "the first one: {count}.",
        "A copy of this laptop is in use, or it was set back. Take it out of use, find out which, and let it in again "
        "with a new data folder. Both records are kept.",
    )
    ALARM_OWN = (
        "{laptop} found that its own audit log is not what it was. It says: “{words}”.",
        "Keep its data folder as it is, and ask who had the laptop. Let it in again with a new data folder.",
    )
    ALARM_THROW_AWAY = (
        "{laptop} sent records that were signed with the throw-away keys of a training folder.",
        "Nothing was kept. Find the training folder that names this central system in its settings, and correct it.",
    )
    ALARM_LOST = (
        "The records of {laptop} and those that this central system holds for it differ.",
        "Records were lost or changed, there or here. Keep both sides as they are; an auditor can tell which is whole.",
    )
    ALARM_OTHER_LOG = (
        "{laptop} sent records into the log of another laptop.",
        "A data folder was copied between laptops. Nothing was kept. Find the copy, and use it on one laptop only.",
    )
    ALARM_RECORD_BAD = (
        "{laptop} sent a record that does not hold: altered, or signed by a key that its log does not know.",
        "What came before it is kept. Look at the laptop: fieldtool audit verify says where its log is broken.",
    )
    ALARM_REVOKED = (
        "{laptop} was revoked, and sent records since: {count}.",
        "They are kept apart and count for nothing here. Find out who has the laptop.",
    )
    ALARM_TURNED_AWAY = (
        "On {day} requests from {peer} were refused at the door: {count}. The last one was told: “{why}”.",
        "If it is a laptop or a person of yours, let them in anew. Otherwise somebody tries keys: "
        "close that way to the "
        "central system.",
    )

    # ---- self-test ----------------------------------------------------------------------------------------------
    DOCTOR_FOLDER = ("{folder}.", "Nothing is to be done.")
    DOCTOR_KEYSTORE = ("The system's keystore works.", "Nothing is to be done.")
    DOCTOR_THROW_AWAY = ("THROW-AWAY keys of a training folder.", "Never use them on a real site.")
    DOCTOR_DISK = (
        "{free} MB free for records, journal and firmware.",
        "Free disk space: below {needed} MB no update begins.",
    )
    DOCTOR_AUDIT = ("{records} records, none missing or changed.", "Nothing is to be done.")
    DOCTOR_NO_ROOT = ("None: no firmware can be trusted.", "Accept the vendor's root of trust.")
    DOCTOR_ROOT = ("{fingerprint}…, valid until {until}.", "Nothing is to be done.")
    DOCTOR_CATALOGUE = ("{releases} releases, fresh, valid until {until}.", "Nothing is to be done.")
    DOCTOR_CATALOGUE_OLD = (
        "{releases} releases, not renewed for long, valid until {until}.",
        "Sync, or import a newer bundle.",
    )
    DOCTOR_LOOPBACK = ("Only this laptop itself is looked at, as in training.", "Let fieldtool look at all networks.")
    DOCTOR_NO_NETWORK = ("No way to a charger: {detail}.", "Connect the charger's cable or Wi-Fi.")
    DOCTOR_NETWORK = ("Multicast leaves from {address}.", "Nothing is to be done.")
    DOCTOR_NO_CENTRAL = ("Not set: audit records stay on this laptop.", "Set the address of the central system.")
    DOCTOR_CENTRAL = ("{url} has all records.", "Nothing is to be done.")
    DOCTOR_MAINS = ("On mains.", "Nothing is to be done.")
    DOCTOR_BATTERY = ("Battery at {percent} %.", "Connect the laptop to mains.")
    DOCTOR_AWAKE = ("Held off while a charger is updated.", "Nothing is to be done.")
    DOCTOR_SLEEPS = (
        "The system does not let fieldtool hold it off.",
        "Switch off sleep in the power settings, and leave the lid open.",
    )
    DOCTOR_SLEEP_UNKNOWN = ("Nothing here could be asked to hold it off.", "See to it that the laptop stays awake.")
    DOCTOR_CLOCK = ("Nothing speaks against it.", "Nothing is to be done.")
    DOCTOR_CLOCK_BAD = ("Its time is doubtful: {note}.", "Set the laptop's clock.")
    DOCTOR_DISPLAY = ("There is one.", "Nothing is to be done.")
    DOCTOR_NO_DISPLAY = ("None: only the command line works.", "Start a desktop session.")
    # ---- window -------------------------------------------------------------------------------------------------
    FIELDS_MISSING = ("A field is empty.", "Fill in both fields, then press the button again.")
    NOT_SELECTED = ("You did not select it.", "Tick it to update it together with the others.")

    def what(self, **params: str | int | float) -> str:
        """What happened, in English."""
        template: str = self.value[0]
        return template.format(**params)

    def remedy(self, **params: str | int | float) -> str:
        """What to do now, in English."""
        template: str = self.value[1]
        return template.format(**params)
