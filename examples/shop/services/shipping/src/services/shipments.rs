use crate::clients::carrier::CarrierClient;
use crate::clients::orders::OrdersClient;
use crate::error::Error;
use crate::events::ShipmentProducer;
use crate::models::{InvoicePaid, Shipment, Tracking};
use crate::repositories::shipments::ShipmentRepository;

#[derive(Clone)]
pub struct ShipmentService {
    shipments: ShipmentRepository,
    orders: OrdersClient,
    carrier: CarrierClient,
    producer: ShipmentProducer,
}

impl ShipmentService {
    pub fn new(
        shipments: ShipmentRepository,
        orders: OrdersClient,
        carrier: CarrierClient,
        producer: ShipmentProducer,
    ) -> Self {
        Self { shipments, orders, carrier, producer }
    }

    pub async fn list(&self, status: &str, limit: i64) -> Result<Vec<Shipment>, Error> {
        Ok(self.shipments.with_status(status, limit).await?)
    }

    pub async fn get(&self, id: i64) -> Result<Shipment, Error> {
        self.shipments.find(id).await?.ok_or(Error::NotFound)
    }

    pub async fn of_order(&self, order_id: i64) -> Result<Shipment, Error> {
        let shipment = self.shipments.find_by_order(order_id).await?;
        shipment.ok_or(Error::NotFound)
    }

    /// Make the shipment of a paid order; saying it twice makes one.
    pub async fn create(&self, paid: &InvoicePaid) -> Result<(), Error> {
        self.shipments.insert(paid.order_id, &paid.ship_to).await?;
        Ok(())
    }

    pub async fn dispatch(&self, id: i64) -> Result<Shipment, Error> {
        let shipment = self.get(id).await?;
        if !self.shipments.mark_dispatched(id).await? {
            return Err(Error::AlreadyMoved(shipment.status));
        }
        self.orders.dispatched(shipment.order_id).await?;
        self.producer.dispatched(&shipment).await?;
        self.get(id).await
    }

    pub async fn tracking(&self, id: i64) -> Result<Option<Tracking>, Error> {
        match self.shipments.first_parcel(id).await? {
            Some(parcel) => Ok(Some(self.carrier.track(&parcel.tracking_number).await?)),
            None => Ok(None),
        }
    }
}
