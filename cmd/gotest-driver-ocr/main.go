// Command gotest-driver-ocr recognises text for gotest-driver, which starts it when a screen first needs it. It is a
// program of its own so that only it links Tesseract. It reads requests on standard input and answers on standard
// output; "gotest-driver ocr" is the command for people.
package main

import (
	"fmt"
	"os"

	"github.com/gotest-driver/gotest-driver/ocr/tesseract"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, `gotest-driver-ocr is started by gotest-driver and takes no arguments.
To read images, use: gotest-driver ocr FILE…`)
		os.Exit(2)
	}
	os.Exit(tesseract.Main())
}
