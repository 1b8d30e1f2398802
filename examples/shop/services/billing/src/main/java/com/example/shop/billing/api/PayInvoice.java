package com.example.shop.billing.api;

import jakarta.validation.constraints.NotBlank;

public record PayInvoice(@NotBlank String cardToken) {}
