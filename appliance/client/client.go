// SPDX-License-Identifier: Apache-2.0

// Package client speaks to the Admin API of a Penstock appliance.
//
// Every request may be sent again, so the client does that by itself while the
// server is busy or cannot be reached, with growing, random pauses. Failures
// are *Error; errors.Is finds the common ones among them.
package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultRetries is how often a request is sent again if Config does not say.
const DefaultRetries = 4

// Config says which Admin API to speak to and how.
type Config struct {
	// Endpoint is the API's URL without a path, such as "https://10.0.0.1:9180".
	Endpoint string
	// Token is a secret of the Admin API. White space around it is ignored.
	Token string

	// CACertificate are PEM certificates of authorities to trust instead of
	// the system's; "" means the system's.
	CACertificate string
	// Insecure accepts any certificate of the server. For tests only.
	Insecure bool
	// TLS is what the two above are added to; may be nil.
	TLS *tls.Config

	// MaxRetries is how often a request is sent again; 0 means
	// DefaultRetries, a negative number never.
	MaxRetries int
	// UserAgent is sent with every request.
	UserAgent string

	// Transport is used instead of an own one; TLS options do not apply to it.
	Transport http.RoundTripper
	// Sleep waits between tries; nil means for real. It returns early, with
	// the context's error, when that ends.
	Sleep func(context.Context, time.Duration) error
}

// A Client speaks to one Admin API. It may be used concurrently.
type Client struct {
	endpoint  *url.URL
	token     string
	userAgent string
	retries   int
	sleep     func(context.Context, time.Duration) error
	http      *http.Client
}

// New returns a client. Its errors are about config; it does not connect.
func New(config Config) (*Client, error) {
	endpoint, err := parseEndpoint(config.Endpoint)
	if err != nil {
		return nil, err
	}
	c := &Client{endpoint: endpoint, userAgent: config.UserAgent, retries: config.MaxRetries, sleep: config.Sleep}
	if c.token, err = checkToken(config.Token); err != nil {
		return nil, err
	}
	if c.retries == 0 {
		c.retries = DefaultRetries
	}
	if c.sleep == nil {
		c.sleep = sleep
	}
	transport := config.Transport
	if transport == nil {
		if transport, err = newTransport(config); err != nil {
			return nil, err
		}
	}
	c.http = &http.Client{
		Transport: transport,
		// The token goes to the endpoint and nowhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func newTransport(config Config) (*http.Transport, error) {
	tlsConfig := &tls.Config{MinVersion: tls.VersionTLS12}
	if config.TLS != nil {
		tlsConfig = config.TLS.Clone()
	}
	if config.CACertificate != "" {
		tlsConfig.RootCAs = x509.NewCertPool()
		if !tlsConfig.RootCAs.AppendCertsFromPEM([]byte(config.CACertificate)) {
			return nil, errors.New(`the CA certificate has no certificate in it; it must be PEM, text that begins with "-----BEGIN CERTIFICATE-----"`)
		}
	}
	if config.Insecure {
		tlsConfig.InsecureSkipVerify = true
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = tlsConfig
	transport.ForceAttemptHTTP2 = true
	transport.ResponseHeaderTimeout = time.Minute
	return transport, nil
}

// checkToken never repeats what it was given.
func checkToken(token string) (string, error) {
	token = strings.TrimSpace(token)
	if token == "" {
		return "", errors.New("the token of the Admin API is missing; the first one is in the file admin.token of a node's data directory")
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return "", fmt.Errorf("the token of the Admin API has a space or another character at position %d that no token has; copy it again", i)
		}
	}
	return token, nil
}

// parseEndpoint never repeats what may be a password.
func parseEndpoint(s string) (*url.URL, error) {
	const example = `such as "https://gateway.example.com:9180"`
	if s == "" {
		return nil, errors.New("the endpoint of the Admin API is missing; it is a URL " + example)
	}
	if !strings.Contains(s, "://") {
		if strings.Contains(s, "@") {
			return nil, errors.New("the endpoint must begin with https:// or http://, " + example + ", and not have a user or password")
		}
		return nil, fmt.Errorf("the endpoint must begin with https:// or http://, %s; is %q", example, s)
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, errors.New("the endpoint is not a URL " + example)
	case u.User != nil:
		return nil, errors.New("the endpoint must not have a user or password; access is by token")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("the endpoint must begin with https:// or http://, %s; is %q", example, s)
	case u.Hostname() == "":
		return nil, fmt.Errorf("the endpoint has no host; it is a URL %s; is %q", example, s)
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, fmt.Errorf("the endpoint must be scheme, host and port only, %s; leave out %q", example, strings.TrimPrefix(s, u.Scheme+"://"+u.Host))
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}
