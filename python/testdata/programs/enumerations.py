from enum import Enum, auto, unique
class Color(Enum):
    RED = 1
    GREEN = "g"
    def shout(self): return self.name + "!"
print(Color.RED, Color.RED.name, Color.GREEN.value, Color("g"), Color["RED"], list(Color), Color.RED.shout())
print(Color.RED == Color.RED, Color.RED is Color.RED, Color.RED == 1, Color.RED != Color.GREEN, repr(Color.RED))
print({Color.RED: "r"}[Color.RED], isinstance(Color.RED, Color), Color.RED in Color, len(Color))
for c in Color: print(c.name, c.value)
try:
    Color(7)
except ValueError as e: print(e)
def f(c: Color):
    match c:
        case Color.RED: return "r"
        case Color.GREEN: return "g"
print(f(Color.GREEN))
