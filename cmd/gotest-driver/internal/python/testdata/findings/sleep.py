import time

time.sleep(1)  # finds: import
machine.succeed("true")
time.sleep(1)
machine.shutdown()
time.sleep(1)  # finds: import
