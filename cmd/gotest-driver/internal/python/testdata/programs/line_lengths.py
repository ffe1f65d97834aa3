print("a" "b"
      "c")
x = {"a": 1,
     "b": [1,
           2],
     }
print(x)
