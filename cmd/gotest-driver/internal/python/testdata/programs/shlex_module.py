import shlex
print(shlex.quote("a b"), shlex.quote("safe"), shlex.quote("it's"), shlex.quote(""), shlex.split("a 'b c' \"d e\" f\\ g"), shlex.join(["a", "b c"]))
