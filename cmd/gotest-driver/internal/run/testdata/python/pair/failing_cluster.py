# Fails on purpose at the second machine: an election that nobody wins.
start_all()

nodes = [server, client]
votes = {node.name: 0 for node in nodes}

for node in nodes:
    node.succeed(f"echo {len(node.name)} > /tmp/vote")

with subtest("votes are counted"):
    for node in nodes:
        votes[node.name] += int(node.succeed("cat /tmp/vote"))
    print(votes, max(votes, key=votes.get) if len(set(votes.values())) > 1 else None)

with subtest("a leader is elected"):
    for node in nodes:
        node.succeed("test $(cat /tmp/vote) -eq 6")
        node.succeed(f"test $HOSTNAME = {server.name}")  # fails here
