x = "s"
x.nothing()
