count = 0
with subtest("one"):
    count = 1
    inner = "bound here"
print(count, inner)
def bump():
    global count
    with subtest("bump"):
        count += 10
bump()
print(count)
