# make demo       boots a Debian guest and runs examples/boot.star on it
# make build      builds ./gotest-driver, ./gotest-driver-tools (its prompts, debuggers and editors) and ./gotest-driver-ocr
#                 (which reads screens)
# make test       all checks and tests, with real guests
# make unit       the tests that boot nothing: seconds
# make nix-test   the Nix side, with a real Nix
# make slurm      suites on a real Slurm on this machine; see test/slurm/run
# make bench      measures the times that a user waits for
# make fuzz       all fuzz targets for ten minutes in all (FUZZ=1h)
# make soak       resets and network faults at random moments, for an hour (SOAK=8h: a night); see test/soak/doc.go
# make stock      boots images as distributions make them, each by each way to a root shell; see docs/images.md
# make faults     kills, stops, fills and floods runs at each stage; see test/faults/doc.go
#
# Each target installs missing packages with apt (scripts/apt.sh) and the right Go (scripts/go).

GO := scripts/go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
# Guests are built in the cache; it is worth keeping between runs.
GUESTS := tiny debian desktop container

.PHONY: demo build test unit lint cross guests nix-test slurm bench fuzz soak stock faults clean

demo:
	scripts/apt.sh demo
	$(MAKE) --no-print-directory gotest-driver
	./gotest-driver run examples/boot.star

build:
	scripts/apt.sh build
	$(MAKE) --no-print-directory gotest-driver

# With these tags the driver links no C library, not even libc: it loads nothing before it starts.
gotest-driver: FORCE
	$(GO) build -tags netgo,osusergo -o . ./cmd/...

.PHONY: FORCE
FORCE:

lint:
	scripts/check-format.sh
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	shellcheck scripts/*.sh scripts/go test/slurm/* test/stock/fixture.sh .ci/run

# Everything but the parts for Linux alone, or with C, must build on other systems.
cross:
	CGO_ENABLED=0 GOOS=linux GOARCH=amd64 $(GO) build ./...
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 $(GO) build ./...
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(GO) build ./...
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 $(GO) vet ./...
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(GO) vet ./...

guests: gotest-driver
	./gotest-driver guest build $(GUESTS)

unit:
	$(GO) test -short -race ./...

# Only one package at a time boots guests: several at once would be too slow for their time limits.
test:
	scripts/apt.sh test
	$(MAKE) --no-print-directory lint cross guests unit
	scripts/fuzz.sh turn 20
	PATH="$$PATH:$$(scripts/vsock.sh)" $(GO) test -p 1 -count=1 -timeout 40m ./...

nix-test:
	scripts/apt.sh nix-test
	nix/tests/run.sh

slurm:
	scripts/apt.sh test
	$(MAKE) --no-print-directory guests
	test/slurm/run

bench:
	scripts/apt.sh test
	$(MAKE) --no-print-directory guests
	test/bench/run
	scripts/bench.sh

# A part of `make test`, too: two of them by turns.
FUZZ := 10m
fuzz:
	scripts/fuzz.sh $(FUZZ)

SOAK := 1h
soak:
	scripts/apt.sh test
	$(MAKE) --no-print-directory guests
	$(GO) run ./test/soak -time $(SOAK)

stock:
	scripts/apt.sh test
	STOCK=all $(GO) test -count=1 -timeout 2h ./test/stock

faults:
	scripts/apt.sh test
	$(MAKE) --no-print-directory guests
	FAULTS=all $(GO) test -count=1 -timeout 40m ./test/faults

clean:
	rm -f gotest-driver gotest-driver-ocr gotest-driver-tools
