DROP TABLE adjustments;
DROP TABLE reservations;
