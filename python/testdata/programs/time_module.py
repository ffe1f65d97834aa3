import time
t = time.time()
time.sleep(0.001)
print(time.time() > t, isinstance(time.time(), float), time.monotonic() >= 0)
print(time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(86400 * 365)), time.gmtime(0).tm_year)
