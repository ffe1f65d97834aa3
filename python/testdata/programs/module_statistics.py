import statistics

xs = [1, 2, 2, 3, 4, 7]
print(statistics.mean(xs), statistics.fmean(xs), statistics.median(xs), statistics.median([5, 1, 3]))
print(statistics.mean([1.5, 2.5, 0.1]), statistics.mean([2, 4]), statistics.median_low(xs), statistics.median_high(xs))
print(statistics.mode(xs), statistics.multimode("aabbc"))
print(statistics.variance(xs), statistics.pvariance(xs), statistics.pvariance([1, 3]))
print(round(statistics.stdev(xs), 12), round(statistics.pstdev([0.1, 0.2, 0.5]), 12))
print(statistics.quantiles(xs, n=4), statistics.quantiles([1, 2, 3, 4], n=4, method="inclusive"))
print(round(statistics.harmonic_mean([40, 60]), 9), round(statistics.geometric_mean([54, 24, 36]), 9))
for f in (statistics.mean, statistics.median, statistics.mode):
    try:
        f([])
    except statistics.StatisticsError as e:
        print("error", type(e).__name__)
try:
    statistics.stdev([1])
except ValueError as e:
    print(e)
