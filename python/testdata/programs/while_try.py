n = 0
while True:
    try:
        n += 1
        if n == 2:
            continue
        if n > 4:
            break
        print("n", n)
    except Exception:
        print("never")
print("end", n)
