"""What is wrong with a file that people write: each fault with its place, and all of them in one error."""

from collections.abc import Iterable

from ci_ml.errors import ConfigError

_MOST = 20  # faults that are listed; whoever has more has another file than they think


class ConfigFault(ConfigError):
    """One fault, and where it stands.

    Attributes:
        place: line and column, from 1.
        path: the keys that lead to it, from the top of the file.
    """

    def __init__(self, message: str, *, place: tuple[int, int], path: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.place = place
        self.path = path


class ConfigFaults(ConfigError):
    """Several faults of one file, listed in one message.

    Attributes:
        faults: in the order of the file.
    """

    def __init__(self, name: str, faults: tuple[ConfigFault, ...]) -> None:
        listed = []
        for fault in faults[:_MOST]:
            listed.append(f"  {fault.message}")
            listed += [f"    {fault.hint}"] if fault.hint else []
        listed += [f"  and {len(faults) - _MOST} more"] if len(faults) > _MOST else []
        super().__init__("\n".join([f"{name} has {len(faults)} faults:", *listed]))
        self.faults = faults


def raise_all(name: str, faults: Iterable[ConfigFault]) -> None:
    """Nothing where there is no fault.

    Args:
        name: what to call the file.

    Raises:
        ConfigError: the fault, or all of them by line and column.
    """
    # The same fault may be met twice, as through an anchor that is used twice.
    ordered = sorted({(fault.place, fault.message): fault for fault in faults}.items())
    if len(ordered) == 1:
        raise ordered[0][1]
    if ordered:
        raise ConfigFaults(name, tuple(fault for _, fault in ordered))
