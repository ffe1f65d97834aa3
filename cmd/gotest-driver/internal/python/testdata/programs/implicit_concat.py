cmd = ("echo "
       "hello "
       "world")
print(cmd, "a" "b" 'c')
print("x%s" "y%s" % (1, 2))
