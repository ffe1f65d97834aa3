#: machines_at_once
import threading
outs = {}
def run(m, cmd):
    outs[m.name] = m.succeed(cmd)
ts = [threading.Thread(target=run, args=(m, f"echo {m.name}")) for m in machines]
for t in ts: t.start()
for t in ts: t.join()
print(sorted(outs.items()))
