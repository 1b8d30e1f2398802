use sqlx::{PgPool, Result};

use crate::models::{Parcel, Shipment};

#[derive(Clone)]
pub struct ShipmentRepository {
    pool: PgPool,
}

impl ShipmentRepository {
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    pub async fn with_status(&self, status: &str, limit: i64) -> Result<Vec<Shipment>> {
        sqlx::query_as(
            "SELECT id, order_id, ship_to, status, service_level, carrier_ref
               FROM shipments WHERE status = $1 ORDER BY created_at LIMIT $2",
        )
        .bind(status)
        .bind(limit)
        .fetch_all(&self.pool)
        .await
    }

    pub async fn find(&self, id: i64) -> Result<Option<Shipment>> {
        sqlx::query_as(
            "SELECT id, order_id, ship_to, status, service_level, carrier_ref
               FROM shipments WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await
    }

    pub async fn find_by_order(&self, order_id: i64) -> Result<Option<Shipment>> {
        sqlx::query_as(
            "SELECT id, order_id, ship_to, status, service_level, carrier_ref
               FROM shipments WHERE order_id = $1",
        )
        .bind(order_id)
        .fetch_optional(&self.pool)
        .await
    }

    pub async fn insert(&self, order_id: i64, ship_to: &str) -> Result<()> {
        sqlx::query(
            "INSERT INTO shipments (order_id, ship_to) VALUES ($1, $2)
             ON CONFLICT (order_id) DO NOTHING",
        )
        .bind(order_id)
        .bind(ship_to)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Return whether this call was the one that moved the shipment.
    pub async fn mark_dispatched(&self, id: i64) -> Result<bool> {
        let mut transaction = self.pool.begin().await?;
        let moved = sqlx::query(
            "UPDATE shipments SET status = 'dispatched' WHERE id = $1 AND status = 'waiting'",
        )
        .bind(id)
        .execute(&mut *transaction)
        .await?;
        if moved.rows_affected() == 1 {
            sqlx::query("INSERT INTO shipment_events (shipment_id, status) VALUES ($1, $2)")
                .bind(id)
                .bind("dispatched")
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(moved.rows_affected() == 1)
    }

    pub async fn first_parcel(&self, shipment_id: i64) -> Result<Option<Parcel>> {
        sqlx::query_as(
            "SELECT id, weight_grams, tracking_number
               FROM parcels WHERE shipment_id = $1 ORDER BY id LIMIT 1",
        )
        .bind(shipment_id)
        .fetch_optional(&self.pool)
        .await
    }

    /// Remember how a shipment was packed.
    pub async fn pack(&self, shipment_id: i64, parcels: &[Parcel]) -> Result<()> {
        for parcel in parcels {
            sqlx::query("INSERT INTO parcels (shipment_id, weight_grams, tracking_number) VALUES ($1, $2, $3)")
                .bind(shipment_id)
                .bind(parcel.weight_grams)
                .bind(&parcel.tracking_number)
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }

    /// Take back an event that was entered by mistake.
    pub async fn forget_event(&self, event_id: i64) -> Result<bool> {
        let removed = sqlx::query("DELETE FROM shipment_events WHERE id = $1")
            .bind(event_id)
            .execute(&self.pool)
            .await?;
        Ok(removed.rows_affected() == 1)
    }
}
