import time
t = time.time()
time.sleep(0.001)
print(time.time() > t, isinstance(time.time(), float), time.monotonic() >= 0)
