use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Shipment {
    pub id: i64,
    pub order_id: i64,
    pub ship_to: String,
    pub status: String,
    pub service_level: String,
    pub carrier_ref: Option<String>,
}

#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Parcel {
    pub id: i64,
    pub weight_grams: i32,
    pub tracking_number: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Rate {
    pub country: String,
    pub up_to_grams: u32,
    pub cents: u32,
}

/// What billing says on `invoices.paid`.
#[derive(Clone, Debug, Deserialize)]
pub struct InvoicePaid {
    pub order_id: i64,
    pub ship_to: String,
}

/// What the carrier says of a parcel.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Tracking {
    pub tracking_number: String,
    pub position: String,
}
