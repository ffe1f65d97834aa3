import datetime

MINYEAR = 1
MAXYEAR = 9999


class time:
    def __init__(self, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0):
        for name, value, most in (("hour", hour, 23), ("minute", minute, 59), ("second", second, 59), ("microsecond", microsecond, 999999)):
            if not 0 <= value <= most:
                raise ValueError(f"{name} must be in 0..{most}")
        self.hour = hour
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
        self.tzinfo = tzinfo

    @classmethod
    def fromisoformat(cls, time_string):
        moment = datetime.datetime.fromisoformat("2000-01-01T" + time_string.lstrip("T"))
        return cls(moment.hour, moment.minute, moment.second, moment.microsecond)

    def _micros(self):
        return ((self.hour * 60 + self.minute) * 60 + self.second) * 1000000 + self.microsecond

    def _moment(self):
        return datetime.datetime(1900, 1, 1, self.hour, self.minute, self.second, self.microsecond)

    def isoformat(self, timespec="auto"):
        text = f"{self.hour:02d}:{self.minute:02d}"
        if timespec == "minutes":
            return text
        text += f":{self.second:02d}"
        if timespec == "milliseconds":
            return text + f".{self.microsecond // 1000:03d}"
        if timespec == "microseconds" or (timespec == "auto" and self.microsecond):
            text += f".{self.microsecond:06d}"
        return text

    def strftime(self, format):
        return self._moment().strftime(format)

    def replace(self, hour=None, minute=None, second=None, microsecond=None):
        return time(
            self.hour if hour is None else hour,
            self.minute if minute is None else minute,
            self.second if second is None else second,
            self.microsecond if microsecond is None else microsecond,
            self.tzinfo,
        )

    def __str__(self):
        return self.isoformat()

    def __format__(self, spec):
        return self.strftime(spec) if spec else str(self)

    def __repr__(self):
        fields = [self.hour, self.minute]
        if self.second or self.microsecond:
            fields.append(self.second)
        if self.microsecond:
            fields.append(self.microsecond)
        return f"datetime.time({', '.join([str(f) for f in fields])})"

    def __hash__(self):
        return hash(self._micros())

    def __eq__(self, other):
        return isinstance(other, time) and self._micros() == other._micros()

    def __lt__(self, other):
        return self._micros() < other._micros()

    def __le__(self, other):
        return self._micros() <= other._micros()

    def __gt__(self, other):
        return self._micros() > other._micros()

    def __ge__(self, other):
        return self._micros() >= other._micros()


time.min = time()
time.max = time(23, 59, 59, 999999)
