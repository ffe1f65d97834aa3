import string
from string import Template

t = Template("$who likes ${what}, costs $$5")
print(t.substitute(who="tim", what="kung pao"), t.substitute({"who": "x"}, what=1))
print(t.safe_substitute(who="tim"), Template("bad $ here").safe_substitute())
try:
    t.substitute(who="x")
except KeyError as e:
    print("KeyError", e)
try:
    Template("line\n bad $ here").substitute()
except ValueError as e:
    print(e)
print(string.capwords("hello  big world"), string.capwords("a-b-c", "-"), t.template)
