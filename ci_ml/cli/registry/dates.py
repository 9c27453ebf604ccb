"""Which moment does a person mean by a date on the command line?"""

import re
from datetime import UTC, datetime, time

from ci_ml.errors import ConfigError
from ci_ml.text import shown

# Not everything that `fromisoformat` takes: weeks and dates without dashes are more often slips than meant.
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?")
_DAY_ENDS = time(23, 59, 59)


def parse_moment(text: str, *, option: str, day_ends: bool = True) -> datetime:
    """UTC, where no offset says otherwise.

    Args:
        option: such as `--at`, for the message.
        day_ends: whether a day alone means its last second or its first.

    Raises:
        ConfigError: it is no date.

    >>> parse_moment("2013-03-03T12:00+01:00", option="--at").isoformat()
    '2013-03-03T11:00:00+00:00'
    """
    try:
        if _DAY.fullmatch(text):
            day = datetime.fromisoformat(text).replace(tzinfo=UTC)
            return datetime.combine(day, _DAY_ENDS, tzinfo=UTC) if day_ends else day
        if _MOMENT.fullmatch(text):
            parsed = datetime.fromisoformat(text)
            return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass  # the 30th of February, or a moment before the year 1
    raise ConfigError(f"'{shown(text)}' is not a date.", hint=f"{option} 2013-03-03, or 2013-03-03T12:00:00Z")
