import random
cluster: list[Machine] = machines
SEED = 42

random.seed(SEED)

def burn(node: Machine, seconds: int) -> str:
    return node.succeed("stress-ng --cpu 2 --timeout %ds 2>&1" % seconds, timeout = seconds + 60)

start_all()
victim = random.choice(cluster)
others = [m for m in cluster if m.name != victim.name]
outputs = parallel([lambda node = node: burn(node, 5) for node in others])
for node, out in zip(others, outputs):
    t.assertIn("successful run", out, "on " + node.name)
victim.crash()
victim.start()
victim.wait_for_unit("multi-user.target")
order = list(range(len(cluster)))
random.shuffle(order)
names = [cluster[i].name for i in order]
log.info(", ".join(names))
