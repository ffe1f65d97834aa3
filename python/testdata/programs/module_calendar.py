import calendar

print(calendar.isleap(2000), calendar.isleap(1900), calendar.leapdays(2000, 2021), calendar.weekday(2024, 2, 29))
print(calendar.monthrange(2024, 2), calendar.monthcalendar(2023, 2))
print(calendar.day_name[0], calendar.month_abbr[12], calendar.SUNDAY, list(calendar.day_abbr))
print(calendar.timegm((2024, 1, 2, 3, 4, 5)))
