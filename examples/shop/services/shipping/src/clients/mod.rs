pub mod carrier;
pub mod orders;
