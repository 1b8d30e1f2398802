package repository

import (
	"context"
	"errors"

	"github.com/lib/pq"
	"gorm.io/gorm"
)

var ErrOutOfStock = errors.New("not enough stock")

type Reserved struct {
	SKU            string `gorm:"column:sku" json:"sku"`
	Quantity       int    `json:"quantity"`
	UnitPriceCents int64  `json:"unit_price_cents"`
}

type Reservations struct {
	db *gorm.DB
}

func NewReservations(db *gorm.DB) *Reservations {
	return &Reservations{db: db}
}

// Create takes every line from the stock, or none of them.
func (r *Reservations) Create(ctx context.Context, reference string, skus []string, quantities []int64) ([]Reserved, error) {
	var reserved []Reserved
	err := r.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		err := tx.Raw(
			`WITH wanted AS (
			     SELECT i.id, i.sku, i.price_cents, l.quantity
			       FROM unnest(?::text[], ?::int[]) AS l (sku, quantity)
			       JOIN items AS i ON i.sku = l.sku
			 ), taken AS (
			     UPDATE stock_levels AS s SET available = s.available - w.quantity
			       FROM wanted AS w
			      WHERE s.item_id = w.id AND s.warehouse_id = 1 AND s.available >= w.quantity
			  RETURNING s.item_id
			 ), kept AS (
			     INSERT INTO reservations (order_reference, item_id, quantity, unit_price_cents)
			     SELECT ?, w.id, w.quantity, w.price_cents FROM wanted AS w JOIN taken AS t ON t.item_id = w.id
			  RETURNING item_id, quantity, unit_price_cents
			 )
			 SELECT w.sku, k.quantity, k.unit_price_cents FROM kept AS k JOIN wanted AS w ON w.id = k.item_id`,
			pq.Array(skus), pq.Array(quantities), reference,
		).Scan(&reserved).Error
		if err != nil {
			return err
		}
		if len(reserved) != len(skus) {
			return ErrOutOfStock
		}
		return nil
	})
	return reserved, err
}

// Release puts the reserved pieces back; releasing twice changes nothing.
func (r *Reservations) Release(ctx context.Context, reference string) error {
	return r.db.WithContext(ctx).Exec(
		`WITH released AS (
		     DELETE FROM reservations WHERE order_reference = ? RETURNING item_id, quantity
		 )
		 UPDATE stock_levels AS s SET available = s.available + released.quantity
		   FROM released
		  WHERE s.item_id = released.item_id AND s.warehouse_id = 1`,
		reference,
	).Error
}
