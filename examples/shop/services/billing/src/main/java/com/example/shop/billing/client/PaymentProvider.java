package com.example.shop.billing.client;

import com.example.shop.billing.model.PaymentDeclined;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatusCode;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;

@Component
public class PaymentProvider {

    private record Charge(String reference, long amountCents, String currency, String cardToken) {}

    private record Charged(String id) {}

    private final RestClient http;
    private final String url;
    private final String apiKey;

    public PaymentProvider(
            RestClient http,
            @Value("${billing.payments-url}") String url,
            @Value("${billing.payments-api-key}") String apiKey) {
        this.http = http;
        this.url = url;
        this.apiKey = apiKey;
    }

    /** Charge the card once for an invoice, and return the provider's reference. */
    public String charge(String reference, long amountCents, String currency, String cardToken) {
        var charged = http.post()
                .uri(url + "/charges")
                .header("Authorization", "Bearer " + apiKey)
                .header("Idempotency-Key", reference)
                .body(new Charge(reference, amountCents, currency, cardToken))
                .retrieve()
                .onStatus(HttpStatusCode::is4xxClientError, (request, response) -> {
                    throw new PaymentDeclined("the card was declined");
                })
                .body(Charged.class);
        return charged.id();
    }
}
