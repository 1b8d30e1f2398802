ALTER TABLE parcels ADD CONSTRAINT parcels_weight_limit CHECK (weight_grams <= 31500);
