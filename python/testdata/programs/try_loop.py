for i in range(6):
    try:
        if i == 1:
            continue
        if i == 4:
            break
        if i == 2:
            raise RuntimeError("two")
        print("ok", i)
    except RuntimeError as e:
        print("error", e)
        continue
    finally:
        print("fin", i)
    print("after", i)
