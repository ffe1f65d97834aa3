try:
    exit(1)
finally:
    print("cleanup")
