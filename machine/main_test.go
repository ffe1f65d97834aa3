package machine

import (
	"os"
	"testing"

	"github.com/gotest-driver/gotest-driver/ocr/tesseract"
)

func TestMain(m *testing.M) {
	tesseract.Self()
	os.Exit(m.Run())
}
