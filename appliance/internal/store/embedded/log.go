// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap/zapcore"
)

// A logCore writes what etcd logs, from warnings on, to a slog.Logger.
type logCore struct{ logger *slog.Logger }

func newLogCore(logger *slog.Logger) zapcore.Core {
	if logger == nil {
		return zapcore.NewNopCore()
	}
	return logCore{logger}
}

func (c logCore) Enabled(level zapcore.Level) bool {
	return level >= zapcore.WarnLevel && c.logger.Enabled(context.Background(), slogLevel(level))
}

func (c logCore) With(fields []zapcore.Field) zapcore.Core {
	return logCore{slog.New(c.logger.Handler().WithAttrs(attributes(fields)))}
}

// expected are warnings about what is so by design: one member, whose clients
// share a port or are in this process, that asks for no passwords, elects
// itself at once, and has work left when it is told to stop.
func expected(message string) bool {
	return strings.HasPrefix(message, "Running http and grpc server on single port") ||
		message == "simple token is not cryptographically signed" ||
		message == "server has stopped; skipping GoAttach" ||
		strings.Contains(message, " cannot campaign at term ")
}

// newDatabase reports whether etcd complains that a database which it has just
// made has no version yet.
func newDatabase(message string, attrs []slog.Attr) bool {
	about := message == "Failed to detect schema version" || message == "failed to update storage version"
	return about && slices.ContainsFunc(attrs, func(a slog.Attr) bool {
		return a.Key == "error" && strings.Contains(a.Value.String(), "missing term information")
	})
}

func (c logCore) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(entry.Level) && !expected(entry.Message) {
		return checked.AddCore(entry, c)
	}
	return checked
}

func (c logCore) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	attrs := attributes(fields)
	if !newDatabase(entry.Message, attrs) {
		c.logger.LogAttrs(context.Background(), slogLevel(entry.Level), "etcd: "+entry.Message, attrs...)
	}
	return nil
}

func (c logCore) Sync() error { return nil }

func slogLevel(level zapcore.Level) slog.Level {
	if level >= zapcore.ErrorLevel {
		return slog.LevelError
	}
	return slog.LevelWarn
}

func attributes(fields []zapcore.Field) []slog.Attr {
	encoder := zapcore.NewMapObjectEncoder()
	for _, field := range fields {
		field.AddTo(encoder)
	}
	out := make([]slog.Attr, 0, len(encoder.Fields))
	for _, field := range fields {
		value, ok := encoder.Fields[field.Key]
		if !ok {
			continue
		}
		if d, isDuration := value.(time.Duration); isDuration {
			value = d.String()
		}
		out = append(out, slog.Any(field.Key, value))
	}
	return out
}
