# What is changed in place is seen by all that have it.
numbers, words = {1}, {"a": 1}
same, also = numbers, words
numbers |= {2}
also |= {"b": 2}
print(sorted(same), words)
sets = {"x": {1}}
x = sets["x"]
sets["x"] |= {3}
print(sorted(x))
xs = [1]
ys = xs
xs += [2]
ys += (3,)
print(xs, ys)


def ordered(text):
    parts = text.split(",")
    for p in parts:
        print(p, len(parts), max(parts), parts[0])
    parts.sort()
    return parts


print(ordered("b,a"))
for text in ["d,c", "b,a"]:
    found: list[str] = list(text.split(","))
    found.sort(reverse=True)
    print(found)
