# Threads: machines boot and run commands at the same time.
import threading
from concurrent.futures import ThreadPoolExecutor

lock = threading.Lock()
order = []


def note(text):
    with lock:
        order.append(text)


booting = threading.Thread(target=client.start, name="boot the client")
booting.start()
server.start()
booting.join()

with subtest("one machine works while another does"):
    began = threading.Event()

    def work():
        began.set()
        server.succeed("until [ -e /tmp/go-on ]; do sleep 0.2; done", timeout=300)
        note("server")

    thread = threading.Thread(target=work, daemon=True)
    server.succeed("rm -f /tmp/go-on", "(sleep 15; touch /tmp/go-on) > /dev/null 2>&1 &")
    thread.start()
    began.wait()
    client.succeed("true")
    note("client")
    thread.join()
    print(order)
    assert order == ["client", "server"]

with subtest("a pool asks all machines"):
    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = list(pool.map(lambda m: (m.name, m.succeed("echo up").strip()), [server, client]))
    print(answers)
