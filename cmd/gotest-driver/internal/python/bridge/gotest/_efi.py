"""EFI variables as the Python driver has them."""

from __future__ import annotations

from gotest import _bridge

TYPE_CHECKING = False
if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping
    from typing import Any
else:
    uuid = _bridge.standard("uuid")


class EfiVariable:
    """A variable of a machine's firmware."""

    class Flags:
        """Attributes of variables."""

        NON_VOLATILE = 0x1
        BOOTSERVICE_ACCESS = 0x2
        RUNTIME_ACCESS = 0x4
        TIME_BASED_AUTHENTICATED_WRITE_ACCESS = 0x20

    class State:
        """States of variables in the store."""

        VAR_HEADER_VALID_ONLY = 0x7F
        VAR_ADDED = 0x3F

    def __init__(
        self, vendor_uuid: uuid.UUID | None = None, name: str = "", data: bytes = b"", state: int | None = None, flags: int | None = None
    ) -> None:
        """`flags` are attributes, by default the usual ones; `state` has no effect: what is written exists."""
        real = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c") if vendor_uuid is None else vendor_uuid
        self.vendorUUID = uuid.UUID(bytes=real.bytes_le)  # the order of the store, as in the Python driver
        self.name = name
        self.data = bytes(data)
        self.flags = 0x7 if flags is None else flags
        self.state = self.State.VAR_ADDED if state is None else state

    @property
    def guid(self) -> uuid.UUID:
        """The vendor's UUID as it is written elsewhere."""
        return uuid.UUID(bytes=self.vendorUUID.bytes_le)

    @property
    def nameLen(self) -> int:
        """The bytes of the name in the store, with its end."""
        return 2 * len(self.name) + 2

    @property
    def dataLen(self) -> int:
        """The number of bytes."""
        return len(self.data)

    volatile = property(lambda self: not self.flags & 0x1)
    boot_access = property(lambda self: bool(self.flags & 0x2))
    runtime_access = property(lambda self: bool(self.flags & 0x4))
    hardware_error_record = property(lambda self: bool(self.flags & 0x8))
    authenticated_write_access = property(lambda self: bool(self.flags & 0x10))
    time_based_authenticated_write_access = property(lambda self: bool(self.flags & 0x20))
    append_write = property(lambda self: bool(self.flags & 0x40))

    def __repr__(self) -> str:
        return f"<EFI variable {self.name}-{self.guid}>"

    def print(self) -> None:
        """Print the variable."""
        print(f"{self.name}-{self.guid} (attributes {self.flags:#x}): {self.data.hex(' ')}")


class EfiGuid:
    """UUIDs of vendors, in the order of the store."""

    gEfiGlobalVariableGuid = uuid.UUID(bytes=uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c").bytes_le)
    gEfiImageSecurityDatabaseGuid = uuid.UUID(bytes=uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f").bytes_le)
    gEfiSecureBootEnableDisableGuid = uuid.UUID(bytes=uuid.UUID("f0a30bc7-af08-4556-99c4-001009c93a44").bytes_le)
    gEfiCustomModeEnableGuid = uuid.UUID(bytes=uuid.UUID("c076ec0c-7028-4399-a072-71ee5c448b9f").bytes_le)
    gMicrosoftVendorGuid = uuid.UUID(bytes=uuid.UUID("77fa9abd-0359-4d32-bd60-28f4e78f784b").bytes_le)


def read(data: Mapping[str, bytes], attributes: Mapping[str, int]) -> list[EfiVariable]:
    """The variables whose bytes and attributes the driver gives by `name-guid`."""
    return [EfiVariable(uuid.UUID(key[-36:]), key[:-37], data[key], flags=attributes[key]) for key in data]


def written(variables: Iterable[EfiVariable] | Mapping[str, Any]) -> dict[str, Any]:
    """What the driver takes for variables."""
    if hasattr(variables, "items"):
        return dict(variables.items())
    return {f"{v.name}-{v.guid}": (v.flags, v.data) for v in variables}
