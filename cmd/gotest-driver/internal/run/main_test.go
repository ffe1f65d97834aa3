package run_test

import (
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/buildtest"
)

func TestMain(m *testing.M) { buildtest.Main(m) }
