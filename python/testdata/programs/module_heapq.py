import heapq

h = []
for x in [5, 1, 4, 1, 5, 9, 2, 6]:
    heapq.heappush(h, x)
print(h)
print([heapq.heappop(h) for _ in range(4)], h)
ys = [(3, "c"), (1, "z"), (2, "b"), (1, "a")]
heapq.heapify(ys)
print(ys, heapq.heapreplace(ys, (0, "q")), heapq.heappushpop(ys, (9, "x")))
print(heapq.nlargest(2, [3, 1, 2]), heapq.nsmallest(2, ["ccc", "a", "bb"], key=len))
print(list(heapq.merge([1, 4, 7], [2, 5], [0, 9])))
try:
    heapq.heappop([])
except IndexError as e:
    print("IndexError", e)
