// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// Sizes of a page, in objects.
const (
	defaultPage = 100
	maxPage     = 1000
)

// A pageToken says where the next page begins, and which revision all pages
// of the listing show.
type pageToken struct {
	Kind     string `json:"k"`
	Revision int64  `json:"r"`
	After    string `json:"a"`
}

func (t pageToken) String() string {
	b, _ := json.Marshal(t) // plain data always encodes
	return base64.RawURLEncoding.EncodeToString(b)
}

func parsePageToken(s, kind string) (pageToken, error) {
	var t pageToken
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &t)
	}
	if err != nil || t.Kind != kind || t.Revision <= 0 || t.After == "" {
		return t, badRequest("the page_token is not one of this listing; give the \"next\" of the page before, or leave it out to start anew")
	}
	return t, nil
}

// list answers GET /v1/{plural}.
func (a *Admin) list(c *call) (answer, error) {
	options, err := pageOf(c)
	if err != nil {
		return answer{}, err
	}
	page, err := a.Store.List(c.ctx(), c.kind.Name, options)
	if err != nil {
		return answer{}, err
	}
	body := api.ListBody{Revision: page.Revision, Items: make([]api.StoredObject, len(page.Objects))}
	for i, object := range page.Objects {
		shown, err := show(c.kind, object)
		if err != nil {
			return answer{}, err
		}
		body.Items[i] = api.StoredObject{ID: object.ID, Revision: object.Revision, Object: shown}
	}
	if page.Next != "" {
		body.Next = pageToken{c.kind.Name, page.Revision, page.Next}.String()
	}
	return answer{body: body}, nil
}

func pageOf(c *call) (store.ListOptions, error) {
	options := store.ListOptions{Limit: defaultPage}
	query := c.r.URL.Query()
	if query.Has("limit") {
		limit, err := strconv.Atoi(query.Get("limit"))
		if err != nil || limit < 1 || limit > maxPage {
			return options, badRequest("limit must be a number from 1 to %d, is %q", maxPage, clip(query.Get("limit")))
		}
		options.Limit = limit
	}
	if query.Has("page_token") {
		token, err := parsePageToken(query.Get("page_token"), c.kind.Name)
		if err != nil {
			return options, err
		}
		options.After, options.Revision = token.After, token.Revision
	}
	return options, nil
}
