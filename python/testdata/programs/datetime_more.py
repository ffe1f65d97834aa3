import datetime
from datetime import datetime as dt, timedelta, timezone
d = dt(2024, 2, 29, 12, 30, 15)
print(d, d.isoformat(), d + timedelta(days=1), (d - dt(2024, 1, 1)).days, d.strftime("%Y-%m-%d %H:%M:%S %j %a %b"))
print(dt.strptime("2024-03-01 10:00", "%Y-%m-%d %H:%M"), d.date(), d.year, d.weekday(), d.replace(hour=1))
print(timedelta(hours=25, minutes=3), timedelta(days=1).total_seconds(), timedelta(seconds=90) > timedelta(minutes=1))
print(dt.fromisoformat("2024-05-06T07:08:09"), dt.fromisoformat("2024-05-06T07:08:09+02:00"), dt.fromtimestamp(0, tz=timezone.utc), dt(2024,1,1,tzinfo=timezone.utc).timestamp())
print(datetime.date(2024, 1, 31) + timedelta(days=1), datetime.date.fromisoformat("2024-01-02").strftime("%d/%m/%y"), d.timestamp() > 0)
print(dt.strptime("Mon Jan  1 00:00:00 2024", "%a %b %d %H:%M:%S %Y"), dt.strptime("2024-01-01T00:00:00+0000", "%Y-%m-%dT%H:%M:%S%z"))
