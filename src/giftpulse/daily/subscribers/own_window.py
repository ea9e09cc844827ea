"""A window that a person has for themselves, from two times of day."""

from giftpulse.daily.programs import times
from giftpulse.daily.schedule.windows import Window
from giftpulse.ground.errors import FieldError, InvalidInputError


def window_from(start: str | None, end: str | None) -> Window | None:
    """The window between two times such as ``09:00``; None where none is given. Raises InvalidInputError at
    ``window_start`` or ``window_end``."""
    if not start and not end:
        return None
    if not start or not end:
        missing = "window_end" if start else "window_start"
        raise InvalidInputError.at(missing, "expected both ends of the window, or none for the program's own")
    minutes, errors = [], []
    for field, text in (("window_start", start), ("window_end", end)):
        try:
            minutes.append(times.minute(text))
        except ValueError as error:
            errors.append(FieldError(field, str(error)))
    if errors:
        raise InvalidInputError(*errors)
    if minutes[0] >= minutes[1]:
        raise InvalidInputError.at("window_end", "expected a time after window_start on the same day")
    return Window(minutes[0], minutes[1])
