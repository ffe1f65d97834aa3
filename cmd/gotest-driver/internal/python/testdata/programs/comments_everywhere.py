# leading
x = [  # open
    1,  # one
    # own line
    2,
]  # close
def f(a,  # first
      b):
    # in body
    return a + b  # trailing
    # after
if x:  # cond
    # nothing
    pass
else:  # else
    pass
print(f(*x))  # done
