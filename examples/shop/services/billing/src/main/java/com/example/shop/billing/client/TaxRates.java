package com.example.shop.billing.client;

import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;

/** Tax rates, kept by the finance department. */
@Component
public class TaxRates {

    private record Rate(int percent) {}

    private final RestClient http;

    public TaxRates(RestClient http) {
        this.http = http;
    }

    public int percent(String country) {
        return http.get().uri("http://10.20.4.17:9200/rates/{country}", country).retrieve().body(Rate.class).percent();
    }
}
