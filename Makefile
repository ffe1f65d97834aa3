# make demo       boots a Debian guest and runs examples/boot.star on it
# make build      builds ./gotest-driver and ./gotest-driver-ocr, which reads screens for it
# make test       all checks and tests, with real guests
# make unit       the tests that boot nothing: seconds
# make nix-test   the Nix side, with a real Nix
# make bench      measures what a user waits for
# make soak       resets and network faults at random moments, for an hour (SOAK=8h: a night); test/soak/doc.go tells more
#
# Each installs with apt what it needs and this machine has not (scripts/apt.sh); Go comes by scripts/go.

GO := scripts/go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
# Guests are built in the cache; it is worth keeping between runs.
GUESTS := tiny debian desktop container

.PHONY: demo build test unit lint cross guests nix-test bench soak clean

demo:
	scripts/apt.sh demo
	$(MAKE) --no-print-directory gotest-driver
	./gotest-driver run examples/boot.star

build:
	scripts/apt.sh build
	$(MAKE) --no-print-directory gotest-driver

# With these tags the driver links no C library, not even libc: nothing is to be loaded before it starts.
gotest-driver: FORCE
	$(GO) build -tags netgo,osusergo -o . ./cmd/gotest-driver ./cmd/gotest-driver-ocr

.PHONY: FORCE
FORCE:

lint:
	scripts/check-format.sh
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	shellcheck scripts/*.sh scripts/go .ci/run

# What is Linux-only or needs a C compiler must not keep the rest from being built elsewhere.
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

# One package at a time boots guests: several at once would be slow enough to break their time limits.
test:
	scripts/apt.sh test
	$(MAKE) --no-print-directory lint cross guests unit
	PATH="$$PATH:$$(scripts/vsock.sh)" $(GO) test -p 1 -count=1 -timeout 40m ./...

nix-test:
	scripts/apt.sh nix-test
	nix/tests/run.sh

bench:
	scripts/apt.sh test
	$(MAKE) --no-print-directory guests
	test/bench/run
	scripts/bench.sh

SOAK := 1h
soak:
	scripts/apt.sh test
	$(MAKE) --no-print-directory guests
	$(GO) run ./test/soak -time $(SOAK)

clean:
	rm -f gotest-driver gotest-driver-ocr
