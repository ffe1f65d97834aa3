d = {"a": 1}
print(f"{d['a']} {d.get('b', 'none')}")
print(f'''multi
line {d["a"]}''')
