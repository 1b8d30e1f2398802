// Package alerts tells the warehouse desk what it has to look at.
package alerts

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

type Alerts struct {
	client *http.Client
}

func New() *Alerts {
	return &Alerts{client: &http.Client{Timeout: 3 * time.Second}}
}

func (a *Alerts) Shrinkage(ctx context.Context, sku string, pieces int) error {
	body, err := json.Marshal(map[string]any{"kind": "shrinkage", "sku": sku, "pieces": pieces})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://10.20.4.12:8025/alerts", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Desk-Token", "dD53X83RZJzzzzgEOzdmenCkhvMdgaKj")
	response, err := a.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("warehouse desk answered %s", response.Status)
	}
	return nil
}
