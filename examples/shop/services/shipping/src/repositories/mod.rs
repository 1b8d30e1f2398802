pub mod accounts;
pub mod shipments;
