for i in range(4):
    with subtest(f"t{i}"):
        if i == 1:
            continue
        if i == 3:
            break
        print("body", i)
    print("after", i)
