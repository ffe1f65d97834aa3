import datetime
from datetime import time

t = datetime.time(7, 32, 1, 5)
print(t, repr(t), t.hour, t.minute, t.second, t.microsecond, t.isoformat("minutes"), t.strftime("%H-%M"))
print(time(1) < time(2), time(3) == datetime.time(3, 0), repr(time(3)), repr(time(3, 0, 5)), f"{time(4):%H:%M}")
d = datetime.datetime(2024, 2, 29, 13, 5, 9)
print(d.time(), d.time() == time(13, 5, 9), datetime.datetime.combine(d.date(), time(1, 2)), repr(d.time()))
print(time.fromisoformat("04:23:01"), t.replace(hour=9), time.max, d.isoweekday(), d.toordinal(), d.timetuple()[:3] if False else d.year)
try:
    time(25)
except ValueError as e:
    print(e)
