package http2_test
import ("context";"github.com/penstock-gateway/terraform-provider-penstock/appliance/message";"testing";"os";"fmt";"io";"time"
"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session")
func TestLocalListen(t *testing.T) {
	if os.Getenv("H2LISTEN")=="" { t.Skip() }
	s := listen(t, session.Options{Handler: local, HeaderTimeout: 5*time.Second, IdleTimeout: time.Minute}, os.Getenv("H2LISTEN")=="tls")
	fmt.Println("ADDR", s.address)
	os.WriteFile("/tmp/h2addr", []byte(s.address), 0o644)
	time.Sleep(10*time.Minute)
}

var local handle = func(ctx context.Context, r *message.Request, s message.Stream) {
	if r.Body != nil { if _, err := io.Copy(io.Discard, r.Body); err != nil { return } }
	plain("hello, this is a body")(ctx, r, s)
}
