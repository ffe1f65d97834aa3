package needle_test

import (
	"fmt"
	"image"
	"log"

	"github.com/gotest-driver/gotest-driver/ocr"
	"github.com/gotest-driver/gotest-driver/ocr/needle"
)

func Example() {
	screen, err := ocr.DecodeFile("../testdata/x/desktop.png")
	if err != nil {
		log.Fatal(err)
	}
	n, err := needle.Load("../testdata/x/desktop.png")
	if err != nil {
		log.Fatal(err)
	}
	m := n.Match(screen, needle.DefaultSimilarity, image.Rectangle{})
	fmt.Printf("%v %.2f at %v\n", m.OK, m.Score, m.Box)
	// Output: true 1.00 at (0,0)-(1280,800)
}
