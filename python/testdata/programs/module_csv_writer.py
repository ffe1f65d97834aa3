import csv
import io
import sys

out = io.StringIO()
w = csv.writer(out)
w.writerow(["a", 1, None, 2.5, "x,y", 'q"q', "line\nbreak"])
w.writerows([["", ""], [""]])
print(repr(out.getvalue()))
w = csv.writer(sys.stdout, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_ALL)
w.writerow([1, "b"])
d = csv.DictWriter(sys.stdout, fieldnames=["x", "y"], lineterminator="\n")
d.writeheader()
d.writerow({"x": 1, "y": 2})
d.writerows([{"x": 3}, {"y": 4, "x": "five;six"}])
try:
    d.writerow({"z": 1})
except ValueError as e:
    print(e)
