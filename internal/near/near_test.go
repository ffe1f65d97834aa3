package near

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"", "ab", 2}, {"succed", "succeed", 1}, {"timoeut", "timeout", 1}, {"größe", "große", 1}, {"kitten", "sitting", 3}} {
		if got := Distance(c.a, c.b); got != c.want || Distance(c.b, c.a) != got {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	list := []string{"start", "stop", "succeed", "sleep", "Start_all"}
	for name, want := range map[string]string{
		"sucede": " (did you mean succeed?)", "star": " (did you mean start?)", "start_all": " (did you mean Start_all?)", "reboot": "", "start": "", "": "",
	} {
		if got := DidYouMean(name, list); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
