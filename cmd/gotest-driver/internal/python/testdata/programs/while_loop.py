n = 0
while n < 5:
    n += 1
    if n == 2:
        continue
    if n == 4:
        break
    print(n)
else:
    print("not reached")
while True:
    n -= 1
    if n < 0:
        break
print(n)
m = 3
while m:
    m -= 1
else:
    print("while else", m)
