package com.example.shop.billing.events;

import com.example.shop.billing.model.Invoice;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.stereotype.Component;

@Component
public class InvoiceEvents {

    private final KafkaTemplate<String, String> kafka;
    private final ObjectMapper json;

    public InvoiceEvents(KafkaTemplate<String, String> kafka, ObjectMapper json) {
        this.kafka = kafka;
        this.json = json;
    }

    public void paid(Invoice invoice) {
        var event = Map.of("order_id", invoice.getOrderId(), "ship_to", invoice.getShipTo());
        try {
            kafka.send("invoices.paid", String.valueOf(invoice.getOrderId()), json.writeValueAsString(event));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Customer care, outside the shop, writes to the customer. */
    public void due(Invoice invoice) {
        kafka.send("invoices.due", String.valueOf(invoice.getOrderId()), invoice.getReference());
    }
}
