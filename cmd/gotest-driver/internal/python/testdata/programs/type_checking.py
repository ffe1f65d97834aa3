from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from nowhere import nothing
print("ok")
