"""The image repository: what firmware there is, for which chargers, said by its vendors."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tuf.api.metadata import TargetFile

from fieldtool.core.errors import FirmwareError, UsageError
from fieldtool.core.texts import Text
from fieldtool.firmware import custom
from fieldtool.publish.folder import WorkingFolder, anchors_path, hashed
from fieldtool.publish.layout import IMAGE, OFFLINE, ONLINE

if TYPE_CHECKING:
    from fieldtool.firmware.native import NativeVerdict

# What a release says about its file: with another file it would be another release.
FIXED = frozenset(
    {"schema", "vendor", "component", "version", "version_format", "format", "published", "payload_hash",
     "security_epoch", "metering_checksum", "encrypted"}
)  # fmt: skip
_RESERVED = frozenset({*OFFLINE, *ONLINE, "trust"})


class ImageRepository(WorkingFolder):
    """One part per vendor, with the folder of the vendor's name."""

    KIND = IMAGE

    @classmethod
    def role_of(cls, name: str) -> str:
        role = custom.vendor_role(name)
        if not role or role in _RESERVED:
            raise UsageError(Text.PUBLISH_LAYOUT_BAD, detail=f"“{name}” cannot be a vendor's name beside the others")
        return role

    @classmethod
    def paths_of(cls, role: str) -> tuple[str, ...]:
        return (f"{role}/*",)

    def add(self, file: Path, fields: Mapping[str, object], name: str = "") -> str:
        """Put an image into its vendor's part; that part then waits for signatures. Returns the target's path.

        `fields`: the custom fields of design/trust.md, `vendor` included, checked as every client will check them.
        FirmwareError(RELEASE_BAD); UsageError: PUBLISH_VENDOR_UNKNOWN, PUBLISH_TARGET_EXISTS, PUBLISH_FILE_BAD.
        """
        role = self._vendor(str(fields.get("vendor", "")))
        target = f"{role}/{name or file.name}"
        length, sha256 = hashed(file)
        custom.release(target, length, sha256, dict(fields), role)
        metadata = self.parts.next(role)
        known_file = metadata.signed.targets.get(target)
        if known_file is not None and known_file.hashes["sha256"] != sha256:
            raise UsageError(Text.PUBLISH_TARGET_EXISTS, target=target)
        self.keep(file, sha256)
        metadata.signed.targets[target] = TargetFile(length, {"sha256": sha256}, target, {"custom": dict(fields)})
        self.parts.save(role, metadata)
        return target

    def native_verdict(self, file: Path, fields: Mapping[str, object], name: str = "") -> "NativeVerdict":
        """What laptops will say about the signature in a file that is to be added with these fields.

        FirmwareError: RELEASE_BAD, NATIVE_... when they would refuse it; UsageError(PUBLISH_VENDOR_UNKNOWN).
        """
        from fieldtool.firmware.formats.anchors import parse_anchors
        from fieldtool.firmware.native import check_native

        role = self._vendor(str(fields.get("vendor", "")))
        length, sha256 = hashed(file)
        release = custom.release(f"{role}/{name or file.name}", length, sha256, dict(fields), role)
        data = self.content(anchors_path(role, release.native_key)) if release.native_key else None
        return check_native(file, release, None if data is None else parse_anchors(data))

    def edit(self, target: str, changes: Mapping[str, object], remove: frozenset[str] = frozenset()) -> str:
        """Say something else about a published image; its file stays. Returns the part that waits for signatures.

        FirmwareError: IMAGE_NOT_LISTED, RELEASE_BAD; UsageError(PUBLISH_FIELD_FIXED) for what belongs to the file.
        """
        role, listed = self._listed(target)
        if fixed := sorted((changes.keys() | remove) & FIXED):
            raise UsageError(Text.PUBLISH_FIELD_FIXED, field=fixed[0])
        before = dict(listed.custom or {})
        fields = {name: value for name, value in {**before, **changes}.items() if name not in remove}
        custom.release(target, listed.length, listed.hashes["sha256"], fields, role)
        if fields != before:
            metadata = self.parts.next(role)
            metadata.signed.targets[target].unrecognized_fields["custom"] = fields
            self.parts.save(role, metadata)
        return role

    def add_anchors(self, vendor: str, name: str, content: bytes, *, replace: bool = False) -> str:
        """`add_native_key` for a vendor that this repository knows, by its name. UsageError(PUBLISH_VENDOR_UNKNOWN)."""
        return self.add_native_key(self._vendor(vendor), name, content, replace=replace)

    def _vendor(self, vendor: str) -> str:
        role = custom.vendor_role(vendor)
        if role in OFFLINE or role not in self.roles:
            known = ", ".join(self.roles[len(OFFLINE) :])
            raise UsageError(Text.PUBLISH_VENDOR_UNKNOWN, vendor=vendor, known=known or "none")
        return role

    def _listed(self, target: str) -> tuple[str, TargetFile]:
        role = target.partition("/")[0]
        listed = self.parts.targets(role).signed.targets.get(target) if role in self.roles[len(OFFLINE) :] else None
        if listed is None:
            raise FirmwareError(Text.IMAGE_NOT_LISTED, target=target)
        return role, listed
