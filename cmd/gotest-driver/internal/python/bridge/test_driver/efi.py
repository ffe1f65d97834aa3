"""EFI variables."""

from gotest._efi import EfiGuid, EfiVariable

__all__ = ["EfiGuid", "EfiVariable"]
