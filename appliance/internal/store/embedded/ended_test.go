// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"go.uber.org/zap/zapcore"
)

// A server that ends by itself is told at ERROR; one that is closed is not.
func TestEndedByItself(t *testing.T) {
	for _, byItself := range []bool{true, false} {
		var out bytes.Buffer // read when nobody writes any more
		server, err := Start(context.Background(), Config{Dir: t.TempDir(), Logger: slog.New(slog.NewTextHandler(&out, nil))})
		if err != nil {
			t.Fatal(err)
		}
		if byItself {
			server.etcd.Server.Stop()
			<-server.ended
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if told := strings.Contains(out.String(), "level=ERROR msg=\"the embedded etcd has ended by itself"); told != byItself {
			t.Errorf("ended by itself %t, told %t:\n%s", byItself, told, &out)
		}
	}
}

// What is expected of one member is not worth a warning.
func TestExpected(t *testing.T) {
	core := newLogCore(slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil)))
	for message, want := range map[string]bool{
		"server has stopped; skipping GoAttach": false,
		"8e9e05c52164694d cannot campaign at term 2 since there are still pending configuration changes to apply": false,
		"slow fdatasync": true,
	} {
		entry := zapcore.Entry{Level: zapcore.WarnLevel, Message: message}
		if got := core.Check(entry, nil) != nil; got != want {
			t.Errorf("%s: logged %t", message, got)
		}
	}
}
