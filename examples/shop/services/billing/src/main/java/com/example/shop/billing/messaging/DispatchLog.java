package com.example.shop.billing.messaging;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.support.Acknowledgment;
import org.springframework.stereotype.Component;

@Component
public class DispatchLog {

    private static final Logger log = LoggerFactory.getLogger(DispatchLog.class);

    private final ObjectMapper json;

    public DispatchLog(ObjectMapper json) {
        this.json = json;
    }

    @KafkaListener(topics = "shipments.dispatched", groupId = "billing-log")
    public void dispatched(String message, Acknowledgment acknowledgment) throws JsonProcessingException {
        JsonNode event = json.readTree(message);
        log.info("order {} left in parcel {}", event.get("order_id").asLong(), event.get("parcel_id").asLong());
        acknowledgment.acknowledge();
    }
}
