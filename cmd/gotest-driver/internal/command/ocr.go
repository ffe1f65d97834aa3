package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
	"github.com/gotest-driver/gotest-driver/ocr"
)

// ocrCommand shows what the driver reads in images.
func ocrCommand() *cobra.Command {
	var boxes, language string
	var asJSON, variants bool
	cmd := &cobra.Command{
		Use:   "ocr FILE…",
		Short: "Show what the driver reads in an image",
		Long: `Show what the driver reads in screenshots (PNG or PPM): the same text that
wait_for_text and get_screen_text use. Text consoles in a known font are read
exactly; everything else is read with Tesseract.`,
		Example: `  gotest-driver ocr screenshot.png
  gotest-driver ocr --boxes seen.png screenshot.png     # draw what was read where
  gotest-driver ocr --variants screenshot.png           # the texts of all variants
  gotest-driver ocr --json *.png | jq -r '.words[].text'`,
		Args:          cobra.MinimumNArgs(1),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, files []string) error {
			if boxes != "" && len(files) > 1 {
				return fmt.Errorf("--boxes takes one image, but %d were given", len(files))
			}
			r := ocr.New(ocr.Options{Language: language})
			defer r.Close()
			var failed []error
			for _, f := range files {
				if err := ocrFile(cmd, r, f, boxes, asJSON, variants, len(files) > 1); err != nil {
					failed = append(failed, err)
				}
			}
			return errors.Join(failed...)
		},
	}
	cmd.Flags().StringVar(&boxes, "boxes", "", "write the image, with frames around the recognised words, to this PNG `file`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object per result: text, words with boxes and confidence")
	cmd.Flags().BoolVar(&variants, "variants", false, "print the texts of all variants that wait_for_text tries")
	cmd.Flags().StringVar(&language, "language", "eng", "Tesseract's `name` of the language data, several joined by +")
	return cmd
}

// ocrReport is the JSON form of a result.
type ocrReport struct {
	File    string     `json:"file"`
	Method  ocr.Method `json:"method"`            // "console", "ocr" or "blank"
	Variant string     `json:"variant,omitempty"` // the preparation of the image, for OCR
	Seconds float64    `json:"seconds"`           // the time that reading took
	Text    string     `json:"text"`
	Words   []ocrWord  `json:"words"`
}

// ocrWord is the JSON form of a word, with its place in pixels of the image.
type ocrWord struct {
	Text       string  `json:"text"`
	X          int     `json:"x"`
	Y          int     `json:"y"`
	Width      int     `json:"width"`
	Height     int     `json:"height"`
	Confidence float64 `json:"confidence"` // 0 to 100
}

func ocrFile(cmd *cobra.Command, r *ocr.Reader, file, boxes string, asJSON, variants, many bool) error {
	img, err := ocr.DecodeFile(file)
	if err != nil {
		return err
	}
	begin := time.Now()
	var results []ocr.Result
	if variants {
		results, err = r.Variants(cmd.Context(), img)
	} else {
		var res ocr.Result
		res, err = r.Read(cmd.Context(), img)
		results = []ocr.Result{res}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	seconds := time.Since(begin).Seconds()
	out := cmd.OutOrStdout()
	for _, res := range results {
		if asJSON {
			words := []ocrWord{}
			for _, w := range res.Words() {
				words = append(words, ocrWord{w.Text, w.Box.Min.X, w.Box.Min.Y, w.Box.Dx(), w.Box.Dy(), w.Confidence})
			}
			if err := json.NewEncoder(out).Encode(ocrReport{file, res.Method, res.Variant, seconds, res.Text, words}); err != nil {
				return err
			}
			continue
		}
		if many || len(results) > 1 {
			fmt.Fprintf(out, "==> %s <== %s\n", file, res.Variant)
		}
		fmt.Fprintln(out, res.Text)
	}
	if boxes == "" {
		return nil
	}
	err = wholefile.Write(boxes, 0o644, func(w io.Writer) error { return png.Encode(w, ocr.DrawBoxes(img, results...)) })
	if err != nil {
		return fmt.Errorf("--boxes: %w", err)
	}
	return nil
}
