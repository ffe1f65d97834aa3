x = 1; y = 2; print(x + y)
if x: print("one line")
for i in range(2): print(i)
def f(): return 5
print(f())
