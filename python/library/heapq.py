def heappush(heap, item):
    heap.append(item)
    _rise(heap, len(heap) - 1)


def heappop(heap):
    if not heap:
        raise IndexError("index out of range")
    last = heap.pop()
    if not heap:
        return last
    first = heap[0]
    heap[0] = last
    _sink(heap, 0)
    return first


def heapreplace(heap, item):
    if not heap:
        raise IndexError("index out of range")
    first = heap[0]
    heap[0] = item
    _sink(heap, 0)
    return first


def heappushpop(heap, item):
    if heap and heap[0] < item:
        return heapreplace(heap, item)
    return item


def heapify(x):
    for i in range(len(x) // 2 - 1, -1, -1):
        _sink(x, i)


def nlargest(n, iterable, key=None):
    return sorted(iterable, key=key, reverse=True)[: max(0, n)]


def nsmallest(n, iterable, key=None):
    return sorted(iterable, key=key)[: max(0, n)]


def merge(*iterables, key=None, reverse=False):
    rows = [list(i) for i in iterables]
    while True:
        best = -1
        for i, row in enumerate(rows):
            if not row:
                continue
            if best < 0:
                best = i
                continue
            a = row[0] if key is None else key(row[0])
            b = rows[best][0] if key is None else key(rows[best][0])
            if (b < a) if reverse else (a < b):
                best = i
        if best < 0:
            return
        yield rows[best].pop(0)


def _rise(heap, i, top=0):
    item = heap[i]
    while i > top:
        up = (i - 1) // 2
        if not item < heap[up]:
            break
        heap[i] = heap[up]
        i = up
    heap[i] = item


# The order of equal items is that of CPython: the smaller child goes up to the end, then the item rises again.
def _sink(heap, start):
    i = start
    item = heap[i]
    n = len(heap)
    child = 2 * i + 1
    while child < n:
        if child + 1 < n and not heap[child] < heap[child + 1]:
            child += 1
        heap[i] = heap[child]
        i = child
        child = 2 * i + 1
    heap[i] = item
    _rise(heap, i, start)
