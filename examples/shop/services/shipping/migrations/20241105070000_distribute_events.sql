SELECT create_reference_table('shipments');
SELECT create_distributed_table('shipment_events', 'shipment_id');
