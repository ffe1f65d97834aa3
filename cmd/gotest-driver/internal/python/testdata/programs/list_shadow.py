list = [1, 2]
set = {3}
print(list, len(list), f"{list}")
