import re
if (m := re.search(r"(\d+)", "abc 42")) is not None:
    print(m.group(1))
data = [1, 2, 3]
if (n := len(data)) > 2:
    print("long", n)
it = iter([1, 2, 0, 3])
while (v := next(it)):
    print("v", v)
print([y for x in data if (y := x * 2) > 2], y)
