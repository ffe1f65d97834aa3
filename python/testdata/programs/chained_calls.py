def say(x):
    print("say", x)
    return x


print(0 < say(1) < say(2) < 3)
print(0 < say(5) < say(2) < say(9))
print(1 == say(1) == True == say(1))
print(say(1) < say(2) in [say(2)] != None)
values = [3, 4]
print(values[0] < values[1] <= len("abcd") < values[0] * 2)
print(None is not say(None) is None)
