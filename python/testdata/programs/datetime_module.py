from datetime import datetime, timedelta
import datetime as dt
a = datetime(2024, 2, 28, 23, 30)
b = a + timedelta(hours=1, minutes=5)
print(a, b, b - a, (b - a).total_seconds(), b > a, a.strftime("%Y-%m-%d %H:%M:%S"), a.isoformat(), b.year, b.day)
print(datetime.strptime("2020-01-02 03:04:05", "%Y-%m-%d %H:%M:%S"), timedelta(days=1), timedelta(seconds=90), dt.date(2020, 1, 5), f"{a:%d.%m.%Y}")
print(repr(a), datetime.fromisoformat("2020-05-06T07:08:09"))
