import json

kept = {"list": [2, 1]}
other = [2, 1]
alias = other
other.sort()  # finds: method
inner = kept["list"]
inner.sort()  # finds: method
both = twice = [2, 1]
both.sort()  # finds: method
shown = [2, 1]
json.dumps(shown)
shown.sort()  # finds: method
held = [2, 1]
add = held.append
held.reverse()  # finds: method
captured = [2, 1]
get = lambda: captured
captured.sort()  # finds: method
least = [2, 1]
lists = [min(least, [3])]
least.sort()  # finds: method
rounds = [2, 1]
for _ in range(2):
    rounds.sort()  # finds: method
    lists.append(rounds)
for x in other:  # finds: mutation
    other.sort()  # finds: method

numbers = {1, 2}
numbers |= kept.keys()  # finds: operator
numbers &= {1}  # finds: operator
numbers -= {1}  # finds: operator
numbers ^= {1}  # finds: operator
lists *= 2  # finds: operator
