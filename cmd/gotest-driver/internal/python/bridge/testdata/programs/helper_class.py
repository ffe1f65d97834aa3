class Client:
    def __init__(self, node, user="root"):
        self.node, self.user = node, user
        self.history = []
    def run(self, *cmds, check=True):
        for c in cmds:
            self.history.append(c)
            status, out = self.node.execute(c)
            if check and status != 0:
                raise RuntimeError(f"{c!r} failed with {status}")
        return out
    def __enter__(self):
        return self
    def __exit__(self, *exc):
        print("history", self.history)
with Client(machine) as c:
    print(c.run("a", "b"))
    try:
        c.run("false")
    except RuntimeError as e:
        print(e)
    print(c.run("false", check=False) == "")
