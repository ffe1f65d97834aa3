from concurrent.futures import ThreadPoolExecutor  # finds: import

with ThreadPoolExecutor(max_workers=1) as pool:
    pool.map(machine.succeed, ["a", "b"])
with ThreadPoolExecutor(1) as one:
    list(one.map(machine.succeed, ["a", "b"]))
