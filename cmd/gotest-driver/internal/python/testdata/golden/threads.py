from concurrent.futures import ThreadPoolExecutor
import threading
from threading import Thread


def boot(m, unit="multi-user.target"):
    m.start()
    m.wait_for_unit(unit)


a = Thread(target=boot, args=(server,))
b = Thread(target=client.start)
a.start()
b.start()
a.join()
b.join()

# All at once.
threads = [threading.Thread(target=boot, args=(m, "nginx.service")) for m in machines]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

for unit in ["a", "b"]:
    workers = []
    for m in [server, client]:
        worker = threading.Thread(target=boot, args=(m, unit))
        workers.append(worker)
        worker.start()
    for w in workers:
        w.join()

with ThreadPoolExecutor(max_workers=2) as pool:
    names = list(pool.map(lambda m: m.succeed("hostname"), machines))
