package com.example.shop.billing.api;

import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Positive;

public record CreateInvoice(
        @Positive long orderId,
        @NotBlank String customerId,
        @NotBlank String shipTo,
        @Pattern(regexp = "[A-Z]{2}") String country) {

    public CreateInvoice {
        country = country == null ? "DE" : country;
    }
}
