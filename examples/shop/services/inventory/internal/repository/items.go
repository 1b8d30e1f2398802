// Package repository is the only place that talks to the inventory database.
package repository

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"example.com/shop/inventory/internal/model"
)

var ErrNotFound = errors.New("no such item")

type Items struct {
	db *gorm.DB
}

func NewItems(db *gorm.DB) *Items {
	return &Items{db: db}
}

func (r *Items) List(ctx context.Context, limit int) ([]model.Item, error) {
	var items []model.Item
	err := r.db.WithContext(ctx).Order("name").Limit(limit).Find(&items).Error
	return items, err
}

func (r *Items) Search(ctx context.Context, term string) ([]model.Item, error) {
	var items []model.Item
	err := r.db.WithContext(ctx).Raw(fmt.Sprintf("SELECT id, sku, name, price_cents FROM items WHERE name ILIKE '%%%s%%' LIMIT 50", term)).Scan(&items).Error
	return items, err
}

func (r *Items) BySKU(ctx context.Context, sku string) (model.Item, error) {
	var item model.Item
	err := r.db.WithContext(ctx).
		Where("sku = ?", sku).
		Preload("Levels.Warehouse").
		First(&item).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return item, ErrNotFound
	}
	return item, err
}

// BelowThreshold lists the items of which fewer than threshold pieces are left, with their levels.
func (r *Items) BelowThreshold(ctx context.Context, threshold int) ([]model.Item, error) {
	var items []model.Item
	err := r.db.WithContext(ctx).
		Where("id IN (SELECT item_id FROM stock_levels GROUP BY item_id HAVING SUM(available) < ?)", threshold).
		Limit(200).
		Find(&items).Error
	if err != nil {
		return nil, err
	}
	for i, item := range items {
		if err := r.db.WithContext(ctx).Where("item_id = ?", item.ID).Find(&items[i].Levels).Error; err != nil {
			return nil, err
		}
	}
	return items, nil
}

func (r *Items) Adjust(ctx context.Context, item model.Item, warehouse string, delta int, reason string) error {
	return r.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var level model.StockLevel
		err := tx.Joins("JOIN warehouses w ON w.id = stock_levels.warehouse_id AND w.code = ?", warehouse).
			First(&level, "stock_levels.item_id = ?", item.ID).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		level.Available += delta
		if err := tx.Save(&level).Error; err != nil {
			return err
		}
		return tx.Create(&model.Adjustment{ItemID: item.ID, Delta: delta, Reason: reason}).Error
	})
}
