tries = []
def check(last):
    tries.append(last)
    return len(tries) > 1
retry(check)
print(tries)
