// SPDX-License-Identifier: Apache-2.0

// Package embedded runs an etcd server of one member inside the process, for
// a gateway that needs no external store. It opens no port unless asked to.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"

	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"go.etcd.io/etcd/client/pkg/v3/fileutil"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
	"google.golang.org/grpc"
)

// ErrLocked says that another process uses the data directory.
var ErrLocked = errors.New("another process uses it; stop that one or choose another directory")

// A Server is a running etcd server.
type Server struct {
	etcd   *embed.Etcd
	client *clientv3.Client
	lock   *fileutil.LockedFile
	ending context.CancelFunc
	ended  chan struct{} // closed when the log has been told of an end that nobody asked for
	once   sync.Once
}

// Start runs the server and returns when it serves. A directory that another
// process uses is an ErrLocked at once.
func Start(ctx context.Context, config Config) (*Server, error) {
	e, err := config.etcd()
	if err != nil {
		return nil, err
	}
	lock, err := lockDir(config.Dir)
	if err != nil {
		return nil, fmt.Errorf("embedded etcd: data directory %s: %w", config.Dir, err)
	}
	ending, cancel := context.WithCancel(context.Background())
	// Closing waits for every call, and a watch has no end of its own.
	e.GRPCAdditionalServerOptions = []grpc.ServerOption{grpc.ChainStreamInterceptor(endStreams(ending))}
	server, err := run(ctx, e)
	if err != nil {
		cancel()
		return nil, errors.Join(fmt.Errorf("embedded etcd: %w", err), lock.Close())
	}
	s := &Server{etcd: server, client: v3client.New(server.Server), lock: lock, ending: cancel, ended: make(chan struct{})}
	go s.watch(ending, config.Logger)
	return s, nil
}

// watch logs when the server ends before ending does, which is when it is
// closed.
func (s *Server) watch(ending context.Context, log *slog.Logger) {
	defer close(s.ended)
	<-s.Done()
	if ending.Err() != nil || log == nil {
		return
	}
	const text = "the embedded etcd has ended by itself: the configuration cannot be changed until the gateway is started again"
	select {
	case reason := <-s.etcd.Err():
		log.Error(text, "error", reason)
	default: // etcd's own log has the reason
		log.Error(text)
	}
}

func run(ctx context.Context, config *embed.Config) (*embed.Etcd, error) {
	server, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	select {
	case <-server.Server.ReadyNotify():
		return server, nil
	case err = <-server.Err():
	case <-server.Server.StopNotify():
		err = errors.New("it stopped while it started")
	case <-ctx.Done():
		err = fmt.Errorf("it was not ready in time: %w", ctx.Err())
	}
	server.Close()
	return nil, err
}

// Client returns a client inside the process: no socket, no password.
func (s *Server) Client() *clientv3.Client { return s.client }

// Endpoint returns the URL of the client listener with its real port, "" when
// there is none.
func (s *Server) Endpoint() string {
	if len(s.etcd.Clients) == 0 {
		return ""
	}
	u := s.etcd.Config().ListenClientUrls[0]
	if address, ok := s.etcd.Clients[0].Addr().(*net.TCPAddr); ok {
		return (&url.URL{Scheme: u.Scheme, Host: address.String()}).String()
	}
	return u.String()
}

// Done is closed when the server has stopped, by Close or by an error of its own.
func (s *Server) Done() <-chan struct{} { return s.etcd.Server.StopNotify() }

// Close stops the server. Stores that use its Client are closed first.
func (s *Server) Close() error {
	var err error
	s.once.Do(func() {
		s.ending()
		if err = s.client.Close(); errors.Is(err, context.Canceled) {
			err = nil
		}
		s.etcd.Close()
		<-s.ended
		err = errors.Join(err, s.lock.Close())
	})
	return err
}

// lockDir takes the directory for this process. etcd itself would wait for
// ever for a database that another process has open.
func lockDir(dir string) (*fileutil.LockedFile, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := fileutil.TryLockFile(filepath.Join(dir, "penstock.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fileutil.ErrLocked) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, err
	}
	if err := probe(filepath.Join(dir, "member", "snap", "db")); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// probe finds a plain etcd that has the database open.
func probe(path string) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: 100 * time.Millisecond})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return ErrLocked
	}
	if err != nil {
		return fmt.Errorf("database %s: %w", path, err)
	}
	return db.Close()
}

// endStreams ends the streams of a server when a context does.
func endStreams(ending context.Context) grpc.StreamServerInterceptor {
	return func(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		ctx, cancel := context.WithCancel(stream.Context())
		defer cancel()
		defer context.AfterFunc(ending, cancel)()
		return handler(server, &endingStream{stream, ctx})
	}
}

type endingStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s *endingStream) Context() context.Context { return s.ctx }
