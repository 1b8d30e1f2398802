package com.example.shop.billing.messaging;

import com.example.shop.billing.service.InvoiceService;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.support.Acknowledgment;
import org.springframework.stereotype.Component;

@Component
public class ShipmentListener {

    private final InvoiceService invoices;
    private final ObjectMapper json;

    public ShipmentListener(InvoiceService invoices, ObjectMapper json) {
        this.invoices = invoices;
        this.json = json;
    }

    @KafkaListener(topics = "shipments.dispatched")
    public void dispatched(String message, Acknowledgment acknowledgment) throws JsonProcessingException {
        invoices.fulfilled(json.readTree(message).path("order_id").asLong());
        acknowledgment.acknowledge();
    }

    @KafkaListener(topics = "shipment.returned")
    public void returned(String message, Acknowledgment acknowledgment) throws JsonProcessingException {
        invoices.returned(json.readTree(message).path("order_id").asLong());
        acknowledgment.acknowledge();
    }
}
