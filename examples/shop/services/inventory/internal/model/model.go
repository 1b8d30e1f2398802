// Package model holds the rows of the inventory database.
package model

import (
	"slices"
	"strings"
	"time"
)

type Item struct {
	ID         int64        `gorm:"primaryKey" json:"-"`
	SKU        string       `gorm:"column:sku" json:"sku"`
	Name       string       `json:"name"`
	Barcode    string       `json:"barcode"`
	PriceCents int64        `json:"price_cents"`
	Levels     []StockLevel `gorm:"foreignKey:ItemID" json:"levels,omitempty"`
}

type Warehouse struct {
	ID   int64  `gorm:"primaryKey" json:"-"`
	Code string `json:"code"`

	// The countries that it sends to: "DE,AT,CH".
	Countries string `json:"-"`
}

func (w Warehouse) SendsTo(country string) bool {
	return slices.Contains(strings.Split(w.Countries, ","), country)
}

type StockLevel struct {
	ItemID      int64     `gorm:"primaryKey" json:"-"`
	WarehouseID int64     `gorm:"primaryKey" json:"-"`
	Warehouse   Warehouse `json:"warehouse"`
	Available   int       `json:"available"`
}

type Reservation struct {
	ID             int64     `gorm:"primaryKey" json:"-"`
	OrderReference string    `json:"-"`
	ItemID         int64     `json:"-"`
	Quantity       int       `json:"quantity"`
	UnitPriceCents int64     `json:"unit_price_cents"`
	CreatedAt      time.Time `json:"-"`
}

// Adjustment is a correction of a stock level by hand, kept for the auditors.
type Adjustment struct {
	ID        int64     `gorm:"primaryKey" json:"-"`
	ItemID    int64     `json:"-"`
	Delta     int       `json:"delta"`
	Reason    string    `json:"reason"`
	CreatedAt time.Time `json:"created_at"`
}
