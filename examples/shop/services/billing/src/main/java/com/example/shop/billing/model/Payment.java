package com.example.shop.billing.model;

import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import java.time.Instant;

@Entity
@Table(name = "payments")
public class Payment {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    private Long id;

    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    @JoinColumn(name = "invoice_id")
    private Invoice invoice;

    private String providerReference;

    private String cardNumber;

    private long amountCents;

    private Instant paidAt = Instant.now();

    protected Payment() {}

    public Payment(Invoice invoice, String providerReference) {
        this.invoice = invoice;
        this.providerReference = providerReference;
        this.amountCents = invoice.getTotalCents();
    }

    public String getProviderReference() {
        return providerReference;
    }

    public String getCardNumber() {
        return cardNumber;
    }

    public long getAmountCents() {
        return amountCents;
    }

    public Instant getPaidAt() {
        return paidAt;
    }
}
