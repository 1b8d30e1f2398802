// Package service holds what the inventory does, whoever asks for it.
package service

import (
	"context"
	"log/slog"

	"example.com/shop/inventory/internal/alerts"
	"example.com/shop/inventory/internal/model"
	"example.com/shop/inventory/internal/repository"
)

const lowStock = 5

var (
	ErrNotFound   = repository.ErrNotFound
	ErrOutOfStock = repository.ErrOutOfStock
)

type Line struct {
	SKU      string
	Quantity int64
}

type Stock struct {
	items        *repository.Items
	reservations *repository.Reservations
	alerts       *alerts.Alerts
}

func NewStock(items *repository.Items, reservations *repository.Reservations, alerts *alerts.Alerts) *Stock {
	return &Stock{items: items, reservations: reservations, alerts: alerts}
}

func (s *Stock) Items(ctx context.Context, term string, limit int) ([]model.Item, error) {
	if term != "" {
		return s.items.Search(ctx, term)
	}
	return s.items.List(ctx, limit)
}

func (s *Stock) Item(ctx context.Context, sku string) (model.Item, error) {
	return s.items.BySKU(ctx, sku)
}

func (s *Stock) Low(ctx context.Context) ([]model.Item, error) {
	return s.items.BelowThreshold(ctx, lowStock)
}

func (s *Stock) Adjust(ctx context.Context, sku, warehouse string, delta int, reason string) error {
	item, err := s.items.BySKU(ctx, sku)
	if err != nil {
		return err
	}
	if err := s.items.Adjust(ctx, item, warehouse, delta, reason); err != nil {
		return err
	}
	if delta < 0 {
		if err := s.alerts.Shrinkage(ctx, sku, -delta); err != nil {
			slog.Warn("nobody was told of the shrinkage", "sku", sku, "error", err)
		}
	}
	return nil
}

func (s *Stock) Reserve(ctx context.Context, reference string, lines []Line) ([]repository.Reserved, error) {
	skus := make([]string, len(lines))
	quantities := make([]int64, len(lines))
	for i, line := range lines {
		skus[i], quantities[i] = line.SKU, line.Quantity
	}
	return s.reservations.Create(ctx, reference, skus, quantities)
}

func (s *Stock) Release(ctx context.Context, reference string) error {
	return s.reservations.Release(ctx, reference)
}
